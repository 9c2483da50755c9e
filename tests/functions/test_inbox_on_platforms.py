"""Comments on each simulated platform come in, are answered once, and are forgotten in time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.idempotency import key_for
from shared.domain.inbox import Asked, Item, item_id
from shared.gcp.firestore import read_all
from shared.gcp.inbox import item_from, item_path
from shared.inbox import change, replying
from shared.platforms import registry
from tests import extent
from tests.functions.counting import collect
from tests.functions.publishing import fault
from tests.functions.talking import replies
from tests.media import Shelf
from tests.world import USER, World

PLATFORMS = [name for name in registry.names() if registry.shows_comments(name)]
LOSSES = ("accept_then_reset", "accept_then_timeout", "accept_then_500")


@pytest.fixture
def rich(world: World) -> Iterator[World]:
    """Reading on X costs money, so it is off without a budget."""
    budgets = {**world.parts.settings.collect_budgets, "x": 1000}
    yield world.with_parts(settings=replace(world.parts.settings, collect_budgets=budgets))


class Inbox:
    """An account with a post, on one simulated platform."""

    def __init__(self, world: World, shelf: Shelf, name: str) -> None:
        self.world, self.name = world, name
        if name == "linkedin":
            self._become_page()
        self.twin = world.platforms[name]
        target: Any = name
        media = []
        if name in ("instagram", "youtube"):
            media = [shelf.video() if name == "youtube" else shelf.image()]
            options = {"options": {"title": "Hello"}} if name == "youtube" else {}
            target = [{"platform": name, **options}]
        self.post = world.submit("Hello", target, media)
        world.live_until_quiet()
        assert world.submission(self.post)["status"] == "succeeded"
        self.account = world.account(name)

    def _become_page(self) -> None:
        account = self.world.account("linkedin")
        page = "urn:li:organization:4711"
        fields = {"kind": "page", "externalId": page}
        path = f"users/{USER}/integrations/linkedin/accounts/{account.account_id}"
        self.world.parts.db.document(path).update(fields)
        tokens = self.world.tokens("linkedin")
        self.world.platforms["linkedin"].add_account(
            account.account_id, account.username, tokens.access_token, external_id=page
        )

    def write(self, text: str, **fields: Any) -> str:
        """Somebody comments on the post; returns the id of the item that it will be."""
        post = self.twin.posts.all()[-1]
        body = {"postId": post.id, "text": text, **fields}
        answer = self.twin.app.test_client().post("/_sim/comments", json=body)
        assert answer.status_code == 201, answer.text
        return item_id(self.account, answer.json["id"])

    def come(self, after: timedelta = timedelta(minutes=31)) -> None:
        self.world.advance(after)
        for _ in range(5):
            collect(self.world)

    def item(self, one: str) -> Item:
        path = item_path(USER, one)
        item = item_from(read_all(self.world.parts.db, [path])[path])
        assert item is not None
        return item

    def answer(self, one: str, text: str) -> None:
        body = {"commentId": one, "text": text}
        key = key_for(user_id=USER, mode="live", sent=None, body=body)
        replying.answer(self.item(one), text, key, self.world.parts)
        self.world.deliver_due()

    def hide_and_show(self, one: str) -> None:
        for asked in (Asked.HIDE, Asked.SHOW):
            change.ask([self.item(one)], asked, self.world.parts)
            assert self.item(one).asked is asked
            self.world.deliver_due()
            [comment] = self.twin.comments.all()
            assert comment.is_hidden is (asked is Asked.HIDE)
            item = self.item(one)
            assert (item.seen.is_hidden, item.asked) == (comment.is_hidden, None)

    def own(self) -> list[str]:
        return [comment.text for comment in self.twin.comments.all() if comment.is_own]

    def lose(self, mode: str) -> None:
        """Lose the answer to the visible request."""
        fault(self.world, self.name, _VISIBLE[self.name], mode)


# The request that makes a reply public.
_VISIBLE = {
    "facebook": "POST /v26.0/",
    "instagram": "POST /v26.0/",
    "linkedin": "POST /rest/socialActions",
    "threads": "POST /v1.0/me/threads_publish",
    "x": "POST /2/tweets",
    "youtube": "POST /youtube/v3/comments",
}


@pytest.mark.parametrize("name", extent.some(PLATFORMS, ("facebook", "x")))
def test_a_comment_comes_in_is_hidden_and_is_answered_once(
    rich: World, shelf: Shelf, name: str
) -> None:
    inbox = Inbox(rich, shelf, name)
    one = inbox.write("How much is it?")
    inbox.come()
    item = inbox.item(one)
    found = (item.seen.text, item.state, item.submission_id)
    assert found == ("How much is it?", "unread", inbox.post)
    if item.seen.can_hide:
        inbox.hide_and_show(one)
    inbox.lose(LOSSES[0])
    inbox.answer(one, "10 euros")
    assert [reply["status"] for reply in replies(rich)] == ["unconfirmed"]
    rich.live_until_quiet()
    assert inbox.own() == ["10 euros"]
    [reply] = replies(rich)
    assert (reply["status"], reply["attempts"]) == ("sent", 1)
    inbox.come(timedelta(hours=1))
    # Soku sees its own reply as the platform shows it, and it is nothing to do.
    own = inbox.item(item_id(inbox.account, reply["commentId"]))
    assert (own.state, own.submission_id) == ("own", inbox.post)


@pytest.mark.full
@pytest.mark.parametrize("mode", [None, *LOSSES[1:]])
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_reply_is_public_once_whatever_is_answered(
    rich: World, shelf: Shelf, name: str, mode: str | None
) -> None:
    inbox = Inbox(rich, shelf, name)
    one = inbox.write("How much is it?")
    inbox.come()
    if mode is not None:
        inbox.lose(mode)
    inbox.answer(one, "10 euros")
    rich.live_until_quiet()
    assert inbox.own() == ["10 euros"]
    [reply] = replies(rich)
    assert (reply["status"], reply["attempts"]) == ("sent", 1)


@pytest.mark.parametrize(
    ("name", "after", "texts_go"),
    [
        pytest.param("linkedin", timedelta(hours=25), False, marks=pytest.mark.full),
        ("linkedin", timedelta(hours=49), True),
        ("youtube", timedelta(days=31), True),
    ],
)
def test_what_may_not_be_kept_is_gone_from_every_document_and_is_shown_again(
    rich: World, shelf: Shelf, name: str, after: timedelta, texts_go: bool
) -> None:
    inbox = Inbox(rich, shelf, name)
    one = inbox.write("Sensitive words", author="nobodyelse", name="Nobody Else")
    inbox.come()
    author = inbox.item(one).seen.author
    assert author.id or author.username
    # The account ends, so nothing is read again.
    path = f"users/{USER}/integrations/{name}/accounts/{inbox.account.account_id}"
    inbox.world.parts.db.document(path).update({"status": "reconnect_required"})
    rich.advance(after)
    collect(rich)
    written = str(list(_everything(rich)))
    for value in filter(None, (author.id, author.name, author.username)):
        assert value not in written
    assert ("Sensitive words" in written) is not texts_go
    inbox.world.parts.db.document(path).update({"status": "connected"})
    change.ask([inbox.item(one)], Asked.READ, rich.parts)
    rich.deliver_due()
    again = inbox.item(one)
    assert (again.seen.text, again.seen.author) == ("Sensitive words", author)
    assert not again.text_gone and not again.author_gone and again.asked is None


def _everything(world: World) -> Iterator[Any]:
    for group in ("inbox", "collecting", "replies", "runs", "postSubmissions", "apiRequests"):
        for snapshot in world.parts.db.collection_group(group).stream():
            yield snapshot.to_dict()
