"""What a template gets: its config, with all texts prepared for typesetting.

A text stays what it is, but for invisible characters: they keep a number and its unit on one line,
and mark where a very long word may be divided. What is added: the direction of the text, and the
longest parts that stay together, from which the template computes the size of the letters.
"""

import re
import unicodedata
from typing import Any

from shared.templates.config import Design

_NOT_TEXTS = frozenset({"accent", "theme", "picture"})
_SPACES = re.compile("[ \n\u1680\u2000-\u2006\u2008-\u200b\u205f\u3000]+")
# Longer words are divided: at these signs, as in a URL, or else between any two letters.
_LONGEST_WORD = 25
_SEAM = re.compile(r"(?<=[/?&=._-])(?=\w)")
# The space between a number and its unit.
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=[^\s\d]{1,3}(?!\S))")
_NO_BREAK = "\u00a0"
_DIVIDER = "\u200b"
_JOINER = "\u200d"
_VIRAMA = 9
_PIECES = 6
_SHORT = 16
# Of so few characters, one line is made.
_ONE_LINE = 8
# Thai, Lao, Myanmar and Khmer have no spaces: the typesetter knows their words.
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
# The forms of Chinese characters differ between languages.
_EAST_ASIAN = (
    (re.compile("[\u3040-\u30ff\u31f0-\u31ff]"), "Noto Sans CJK JP"),
    (re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"), "Noto Sans CJK KR"),
    (re.compile("[\u3100-\u312f]"), "Noto Sans CJK TC"),
)


def data_of(config: Design, ratio: str) -> dict[str, Any]:
    """The data of a picture, as JSON. The picture of the user is added later."""
    fields = config.model_dump()
    texts = {name: value for name, value in fields.items() if name not in _NOT_TEXTS}
    every = " ".join(_all(texts))
    prepared = {name: _prepared(value) for name, value in texts.items()}
    shared = {
        "ratio": ratio,
        "picture": None,
        "isRtl": _is_rtl(_main(config)),
        "eastAsian": next((f for p, f in _EAST_ASIAN if p.search(every)), "Noto Sans CJK SC"),
    }
    return fields | prepared | shared


def _all(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in _all(each)]
    return [value] if isinstance(value, str) else []


def _main(config: Design) -> str:
    """The required texts: the page is laid out in the direction of their first letter."""
    fields = type(config).model_fields
    return " ".join(_all([getattr(config, name) for name in fields if fields[name].is_required()]))


def _prepared(value: Any) -> Any:
    if isinstance(value, list):
        return [_prepared(each) for each in value]
    if not isinstance(value, str):
        return value
    text = _divided(_BEFORE_UNIT.sub(_NO_BREAK, value))
    return {
        "text": text,
        "isRtl": _is_rtl(text),
        "isShort": len(text) <= _SHORT,
        "isDense": 3 * sum(unicodedata.east_asian_width(one) in "WF" for one in text) > len(text),
        "pieces": _pieces(text),
    }


def _is_rtl(text: str) -> bool:
    """By its first letter with a direction, as the Unicode Bidirectional Algorithm does (P2)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def _breaks_everywhere(character: str) -> bool:
    """Whether lines may end before and after it: a Chinese character or an emoji, for example."""
    if _WITHOUT_SPACES.match(character):
        return True
    is_wide = unicodedata.east_asian_width(character) in ("W", "F")
    is_letter = unicodedata.category(character) in ("Lo", "So")
    return is_wide and is_letter and not "\u1100" <= character <= "\u11ff"


def _tokens(text: str) -> list[str]:
    """The text as spaces, single characters that break everywhere, and what stays together."""
    tokens: list[str] = []
    is_open = False
    for character in text:
        is_alone = _SPACES.match(character) or (
            _breaks_everywhere(character) and not _ends_joined(tokens)
        )
        if is_alone or not is_open:
            tokens.append(character)
        else:
            tokens[-1] += character
        is_open = not is_alone
    return tokens


def _ends_joined(tokens: list[str]) -> bool:
    return bool(tokens) and tokens[-1].endswith(_JOINER)


def _is_word(token: str) -> bool:
    return len(token) > 1 or not (_SPACES.match(token) or _breaks_everywhere(token))


def _divided(text: str) -> str:
    """The text with places for line breaks in words that are very long."""
    return "".join(
        _divided_word(token) if len(token) > _LONGEST_WORD else token for token in _tokens(text)
    )


def _divided_word(word: str) -> str:
    parts = _SEAM.split(word)
    return _DIVIDER.join(
        part if len(part) <= _LONGEST_WORD else _divided_anywhere(part) for part in parts
    )


def _divided_anywhere(word: str) -> str:
    result, length = "", 0
    for previous, character in zip(["", *word], word, strict=False):
        if previous and (length >= _LONGEST_WORD or _may_divide(previous, character)):
            result, length = result + _DIVIDER, 0
        result, length = result + character, length + 1
    return result


def _may_divide(previous: str, following: str) -> bool:
    """Whether two letters can be on different lines."""
    is_attached = unicodedata.category(following)[0] in "MC" or "🏻" <= following <= "🏿"
    is_open = previous == _JOINER or unicodedata.combining(previous) == _VIRAMA
    are_flag = all("🇦" <= one <= "🇿" for one in (previous, following))
    return not (is_attached or is_open or are_flag)


def _pieces(text: str) -> list[str]:
    """The widest parts without a place for a line break, as far as their lengths tell."""
    if len(text) <= _ONE_LINE and "\n" not in text:
        return [text]
    tokens = ["", *_tokens(text), ""]
    pieces = {
        # With its neighbors: no line begins with a comma, whatever is before it.
        "".join(part for part in triple if not _SPACES.match(part))
        for triple in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if _is_word(triple[1])
    }
    return sorted(pieces, key=lambda piece: (-len(piece), piece))[:_PIECES] or [text[:1]]
