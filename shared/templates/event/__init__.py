"""An event with its date, time and place."""

from shared.templates.config import Illustrated, Line, Long, Short


class Config(Illustrated):
    """An event with its date, time and place, and a picture."""

    title: Long
    """What takes place."""
    date: Short
    """The day, as you write it: `12 May`."""
    time: Short | None = None
    """When it begins, as you write it: `6:30 pm`."""
    place: Line | None = None
    """Where it takes place."""


EXAMPLE = {
    "title": "Open house at the old print shop",
    "date": "Saturday, 12 May",
    "time": "10 am to 6 pm",
    "place": "14 Harbour Street",
    "accent": "#c2185b",
    "brand": "example.com",
}
