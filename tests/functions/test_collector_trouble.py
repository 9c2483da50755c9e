"""No comment is lost, and none is kept, when a platform or an account makes trouble."""

from datetime import timedelta
from typing import Any

import pytest

from functions.collector import comments as collecting_comments
from shared import clock
from shared.accounts.disconnecting import disconnect
from shared.domain.errors import PlatformUnavailable, ReadRefused
from shared.domain.inbox import Kept
from shared.gcp.accounts import account_path
from shared.gcp.collecting import INBOX, note_due
from shared.gcp.inbox import forget_items
from shared.gcp.messages import Batch
from shared.platforms.comments import CommentPage, Source
from tests.functions.counting import collect, publish
from tests.functions.talking import Talk, collecting, come, items, post_id_of, talk
from tests.world import USER, World

__all__ = ["talk"]

HOUR = timedelta(hours=1)


@pytest.mark.full
def test_a_list_that_always_fails_keeps_no_other_waiting_and_is_read_in_the_end(
    world: World, talk: Talk
) -> None:
    bad, good = (post_id_of(world, post) for post in publish(world, "One", "Two"))
    talk.write(bad, "Late")
    talk.failure, talk.fails_on = PlatformUnavailable("Broken."), f"page {bad}"
    for text in ("First", "Second", "Third"):
        talk.write(good, text)
        come(world)
        assert text in {item["text"] for item in items(world).values()}
    assert "c1" not in items(world)
    talk.failure = None
    come(world)
    assert items(world)["c1"]["text"] == "Late"
    assert collecting(world).get().get("memory")["left"] == []


@pytest.mark.full
def test_an_old_cursor_that_is_refused_loses_nothing(
    world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting_comments, "MOST_ITEMS", 10)
    [submission] = publish(world, "Hello")
    post = post_id_of(world, submission)
    for number in range(25):
        talk.write(post, f"Comment {number}")
    world.advance(timedelta(minutes=5))
    collect(world)
    assert len(items(world)) == 10
    refused = iter([ReadRefused("The cursor is too old.")])
    page = talk.page

    def once(source: Source, cursor: str | None, *rest: Any) -> CommentPage:
        for failure in refused:
            raise failure
        return page(source, cursor, *rest)

    monkeypatch.setattr(talk, "page", once)
    for _ in range(4):
        collect(world)
    assert len(items(world)) == 25


@pytest.mark.full
def test_a_list_in_a_circle_ends(world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    [submission] = publish(world, "Hello")
    talk.write(post_id_of(world, submission), "Nice!")
    pages: list[str | None] = []

    def page(source: Source, cursor: str | None, *_: Any) -> CommentPage:
        pages.append(cursor)
        return CommentPage(list(talk.seen.values()), "again")

    monkeypatch.setattr(talk, "page", page)
    come(world)
    assert pages == [None, "again"]
    assert "deletedAt" not in items(world)["c1"]


@pytest.mark.full
def test_an_entry_that_cannot_be_read_is_no_deleted_comment(
    world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    [submission] = publish(world, "Hello")
    talk.write(post_id_of(world, submission), "Nice!")
    come(world)
    monkeypatch.setattr(talk, "page", lambda *_: CommentPage.of([None], None))
    come(world, HOUR)
    assert "deletedAt" not in items(world)["c1"]


@pytest.mark.full
def test_a_comment_that_another_task_stores_meanwhile_is_no_deleted_one(
    world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    [submission] = publish(world, "Hello")
    post = post_id_of(world, submission)
    talk.write(post, "First")
    come(world)
    page, other = talk.page, iter([True])

    def overtaken(*args: Any) -> CommentPage:
        found = page(*args)
        for _ in other:
            talk.write(post, "Second")
            world.sweep()
            collecting(world).update({"wakeAt": 0})
            collect(world)
        return found

    monkeypatch.setattr(talk, "page", overtaken)
    come(world, HOUR)
    assert {name for name, item in items(world).items() if "deletedAt" not in item} == {"c1", "c2"}


def test_what_is_stored_while_an_account_is_disconnected_goes(
    world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    [submission] = publish(world, "Hello")
    talk.write(post_id_of(world, submission), "Nice!")
    page = talk.page

    def disconnected(*args: Any) -> CommentPage:
        found = page(*args)
        disconnect(USER, "threads", world.account("threads").account_id, world.parts)
        world.sweep()
        world.deliver_due()
        assert not collecting(world).get().exists
        return found

    monkeypatch.setattr(talk, "page", disconnected)
    world.advance(timedelta(minutes=5))
    collect(world)
    assert items(world) == {}


@pytest.mark.full
def test_an_account_that_is_connected_again_gets_its_comments_back(
    world: World, talk: Talk
) -> None:
    [submission] = publish(world, "Hello")
    talk.write(post_id_of(world, submission), "Nice!")
    come(world)
    account = world.account("threads")
    forget_items(world.parts.db, account)
    batch = Batch(world.parts.db)
    batch.delete(collecting(world))
    note_due(batch, world.parts.db, account, INBOX, clock.now())
    batch.commit()
    collect(world)
    [item] = items(world).values()
    assert (item["text"], item["submissionId"]) == ("Nice!", submission)


def test_an_account_that_is_connected_again_while_it_is_forgotten_is_read_from_the_start(
    world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    [submission] = publish(world, "Hello")
    talk.write(post_id_of(world, submission), "Nice!")
    come(world)
    account = world.account("threads")
    reference = world.parts.db.document(account_path(USER, "threads", account.account_id))
    fields = reference.get().to_dict()

    def connect() -> None:
        batch = Batch(world.parts.db)
        batch.set(reference, fields)
        note_due(batch, world.parts.db, account, INBOX, clock.now())
        batch.commit()

    def forget(*args: Any) -> None:
        forget_items(*args)
        connect()

    monkeypatch.setattr(collecting_comments, "forget_items", forget)
    reference.delete()
    come(world)
    assert items(world)["c1"]["text"] == "Nice!"


def test_a_deleted_comment_is_forgotten_in_time_as_well(
    world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Talk, "kept", Kept(timedelta(days=2), timedelta(days=1)))
    [submission] = publish(world, "Hello")
    talk.write(post_id_of(world, submission), "Secret")
    come(world)
    del talk.seen["c1"]
    come(world, HOUR)
    assert items(world)["c1"]["text"] == "Secret"
    # The sweeper was not there for days.
    world.advance(timedelta(days=5))
    world.sweep()
    item = items(world)["c1"]
    assert item["deletedAt"]
    assert not {"text", "author", "wakeAt"} & item.keys()
