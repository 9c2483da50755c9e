"""The title of an article, over a picture or a gradient."""

from shared.templates.config import Illustrated, Line, Long, Short


class Config(Illustrated):
    """The title of an article, over a picture or a gradient of the accent color."""

    title: Long
    """The title of the article."""
    category: Short | None = None
    """What kind of article it is, above the title."""
    author: Line | None = None
    """Who wrote it."""


EXAMPLE = {
    "title": "What we learned from a year of weekly releases",
    "category": "Engineering",
    "author": "Maya Okafor",
    "accent": "#0e7490",
    "brand": "example.com",
}
