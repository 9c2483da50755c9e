"""News in large letters on the accent color."""

from shared.templates.config import Design, Long, Short


class Config(Design):
    """News in large letters on the accent color."""

    headline: Long
    """What is new."""
    label: Short | None = None
    """A word or two above the headline, such as `New`."""
    details: Long | None = None
    """More about it, in small letters."""
    button: Short | None = None
    """What to do next, drawn as a button."""


EXAMPLE = {
    "headline": "Dark mode is here",
    "label": "New",
    "details": "Turn it on in the settings. It follows your system, or the time of day.",
    "button": "Try it today",
    "accent": "#4338ca",
    "brand": "example.com",
}
