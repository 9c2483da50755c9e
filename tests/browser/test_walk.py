"""A short walk over the pages as a person takes it, in the browser that people use."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import WIDTHS, check, check_everywhere
from tests.browser.site import Site
from tests.functions.dashboard_client import PEOPLE

ANN = PEOPLE["ann"]


def test_somebody_signs_in_with_google_and_out(site: Site) -> None:
    page = site.visitor().new_page()
    site.watch(page).visits(site.dashboard.url)
    page.goto("/posts")
    expect(page).to_have_url(re.compile("/sign-in"))
    check_everywhere(page)
    page.get_by_role("link", name="Continue with Google").click()
    page.get_by_role("link", name=ANN.email).click()
    expect(page).to_have_url(f"{site.url}/posts")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{site.url}/sign-in")


def test_somebody_signs_in_with_a_link_without_scripts(site: Site) -> None:
    page = site.visitor(has_scripts=False).new_page()
    site.watch(page).visits(site.dashboard.url)
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(ANN.email)
    page.get_by_role("button", name="Email me a link").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    page.goto(site.dashboard.links_to(ANN.email)[-1])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(ANN.email).first).to_be_visible()
    page.goto("/posts")
    expect(page.get_by_role("heading", name="Posts", level=1)).to_be_visible()


def test_the_list_without_posts_says_what_to_do(page: Page) -> None:
    page.goto("/posts")
    expect(page.locator("main").get_by_role("link", name="Write a post")).to_be_visible()
    check_everywhere(page)


def test_the_keyboard_alone_is_enough_to_begin(page: Page) -> None:
    page.goto("/posts")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.full
@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_that_does_not_exist_says_so(site: Site, width: int) -> None:
    page = site.sign_in(width=width)
    page.goto("/missing")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    site.watch(page).forgive("404")
    check(page)
