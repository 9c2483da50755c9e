"""Whether a text shows anything."""

import pytest

from shared.domain.content import is_blank


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\u00a0", "\u200b", "\u200d\u200c\u2060", "\ufeff", "\u3164", "\u2800", "\ufe0f"],
)
def test_spaces_and_invisible_characters_are_blank(text: str) -> None:
    assert is_blank(text)
    assert is_blank(text * 100_000)


@pytest.mark.parametrize(
    "text", ["a", "\u200ba\u200b", ".", "👩\u200d👩", "क\u094d\u200d", "\u0301"]
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_blank(text)
