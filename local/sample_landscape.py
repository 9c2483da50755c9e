"""Draws the pictures that the local stack offers to publish: hills at three times of a day."""

import math
from random import Random
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
# Drawn larger, then scaled down: PIL draws no smooth edges.
_SCALE = 2
_LAYERS = 4


class Light(NamedTuple):
    """A time of day. `sun`: how high it stands, from 0 (the horizon) to 1."""

    sky: Colour
    horizon: Colour
    sun_colour: Colour
    far: Colour
    near: Colour
    sun: float


MORNING = Light(
    (116, 164, 214), (255, 214, 170), (255, 240, 205), (168, 178, 196), (38, 70, 83), 0.3
)
NOON = Light((58, 134, 206), (196, 226, 244), (255, 252, 232), (142, 182, 176), (32, 96, 72), 0.8)
EVENING = Light((66, 48, 112), (246, 136, 96), (255, 206, 130), (142, 86, 120), (40, 26, 56), 0.12)


def landscape(width: int, height: int, light: Light, seed: int = 1) -> Any:
    """Hills below a sky with a sun, as an image of PIL. The same `seed` draws the same hills."""
    random = Random(seed)
    size = (width * _SCALE, height * _SCALE)
    image = _sky(size, light)
    draw = ImageDraw.Draw(image)
    _sun(draw, size, light)
    for layer in range(_LAYERS):
        share = layer / (_LAYERS - 1)
        draw.polygon(
            _hills(size, 0.55 + 0.13 * layer, random), _mixed(light.far, light.near, share)
        )
    return image.reduce(_SCALE)


def between(one: Light, other: Light, share: float) -> Light:
    """The light on the way from one time of day to another."""
    mixed = [_mixed(a, b, share) for a, b in zip(one[:-1], other[:-1], strict=True)]
    return Light(*mixed, one.sun + (other.sun - one.sun) * share)  # type: ignore[misc]


def _sky(size: tuple[int, int], light: Light) -> Any:
    shades = Image.linear_gradient("L").resize(size)
    return Image.composite(
        Image.new("RGB", size, light.horizon), Image.new("RGB", size, light.sky), shades
    )


def _sun(draw: Any, size: tuple[int, int], light: Light) -> None:
    width, height = size
    radius = min(size) * 0.075
    x, y = width * 0.66, height * (0.56 - 0.46 * light.sun)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), light.sun_colour)


def _hills(size: tuple[int, int], top: float, random: Random) -> list[tuple[float, float]]:
    width, height = size
    waves = [
        (random.uniform(0.6, 1.4) * 2**octave, random.uniform(0, 6.3), 0.05 / 2**octave)
        for octave in range(4)
    ]
    ridge = [
        (x, height * (top + sum(a * math.sin(f * 6.3 * x / width + p) for f, p, a in waves)))
        for x in range(0, width + 8, 8)
    ]
    return [*ridge, (width + 8, height), (0, height)]


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
