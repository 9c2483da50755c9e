"""Makes the previews of the templates, the references and the picture of the documentation:
`make images`."""

from pathlib import Path

import pytest
from PIL import Image

from shared.templates import catalog
from tests.conftest import ROOT
from tests.templates.drawn import RATIOS, column, looks, picture, preview, row
from tests.templates.samples import LONG, SCRIPTS, SHORT, config

REFERENCES = Path(__file__).parent / "references"
DOCUMENTATION = ROOT / "docs" / "images" / "templates.webp"
# To look at, and not in the repository.
SHEETS = ROOT / ".local" / "screenshots" / "templates"


def _save(image: Image.Image, path: Path, most: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=86, method=6)
    size = path.stat().st_size
    assert size <= most, f"{path.name} has {size} bytes"


@pytest.mark.parametrize("slug", catalog.slugs())
def test_the_preview_and_the_reference(slug: str) -> None:
    _save(preview(slug), catalog.template(slug).folder / "preview.webp", 20_000)
    _save(looks(slug), REFERENCES / f"{slug}.webp", 50_000)


def test_the_picture_of_the_documentation() -> None:
    slugs = catalog.slugs()
    rows = [
        row([picture(slug, catalog.template(slug).example) for slug in some], 400)
        for some in (slugs[:3], slugs[3:])
    ]
    _save(column(rows), DOCUMENTATION, 300_000)


@pytest.mark.parametrize("slug", catalog.slugs())
def test_a_sheet_with_all_scripts(slug: str) -> None:
    for length in (SHORT, LONG):
        rows = [
            row([picture(slug, config(slug, script, length), ratio) for script in SCRIPTS], 400)
            for ratio in RATIOS
        ]
        _save(column(rows), SHEETS / f"{slug}-{length}.webp", 3_000_000)
