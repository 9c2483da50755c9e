"""A title and numbered points."""

from typing import Annotated

from pydantic import Field

from shared.templates.config import Design, Long, Text


class Config(Design):
    """A title and numbered points."""

    title: Long
    """What the points are about."""
    items: Annotated[
        list[Annotated[Text, Field(max_length=100)]], Field(min_length=1, max_length=8)
    ]
    """The points, at most 8."""


EXAMPLE = {
    "title": "Before you publish",
    "items": [
        "Read it aloud once",
        "Check names, dates and links",
        "Look at it on a phone",
        "Choose a time when readers are awake",
    ],
    "accent": "#f2b705",
    "brand": "example.com",
}
