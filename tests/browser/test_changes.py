"""What a person does on the pages, and what becomes of it on the platforms."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect

from local.platforms.tiktok.publication import CreatorSettings
from shared import clock
from tests.browser.checks import check, check_everywhere, check_pictures
from tests.browser.site import Site
from tests.media import jpeg


def test_a_post_with_a_picture_is_written_and_published(site: Site, page: Page) -> None:
    page.goto("/posts/new")
    page.get_by_role("checkbox", name=re.compile("threads_ann")).check()
    page.get_by_label("Text", exact=True).fill("Fresh bread at the market")
    file = FilePayload(name="bread.jpg", mimeType="image/jpeg", buffer=jpeg())
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("#tiles input[name=media]")).to_have_value(re.compile("^http"))
    check_pictures(page)
    check(page)
    page.locator("#send").click()
    expect(page).not_to_have_url(re.compile("/posts/new"))
    site.world.live_until_quiet()
    [post] = site.world.platforms["threads"].posts.all()
    assert (post.text, len(post.media)) == ("Fresh bread at the market", 1)


@pytest.mark.full
def test_an_account_is_connected(site: Site, page: Page) -> None:
    twin = site.world.platforms["x"]
    twin.add_account("new", "new.bakery", "token-of-new")
    site.watch(page).visits(site.world.parts.settings.simulated_platforms["x"])
    # Pictures of accounts come from their platform.
    site.watch(page).visits("https://abs.twimg.com")
    page.goto("/settings/integrations")
    card = page.locator("form", has=page.locator("input[name=platform][value=x]")).last
    card.get_by_role("button").click()
    page.get_by_label("new.bakery").check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("new.bakery").first).to_be_visible()
    check(page)


@pytest.mark.full
def test_a_scheduled_post_is_moved_with_the_keyboard(site: Site, page: Page) -> None:
    at = (clock.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    post_id = site.world.submit("Later", "x", scheduledTime=at.isoformat())
    page.goto(f"/calendar?date={at:%Y-%m-%d}")
    chip = page.locator(f"main table a[href*='{post_id}']").first
    chip.focus()
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    moved = site.world.submission(post_id)["scheduledTime"]
    assert moved == at + timedelta(days=1)


@pytest.mark.full
def test_the_composer_shows_what_a_creator_allows(site: Site, page: Page) -> None:
    creator = CreatorSettings(is_private=True, comment_disabled=True)
    site.world.platforms["tiktok"].state.creator = creator
    page.goto("/posts/new")
    page.get_by_role("checkbox", name="tiktok").check(force=True)
    expect(page.get_by_text("Soku is asking TikTok")).to_be_visible()
    site.world.deliver_due()
    expect(page.get_by_text("keep comments off")).to_be_visible()
    privacy = page.locator("#opt-tiktok-privacyLevel")
    expect(privacy.get_by_role("option", name="Everyone")).to_be_disabled()
    privacy.select_option("Followers")
    check_everywhere(page)
