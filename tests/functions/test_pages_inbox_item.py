"""The page of one comment: its conversation, replies, and what is done on the platform."""

import re
from datetime import timedelta
from typing import Any

import pytest

from functions.dashboard.looks import MOST_LOOKS
from shared import clock
from shared.domain.errors import ErrorCategory, Rejected
from shared.domain.inbox import Author, Item, State
from shared.domain.reply import ReplyError, ReplyStatus
from shared.gcp.inbox import item_path
from shared.gcp.replies import replies_to
from shared.inbox.thread import MOST_ANSWERS
from tests.functions.api_client import ApiClient, post
from tests.functions.inbox_items import Owner, item_of, write_items, write_reply
from tests.functions.posts_in_pages import send
from tests.functions.signed_in_browser import SignedInBrowser, browser
from tests.functions.talking import Talk, talk

__all__ = ["browser", "talk"]

_LOST = ReplyError(ErrorCategory.UNKNOWN, "Soku does not know yet whether the reply is public.")
_REFUSED = ReplyError(ErrorCategory.VALIDATION, "It looks like spam.")


def _comment(api: ApiClient, number: int = 1, platform: str = "threads", **more: Any) -> Item:
    return item_of(Owner(api.user_id, platform, f"{platform}_main"), number, **more)


def _stored(api: ApiClient, number: int = 1, **more: Any) -> Item:
    item = _comment(api, number, **more)
    write_items(api.world.parts.db, [item])
    return item


def _path(item: Item) -> str:
    return f"/inbox/{item.item_id}"


def _fields(api: ApiClient, item: Item) -> dict[str, Any]:
    found = api.world.parts.db.document(item_path(api.user_id, item.item_id)).get().to_dict()
    assert found is not None
    return found


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found, page
    return found[1]


def _typed(page: str) -> str:
    found = re.search(r"<textarea[^>]*>([^<]*)</textarea>", page)
    assert found, page
    return found[1]


def test_opening_a_comment_marks_it_as_read(api: ApiClient, browser: SignedInBrowser) -> None:
    item = _stored(api)
    assert 'class="count">1<' in browser.page("/inbox")
    assert 'class="count"' not in browser.page(_path(item))
    assert _fields(api, item)["state"] == "read"
    done = _stored(api, 2, state=State.DONE)
    assert "Mark as unread" in browser.page(_path(done))
    assert _fields(api, done)["state"] == "done"


def test_the_conversation_is_shown_oldest_first(api: ApiClient, browser: SignedInBrowser) -> None:
    post_id = api.accept(post(text="Our new bread"))
    first = _comment(api, 9, text="First", submission_id=post_id)
    chosen = _comment(api, 7, text="Chosen", parent_id="c9", author=Author("2", "Tom"))
    others = [
        _comment(api, 8, text="Before it", parent_id="c9"),
        _comment(api, 6, text="Our own answer", parent_id="c9", is_own=True),
        _comment(api, 5, text="An answer to it", parent_id="c7"),
    ]
    elsewhere = [
        _comment(api, 4, text="Another thread"),
        _comment(api, 3, platform="x", text="Another platform", parent_id="c9"),
    ]
    write_items(api.world.parts.db, [first, chosen, *others, *elsewhere])
    page = browser.page(_path(chosen))
    texts = re.findall(r'<p class="text" dir="auto">([^<]*)</p>', page)
    assert texts == ["First", "Before it", "Chosen", "Our own answer", "An answer to it"]
    assert "to <bdi>Tom</bdi>" in page
    assert "https://platform.test/c7" in page


def test_a_long_conversation_is_cut(api: ApiClient, browser: SignedInBrowser) -> None:
    first = _comment(api, 999)
    answers = [_comment(api, number, parent_id="c999") for number in range(1, MOST_ANSWERS + 5)]
    write_items(api.world.parts.db, [first, *answers])
    page = browser.page(_path(answers[-1]))
    assert page.count('<p class="text"') == MOST_ANSWERS + 2, "the first and the chosen one, too"
    assert "All of them are on Threads." in page
    assert "Comment 1<" in page


def test_a_conversation_that_answers_itself_ends(api: ApiClient, browser: SignedInBrowser) -> None:
    one, two = _comment(api, 1, parent_id="c2"), _comment(api, 2, parent_id="c1")
    write_items(api.world.parts.db, [one, two])
    assert browser.page(_path(one)).count('<p class="text"') == 2


