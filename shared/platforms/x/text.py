"""How X counts a text: twitter-text, configuration v3 (github.com/twitter/twitter-text).

A link counts 23, an emoji with all its joiners 2, and any other character 1 or
2 by its range. Links are found by linkify-it-py, which knows the top-level
domains as X does; where two readings of a text are possible the longer counts,
so that X never refuses what was accepted here.
"""

import re
import unicodedata
from functools import cache
from typing import Any

LINK_WEIGHT = 23
EMOJI_WEIGHT = 2
INVALID_CHARACTERS = "\ufffe\ufeff\uffff"
# (first, last) code points that count 1; all others count 2.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
# Finding links takes quadratic time. A text this long is over the limit of 280, unless it were
# made of a dozen links of 400 characters each.
_LONGEST_COUNTED = 5_000
# No link can be in a text without one of these; the full stop of a sentence is none.
_MAY_LINK = re.compile(r"\.\w|://")
# twitter-text, regexp/cashtag: `$ABC`, or `$ABC.D`, between spaces or before punctuation.
_CASHTAG = re.compile(r"(?<!\S)\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?=$|[\s!-/:-@\[-`{-~])")


def weighted_length(text: str) -> int:
    """The length of `text` as X counts it; the plain length for a text that is far too long."""
    if len(text) > _LONGEST_COUNTED:
        return len(text)
    text = unicodedata.normalize("NFC", text)
    if text.isascii() and not _MAY_LINK.search(text):
        return len(text)
    if not _MAY_LINK.search(text):
        return _weight(text)
    # X also sees a link right behind a character of a script without spaces.
    apart = "".join(character if ord(character) <= 4351 else " " for character in text)
    return max(_with_links(text, text), _with_links(text, apart))


def cashtags(text: str) -> int:
    """The number of cashtags, such as `$ABC`, in a text."""
    return len(_CASHTAG.findall(text))


def _with_links(text: str, searched: str) -> int:
    length, position = 0, 0
    for link in _linkify().match(searched) or ():
        written = text[link.index : link.last_index]
        length += _weight(text[position : link.index])
        # `file.py` may be a link or a name; with a scheme or a path it is a link.
        length += LINK_WEIGHT if "/" in written else max(LINK_WEIGHT, _weight(written))
        position = link.last_index
    return length + _weight(text[position:])


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


@cache
def _linkify() -> Any:
    import linkify_it
    from linkify_it.tlds import TLDS

    finder = linkify_it.LinkifyIt(options={"fuzzy_link": True, "fuzzy_email": False})
    return finder.tlds(TLDS)
