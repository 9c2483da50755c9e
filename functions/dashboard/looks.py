"""How often a page asks for what is pending: first after 2 seconds, then less and less often."""

MOST_LOOKS = 15
_LONGEST_WAIT = 30


def number_of(text: str) -> int:
    """How often the page has asked, as it says in its address."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else MOST_LOOKS


def next_look(looks: int, *, is_pending: bool) -> int | None:
    """In how many seconds a page asks again that has asked `looks` times; None: not any more."""
    return min(2 + looks, _LONGEST_WAIT) if is_pending and looks < MOST_LOOKS else None
