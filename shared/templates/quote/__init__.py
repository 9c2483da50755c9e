"""A quote with its author."""

from shared.templates.config import Illustrated, Line, Long


class Config(Illustrated):
    """A quote with its author, and a portrait."""

    text: Long
    """The quote, without quotation marks."""
    author: Line | None = None
    """Who said it."""
    role: Line | None = None
    """What the author does, below the name."""


EXAMPLE = {
    "text": "Simplicity is prerequisite for reliability.",
    "author": "Edsger W. Dijkstra",
    "role": "Computer scientist",
    "accent": "#e4572e",
    "brand": "example.com",
}
