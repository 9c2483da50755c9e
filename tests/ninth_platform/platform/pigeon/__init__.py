"""Pigeon, which carries short notes: the first of the three folders of a new platform."""

from shared.platforms.about import About

ABOUT = About(
    name="pigeon",
    display_name="Pigeon",
    default_version="1",
    base_url="https://api.pigeon.test",
)
