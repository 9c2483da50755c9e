"""What one target publishes."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from shared.domain.media import MediaAsset, MediaKind

# Of combining marks in a row, as in the Stream-Safe Text Format (unicode.org/reports/tr15, 13): no
# language has more, and to bring a row in its normal order takes `unicodedata` quadratic time.
MOST_MARKS = 30
# Where a longer row may be: a combining mark is neither a word character nor a space.
_MAY_BE_MARKS = re.compile(rf"(?<![^\w\s])[^\w\s]{{{MOST_MARKS + 1},}}")


@dataclass(frozen=True)
class Content:
    """What one target publishes: its own text or the post's, its options, the media."""

    text: str
    options: Mapping[str, Any] = field(default_factory=dict)
    media: tuple[MediaAsset, ...] = ()
    """In the order of display."""

    @property
    def images(self) -> tuple[MediaAsset, ...]:
        return tuple(asset for asset in self.media if asset.kind is MediaKind.IMAGE)

    @property
    def videos(self) -> tuple[MediaAsset, ...]:
        return tuple(asset for asset in self.media if asset.kind is MediaKind.VIDEO)


# The full stop of a sentence is no sign of a link.
_MAY_LINK = re.compile(r"\.\w|://")


def may_link(text: str) -> bool:
    """False for a text that certainly has no link, so that nobody needs to search for one."""
    return _MAY_LINK.search(text) is not None


# Spaces, and characters that show nothing on their own: joiners, marks of direction, fillers,
# variation selectors.
_BLANK = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]*"
)


def is_blank(text: str) -> bool:
    """Whether nothing in `text` can be seen."""
    return _BLANK.fullmatch(text) is not None


def comparable(text: str) -> str:
    """`text` in the form in which two texts are compared: platforms change spaces and accents."""
    return " ".join(normalized("NFC", text).split())


def normalized(form: Literal["NFC", "NFKD"], text: str) -> str:
    """`text` in a normal form of Unicode, in less than quadratic time for any text."""
    if text.isascii():
        return text
    if form == "NFKD":
        # The only word characters that become combining marks.
        text = text.replace("\uff9e", "\u3099").replace("\uff9f", "\u309a")
    return unicodedata.normalize(form, _MAY_BE_MARKS.sub(_ordered, text))


def _ordered(characters: re.Match[str]) -> str:
    """The same text with each row of marks in its normal order: sorted by class, and stable."""
    spelled_out = "".join(unicodedata.normalize("NFD", character) for character in characters[0])
    rows = groupby(spelled_out, lambda character: unicodedata.combining(character) > 0)
    return "".join(
        character
        for is_row, row in rows
        for character in (sorted(row, key=unicodedata.combining) if is_row else row)
    )
