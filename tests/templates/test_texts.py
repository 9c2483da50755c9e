"""How texts are prepared, and which are refused."""

from typing import Any

import pytest

from shared.domain.errors import InvalidRequest
from shared.templates import catalog
from shared.templates.texts import data_of
from shared.web import strict

DIVIDER = "\u200b"


def prepared(text: str, **more: Any) -> dict[str, Any]:
    model = catalog.template("quote").config
    return data_of(strict.read(model, {"text": text, **more}), "1:1")


def codes(slug: str, **sent: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as refused:
        strict.read(catalog.template(slug).config, sent)
    return [(each.field, each.code) for each in refused.value.violations]


@pytest.mark.parametrize(
    ("text", "is_rtl"),
    [("Hello", False), ("שלום", True), ("مرحبا Hello", True), ("«مرحبا»", True), ("12 €", False)],
)
def test_the_first_letter_tells_the_direction(text: str, is_rtl: bool) -> None:
    data = prepared(text)
    assert data["text"]["isRtl"] is data["isRtl"] is is_rtl


def test_a_number_has_the_direction_of_the_text_beside_it() -> None:
    model = catalog.template("stat").config
    for label, is_rtl in (("of all readers", False), ("من القراء", True)):
        data = data_of(strict.read(model, {"value": "75 %", "label": label}), "1:1")
        assert data["isRtl"] is is_rtl


def test_a_name_keeps_its_own_direction_in_a_text_of_the_other() -> None:
    data = prepared("שלום עולם", author="Ada Lovelace")
    assert data["isRtl"]
    assert not data["author"]["isRtl"]


@pytest.mark.parametrize(
    ("text", "font"),
    [("漢字かな", "JP"), ("한국어", "KR"), ("ㄅㄆㄇ", "TC"), ("汉字", "SC"), ("Hello", "SC")],
)
def test_chinese_characters_have_the_forms_of_their_language(text: str, font: str) -> None:
    assert prepared(text)["eastAsian"] == f"Noto Sans CJK {font}"


@pytest.mark.parametrize(
    "text",
    [
        "Donaudampfschifffahrt",
        "毎日の小さな一歩が、良いアイデアを人々が頼りにするものへ",
        "🎉🚀✨🔥💡🎉🚀✨🔥💡🎉🚀✨🔥💡🎉🚀✨🔥💡🎉🚀✨🔥💡🎉",
        "ภาษาไทยไม่มีช่องว่างระหว่างคำแต่ละคำในประโยค",
        "a\nb",
    ],
)
def test_texts_that_have_places_for_line_breaks_stay_as_they_are(text: str) -> None:
    assert prepared(text)["text"]["text"] == text


def test_a_very_long_word_gets_places_for_line_breaks() -> None:
    text = prepared("see " + "x" * 30)["text"]["text"]
    assert text == "see " + DIVIDER.join("x" * 30)


def test_a_long_address_is_divided_at_its_signs() -> None:
    text = prepared("https://example.com/annual-report?year=2026")["text"]["text"]
    parts = text.split(DIVIDER)
    assert parts == ["https://", "example.", "com/", "annual-", "report?", "year=", "2026"]
    text = prepared("example.com/" + "x" * 30)["text"]["text"]
    assert text.split(DIVIDER) == ["example.", "com/", *"x" * 30]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234,567 %", "1,234,567\u00a0%"),
        ("from 5 km to 10 km", "from 5\u00a0km to 10\u00a0km"),
        ("2 books, 3 4", "2 books, 3 4"),
    ],
)
def test_a_number_and_its_unit_stay_together(text: str, expected: str) -> None:
    assert prepared(text)["text"]["text"] == expected


def test_letters_are_not_divided_from_their_marks() -> None:
    text = prepared("e\u0323\u0304" * 20)["text"]["text"]
    assert DIVIDER in text
    assert DIVIDER + "\u0323" not in text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one three seventeen", ["seventeen", "three", "one"]),
        ("始めよう、毎日の小さな一歩", ["う、毎"]),
        ("Begin", ["Begin"]),
        ("始めよう！", ["始めよう！"]),
        ("👩‍👩‍👧‍👦 and friends", ["friends", "👩‍👩‍👧‍👦", "and"]),
    ],
)
def test_the_pieces_are_what_no_line_break_divides(text: str, pieces: list[str]) -> None:
    assert prepared(text)["text"]["pieces"] == pieces


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "missing"),
        ({"text": ""}, "empty"),
        ({"text": " \n\t"}, "empty"),
        ({"text": None}, "invalid"),
        ({"text": 5}, "invalid"),
        ({"text": "x" * 301}, "invalid"),
        ({"text": "a\x07"}, "invalid_characters"),
        ({"text": "e" + "\u0301\u0302\u0304\u0323\u0327\u0328"}, "invalid_characters"),
    ],
)
def test_a_text_that_cannot_be_shown_is_refused(sent: dict[str, Any], code: str) -> None:
    assert codes("quote", **sent) == [("text", code)]


@pytest.mark.parametrize("accent", ["red", "#12345", "#1234567", "#12345g", "#123456\n", "url(x)"])
def test_only_a_color_is_a_color(accent: str) -> None:
    assert codes("quote", text="a", accent=accent) == [("accent", "invalid_color")]


def test_every_fault_is_named_with_its_place() -> None:
    found = codes("list", items=["a", "", "x" * 101], theme="blue", picture="a")
    assert sorted(found) == [
        ("items[1]", "empty"),
        ("items[2]", "invalid"),
        ("picture", "unknown_field"),
        ("theme", "invalid"),
        ("title", "missing"),
    ]


@pytest.mark.parametrize("slug", catalog.slugs())
def test_every_field_of_a_template_is_described(slug: str) -> None:
    template = catalog.template(slug)
    assert template.description
    for field in template.schema["properties"].values():
        assert field["description"]
    assert strict.read(template.config, template.example)
