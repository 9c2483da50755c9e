"""The pictures look as they did: `make images` makes new references after a change."""

import pytest
from PIL import Image, ImageChops

from shared.templates import catalog
from tests.templates.drawn import looks, picture, preview
from tests.templates.images import REFERENCES

# Of 255, and of all points: libraries may differ in how they smooth edges.
_CLEAR, _MOST_CLEAR_POINTS = 90, 0.004


def _changed(found: Image.Image, path) -> float:
    """The part of the points that clearly differ."""
    with Image.open(path) as reference:
        assert found.size == reference.size
        difference = ImageChops.difference(found.convert("L"), reference.convert("L"))
    clear = sum(difference.histogram()[_CLEAR:])
    return clear / (found.width * found.height)


@pytest.mark.parametrize("slug", catalog.slugs())
def test_a_template_looks_like_its_reference(slug: str) -> None:
    assert _changed(looks(slug), REFERENCES / f"{slug}.webp") < _MOST_CLEAR_POINTS


@pytest.mark.parametrize("slug", catalog.slugs())
def test_the_preview_shows_the_example(slug: str) -> None:
    path = catalog.template(slug).folder / "preview.webp"
    assert _changed(preview(slug), path) < _MOST_CLEAR_POINTS


def test_another_word_is_noticed() -> None:
    example = dict(catalog.template("quote").example)
    other = picture("quote", example | {"text": "Simplicity is expensive for reliability."})
    path = catalog.template("quote").folder / "preview.webp"
    assert _changed(other.resize((320, 320)), path) > _MOST_CLEAR_POINTS
