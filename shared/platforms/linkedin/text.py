"""LinkedIn's "little text": what a post's text must be written as.

…/community-management/shares/little-text-format on learn.microsoft.com, as of
2026-11-22. A reserved character that is not escaped cuts the text off there,
and nobody is told.
"""

import re

_RESERVED = re.compile(r"[|{}@\[\]()<>#\\*_~]")
# HashtagElement ::= '#' SINGLE_WORD. One within a word or an address is no hashtag.
_HASHTAG = re.compile(r"(?<![\w/&#])#(?=[^\W_])")
_HASHTAG_TEMPLATE = re.compile(r"\{hashtag\|\\?([#＃])\|((?:\\.|[^\\{}])*)\}", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def escaped(text: str) -> str:
    """`text` so that LinkedIn shows it as it is, its `#words` as hashtags."""
    hashtags = {match.start() for match in _HASHTAG.finditer(text)}
    return _RESERVED.sub(
        lambda match: match[0] if match.start() in hashtags else f"\\{match[0]}", text
    )


def unescaped(commentary: str) -> str:
    """The text that LinkedIn shows for `commentary`."""
    return _ESCAPED.sub(r"\1", _HASHTAG_TEMPLATE.sub(r"\1\2", commentary))
