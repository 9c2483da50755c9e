"""What goes wrong while a post is written, and what the composer makes of it."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.checks import check, check_width
from tests.browser.site import Site
from tests.browser.writing import choose, send, text_of, write
from tests.media import jpeg

BREAD = FilePayload(name="bread.jpg", mimeType="image/jpeg", buffer=jpeg())
EMPTY = FilePayload(name="<b>empty</b>.jpg", mimeType="image/jpeg", buffer=b"")


def test_a_post_is_not_sent_without_a_file_that_was_not_added(site: Site, page: Page) -> None:
    choose(page, "threads_ann")
    write(page, "Fresh bread")
    page.locator("input[type=file]").set_input_files([EMPTY, BREAD])
    expect(page.locator("#tiles input[name=media]").last).to_have_value(re.compile("^http"))
    expect(page.locator("#tiles")).to_contain_text("<b>empty</b>.jpg is empty.")
    page.locator("#send").click()
    expect(page.locator("#saved")).to_contain_text("Not sent: 1 file was not added.")
    expect(page.locator("#files")).to_be_focused()
    check(page)
    page.get_by_role("button", name="Remove file 1").click()
    expect(page.locator("#saved")).to_contain_text("Saved on this device")
    send(page)
    site.world.live_until_quiet()
    [post] = site.world.platforms["threads"].posts.all()
    assert len(post.media) == 1


@pytest.mark.full
def test_a_post_that_was_sent_is_not_there_after_going_back(page: Page) -> None:
    choose(page, "x_ann")
    write(page, "Sent once")
    send(page)
    page.go_back()
    expect(page.get_by_role("heading", name="New post")).to_be_visible()
    expect(text_of(page)).to_have_value("")
    expect(page.locator("#kept")).to_be_hidden()


@pytest.mark.full
def test_a_long_word_stays_within_its_field(page: Page) -> None:
    choose(page, "x_ann", "threads_ann")
    page.get_by_role("checkbox", name="Different text for X").check()
    page.get_by_label("Text for X", exact=True).fill("ä" * 270)
    check_width(page)


@pytest.mark.full
def test_a_problem_with_a_file_leads_to_the_file(site: Site) -> None:
    page = site.sign_in(width=390)
    choose(page, "x_ann", "youtube")
    write(page, "A film")
    page.locator("input[type=file]").set_input_files(BREAD)
    page.get_by_role("button", name="Preview (1)").click()
    page.locator("#stops").click()
    page.get_by_role("link", name=re.compile("^YouTube supports")).click()
    expect(page.locator("[data-tile]")).to_be_focused()
    expect(page.get_by_role("button", name="Write", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
