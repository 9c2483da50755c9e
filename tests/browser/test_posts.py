"""The list of posts and the page of one, with everything that posts can contain."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check, check_everywhere, check_pictures, look
from tests.browser.site import Site
from tests.browser.some_posts import RIGHT_TO_LEFT, some_posts

OPEN_ALL = "document.querySelectorAll('main details:not(.menu)').forEach((one) => one.open = true)"


@pytest.mark.full
def test_posts_of_every_kind_can_be_read(site: Site, page: Page) -> None:
    posts = some_posts(site)
    page.goto("/posts")
    rows = page.locator("#posts > li")
    expect(rows).to_have_count(len(posts))
    expect(page.get_by_text('"><script>alert(1)').first).to_be_visible()
    expect(page.get_by_text(RIGHT_TO_LEFT).first).to_be_visible()
    check_pictures(page)
    check_everywhere(page, widths=[800])


@pytest.mark.full
def test_the_page_of_each_post_can_be_read(site: Site, page: Page) -> None:
    for post_id in some_posts(site).values():
        page.goto(f"/posts/{post_id}")
        page.evaluate(OPEN_ALL)
        check(page)
        check_everywhere(page, widths=[390])
        check_pictures(page)


def test_a_row_says_by_itself_what_happened(site: Site, page: Page) -> None:
    post_id = site.world.submit("Fresh bread", ("x", "threads"))
    site.world.tasks.deliver_due()
    page.goto("/posts")
    row = page.locator(f"#post-{post_id}")
    expect(row.locator(".state")).to_contain_text("Publishing")
    page.evaluate("window.isSamePage = true")
    site.world.live_until_quiet()
    expect(row.locator(".state")).to_contain_text("Published")
    assert page.evaluate("window.isSamePage"), "the page was not loaded again"
    check(page)


def test_the_keyboard_opens_and_selects_posts(site: Site, page: Page) -> None:
    older, newer = (site.world.submit(text, "x") for text in ("Older", "Newer"))
    site.world.live_until_quiet()
    page.goto("/posts")
    page.keyboard.press("j")
    page.keyboard.press("x")
    box = page.locator(f"#post-{newer}").get_by_role("checkbox")
    expect(box).to_be_checked()
    expect(page.get_by_role("region", name="Selected posts")).to_contain_text("1 selected")
    check(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/posts/{older}"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.full
@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_failed_post_is_tried_again_from_its_page(site: Site, has_scripts: bool) -> None:
    page = site.sign_in(has_scripts=has_scripts)
    post_id = some_posts(site)["partly failed"]
    page.goto(f"/posts/{post_id}")
    page.get_by_role("button", name="Retry").first.click()
    expect(page.get_by_role("status").first).to_contain_text("not posted again")
    site.world.deliver_due()
    page.goto(f"/posts/{post_id}")
    expect(page.locator("main").get_by_text("Published").first).to_be_visible()
    assert site.world.visible("threads").count("Half of this is live") == 1


@pytest.mark.full
def test_a_filter_is_chosen_and_cleared_on_a_phone(site: Site, page: Page) -> None:
    posts = some_posts(site)
    look(page, 390)
    page.goto("/posts")
    page.get_by_text("Platform", exact=True).click()
    check(page)
    page.locator("details[open]").get_by_role("link", name="LinkedIn").click()
    expect(page.locator("#posts > li")).to_have_count(4)
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("#posts > li")).to_have_count(len(posts))


@pytest.mark.full
def test_an_address_carries_filters_search_and_sort(site: Site, page: Page) -> None:
    some_posts(site)

    def shown(of: Page) -> list[str]:
        return of.locator("#posts > li .caption, .filter-chips li").all_inner_texts()

    page.goto("/posts")
    seen = [shown(page)]
    for menu, choice in (("Platform", "LinkedIn"), ("Newest first", "Oldest first")):
        page.locator(".filters summary").filter(has_text=menu).click()
        page.locator("details[open]").get_by_role("link", name=choice).click()
        expect(page.locator("#posts > li")).to_have_count(4)
        expect(page.locator("details[open]")).to_have_count(0)
        seen.append(shown(page))
    page.get_by_label("Search the text").fill("market BREAD")
    page.keyboard.press("Enter")
    expect(page.locator("#posts > li")).to_have_count(1)
    other = site.sign_in(width=390)
    other.goto(page.url)
    assert shown(other) == shown(page)
    check(other)
    for before in reversed(seen):
        page.go_back()
        assert shown(page) == before
    assert len({*map(tuple, seen)}) == 3


@pytest.mark.full
def test_selected_posts_are_moved_by_a_day(site: Site, page: Page) -> None:
    posts = some_posts(site)
    page.goto("/posts")
    for name in ("scheduled", "draft"):
        page.locator(f"#post-{posts[name]} .pick input").check()
    page.get_by_role("button", name="Change time 1 of 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move 1 post")
    check_everywhere(page)
    before = site.world.submission(posts["scheduled"])["scheduledTime"]
    page.get_by_role("spinbutton", name="Number").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Moved: 1 of 1")
    check_everywhere(page)
    page.get_by_role("link", name="Back to posts").click()
    after = site.world.submission(posts["scheduled"])["scheduledTime"]
    assert round((after - before) / timedelta(days=1), 6) == 1, "what the form offers"


@pytest.mark.full
def test_a_button_that_copies_says_so(site: Site, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    post_id = site.world.submit("Hello", "x")
    page.goto(f"/posts/{post_id}")
    page.get_by_role("button", name="Copy the post ID").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.get_by_role("button", name="Copied")).to_have_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == post_id
