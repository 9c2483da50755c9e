"""Look-ups tell replies with the same text apart, and what happens meanwhile changes no state."""

from datetime import timedelta
from typing import Any

import pytest

from functions.publisher import replies as replying_task
from shared.domain.errors import DuplicateRejected, OutcomeUnknown
from shared.domain.reconciliation import SeenPost, Sighting
from shared.gcp.inbox import item_path
from tests.functions.answering import answer, comment
from tests.functions.counting import collect
from tests.functions.talking import Talk, id_of, items, replies, talk
from tests.world import USER, World

__all__ = ["comment", "talk"]


def lose(talk: Talk, *taken: bool) -> None:
    """The answers to the next replies are lost, of which the platform has taken some."""
    reply, next_ones = talk.reply, iter(taken)

    def lost(*args: Any) -> Any:
        for is_taken in next_ones:
            if is_taken:
                reply(*args)
            raise OutcomeUnknown("No answer.")
        return reply(*args)

    talk.reply = lost  # type: ignore[method-assign]


def list_all(talk: Talk) -> None:
    """As on platforms that list all replies of a conversation together."""

    def find(target: Any, text: str, *_: Any) -> Sighting:
        own = [seen for seen in talk.seen.values() if seen.is_own and seen.text == text]
        posts = [SeenPost(seen.comment_id, seen.created_at) for seen in own]
        return Sighting(tuple(posts), list_was_read=True)

    talk.find_replies = find  # type: ignore[method-assign]


def assert_each_has_its_own(world: World, talk: Talk, count: int) -> None:
    found = replies(world)
    assert [reply["status"] for reply in found] == ["sent"] * count
    assert len({reply["commentId"] for reply in found}) == count
    assert talk.texts().count("Thanks!") == count


@pytest.mark.full
def test_a_reply_to_another_comment_of_the_conversation_is_not_taken_for_this_one(
    world: World, talk: Talk, comment: str
) -> None:
    talk.write(talk.seen["c1"].post_id or "", "Me too", parent_id="c1")
    world.advance(timedelta(minutes=5))
    collect(world)
    list_all(talk)
    answer(world, comment, "Thanks!", "k1")
    world.deliver_due()
    lose(talk, False)
    answer(world, id_of(world, "c2"), "Thanks!", "k2")
    world.live_until_quiet()
    assert_each_has_its_own(world, talk, 2)


@pytest.mark.full
def test_two_look_ups_at_once_do_not_take_the_same_reply(
    world: World, talk: Talk, comment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(talk, True, False)
    first, second = (answer(world, comment, "Thanks!", key).reply for key in ("k1", "k2"))
    world.deliver_due()
    assert [reply["status"] for reply in replies(world)] == ["unconfirmed"] * 2
    save = replying_task.save_reply

    def overtaken(*args: Any) -> None:
        monkeypatch.setattr(replying_task, "save_reply", save)
        for each in {first.reply_id, second.reply_id} - {args[1].reply.reply_id}:
            replying_task.deliver_reply(USER, each, world.parts)
        save(*args)

    monkeypatch.setattr(replying_task, "save_reply", overtaken)
    world.advance(timedelta(seconds=10))
    world.live_until_quiet()
    assert_each_has_its_own(world, talk, 2)


@pytest.mark.full
def test_a_reply_that_is_refused_as_a_duplicate_the_second_time_is_public(
    world: World, talk: Talk, comment: str
) -> None:
    lose(talk, True)
    find, reply, attempts = talk.find_replies, talk.reply, iter(range(2))

    def refused(*args: Any) -> Any:
        if next(attempts):
            # Only now the list shows the first one.
            talk.find_replies = find  # type: ignore[method-assign]
            raise DuplicateRejected("You already said that.")
        return reply(*args)

    talk.reply = refused  # type: ignore[method-assign]
    talk.find_replies = lambda *_: Sighting((), list_was_read=True)  # type: ignore[method-assign]
    answer(world, comment, "Thanks!")
    world.live_until_quiet()
    assert_each_has_its_own(world, talk, 1)


def test_a_comment_that_is_done_while_it_is_answered_stays_done(
    world: World, talk: Talk, comment: str
) -> None:
    item = world.parts.db.document(item_path(USER, comment))
    talk.on_reply = lambda: item.update({"state": "done"})
    answer(world, comment)
    world.deliver_due()
    assert replies(world)[0]["status"] == "sent"
    assert items(world)["c1"]["state"] == "done"
