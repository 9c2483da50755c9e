"""The title of a video, and how texts are counted."""

from shared.domain.content import Content, is_blank
from shared.platforms.youtube.options import options_of

MAX_TITLE = 100


def title_of(content: Content) -> str | None:
    """The given title, or the first line of the text; None if that cannot be a title."""
    title = options_of(content).title
    if title is not None:
        return None if is_blank(title) else title
    lines = content.text.strip().splitlines()
    first = lines[0].strip() if lines else ""
    return None if is_blank(first) or utf16_length(first) > MAX_TITLE else first


def utf16_length(text: str) -> int:
    """YouTube does not document what it counts: the larger of the likely counts."""
    return len(text.encode("utf-16-le")) // 2
