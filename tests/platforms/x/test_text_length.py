"""How X and Threads count a text."""

import time

import pytest

from shared.domain.content import Content
from shared.platforms import registry

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
X_VECTORS = [
    ("Hi http://test.co", 26),
    ("http://test.co", 23),
    ("https://www.twitter.com/aloha " * 10, 240),
    ("漢" * 160, 320),
    ("the" + "漢" * 160, 323),
    ("A\u0301B", 2),
    ("H\U0001f431\u263a" + FAMILY, 7),
    ("😀" * 5, 10),
    ("🙋🏽👨\u200d🎤", 4),
    ("1\u20e3", 2),
    (FAMILY * 140, 280),
    ("a" * 64 + ".com", 68),
    # Bare domains, and links beside scripts that know no spaces.
    ("example.com", 23),
    ("see example.com now", 4 + 23 + 4),
    ("example.com/path?q=1", 23),
    ("漢字example.com", 4 + 23),
    ("漢字http://example.com漢字", 4 + 23 + 4),
    ("http://example.com、http://example.org", 23 + 2 + 23),
    ("http://a.com/" + "x" * 300, 23),
    ("HTTPS://EXAMPLE.COM", 23),
    # No link, by the public suffix or by its shape.
    ("file.unknowntld", 15),
    ("version 1.2.3", 13),
    ("e.g. this", 9),
    # A name or a link: the longer reading counts.
    ("main.py", 23),
    # The ends of the ranges that weigh 1.
    ("\u10ff", 1),
    ("\u1100", 2),
    ("\u2000\u200d", 2),
    ("\u2010\u201f", 2),
    ("\u2032\u2037", 2),
    ("\u2020", 2),
    ("🇩🇪", 2),
    ("1️⃣", 2),
    ("#1*", 3),
    ("", 0),
    ("a\nb", 3),
]


@pytest.mark.parametrize(("text", "length"), X_VECTORS)
def test_x_counts_links_emoji_and_scripts_by_their_weight(text: str, length: int) -> None:
    assert registry.limits("x").text_length(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("a" * 500, 500),
        ("漢" * 500, 500),
        ("é", 1),
        ("http://example.com/long", 23),
        ("😀", 4),
        ("a😀b", 6),
        ("🇩🇪", 8),
        ("🙋🏽", 8),
        (FAMILY, len(FAMILY.encode())),
        ("1\ufe0f\u20e3", 7),
        ("#1", 2),
    ],
)
def test_threads_counts_characters_and_of_an_emoji_its_bytes(text: str, length: int) -> None:
    assert registry.limits("threads").text_length(text) == length


HOSTILE = {
    "dotted letters": "a.",
    "links": "http://a.com ",
    "schemes": "http://",
    "colons": "://",
    "dots": ".",
    "www": "www.",
    "domains in a row": "漢a.com",
    "an endless path": "http://a.com/(",
    "addresses": "a@b.c",
    "emoji with dots": FAMILY + ".",
    "hyphens": "a-",
    "punycode": "xn--a.",
    "marks": "\u0301",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", ["x", "threads"])
def test_the_longest_texts_that_a_body_can_hold_are_counted_in_bounded_time(
    name: str, kind: str
) -> None:
    platform, piece = registry.limits(name), HOSTILE[kind]
    began = time.process_time()
    for size in (4_900, 250_000):
        text = piece * (size // len(piece.encode()))
        assert platform.text_length(text) > platform.capabilities.max_text
        platform.violations(Content(text))
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize("character", ["\ufffe", "\ufeff", "\uffff"])
def test_x_takes_no_characters_that_make_a_text_invalid(character: str) -> None:
    (violation,) = registry.limits("x").violations(Content(f"a{character}b"))
    assert (violation.field, violation.code) == ("text", "invalid_characters")
    assert registry.limits("x").violations(Content("a\u200db")) == []


def test_threads_takes_five_different_links() -> None:
    five = " ".join(f"https://example.com/{number}" for number in range(5))
    assert registry.limits("threads").violations(Content(f"{five} {five}")) == []
    (violation,) = registry.limits("threads").violations(Content(f"{five} https://example.com/5"))
    assert violation.code == "too_many_links"
    assert "at most 5" in violation.message
