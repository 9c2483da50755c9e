"""Scheduled posts and drafts from their lists: published now, canceled, taken up later."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shared import clock
from tests.browser.checks import check
from tests.browser.site import Site
from tests.browser.writing import choose, send, text_of

pytestmark = pytest.mark.full


def _act(page: Page, post_id: str, action: str) -> None:
    """Choose an action in the menu of a post in a list."""
    row = page.locator(f"#post-{post_id}")
    row.locator("summary").click()
    row.get_by_role("link", name=action).click()


def test_a_scheduled_post_is_published_now(site: Site, page: Page) -> None:
    at = clock.now() + timedelta(days=2)
    post_id = site.world.submit("For Saturday", ("x", "threads"), scheduledTime=at.isoformat())
    page.goto("/posts/scheduled")
    _act(page, post_id, "Publish now")
    check(page)
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("status").first).to_contain_text("publishing it now")
    site.world.live_until_quiet()
    page.goto(f"/posts/{post_id}")
    expect(page.locator("main .badge").filter(has_text="Published").first).to_be_visible()
    for platform in ("x", "threads"):
        assert site.world.visible(platform) == ["For Saturday"]
    page.goto("/posts/scheduled")
    expect(page.get_by_text("Nothing is scheduled")).to_be_visible()


def test_a_scheduled_post_is_canceled(site: Site, page: Page) -> None:
    at = clock.now() + timedelta(days=2)
    post_id = site.world.submit("Not after all", "x", scheduledTime=at.isoformat())
    page.goto("/posts/scheduled")
    _act(page, post_id, "Cancel post")
    check(page)
    page.get_by_role("button", name="Cancel post").click()
    expect(page.get_by_role("status").first).to_contain_text("Nothing will be published")
    assert site.world.submission(post_id)["status"] == "canceled"
    site.world.advance(timedelta(days=3))
    site.world.live_until_quiet()
    assert site.world.visible("x") == []
    page.goto(f"/posts/{post_id}")
    expect(page.locator("main .badge").first).to_have_text("Canceled")


def test_a_draft_is_saved_taken_up_and_published_later(site: Site, page: Page) -> None:
    choose(page, "threads_ann")
    text_of(page).fill("An idea")
    page.get_by_role("radio", name="Save as draft").check()
    expect(page.get_by_role("button", name="Save draft")).to_be_visible()
    send(page)
    site.world.live_until_quiet()
    assert site.world.visible("threads") == []
    page.goto("/drafts")
    check(page)
    page.get_by_role("link", name=re.compile("^Edit")).click()
    text_of(page).fill("A finished thought")
    send(page)
    page.goto("/drafts")
    [link] = page.get_by_role("link", name=re.compile("^Edit")).all()
    post_id = (link.get_attribute("href") or "").split("/")[-2]
    _act(page, post_id, "Publish now")
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("status").first).to_contain_text("publishing it now")
    site.world.live_until_quiet()
    assert site.world.visible("threads") == ["A finished thought"]
