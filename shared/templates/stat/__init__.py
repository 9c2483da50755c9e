"""One number and what it means."""

from shared.templates.config import Design, Line, Long, Short


class Config(Design):
    """One large number and what it means."""

    value: Short
    """The number with its unit, such as `87 %`."""
    label: Long
    """What the number means."""
    source: Line | None = None
    """Where the number is from."""


EXAMPLE = {
    "value": "87 %",
    "label": "of our readers finish an article that has fewer than 600 words",
    "source": "Reader survey, 2026",
    "accent": "#0f9d76",
    "theme": "dark",
    "brand": "example.com",
}
