"""What YouTube does not allow in the words of a video."""

from typing import Any

import pytest

from shared.domain.content import Content
from shared.platforms import registry


def faults(text: str, **options: Any) -> list[tuple[str, str]]:
    found = registry.limits("youtube").violations(Content(text, options))
    return [(fault.field, fault.code) for fault in found]


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x01", "\x07", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x80", "\x9f", "\ufffe"],
)
def test_control_characters_are_refused_wherever_words_are(character: str) -> None:
    assert faults(f"a{character}b", title="x") == [("text", "invalid_characters")]
    assert ("options.title", "invalid_characters") in faults("a", title=f"a{character}b")
    assert faults("a", title="x", tags=["b", f"c{character}"]) == [
        ("options.tags[1]", "invalid_characters")
    ]


@pytest.mark.parametrize("blank", ["\u200b", "\u2060 \u200d", "\ufe0f\n", "\u3164", "\ufeff"])
def test_a_title_that_shows_nothing_is_missing(blank: str) -> None:
    assert faults("Text", title=blank) == [("options.title", "missing")]
    assert faults(blank) == [("options.title", "missing")]


def test_the_message_names_the_character() -> None:
    (fault,) = registry.limits("youtube").violations(Content("a\x07b", {"title": "x"}))
    assert "U+0007" in fault.message


@pytest.mark.parametrize("text", ["One\n\tTwo\r\nThree", "\u200d\u00ad\u2028é", "👩\u200d👩"])
def test_tabs_line_breaks_and_invisible_letters_are_allowed_in_a_description(text: str) -> None:
    assert faults(text, title="x", tags=["two words"]) == []
