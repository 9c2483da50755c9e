"""How Threads counts a text and its links."""

import time

import pytest

from shared.domain.content import Content
from shared.platforms import registry

LIMITS = registry.limits("threads")
FIVE = " ".join(f"https://a.example/{number}" for number in range(1, 6))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("a" * 500, 500),
        ("a" * 495 + "\u2019" * 3, 504),
        ("\u201cquoted\u201d", 12),
        ("漢" * 10, 30),
        ("é", 2),
        ("ü" * 250, 500),
        ("a\u2026", 4),
        ("https://example.com/long", 24),
        ("😀", 4),
        ("🇩🇪", 8),
        ("🙋🏽", 8),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 18),
        ("1\ufe0f\u20e3", 7),
        ("#1\n", 3),
    ],
)
def test_every_character_counts_its_bytes(text: str, length: int) -> None:
    assert LIMITS.text_length(text) == length


def links_are_too_many(text: str, **options: str) -> bool:
    codes = [fault.code for fault in LIMITS.violations(Content(text, options))]
    assert codes in ([], ["too_many_links"])
    return bool(codes)


def test_five_different_links_are_supported() -> None:
    assert not links_are_too_many(FIVE)
    assert links_are_too_many(f"{FIVE} https://a.example/6")
    (violation,) = LIMITS.violations(Content(f"{FIVE} https://a.example/6"))
    assert "at most 5" in violation.message
    assert violation.message.endswith("has 6.")


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"example{number}.com" for number in range(7)),
        " ".join(f"Example{number}.com/path," for number in range(6)),
        "漢".join(f"example{number}.com" for number in range(6)),
        f"{FIVE} example.com",
        f"{FIVE} www.example.co.uk.",
        f"{FIVE} t.co/a",
        " ".join(f"https://h{number}.example" for number in range(6)),
        ",".join(f"https://a.example/{number}" for number in range(6)),
        " ".join(f"https://пример{number}.рф" for number in range(6)),
        f"{FIVE} https://a.example/1?b",
        f"{FIVE} http://a.example/1",
        f"{FIVE} https://a.example/PATH",
    ],
)
def test_six_different_links_are_too_many_also_without_a_scheme(text: str) -> None:
    assert links_are_too_many(text)


@pytest.mark.parametrize(
    "again",
    [
        "Best: https://a.example/5.",
        "(https://a.example/5)",
        "[https://a.example/5]",
        "{https://a.example/5}",
        "<https://a.example/5>",
        "(see https://a.example/5).",
        "https://a.example/5, and more",
        "https://a.example/5;",
        "https://a.example/5: there",
        "https://a.example/5!?",
        "https://a.example/5\u2026",
        '"https://a.example/5"',
        "'https://a.example/5'",
        "\u201chttps://a.example/5\u201d",
        "**https://a.example/5**",
        "https://A.EXAMPLE/5",
        "HTTPS://a.example/5",
        "（https://a.example/5）",
        "https://a.example/5。",
        "mail@example.com @user.com #tag.com",
        "e.g. 1.5",
    ],
)
def test_the_same_link_again_counts_once(again: str) -> None:
    assert not links_are_too_many(f"{FIVE} {again}")


def test_a_bracket_of_a_link_belongs_to_it() -> None:
    links = [f"https://a.example/{number}_(film)" for number in range(5)]
    assert not links_are_too_many(" ".join([*links, *(f"({link})" for link in links)]))


def test_the_attached_link_counts_unless_it_is_in_the_text() -> None:
    assert not links_are_too_many(FIVE, linkAttachment="https://A.example/5")
    assert links_are_too_many(FIVE, linkAttachment="https://a.example/6")


@pytest.mark.parametrize(
    "piece",
    [
        "\U0001f469\u200d",
        ")",
        "https://a.b/)",
        "(https://a.b/",
        "http://",
        "漢a.com",
        "a.com/(",
        ".",
    ],
)
@pytest.mark.parametrize("size", [500, 2_000, 240_000])
def test_a_text_is_judged_in_bounded_time(piece: str, size: int) -> None:
    LIMITS.violations(Content("example.com"))  # the tables are loaded
    text = (piece * size)[:size]
    began = time.process_time()
    LIMITS.text_length(text)
    LIMITS.violations(Content(text))
    assert time.process_time() - began < 0.15


def test_a_long_attachment_hides_no_links_of_the_text() -> None:
    text = " ".join(f"a{number}.com" for number in range(8))
    content = Content(text, {"linkAttachment": "https://e.com/" + "x" * 1_980})
    assert [fault.code for fault in LIMITS.violations(content)] == ["too_many_links"]
