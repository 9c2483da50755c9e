"""Every page that a menu or a link leads to, empty and full."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from functions.dashboard.routes import ROUTES
from tests.browser.checks import check, check_everywhere
from tests.browser.site import Site
from tests.browser.some_posts import some_posts

# These are parts of pages, redirects, files, and pages for people who are not signed in.
_OTHERS = {"/", "/analytics.csv", "/posts/needs", "/posts/rows", "/settings", "/uploads"}
_SEVERAL = {"/calendar": ("", "?view=week", "?view=day")}


def paths() -> Iterator[str]:
    for method, path, _ in ROUTES:
        is_page = method == "GET" and "<" not in path and not path.startswith("/sign-in")
        if is_page and path not in _OTHERS:
            yield from (f"{path}{query}" for query in _SEVERAL.get(path, ("",)))


def test_every_page_can_be_used_on_a_phone_in_the_dark(site: Site) -> None:
    page = site.sign_in(width=390, scheme="dark")
    for path in paths():
        page.goto(path)
        check(page)


@pytest.mark.full
@pytest.mark.parametrize("path", list(paths()))
def test_every_page_can_be_used_with_posts_of_every_kind(site: Site, page: Page, path: str) -> None:
    some_posts(site)
    site.world.parts.grants.require_reconnect(site.world.account("x"), None, "X has ended it.")
    page.goto(path)
    check_everywhere(page)


@pytest.mark.full
def test_every_page_can_be_read_without_scripts(site: Site) -> None:
    page = site.sign_in(has_scripts=False)
    some_posts(site)
    for path in paths():
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
