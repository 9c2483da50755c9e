"""Every template in every script: texts stay in their place, and are never read as markup."""

import unicodedata
from functools import cache

import pytest
from PIL import Image, ImageChops

from shared.templates import catalog
from shared.templates.config import SIZES
from tests import extent
from tests.conftest import ROOT
from tests.templates.drawn import RATIOS, picture
from tests.templates.samples import LONG, SCRIPTS, SHORT, config, filled, text

# Of the page, in pixels, less than what letters may reach over their own width.
_MARGIN, _TALL_MARGIN = 78, 238
# JPEG adds noise beside sharp edges.
_NOISE = 60
_SOURCES = sorted((ROOT / "shared" / "templates").rglob("*.typ"))


EVERY = [
    (slug, script, ratio) for slug in catalog.slugs() for script in SCRIPTS for ratio in RATIOS
]
# Each template, each script and each ratio in some of them.
QUICK = [
    each
    for each in EVERY
    if catalog.slugs().index(each[0]) % 3 == SCRIPTS.index(each[1]) % 3 == RATIOS.index(each[2])
]


@cache
def _with_one_word(slug: str, script: str, ratio: str) -> Image.Image:
    return picture(slug, filled(slug, lambda most: text(script, SHORT)), ratio)


def assert_margins_are_empty(found: Image.Image, slug: str, script: str, ratio: str) -> None:
    """Around the texts, the picture is the same as with texts of one word."""
    expected = _with_one_word(slug, script, ratio)
    assert found.size == expected.size == SIZES[ratio]
    width, height = found.size
    vertical = _TALL_MARGIN if ratio == "9:16" else _MARGIN
    difference = ImageChops.difference(found.convert("L"), expected.convert("L"))
    for band in (
        (0, 0, _MARGIN, height),
        (width - _MARGIN, 0, width, height),
        (0, 0, width, vertical),
        (0, height - vertical, width, height),
    ):
        darkest = difference.crop(band).getextrema()[1]
        assert isinstance(darkest, int | float)
        assert darkest < _NOISE, band


@pytest.mark.full
@pytest.mark.parametrize("each", extent.some(EVERY, QUICK), ids="-".join)
def test_long_texts_stay_within_the_margins(each: tuple[str, str, str]) -> None:
    slug, script, ratio = each
    found = picture(slug, config(slug, script, LONG), ratio)
    assert found.format == "JPEG"
    assert_margins_are_empty(found, slug, script, ratio)


@pytest.mark.full
@pytest.mark.parametrize("each", EVERY, ids="-".join)
def test_short_texts_fill_the_picture(each: tuple[str, str, str]) -> None:
    slug, script, ratio = each
    found = picture(slug, config(slug, script, SHORT), ratio)
    assert found.size == SIZES[ratio]
    # More than the shapes alone.
    empty = picture(slug, filled(slug, lambda most: ".", whole=False), ratio)
    assert ImageChops.difference(found, empty).getbbox() is not None


HOSTILE = {
    "wide letters": "W",
    "a ligature of many letters": "\ufdfa",
    "stops": "。",
    "brackets": "「",
    "lines": "a\n",
    "marks": "e" + "\u0323\u0304\u0301\u0302",
    "joined emoji": "👩\u200d",
    "spaces without breaks": "\u00a0a",
    "Thai": "ก",
    "letters that no font has": "\U00012219",
    "Korean consonants": "\u1100",
    "hyphens": "-",
    "Arabic letters": "س",
    "flags": "🇩🇪",
    "changes of direction": "\u202ea\u202c\u2067b\u2069",
}


@pytest.mark.full
@pytest.mark.parametrize("slug", extent.some(catalog.slugs(), ["quote"]))
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_texts_without_a_place_for_a_line_break_stay_within_the_margins(
    slug: str, piece: str
) -> None:
    found = picture(slug, filled(slug, lambda most: (piece * most)[:most].strip()))
    # Shapes are mirrored where the text runs from right to left.
    is_rtl = unicodedata.bidirectional(piece[0]) == "AL"
    assert_margins_are_empty(found, slug, "arabic" if is_rtl else "latin", "1:1")


MARKUP = {
    '#text("a")': "a",
    "#1": "1",
    "$x$": "x",
    "*a*": "a",
    "_a_": "a",
    "`a`": "a",
    "a // b": "a",
    "a /* b */": "a",
    "\\#": "#",
    "a~b": "a b",
    "a---b": "a—b",
    "<a>": "",
    "a \\ b": "a b",
    "@a": "a",
    "= a": "a",
    "- a": "a",
    '#import "/base.typ": *': "",
    '#read("/base.typ")': "a",
    "#panic()": "a",
    "]": "",
    '"': "",
    "#{1 + 1}": "2",
    "<svg/>": "",
}


@pytest.mark.full
@pytest.mark.parametrize("markup", MARKUP)
def test_a_text_is_never_read_as_markup(markup: str) -> None:
    shown = picture("quote", {"text": markup})
    otherwise = picture("quote", {"text": MARKUP[markup] or "."})
    assert ImageChops.difference(shown, otherwise).getbbox() is not None


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.parent.name)
def test_a_template_reads_nothing_but_what_all_templates_share(path) -> None:
    source = path.read_text(encoding="utf-8")
    lines = [line for line in source.splitlines() if "import" in line or "include" in line]
    assert lines in ([], ['#import "/base.typ": *'])
    for word in ("eval(", "read(", "plugin(", "yaml(", "csv(", "toml(", "xml(", "cbor("):
        assert word not in source


def test_the_same_config_is_the_same_picture() -> None:
    one, other = (picture("stat", config("stat", "cjk", LONG)).tobytes() for _ in range(2))
    assert one == other