def test_the_same_form_sent_twice_is_one_reply(
    api: ApiClient, browser: SignedInBrowser, talk: Talk
) -> None:
    item = _stored(api, post_id="p1")
    talk.write("p1", item.seen.text)
    key = _key(browser.page(_path(item)))
    fields = {"key": key, "text": "Thank you!\r\nSee you", "back": "/inbox?state=all"}
    for _ in range(2):
        answer = send(browser, f"{_path(item)}/replies", **fields)
        assert answer.headers["Location"].endswith("%3Fstate%3Dall&notice=replying")
    page = browser.page(f"{_path(item)}?notice=replying")
    assert "Being sent" in page
    assert "data-accepted" in page
    assert "Soku is sending your reply." in page
    api.world.deliver_due()
    assert [call for call in talk.calls if call.startswith("reply")] == ["reply c1"]
    assert talk.texts() == ["Comment 1", "Thank you!\nSee you"]
    page = browser.page(_path(item))
    assert "Sent" in page
    assert "https://threads.net/c2" in page
    assert len(replies_to(api.world.parts.db, api.user_id, item.item_id)) == 1


def test_a_sent_reply_that_was_read_again_is_shown_once(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    item = _stored(api)
    write_reply(api.world.parts.db, item, "Thanks", ReplyStatus.SENT, comment_id="c2")
    assert browser.page(_path(item)).count(">Thanks<") == 1
    _stored(api, 2, parent_id="c1", text="Thanks", is_own=True)
    page = browser.page(_path(item))
    assert page.count(">Thanks<") == 1
    assert "replied with Soku" not in page


@pytest.mark.parametrize(
    ("text", "said"),
    [("x" * 51, "At most 50 are allowed."), ("  \r\n ", "A reply needs a text.")],
)
def test_a_refused_reply_keeps_its_text(
    api: ApiClient, browser: SignedInBrowser, talk: Talk, text: str, said: str
) -> None:
    item = _stored(api)
    key = _key(browser.page(_path(item)))
    answer = send(browser, f"{_path(item)}/replies", key=key, text=text)
    assert answer.status_code == 422
    assert said in answer.text
    assert _typed(answer.text) == text.strip()
    assert 'aria-invalid="true"' in answer.text
    assert replies_to(api.world.parts.db, api.user_id, item.item_id) == []


def test_a_form_that_was_changed_after_sending_asks_again(
    api: ApiClient, browser: SignedInBrowser, talk: Talk
) -> None:
    item = _stored(api)
    key = _key(browser.page(_path(item)))
    send(browser, f"{_path(item)}/replies", key=key, text="One")
    answer = send(browser, f"{_path(item)}/replies", key=key, text="Two")
    assert "already, with another text" in answer.text
    assert _typed(answer.text) == "Two"
    assert _key(answer.text) != key


def test_what_cannot_be_answered_has_no_form(api: ApiClient, browser: SignedInBrowser) -> None:
    deleted = _stored(api, 1, deleted_at=clock.now())
    closed = _stored(api, 2, can_reply=False)
    own = _stored(api, 3, is_own=True, can_reply=False)
    said = ("A comment that was deleted cannot be answered.", "does not let Soku answer", "")
    for item, words in zip((deleted, closed, own), said, strict=True):
        page = browser.page(_path(item))
        assert words in page
        assert "<textarea" not in page
    answer = send(browser, f"{_path(deleted)}/replies", text="Hi there")
    assert "This comment was deleted on Threads." in answer.text
    assert "Hi there" in answer.text


def test_without_a_subscription_nothing_is_sent(api: ApiClient) -> None:
    other = api.another_user(status="canceled")
    browser = SignedInBrowser(other)
    item = _stored(other, can_hide=True)
    for path in ("replies", "hide"):
        answer = send(browser, f"{_path(item)}/{path}", text="Hi")
        assert answer.status_code == 422
        assert "ubscription" in answer.text
    gone = _stored(other, 2, text="", text_gone=True)
    assert "Read again" in browser.page(_path(gone))


def test_a_failed_reply_is_sent_again_with_its_text(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    item, db = _stored(api), api.world.parts.db
    failed = write_reply(db, item, "Refused", ReplyStatus.FAILED, error=_REFUSED)
    later = clock.now() + timedelta(minutes=20)
    wait = write_reply(db, item, "Waits", ReplyStatus.QUEUED, error=_REFUSED, next_at=later)
    page = browser.page(_path(item))
    for words in ("Not sent", "It looks like spam.", "Waiting", "Next try"):
        assert words in page
    assert _typed(page) == ""
    assert _typed(browser.page(f"{_path(item)}?again={failed}")) == "Refused"
    assert _typed(browser.page(f"{_path(item)}?again={wait}")) == ""


def test_an_unconfirmed_reply_is_not_called_sent_or_failed(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    item, db = _stored(api), api.world.parts.db
    soon = clock.now() + timedelta(minutes=5)
    looked_up = write_reply(db, item, "One", ReplyStatus.UNCONFIRMED, error=_LOST, next_at=soon)
    page = browser.page(_path(item))
    assert "Soku is looking for it, and does not send it twice." in page
    assert "Send again" not in page
    assert "data-look" not in page
    db.document(f"users/{api.user_id}/replies/{looked_up}").delete()
    write_reply(db, item, "Two", ReplyStatus.UNCONFIRMED, error=_LOST)
    page = browser.page(_path(item))
    assert "Look on Threads before you send it again." in page
    assert "Send again" in page


def test_a_text_that_could_not_be_kept_is_read_when_its_page_is_opened(
    api: ApiClient, browser: SignedInBrowser, talk: Talk
) -> None:
    item = _stored(api, text="", author=Author(), text_gone=True, author_gone=True)
    talk.write("p1", "The text again")
    page = browser.page(_path(item))
    assert "Soku is reading it again." in page
    [live] = re.findall(r'hx-get="([^"]+/live[^"]+)"', page)
    api.world.deliver_due()
    after = browser.page(live.replace("&amp;", "&"))
    assert "The text again" in after
    assert "<html" not in after
    assert "hx-trigger" not in after, "nothing is pending"
    assert talk.calls.count("one c1") == 1


def test_the_page_asks_for_what_is_pending_but_not_for_ever(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    item = _stored(api)
    write_reply(api.world.parts.db, item, "Hi", ReplyStatus.QUEUED, next_at=clock.now())
    page = browser.page(_path(item))
    assert "delay:2s" in page
    assert "looks=1" in page
    assert "delay:4s" in browser.page(f"{_path(item)}/live?looks=2")
    for looks in (str(MOST_LOOKS), "-1", "x", "9" * 5000, ""):
        assert "delay:" not in browser.page(f"{_path(item)}/live?looks={looks}"), looks


def test_a_comment_is_hidden_shown_and_deleted_on_its_platform(
    api: ApiClient, browser: SignedInBrowser, talk: Talk
) -> None:
    item = _stored(api)
    talk.write("p1", item.seen.text)
    for action, pending, after in (
        ("hide", "Being hidden", "Hidden on Threads"),
        ("show", "Being shown again", "Hide"),
        ("delete", "Being deleted", "Deleted on Threads"),
    ):
        if action == "delete":
            assert "This deletes it on Threads" in browser.page(f"{_path(item)}/delete")
        assert send(browser, f"{_path(item)}/{action}").status_code == 303
        assert pending in browser.page(_path(item))
        api.world.deliver_due()
        assert after in browser.page(_path(item))
    assert browser.get(f"{_path(item)}/delete").status_code == 303
    assert "was deleted on Threads" in send(browser, f"{_path(item)}/hide").text


def test_what_a_platform_refuses_is_said(
    api: ApiClient, browser: SignedInBrowser, talk: Talk
) -> None:
    item = _stored(api)
    talk.failure = Rejected("Threads does not hide this comment.")
    send(browser, f"{_path(item)}/hide")
    api.world.deliver_due()
    page = browser.page(_path(item))
    assert "Failed" in page
    assert "Threads does not hide this comment." in page
    closed = _stored(api, 2, can_hide=False)
    assert "does not let Soku hide" in send(browser, f"{_path(closed)}/hide").text


def test_the_counter_counts_as_the_platform(api: ApiClient, browser: SignedInBrowser) -> None:
    count = send(
        browser, "/inbox/length", platform="x", text="パン https://example.com/" + "a" * 60
    )
    assert ">28 / 280<" in count.text
    too_long = send(browser, "/inbox/length", platform="x", text="a" * 281)
    assert "danger" in too_long.text
    assert send(browser, "/inbox/length", platform="tiktok", text="a").status_code == 200
    assert send(browser, "/inbox/length", platform="none", text="a").status_code == 400


def test_an_account_that_must_be_reconnected_is_named(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    account = api.connect("threads", "threads_second")
    api.world.parts.grants.require_reconnect(account, None, "Threads has ended it.")
    item = item_of(account)
    write_items(api.world.parts.db, [item])
    page = browser.page(_path(item))
    assert "The account must be reconnected before you can reply." in page
    assert "/settings/integrations/threads/threads_second" in page


def test_the_page_of_a_post_has_its_newest_comments(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    post_id = api.accept(post(platform=["threads"]))
    assert 'id="comments"' not in browser.page(f"/posts/{post_id}"), "it is not live"
    api.world.deliver_due()
    assert "No comments yet." in browser.page(f"/posts/{post_id}")
    items = [_comment(api, number, submission_id=post_id) for number in range(1, 23)]
    write_items(api.world.parts.db, items)
    page = browser.page(f"/posts/{post_id}")
    assert re.findall(r'id="item-([^"]+)"', page) == [item.item_id for item in items[:20]]
    assert f"https://soku.test/inbox?state=all&amp;post={post_id}" in page
    assert len(re.findall(r'id="item-', browser.page(f"/inbox?state=all&post={post_id}"))) == 22
