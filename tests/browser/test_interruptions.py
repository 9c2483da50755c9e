"""Nothing typed is lost: reloads, crashes, ended sessions, and a second device."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Error, Page, Route, expect

from shared import clock
from tests.browser.checks import check, check_everywhere
from tests.browser.site import Site
from tests.browser.writing import choose, continue_with, send, text_of, write

pytestmark = pytest.mark.full


def test_what_was_written_is_there_after_a_reload_and_after_going_back(page: Page) -> None:
    choose(page, "x_ann")
    write(page, "Half a thought")
    page.reload()
    check(page)
    continue_with(page, "Half a thought")
    page.goto("/posts")
    page.go_back()
    continue_with(page, "Half a thought")
    page.get_by_role("button", name="Discard").wait_for(state="hidden")
    expect(page.get_by_role("checkbox", name=re.compile("x_ann"))).to_be_checked()


def test_what_was_written_survives_the_crash_of_the_tab(site: Site, page: Page) -> None:
    choose(page, "threads_ann")
    write(page, "A long story")
    with page.expect_event("crash"), pytest.raises(Error, match="crash"):
        page.goto("chrome://crash")
    page.close()
    again = page.context.new_page()
    again.goto("/posts/new")
    continue_with(again, "A long story")
    send(again)
    assert [one["text"] for one in _posts(site)] == ["A long story"]


def test_of_two_devices_the_later_one_is_told_and_overwrites_nothing(
    site: Site, page: Page
) -> None:
    at = (clock.now() + timedelta(days=2)).isoformat()
    post_id = site.world.submit("Before", "x", scheduledTime=at)
    phone = site.sign_in(width=390, is_phone=True)
    for device, text in ((page, "From the desk"), (phone, "From the phone")):
        device.goto(f"/posts/{post_id}/edit")
        text_of(device).fill(text)
    send(phone)
    page.locator("#send").click()
    notice = page.locator("#conflict")
    expect(notice).to_contain_text("changed elsewhere")
    expect(notice).to_contain_text("From the phone")
    expect(text_of(page)).to_have_value("From the desk")
    site.watch(page).forgive("409")
    assert site.world.submission(post_id)["text"] == "From the phone"
    check_everywhere(page)
    send(page)
    assert site.world.submission(post_id)["text"] == "From the desk"


def test_a_session_that_ends_while_writing_loses_nothing(site: Site, page: Page) -> None:
    choose(page, "x_ann", "threads_ann")
    write(page, "Written for an hour")
    site.end_sessions()
    page.locator("#send").click()
    expect(page.locator("#saved")).to_contain_text("you are signed out")
    check_everywhere(page)
    page.get_by_role("link", name="Reload and continue").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    site.sign_in_again(page)
    continue_with(page, "Written for an hour")
    send(page)
    [post] = _posts(site)
    assert post["text"] == "Written for an hour"
    assert {target["platform"] for target in post["targets"]} == {"x", "threads"}


def test_without_a_script_the_page_to_sign_in_keeps_what_was_written(site: Site) -> None:
    page = site.sign_in(has_scripts=False)
    choose(page, "x_ann")
    text_of(page).fill("Written\nwithout a script")
    page.get_by_role("radio", name="Save as draft").check()
    site.end_sessions()
    page.locator("#send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in again")
    expect(text_of(page)).to_have_value("Written\nwithout a script")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in").click()
    site.sign_in_again(opened.value)
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text("Posts")
    page.get_by_role("button", name="Continue writing").click()
    expect(text_of(page)).to_have_value("Written\nwithout a script")
    expect(page.get_by_role("checkbox", name=re.compile("x_ann"))).to_be_checked()
    assert _posts(site) == []
    send(page)
    [post] = _posts(site)
    assert (post["text"], post["status"]) == ("Written\nwithout a script", "draft")
    site.watch(page).forgive("403")


def test_the_page_that_keeps_what_was_written_can_be_used(site: Site, page: Page) -> None:
    choose(page, "x_ann")
    text_of(page).fill("A long story. " * 100)
    site.end_sessions()
    # As without our script, which axe needs.
    page.locator("form:has(#composer)").evaluate("(form) => form.submit()")
    expect(page.get_by_role("button", name="Continue writing")).to_be_visible()
    check_everywhere(page)
    site.watch(page).forgive("403")


@pytest.mark.parametrize("is_moved", [True, False])
def test_a_move_whose_session_ends_is_not_judged(site: Site, page: Page, is_moved: bool) -> None:
    at = (clock.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    post_id = site.world.submit("Later", "x", scheduledTime=at.isoformat())

    def end(route: Route) -> None:
        site.end_sessions()
        route.continue_()

    page.goto(f"/calendar?date={at:%Y-%m-%d}")
    page.route(re.compile(r"\?.*moved=" if is_moved else "/move$"), end)
    page.locator(f"main table a[href*='{post_id}']").first.focus()
    for key in ("m", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    notices = page.locator("#notices")
    expect(notices).to_contain_text("You are signed out")
    expect(notices).not_to_contain_text("Not moved")
    check_everywhere(page)
    days = 1 if is_moved else 0
    assert site.world.submission(post_id)["scheduledTime"] == at + timedelta(days=days)
    page.get_by_role("link", name="Sign in again").click()
    site.sign_in_again(page)
    expect(page).to_have_url(re.compile(f"/calendar.date={at:%Y-%m-%d}"))
    expect(page.locator(f"main table a[href*='{post_id}']").first).to_be_visible()


def _posts(site: Site) -> list[dict[str, object]]:
    return [each.to_dict() for each in site.world.parts.db.collection("postSubmissions").stream()]
