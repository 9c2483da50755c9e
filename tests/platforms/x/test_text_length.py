"""How X counts a text."""

import random
import time

import pytest

from local.platforms.x.text import weighted_length as simulated_length
from shared.domain.content import Content
from shared.platforms import registry
from shared.platforms.x.text import _LONGEST_COUNTED

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
    # X removes line breaks at the end, and counts one of Windows once.
    ("a" * 280 + "\n", 280),
    ("a\r\nb\r\n\r\n", 3),
    ("a \n", 2),
    ("\na", 2),
    # A link ends where a script begins that paths do not contain.
    ("https://example.com/a" + "\u0e17\u0e14\u0e2a\u0e2d\u0e1a" * 54, 23 + 270),
    ("https://example.com/a" + "漢" * 10, 23 + 20),
    ("https://example.com/a" + "한국어", 23 + 6),
    ("https://example.com/путь/é", 23),
    ("example.comの例", 23 + 4),
    ("例example.com/pathの例example.org", 2 + 23 + 4 + 23),
    # Dashes, brackets and punctuation in and behind an address.
    ("a" * 256 + " https://en.wikipedia.org/wiki/Hatfield\u2013McCoy_feud", 256 + 1 + 23),
    ("https://example.com/a\u2014b", 23 + 2),
    ("https://example.com/Foo_(bar)", 23),
    ("(https://example.com/Foo_(bar))", 1 + 23 + 1),
    ("https://example.com/a(b(c)d)e", 23),
    ("https://example.com/a(b", 23 + 2),
    ("https://example.com/a.", 23 + 1),
    ("https://example.com/a!!!", 23 + 3),
    ("https://example.com/,;:", 23 + 3),
    ("https://example.com/a?b=c.", 23 + 1),
    ("https://example.com?b=c#d", 23),
    ("https://example.com/a's", 23),
    ("<https://example.com/a>", 1 + 23 + 1),
    ('"https://example.com/a"', 1 + 23 + 1),
    ("https://example.com/a,https://example.com/b", 23),
    # Ports, without and with a scheme.
    ("https://example.com:8080/a/very/long/path/indeed", 23),
    ("https://example.com:8080", 23),
    ("example.com:8080", 23 + 5),
    ("example.com?q=1", 23 + 4),
    # International domains, in their script and as ASCII.
    ("https://пример.рф", 23),
    ("https://例え.みんな/パス", 23 + 4),
    ("https://xn--e1afmkfd.xn--p1ai/a", 23),
    ("bücher.example.com", 23),
    ("https://" + "".join(map(chr, range(0x4E00, 0x9000, 700))) + ".com", 8 + 2 * 25 + 4),
    ("https://" + "漢" * 12 + ".com", 23),
    # Mentions, hashtags, cashtags and e-mail addresses are no links, also beside links.
    ("@user.com #user.com $user.com", 29),
    ("mail@example.com me.and@mail.example.com", 40),
    ("@user https://example.com/a @other", 6 + 23 + 7),
    ("https://example.com/@user/a-long-path-behind-it", 23),
    ("@https://example.com/a-long-path-behind-it", 42),
    ("-example.com/a-long-path-behind-it", 34),
    ("user@example.com/a-long-path-behind-it", 38),
    # Labels that no domain has.
    ("https://-example.com/a-long-path-behind-it", 42),
    ("https://exam_ple.com/a-long-path-behind-it", 42),
    ("https://sub_domain.example.com/a-long-path-behind-it", 23),
    ("https://example.com-and-more/a-long-path", 40),
    ("https://example.unknowntld/a-long-path-behind-it", 48),
    ("ftp://example.com/a-long-path-behind-it", 39),
    # X shortens its own short links no further.
    ("https://t.co/" + "a" * 40, 23),
    ("https://t.co/" + "a" * 41, 54),
    ("https://t.co/abc/def", 23 + 4),
    ("https://example.com/" + "a" * 4076, 23),
    # Sequences of emoji that are not one emoji anywhere count one by one.
    ("\U0001f469\u200d" * 3, 9),
    ("\U0001f469\u200d\U0001f469", 5),
    ("\ufe0f", 2),
]
MANY_LINKS = [
    ("https://example.com/a " * 11, 11 * 24),
    ("https://example.com/a " * 12, 12 * 24),
    ("example.com/a, example.org/b\n" * 6, 6 * 49 - 1),
]


@pytest.mark.parametrize(("text", "length"), [*X_VECTORS, *MANY_LINKS])
def test_x_counts_links_emoji_and_scripts_by_their_weight(text: str, length: int) -> None:
    assert registry.limits("x").text_length(text) == length


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
    "two marks": "\u0345\u0334",
    "brackets": "a.com/[",
    "a chain of emoji": "\U0001f469\u200d",
    "labels of other scripts": "漢.",
    "international domains": "みんな.",
    "domains behind signs": "#漢a.com",
    "domains and underscores": "a.com漢_",
    "queries": "a.com?",
    "commas": "a.com/,",
    "variation selectors": "1\ufe0f",
}
# A few times as long as it takes, and far less than any quadratic count.
PROCESSOR_SECONDS = 0.15


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("size", [1_200, _LONGEST_COUNTED, 250_000])
def test_a_text_is_judged_in_bounded_time(kind: str, size: int) -> None:
    limits, piece = registry.limits("x"), HOSTILE[kind]
    limits.text_length("example.com 😀")  # the tables are loaded
    text = (piece * size)[:size]
    began = time.process_time()
    length = limits.text_length(text)
    limits.violations(Content(text))
    assert time.process_time() - began < PROCESSOR_SECONDS
    # Shorter ones may be one long link.
    assert length > limits.capabilities.max_text or size < _LONGEST_COUNTED


# fmt: off
PIECES = [
    "example.com", "http://", "https://", "a.b.co", "/path", "/a(b)c", "(", ")", "漢字", "ทดสอบ",
    "\u2013", "_", "-", ".", "@", "#", "$", " ", ",", "é", "t.co/abc", "?q=1", "#x", "main.py",
    "😀", ":8080", "みんな", "рф", "пример", "xn--p1ai", "com", "www.", ":", "!", "/", "\n", "user",
]
# fmt: on


def test_a_text_is_never_shorter_than_the_simulated_x_counts_it() -> None:
    choices = random.Random(5)
    for _ in range(1_500):
        text = "".join(choices.choices(PIECES, k=choices.randint(2, 7)))
        assert registry.limits("x").text_length(text) >= simulated_length(text), text


@pytest.mark.parametrize("character", ["\ufffe", "\ufeff", "\uffff"])
def test_x_takes_no_characters_that_make_a_text_invalid(character: str) -> None:
    (violation,) = registry.limits("x").violations(Content(f"a{character}b"))
    assert (violation.field, violation.code) == ("text", "invalid_characters")
    assert registry.limits("x").violations(Content("a\u200db")) == []
