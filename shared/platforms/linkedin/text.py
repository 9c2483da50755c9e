"""LinkedIn's "little text", the format of a post's text.

…/community-management/shares/little-text-format on learn.microsoft.com, as of 2026-11-22.
LinkedIn silently cuts a text off at a reserved character that is not escaped.
"""

import re

_RESERVED = re.compile(r"[|{}@\[\]()<>#\\*_~]")
# HashtagElement ::= '#' SINGLE_WORD. A # inside a word or an address does not start a hashtag.
_HASHTAG = re.compile(r"(?<![\w/&#])#(?=[^\W_])")
_HASHTAG_TEMPLATE = re.compile(r"\{hashtag\|\\?([#＃])\|((?:\\.|[^\\{}])*)\}", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def utf16_length(text: str) -> int:
    """The length of `text` in UTF-16 units.

    LinkedIn does not document how it counts; of the known ways this one gives the longest length.
    """
    return len(text.encode("utf-16-le")) // 2


def escaped(text: str) -> str:
    """The little text for which LinkedIn shows `text`, with its `#words` as hashtags."""
    hashtags = {match.start() for match in _HASHTAG.finditer(text)}
    return _RESERVED.sub(
        lambda match: match[0] if match.start() in hashtags else f"\\{match[0]}", text
    )


def unescaped(commentary: str) -> str:
    """The text that LinkedIn shows for `commentary`."""
    return _ESCAPED.sub(r"\1", _HASHTAG_TEMPLATE.sub(r"\1\2", commentary))
