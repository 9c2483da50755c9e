"""How LinkedIn reads "little text" (…/marketing/community-management/shares/little-text-format)."""

RESERVED = frozenset("|{}@[]()<>#\\*_~")
_TEMPLATE = "{hashtag|"


def read_little_text(commentary: str) -> tuple[str, str]:
    """The text that is shown, and the part of `commentary` that is kept.

    LinkedIn silently cuts the text off before the first reserved character that is neither
    escaped nor the start of a hashtag.
    """
    shown: list[str] = []
    position = 0
    while position < len(commentary):
        piece, end = _element(commentary, position)
        if end == position:
            break
        shown.append(piece)
        position = end
    return "".join(shown), commentary[:position]


def utf16_units(text: str) -> int:
    """The length of a text in UTF-16 units, for which the limit is."""
    return len(text.encode("utf-16-le")) // 2


def _element(commentary: str, start: int) -> tuple[str, int]:
    """The text that the element at `start` shows, and its end: `start` if there is no element."""
    character = commentary[start]
    following = commentary[start + 1 : start + 2]
    if character not in RESERVED:
        return character, start + 1
    if character == "\\" and following in RESERVED:
        return following, start + 2
    if character == "#" and following.isalnum():
        return "#", start + 1
    if commentary.startswith(_TEMPLATE, start):
        return _template(commentary, start)
    return "", start


def _template(commentary: str, start: int) -> tuple[str, int]:
    r"""`{hashtag|\#|word}`; the end is `start` if it is not well formed."""
    end = commentary.find("}", start)
    sign, bar, word = commentary[start + len(_TEMPLATE) : end].partition("|")
    if end < 0 or not bar or sign.removeprefix("\\") not in ("#", "＃"):
        return "", start
    shown, kept = read_little_text(word)
    return (sign.removeprefix("\\") + shown, end + 1) if kept == word else ("", start)
