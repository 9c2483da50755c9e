"""The composer as people use it."""

import re

from playwright.sync_api import Locator, Page, expect

POST = re.compile("/posts/[0-9a-f-]{36}([?#]|$)")
"""The address of the page of a post."""


def choose(page: Page, *accounts: str) -> None:
    """Open the composer, and choose these accounts."""
    page.goto("/posts/new")
    for box in page.locator("#accounts input").all():
        box.set_checked(False)
    for account in accounts:
        page.get_by_role("checkbox", name=re.compile(account)).check()


def text_of(page: Page) -> Locator:
    return page.get_by_label("Text", exact=True)


def write(page: Page, text: str) -> None:
    """Type a text, and wait until it is kept on this device."""
    text_of(page).fill(text)
    expect(page.locator("#saved")).to_contain_text("Saved on this device")


def continue_with(page: Page, text: str) -> None:
    """Take up what is kept on this device."""
    page.get_by_role("button", name="Continue").click()
    expect(text_of(page)).to_have_value(text)


def send(page: Page) -> None:
    """Send it, and wait for the page of the post."""
    page.locator("#send").click()
    page.wait_for_url(POST)
