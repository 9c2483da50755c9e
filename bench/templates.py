"""Pictures from templates: the first of a process, and 50 in a row, each with other texts."""

import statistics
import time

from shared.media.confinement import Place
from shared.templates import catalog
from shared.templates.config import SIZES
from shared.templates.render import Renderer
from shared.templates.texts import data_of
from shared.web import strict

PICTURES = 50

Figures = dict[str, float]


def measure() -> Figures:
    renderer = Renderer(Place())
    try:
        first = _drawn(renderer, 0)
        others = [_drawn(renderer, number) for number in range(1, PICTURES + 1)]
    finally:
        renderer.place.clear()
    return {"template_first_ms": first * 1000, "template_p50_ms": statistics.median(others) * 1000}


def _drawn(renderer: Renderer, number: int) -> float:
    """Seconds for one picture; the templates and sizes take turns."""
    slugs, ratios = catalog.slugs(), tuple(SIZES)
    template = catalog.template(slugs[number % len(slugs)])
    config = strict.read(template.config, {**template.example, "brand": f"Number {number}"})
    data = data_of(config, ratios[number // len(slugs) % len(ratios)])
    started = time.perf_counter()
    renderer.draw(template, data, None)
    return time.perf_counter() - started
