"""Pictures as the process of the renderer draws them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image

from shared.templates import catalog
from shared.templates.render import RENDERER, Photo
from shared.templates.texts import data_of
from shared.web import strict
from tests.templates.samples import LONG, config

RATIOS = ("1:1", "4:5", "9:16")
_GAP = 8


def jpeg(
    slug: str, sent: Mapping[str, Any], ratio: str = "1:1", photo: Photo | None = None
) -> bytes:
    template = catalog.template(slug)
    return RENDERER.draw(template, data_of(strict.read(template.config, sent), ratio), photo)


def picture(
    slug: str, sent: Mapping[str, Any], ratio: str = "1:1", photo: Photo | None = None
) -> Image.Image:
    return Image.open(BytesIO(jpeg(slug, sent, ratio, photo)))


def row(pictures: Iterable[Image.Image], height: int) -> Image.Image:
    """Small pictures beside each other."""
    small = [one.resize((one.width * height // one.height, height)) for one in pictures]
    return _joined(small, across=True)


def column(pictures: Sequence[Image.Image]) -> Image.Image:
    return _joined(pictures, across=False)


def _joined(pictures: Sequence[Image.Image], *, across: bool) -> Image.Image:
    widths, heights = [one.width for one in pictures], [one.height for one in pictures]
    gaps = _GAP * (len(pictures) - 1)
    size = (sum(widths) + gaps, max(heights)) if across else (max(widths), sum(heights) + gaps)
    sheet, place = Image.new("RGB", size, "#808080"), 0
    for one in pictures:
        sheet.paste(one, (place, 0) if across else (0, place))
        place += (one.width if across else one.height) + _GAP
    return sheet


@cache
def looks(slug: str) -> Image.Image:
    """What is compared with the reference of a template: its example, and long texts."""
    example = catalog.template(slug).example
    examples = [picture(slug, example, ratio) for ratio in RATIOS]
    scripts = [picture(slug, config(slug, script, LONG), "4:5") for script in ("arabic", "cjk")]
    return row([*examples, *scripts], 240)


def preview(slug: str) -> Image.Image:
    return picture(slug, catalog.template(slug).example).resize((320, 320))
