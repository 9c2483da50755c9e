"""The list of comments and mentions in a browser, and marking them."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from functions.dashboard.inbox.filters import PAGE
from shared import clock
from shared.domain.inbox import Author, Item, Kind, State
from shared.gcp import firestore
from shared.gcp.inbox import item_path
from shared.inbox.change import MOST_AT_ONCE
from tests.functions.api_client import ApiClient, post
from tests.functions.inbox_items import Owner, item_of, write_items
from tests.functions.posts_in_pages import HOSTILE, csrf, send
from tests.functions.signed_in_browser import SignedInBrowser, browser

__all__ = ["browser"]


def _write(api: ApiClient, *items: Item) -> list[str]:
    return write_items(api.world.parts.db, items)


def _account(api: ApiClient, platform: str = "threads") -> Owner:
    return Owner(api.user_id, platform, f"{platform}_main")


def _comment(api: ApiClient, number: int = 1, **more: Any) -> Item:
    return item_of(_account(api), number, **more)


def _listed(page: str) -> list[str]:
    return re.findall(r'id="item-([^"]+)"', page)


def _states(api: ApiClient, ids: Sequence[str]) -> list[str]:
    db = api.world.parts.db
    return [db.document(item_path(api.user_id, each)).get().get("state") for each in ids]


def test_the_tabs_show_what_is_open_unread_done_and_everything(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    unread, read, done, own = _write(
        api,
        _comment(api, 1),
        _comment(api, 2, state=State.READ),
        _comment(api, 3, state=State.DONE),
        _comment(api, 4, is_own=True),
    )
    assert _listed(browser.page("/inbox")) == [unread, read]
    assert _listed(browser.page("/inbox?state=unread")) == [unread]
    assert _listed(browser.page("/inbox?state=done")) == [done]
    assert _listed(browser.page("/inbox?state=all")) == [unread, read, done, own]
    assert _listed(browser.page("/inbox?state=nonsense&cursor=x&post=y&platform=z")) == []
    assert _listed(browser.page("/inbox?state=nonsense&post=y&platform=z")) == [unread, read]


def test_a_row_says_who_wrote_what_on_which_post(api: ApiClient, browser: SignedInBrowser) -> None:
    api.world.parts.db.document(f"users/{api.user_id}").update({"timezone": "Asia/Tokyo"})
    post_id = api.accept(post(text="Our new bread"))
    at = clock.now() - timedelta(days=3)
    _write(api, _comment(api, text="Lovely", submission_id=post_id, created_at=at))
    page = browser.page("/inbox")
    for words in ("Bea Baker", "@bea", "commented", "Lovely", "Our new bread", "JST", "Unread:"):
        assert words in page
    assert f'href="https://soku.test/posts/{post_id}"' in page
    assert 'class="count">1<' in page


def test_what_is_special_about_an_item_is_said(api: ApiClient, browser: SignedInBrowser) -> None:
    linkedin = _account(api, "linkedin")
    nobody = Author()
    _write(
        api,
        _comment(api, 1, is_hidden=True),
        _comment(api, 2, deleted_at=clock.now()),
        _comment(api, 3, kind=Kind.MENTION),
        _comment(api, 4, author=nobody, text=""),
        item_of(linkedin, 5, author=nobody, text="", author_gone=True, text_gone=True),
        item_of(linkedin, 6, author=nobody, text="Kept", author_gone=True),
    )
    page = browser.page("/inbox")
    for words in (
        "Hidden on Threads",
        "Deleted on Threads",
        "mentioned you",
        "Without text",
        "LinkedIn does not let Soku keep this text any longer. Open it to read it again.",
        "LinkedIn does not let Soku keep this name any longer.",
    ):
        assert words in page
    assert page.count("Somebody</bdi>") == 3


def test_hostile_texts_and_links_are_only_text(api: ApiClient, browser: SignedInBrowser) -> None:
    author = Author("p", HOSTILE, HOSTILE, "javascript:alert(1)")
    [item_id] = _write(
        api, _comment(api, text=HOSTILE, author=author, permalink="javascript:alert(1)")
    )
    for path in ("/inbox", f"/inbox/{item_id}", f"/inbox/{item_id}/delete"):
        page = browser.page(path)
        assert "<script>alert" not in page, path
        assert "javascript:" not in page, path
        assert "{{ 7 * 7 }}" in page, path


def test_filters_and_the_search_are_in_the_address(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    post_id = api.accept(post(text="Our new bread"))
    x = _account(api, "x")
    first, second = _write(
        api, _comment(api, 1, text="Wonderful café", submission_id=post_id), item_of(x, 2)
    )
    for query, found in {
        "platform=threads": [first],
        f"account={x.account_id}": [second],
        "q=cafe": [first],
        "q=bea": [first, second],
        f"post={post_id}&state=all": [first],
        "platform=x&q=cafe": [],
    }.items():
        page = browser.page(f"/inbox?{query}")
        assert _listed(page) == found, query
        assert "Clear filters" in page
    assert "Post: Our new bread" in browser.page(f"/inbox?post={post_id}")
    assert "Nothing matches" in browser.page("/inbox?q=nothing")


def test_a_long_list_has_pages(api: ApiClient, browser: SignedInBrowser) -> None:
    ids = _write(api, *(_comment(api, number) for number in range(1, PAGE + 6)))
    first = browser.page("/inbox?state=all")
    assert _listed(first) == ids[:PAGE]
    [more] = re.findall(r'class="button quiet" href="([^"]+cursor=[^"]+)"', first)
    assert _listed(browser.page(more.replace("&amp;", "&"))) == ids[PAGE:]


@pytest.mark.parametrize("name", ["done", "read", "unread"])
def test_selected_items_are_marked_in_one_request(
    api: ApiClient, browser: SignedInBrowser, name: str
) -> None:
    ids = _write(api, *(_comment(api, number) for number in range(1, MOST_AT_ONCE + 2)))
    marked = ids[:MOST_AT_ONCE]
    back = "/inbox?state=all&q=comment"
    answer = send(browser, "/inbox/selected", do=name, id=[*marked, "../x"], back=back)
    assert answer.headers["Location"] == f"https://soku.test{back}&notice={name}"
    assert _states(api, [marked[0], marked[-1], ids[-1]]) == [name, name, "unread"]
    assert send(browser, "/inbox/selected", do=name, id=ids).status_code == 400
    assert send(browser, "/inbox/selected", do="delete", id=ids[:1]).status_code == 400
    assert send(browser, "/inbox/selected", do=name).status_code == 303


def test_one_item_is_done_and_open_again(api: ApiClient, browser: SignedInBrowser) -> None:
    [item_id] = _write(api, _comment(api))
    back = "/inbox?state=all"
    done = send(browser, f"/inbox/{item_id}/done", back=back)
    assert done.headers["Location"] == f"https://soku.test{back}&notice=done"
    assert _states(api, [item_id]) == ["done"]
    assert "Reopen" in browser.page("/inbox?state=done")
    send(browser, f"/inbox/{item_id}/unread", back="https://evil.test/inbox")
    assert _states(api, [item_id]) == ["unread"]


@pytest.mark.full
def test_the_items_of_others_do_not_exist(api: ApiClient, browser: SignedInBrowser) -> None:
    foreign = item_of(Owner("somebody", "threads", "threads_main"))
    [item_id] = _write(api, foreign)
    for wanted in (item_id, "x", "..", "é"):
        assert browser.get(f"/inbox/{wanted}").status_code == 404
        assert browser.get(f"/inbox/{wanted}/live").status_code == 404
        assert browser.get(f"/inbox/{wanted}/delete").status_code == 404
        for action in ("done", "unread", "hide", "show", "delete", "refresh", "replies"):
            assert send(browser, f"/inbox/{wanted}/{action}", text="Hi").status_code == 404
    send(browser, "/inbox/selected", do="done", id=item_id)
    snapshot = api.world.parts.db.document(item_path("somebody", item_id)).get()
    assert snapshot.get("state") == "unread"


def test_an_empty_inbox_says_what_to_do(api: ApiClient, browser: SignedInBrowser) -> None:
    assert "Nothing is open" in browser.page("/inbox")
    assert "Nothing is unread" in browser.page("/inbox?state=unread")
    assert "Nothing is done yet" in browser.page("/inbox?state=done")
    page = browser.page("/inbox?state=all")
    assert "No comments yet" in page
    for words in (
        "TikTok gives apps no comments.",
        "Snapchat gives apps no comments.",
        "LinkedIn shows no comments on a member&#39;s posts.",
        "The operator has not turned on reading the comments of X.",
    ):
        assert page.count(words) == 1


def test_accounts_without_comments_and_without_permission_are_named(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    world = api.world
    threads = api.connect("threads", "threads_main")
    world.parts.grants.require_reconnect(threads, None, "Threads has ended it.")
    page = browser.page("/inbox")
    assert "must be reconnected before its comments can be read" in page
    assert f"/settings/integrations/threads/{threads.account_id}" in page
    for name in ("threads_third", "threads_fourth"):
        world.parts.grants.require_reconnect(api.connect("threads", name), None, "It has ended.")
    page = browser.page("/inbox")
    assert "Soku cannot read the comments of 3 accounts at present." in page
    integrations = world.parts.db.collection(f"users/{api.user_id}/integrations")
    for each in integrations.stream():
        if each.id not in ("tiktok", "snapchat"):
            each.reference.delete()
    assert "Your accounts show no comments" in browser.page("/inbox")
    for each in integrations.stream():
        each.reference.delete()
    assert "Connect an account first" in browser.page("/inbox")


def test_the_navigation_counts_up_to_99_and_works_without_it(
    api: ApiClient, browser: SignedInBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'class="count"' not in browser.page("/posts")
    _write(api, *(_comment(api, number) for number in range(1, 102)))
    assert 'class="count">99+<' in browser.page("/posts")

    def lost(*_: Any) -> int:
        raise firestore.StoreUnavailable("counting: a test")

    monkeypatch.setattr("functions.dashboard.frame.count_unread", lost)
    assert 'class="count"' not in browser.page("/posts")


def test_changes_of_items_are_limited(api: ApiClient, browser: SignedInBrowser) -> None:
    [item_id] = _write(api, _comment(api))
    token = csrf(browser)
    answers = [
        browser.post(f"/inbox/{item_id}/done", {"csrf": token}).status_code for _ in range(121)
    ]
    assert answers[-2:] == [303, 429]
