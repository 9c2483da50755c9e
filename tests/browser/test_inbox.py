"""Comments, as a person reads and answers them."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shared.domain.errors import ErrorCategory
from shared.domain.inbox import Author, Kind, State
from shared.domain.reply import ReplyError, ReplyStatus
from tests.browser.checks import check, check_everywhere, check_width
from tests.browser.site import Site
from tests.browser.some_posts import HOSTILE, RIGHT_TO_LEFT
from tests.functions.counting import collect
from tests.functions.inbox_items import item_of, write_items, write_reply

_SOON = timedelta(minutes=5)
_REFUSED = ReplyError(ErrorCategory.VALIDATION, "It looks like spam.")


def _comment(site: Site, text: str) -> None:
    """Somebody comments on a new post, and the collector comes."""
    site.world.submit("Fresh bread", "threads")
    site.world.live_until_quiet()
    twin = site.world.platforms["threads"]
    fields = {"postId": twin.posts.all()[-1].id, "text": text, "author": "bea"}
    answer = twin.app.test_client().post("/_sim/comments", json=fields)
    assert answer.status_code == 201, answer.text
    site.world.advance(_SOON)
    for _ in range(3):
        collect(site.world)


def _answer(site: Site, page: Page) -> None:
    """Read the comment, answer it, and mark it as done."""
    page.goto("/inbox")
    page.get_by_role("link", name="Is it rye?").click()
    page.get_by_label("Reply to").fill("Yes, it is!")
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator(".turns")).to_contain_text("Being sent")
    check_width(page)
    site.world.deliver_due()
    page.reload()
    expect(page.locator(".turns")).to_contain_text("Yes, it is!")
    expect(page.get_by_text("Sent", exact=True)).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Nothing is open")).to_be_visible()
    own = [each.text for each in site.world.platforms["threads"].comments.all() if each.is_own]
    assert own == ["Yes, it is!"]


def test_a_comment_is_read_answered_and_done(site: Site, page: Page) -> None:
    _comment(site, "Is it rye?")
    page.goto("/posts")
    expect(page.get_by_role("link", name="Inbox 1 unread")).to_be_visible()
    _answer(site, page)
    expect(page.get_by_role("link", name="Inbox", exact=True)).to_be_visible()
    page.goto("/inbox?state=done")
    check(page)
    page.get_by_role("link", name="Is it rye?").click()
    check(page)


@pytest.mark.full
def test_a_comment_is_answered_without_scripts(site: Site) -> None:
    _comment(site, "Is it rye?")
    _answer(site, site.sign_in(has_scripts=False))


@pytest.mark.full
def test_a_comment_is_answered_on_a_phone(site: Site) -> None:
    _comment(site, "Is it rye?")
    page = site.sign_in(width=390, is_phone=True)
    _answer(site, page)
    check(page)


@pytest.mark.full
def test_comments_of_every_kind_can_be_read(site: Site, page: Page) -> None:
    world = site.world
    post = world.submit("Fresh bread", ("threads", "x"))
    world.live_until_quiet()
    threads, x = world.account("threads"), world.account("x")
    first = item_of(threads, 9, text="Is it rye?", submission_id=post, post_id="p1")
    hostile = Author("p2", HOSTILE, HOSTILE)
    items = [
        first,
        item_of(threads, 8, text=HOSTILE, author=hostile, submission_id=post, parent_id="c9"),
        item_of(threads, 7, text=RIGHT_TO_LEFT, parent_id="c9", is_hidden=True),
        item_of(threads, 6, text="Yes", parent_id="c9", is_own=True),
        item_of(x, 5, text="A mention", kind=Kind.MENTION, author=Author(), state=State.READ),
        item_of(x, 4, text="", text_gone=True, deleted_at=first.seen_at),
    ]
    write_items(world.parts.db, items)
    write_reply(world.parts.db, first, HOSTILE, ReplyStatus.FAILED, error=_REFUSED)
    page.goto("/inbox")
    page.locator(".pick input").first.check()
    check_everywhere(page)
    page.get_by_role("link", name="Is it rye?").click()
    expect(page.locator(".pane [aria-current]")).to_be_visible()
    check_everywhere(page)
    page.get_by_role("link", name="Send again").click()
    expect(page.get_by_label("Reply to")).to_have_value(HOSTILE.strip())
    page.goto(f"/posts/{post}")
    expect(page.locator("#comments .item")).to_have_count(2)
    check_everywhere(page)


def test_keys_and_the_selection_lead_through_the_list(site: Site, page: Page) -> None:
    threads = site.world.account("threads")
    items = [item_of(threads, number, text=f"Number {number}.") for number in range(1, 31)]
    write_items(site.world.parts.db, items)
    page.goto("/inbox")
    page.get_by_role("link", name="Load more").click()
    expect(page.locator(".item")).to_have_count(30)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    bar = page.get_by_role("region", name="Selected comments")
    expect(bar).to_contain_text("1 selected")
    page.keyboard.press("e")
    expect(page.get_by_role("status").first).to_contain_text("Done.")
    expect(page.get_by_role("link", name="Number 2.")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/inbox/"))
    page.keyboard.press("r")
    page.keyboard.type("Half a thou")
    expect(page.locator("#length")).to_have_text("11 / 500")
    page.reload()
    expect(page.get_by_label("Reply to")).to_have_value("Half a thou")
    expect(page.locator("#length")).to_have_text("11 / 500")
    page.goto("/inbox")
    page.locator(".pick input").first.check()
    page.get_by_role("button", name="Select all shown").click()
    expect(bar).to_contain_text("25 selected")
    bar.get_by_role("button", name="Done").click()
    expect(page.locator(".item")).to_have_count(4)


def test_what_is_new_or_pending_appears_by_itself(site: Site, page: Page) -> None:
    page.goto("/inbox")
    _comment(site, "Is it rye?")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("link", name="Inbox 1 unread")).to_be_visible()
    page.get_by_role("link", name="Is it rye?").click()
    page.get_by_role("button", name="Hide").click()
    talk = page.locator("#talk")
    expect(talk).to_contain_text("Being hidden")
    site.world.deliver_due()
    expect(talk).to_contain_text("Hidden on Threads")
    expect(page.get_by_role("button", name="Show again")).to_be_visible()
