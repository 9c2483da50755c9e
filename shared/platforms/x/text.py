"""How X counts a text: twitter-text, configuration v3 (github.com/twitter/twitter-text).

A link counts 23, an emoji with all its joiners 2, and any other character 1 or 2 by its range.
Where two readings of a text are possible the longer counts, so that X never refuses what was
accepted here. Counting takes linear time.
"""

import re
import unicodedata
from functools import lru_cache

from shared.domain.content import may_link

MAX_WEIGHT = 280
LINK_WEIGHT = 23
EMOJI_WEIGHT = 2
INVALID_CHARACTERS = "\ufffe\ufeff\uffff"
# (first, last) code points that count 1; all others count 2.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
# Only a link, of 4,096 characters at most, can make so long a text short enough.
_LONGEST_COUNTED = 4 * MAX_WEIGHT + 4096
# twitter-text, regexp/cashtag: `$ABC`, or `$ABC.D`, between spaces or before punctuation.
_CASHTAG = re.compile(r"(?<!\S)\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?=$|[\s!-/:-@\[-`{-~])")


def weighted_length(text: str) -> int:
    """The length of `text` as X counts it; the plain length for a text that is far too long."""
    return len(text) if len(text) > _LONGEST_COUNTED else _counted(text)


# The accounts of a request share its text.
@lru_cache(32)
def _counted(text: str) -> int:
    # X removes line breaks at the end before it counts (twitter/the-algorithm, tweetypie/
    # common/…/tweettext/Preprocessor.scala, 2023), and those of Windows become one character.
    text = unicodedata.normalize("NFC", text.rstrip("\r\n").replace("\r\n", "\n"))
    if not may_link(text):
        return _weight(text)
    from shared.platforms.links import links

    length = position = 0
    for link in links(text):
        weight = _weight(text[link.start : link.end])
        length += _weight(text[position : link.start])
        length += LINK_WEIGHT if link.certain else max(LINK_WEIGHT, weight)
        position = link.end
    return length + _weight(text[position:])


def has_link(text: str) -> bool:
    """Whether X sees a link in a text; False for a text that is far too long."""
    if len(text) > _LONGEST_COUNTED or not may_link(text):
        return False
    from shared.platforms.links import links

    return any(True for _ in links(unicodedata.normalize("NFC", text)))


def cashtags(text: str) -> int:
    """The number of cashtags, such as `$ABC`, in a text."""
    return len(_CASHTAG.findall(text))


def _weight(text: str) -> int:
    if text.isascii():
        return len(text)
    from shared.platforms.x.emoji_sequences import pieces

    return sum(
        EMOJI_WEIGHT if is_emoji else _character_weight(ord(piece))
        for piece, is_emoji in pieces(text)
    )


def _character_weight(point: int) -> int:
    return 1 if any(first <= point <= last for first, last in _LIGHT) else 2
