"""What people do on a phone: with a finger, in a window of 390 pixels."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from shared import clock
from tests.browser.checks import check
from tests.browser.site import Site
from tests.browser.writing import POST, text_of
from tests.functions.publishing import fault
from tests.media import jpeg

pytestmark = pytest.mark.full


@pytest.fixture
def page(site: Site) -> Page:
    return site.sign_in(width=390, is_phone=True)


def _bar(page: Page) -> Locator:
    """The navigation at the bottom."""
    return page.get_by_role("navigation", name="Main")


def test_the_bar_is_in_line_on_every_page(page: Page) -> None:
    for path in ("/posts", "/calendar", "/posts/new", "/settings/integrations"):
        page.goto(path)
        tops = (
            _bar(page)
            .locator("ul:not(.menu-list) > li:visible")
            .evaluate_all("(entries) => entries.map((entry) => entry.getBoundingClientRect().top)")
        )
        assert len(tops) == 5, path
        assert len(set(tops)) == 1, (path, tops)


def _next_tuesday() -> datetime:
    """A Tuesday of next week or the week after it, at nine."""
    at = (clock.now() + timedelta(days=9)).replace(hour=9, minute=0, second=0, microsecond=0)
    return at - timedelta(days=at.isoweekday() - 2)


def test_a_post_with_a_picture_is_written(site: Site, page: Page) -> None:
    page.goto("/posts")
    _bar(page).get_by_role("link", name="New", exact=True).tap()
    page.locator("#accounts label").filter(has_text="threads_ann").tap()
    text_of(page).fill("From the bakery")
    with page.expect_file_chooser() as chooser:
        page.locator("#drop").get_by_text("Choose files").tap()
    file = FilePayload(name="bread.jpg", mimeType="image/jpeg", buffer=jpeg())
    chooser.value.set_files(file)
    expect(page.locator("#tiles input[name=media]")).to_have_value(re.compile("^http"))
    check(page)
    page.get_by_role("button", name=re.compile("^Preview")).tap()
    expect(page.locator("#preview")).to_contain_text("From the bakery")
    check(page)
    page.locator("#send").tap()
    expect(page).to_have_url(POST)
    site.world.live_until_quiet()
    [post] = site.world.platforms["threads"].posts.all()
    assert (post.text, len(post.media)) == ("From the bakery", 1)


def test_a_failed_post_is_retried_from_the_list(site: Site, page: Page) -> None:
    fault(site.world, "x", "POST /2/tweets", "status", status=403, body={"title": "Forbidden"})
    post_id = site.world.submit("Refused at first", "x")
    site.world.live_until_quiet()
    page.goto("/posts")
    row = page.locator(f"#post-{post_id}")
    row.get_by_title("More").tap()
    check(page)
    row.get_by_role("button", name="Retry").tap()
    expect(page.get_by_role("status").first).to_contain_text("not posted again")
    site.world.live_until_quiet()
    assert site.world.visible("x") == ["Refused at first"]


def test_an_account_is_connected_and_reconnected(site: Site, page: Page) -> None:
    world = site.world
    world.platforms["x"].add_account("new", "new.bakery", "token-of-new")
    site.watch(page).visits(world.parts.settings.simulated_platforms["x"])
    # Pictures of accounts come from their platform.
    site.watch(page).visits("https://abs.twimg.com")
    page.goto("/posts")
    _bar(page).get_by_text("More").tap()
    _bar(page).get_by_role("link", name="Settings").tap()
    for button, said in (("Connect X account", "Connected to X"), ("Reconnect", "Reconnected X")):
        page.get_by_role("button", name=re.compile(f"^{button}")).tap()
        page.get_by_label("new.bakery").check()
        page.get_by_role("button", name="Allow").tap()
        expect(page.get_by_role("heading", name=said)).to_be_visible()
        check(page)
        href = page.get_by_role("link", name="new.bakery").first.get_attribute("href") or ""
        account = world.account("x", href.rpartition("/")[2])
        world.parts.grants.require_reconnect(account, None, "X has ended it.")
        page.goto("/settings/integrations")


def test_a_post_is_moved_by_its_menu(site: Site, page: Page) -> None:
    at = _next_tuesday()
    post_id = site.world.submit("Later", "x", scheduledTime=at.isoformat())
    page.goto("/posts/scheduled")
    row = page.locator(f"#post-{post_id}")
    row.locator("summary").tap()
    row.get_by_role("link", name="Change the time").tap()
    expect(page.get_by_label("New day and time")).to_be_visible()
    check(page)
    page.get_by_label("New day and time").fill(f"{at + timedelta(days=1):%Y-%m-%dT11:30}")
    page.get_by_role("button", name="Change the time").tap()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    check(page)
    moved = at + timedelta(days=1, hours=2, minutes=30)
    assert site.world.submission(post_id)["scheduledTime"] == moved


def test_a_post_is_held_and_dragged_to_another_day(site: Site, page: Page) -> None:
    at = _next_tuesday()
    post_id = site.world.submit("Later", "x", scheduledTime=at.isoformat())
    page.goto(f"/calendar?view=week&date={at:%Y-%m-%d}")
    begin = page.locator(f".agenda a[href*='{post_id}']").bounding_box()
    end = page.locator(f".agenda [data-day='{at + timedelta(days=1):%Y-%m-%d}']").bounding_box()
    assert begin is not None
    assert end is not None
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    there = {"x": begin["x"] + 40, "y": end["y"] + 30}
    touch("touchStart", {"x": begin["x"] + 40, "y": begin["y"] + 10})
    expect(page.locator(".ghost")).to_be_attached()
    touch("touchMove", there)
    expect(page.locator(".ghost")).to_contain_text(f"{at + timedelta(days=1):%a}")
    touch("touchEnd")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert site.world.submission(post_id)["scheduledTime"] == at + timedelta(days=1)
