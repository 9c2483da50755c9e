"""What holds for every page: axe finds nothing, and nothing is wider than the window."""

from collections.abc import Iterable
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

Scheme = Literal["light", "dark"]
WIDTHS = (390, 800, 1280)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
_HEIGHT = 900
# axe does not check the size of targets unless told to (WCAG 2.2, 2.5.8).
_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# What reaches beyond the right edge without being cut off or scrolled by a parent.
_TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const scrolled = document.documentElement.scrollWidth;
  if (scrolled <= width) return [];
  const found = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width)
    .slice(0, 5)
    .map((element) => element.outerHTML.slice(0, 160));
  return [`${scrolled} pixels`, ...found];
}"""
_axe = Axe()


def check(page: Page) -> None:
    """Check the page as it is shown now."""
    results = _axe.run(page, options=_OPTIONS)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"
    check_width(page)
    headings = page.locator("h1").all_inner_texts()
    assert len(headings) == 1, f"{page.url} has the h1 {headings}"


def check_width(page: Page) -> None:
    """Fails if the page can be scrolled sideways."""
    too_wide = page.evaluate(_TOO_WIDE)
    assert not too_wide, "\n".join([f"{page.url} is too wide for {page.viewport_size}:", *too_wide])


def check_pictures(page: Page) -> None:
    """Wait until all pictures in the window are there; fails if one cannot be shown."""
    page.wait_for_function(
        "() => [...document.images].every((one) => one.loading === 'lazy' || one.complete)"
    )
    broken = page.evaluate(
        "() => [...document.images].filter((one) => one.complete && !one.naturalWidth)"
        ".map((one) => one.outerHTML)"
    )
    assert not broken, "\n".join(broken)


def check_everywhere(page: Page, widths: Iterable[int] = WIDTHS) -> None:
    """Check the page at every width and in both schemes, then show it as before."""
    before = page.viewport_size
    for width in widths:
        look(page, width)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            check(page)
    page.emulate_media(color_scheme="light")
    if before is not None:
        page.set_viewport_size(before)


def look(page: Page, width: int) -> None:
    """Show the page in a window of this width."""
    page.set_viewport_size(ViewportSize(width=width, height=_HEIGHT))
