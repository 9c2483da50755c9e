"""The words of a caption, for searching.

Whole words, without differences of case and accents. Scripts that are written without spaces give
pairs of neighbouring characters instead. Punctuation and emoji separate words.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from shared.domain.content import normalized

MOST_SEARCHED = 64_000
"""Characters of a caption that are searched: as many as any platform allows (Facebook: 63,206)."""
LONGEST_WORD = 60
"""Characters that count; the rest of a longer word is ignored."""

# Han, Hiragana, Katakana, Bopomofo, Thai, Lao, Myanmar, Khmer.
_UNSPACED = re.compile(
    "[\u3005\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
# Only of Latin, Greek and Cyrillic: in other scripts a mark can be part of a letter.
_ACCENTS = re.compile("[\u0300-\u036f]")


def words_of(caption: str) -> Iterator[str]:
    """Every word in order, including repetitions."""
    for script, characters in groupby(_folded(caption), _script):
        run = "".join(characters)
        if script == "unspaced" and len(run) > 1:
            yield from (run[start : start + 2] for start in range(len(run) - 1))
        elif script is not None:
            yield run[:LONGEST_WORD]


def _folded(text: str) -> str:
    # Cut twice: a single character can be spelled out as 18.
    plain = normalized("NFKD", text[:MOST_SEARCHED])[:MOST_SEARCHED]
    # From here on, the marks are in their normal order.
    spelled_out = unicodedata.normalize("NFKD", plain.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", spelled_out))


@lru_cache(4096)
def _script(character: str) -> str | None:
    """The kind of word that a character belongs to; None if it separates words."""
    if unicodedata.category(character)[0] not in "LMN":
        return None
    return "unspaced" if _UNSPACED.match(character) else "spaced"
