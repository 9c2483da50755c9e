"""The longer ways over the pages: faults, retries, moving by mouse, keys, lost answers."""

import re
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import Page, expect

from shared import clock
from tests.browser.site import Site
from tests.browser.writing import choose, send, text_of
from tests.functions.publishing import fault

pytestmark = pytest.mark.full

# Two pictures, as if they were dragged in from a folder.
_DROPPED = """async () => {
    const data = new DataTransfer();
    for (const colour of ["orange", "teal"]) {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 900;
        const context = canvas.getContext("2d");
        context.fillStyle = colour;
        context.fillRect(0, 0, 900, 900);
        const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg"));
        data.items.add(new File([blob], `${colour}.jpg`, { type: "image/jpeg" }));
    }
    return data;
}"""


def test_a_fault_goes_with_its_cause_and_each_platform_gets_its_own(site: Site, page: Page) -> None:
    choose(page, "x_ann", "threads_ann", "linkedin_ann")
    text_of(page).fill("Fresh bread at the market")
    page.get_by_label("Different text for X").check()
    own = page.locator("textarea[name^='text:x']")
    own.fill("z" * 300)
    expect(page.locator("#summary")).to_contain_text("280 characters")
    own.fill("Bread")
    expect(page.locator("#summary")).not_to_contain_text("280 characters")
    page.dispatch_event("#drop", "drop", {"dataTransfer": page.evaluate_handle(_DROPPED)})
    files = page.locator("#tiles input[name=media]")
    expect(files).to_have_count(2)
    for number in range(2):
        expect(files.nth(number)).to_have_value(re.compile("^http"))
    send(page)
    site.world.live_until_quiet()
    badges = page.locator("main .badge")
    expect(badges.filter(has_text="Published").first).to_be_visible()
    for platform, text in (("x", "Bread"), ("threads", "Fresh bread at the market")):
        [post] = site.world.platforms[platform].posts.all()
        assert (post.text, len(post.media)) == (text, 2)


def test_what_failed_is_edited_and_retried_without_repeating_the_rest(
    site: Site, page: Page
) -> None:
    fault(site.world, "x", "POST /2/tweets", "status", status=403, body={"title": "Forbidden"})
    choose(page, "x_ann", "threads_ann")
    text_of(page).fill("Refused at first")
    send(page)
    site.world.live_until_quiet()
    page.reload()
    expect(page.locator("main")).to_contain_text("Threads is live and will not be posted again")
    page.goto(page.url.partition("?")[0] + "/edit?retry=1")
    text_of(page).fill("Accepted now")
    send(page)
    site.world.live_until_quiet()
    page.reload()
    expect(page.locator("main .badge").filter(has_text="Failed")).to_have_count(0)
    assert [post.text for post in site.world.platforms["x"].posts.all()] == ["Accepted now"]
    threads = [post.text for post in site.world.platforms["threads"].posts.all()]
    assert threads == ["Refused at first"]


def test_a_post_is_dragged_to_another_day_and_keeps_its_time(site: Site, page: Page) -> None:
    at = (clock.now() + timedelta(days=9)).replace(hour=9, minute=0, second=0, microsecond=0)
    # Two days that the month shows beside each other.
    at -= timedelta(days=at.isoweekday() - 2)
    post_id = site.world.submit("Later", "x", scheduledTime=at.isoformat())
    page.goto(f"/calendar?date={at:%Y-%m-%d}")
    chip = page.locator(f"main table a[href*='{post_id}']").first
    begin = chip.bounding_box()
    cell = chip.locator("xpath=ancestor::td/following-sibling::td[1]").bounding_box()
    assert begin is not None
    assert cell is not None
    page.mouse.move(begin["x"] + 30, begin["y"] + 10)
    page.mouse.down()
    page.mouse.move(begin["x"] + 60, begin["y"] + 20, steps=4)
    page.mouse.move(cell["x"] + 60, cell["y"] + 60, steps=8)
    page.mouse.up()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    assert site.world.submission(post_id)["scheduledTime"] == at + timedelta(days=1)
    undo.click()
    expect(page.locator("main")).to_contain_text(f"{at:%a} {at.day}")
    expect(undo).to_be_visible()
    assert site.world.submission(post_id)["scheduledTime"] == at


def test_a_key_works_until_it_is_revoked_and_is_shown_once(site: Site, page: Page) -> None:
    page.goto("/settings/api")
    page.get_by_label("Name").first.fill("For a test")
    page.get_by_role("button", name=re.compile("Create")).click()
    expect(page.locator("main")).to_contain_text("sk_live_")
    [key] = set(re.findall(r"sk_live_[\w-]{32}", page.content()))

    def status() -> int:
        headers = {"soku-api-key": key}
        return requests.get(f"{site.api_url}/v1/posts", headers=headers, timeout=10).status_code

    assert status() == 200
    page.reload()
    assert key not in page.content()
    page.goto("/settings/api")
    page.get_by_role("link", name=re.compile("Revoke.*For a test")).click()
    page.get_by_role("button", name=re.compile("Revoke")).click()
    expect(page).to_have_url(re.compile("/settings/api"))
    assert status() == 401


def test_a_lost_answer_is_settled_by_the_user(site: Site, page: Page) -> None:
    fault(site.world, "x", "POST /2/tweets", "reset_before")
    choose(page, "x_ann")
    text_of(page).fill("Did it arrive?")
    send(page)
    site.world.deliver_due()
    page.reload()
    expect(page.locator("main")).to_contain_text("Not confirmed")
    page.get_by_role("button", name="It is not live").click()
    expect(page.locator("main .badge").filter(has_text="Failed").first).to_be_visible()
    page.get_by_role("button", name="Retry").first.click()
    site.world.live_until_quiet()
    page.reload()
    expect(page.locator("main .badge").filter(has_text="Published").first).to_be_visible()
    assert [post.text for post in site.world.platforms["x"].posts.all()] == ["Did it arrive?"]
