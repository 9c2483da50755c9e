"""A reply to a comment is sent once, and its state is true, whatever happens on the way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.publisher import replies as replying_task
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
)
from shared.gcp.firestore import StoreUnavailable
from shared.gcp.inbox import item_path
from shared.platforms.comments import Replied
from tests.functions.answering import answer, comment
from tests.functions.talking import Talk, come, items, replies, talk
from tests.world import USER, World

__all__ = ["comment", "talk"]


@pytest.mark.full
def test_a_reply_is_public_at_once_and_the_comment_is_read(
    world: World, talk: Talk, comment: str
) -> None:
    answer(world, comment)
    world.deliver_due()
    [reply] = replies(world)
    assert (reply["status"], reply["commentId"], reply["attempts"]) == ("sent", "c2", 1)
    assert talk.texts() == ["How much is it?", "10 euros"]
    assert items(world)["c1"]["state"] == "read"
    come(world)
    assert items(world)["c2"]["state"] == "own"


def test_one_key_is_one_reply(world: World, talk: Talk, comment: str) -> None:
    first = answer(world, comment)
    world.deliver_due()
    again = answer(world, comment)
    assert again.replayed and again.reply.reply_id == first.reply.reply_id
    assert not answer(world, comment, key="k2").replayed
    world.deliver_due()
    assert talk.texts().count("10 euros") == 2


def test_without_a_key_the_same_text_is_the_same_reply_for_a_day(
    world: World, talk: Talk, comment: str
) -> None:
    answer(world, comment, key=None)
    world.deliver_due()
    assert answer(world, comment, key=None).replayed
    world.advance(timedelta(days=1))
    assert not answer(world, comment, key=None).replayed


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_lost_answer_is_looked_up(world: World, talk: Talk, comment: str, is_taken: bool) -> None:
    lost = OutcomeUnknown("No answer.")
    once = iter([lost])

    def lose() -> None:
        for failure in once:
            raise failure

    if is_taken:
        talk.on_reply = lose
    else:
        talk.failure, talk.fails_on = lost, "reply"
    answer(world, comment)
    world.deliver_due()
    assert replies(world)[0]["status"] == "unconfirmed"
    talk.failure = None
    world.live_until_quiet()
    [reply] = replies(world)
    assert reply["status"] == "sent"
    assert talk.texts().count("10 euros") == 1
    assert reply["attempts"] == (1 if is_taken else 2)


@pytest.mark.full
def test_a_reply_that_is_never_taken_fails_in_the_end(
    world: World, talk: Talk, comment: str
) -> None:
    talk.failure, talk.fails_on = OutcomeUnknown("No answer."), "reply"
    answer(world, comment)
    world.live_until_quiet()
    [reply] = replies(world)
    assert (reply["status"], reply["attempts"]) == ("failed", 2)
    assert "Send it again" in reply["error"]["message"]


@pytest.mark.full
def test_a_reply_that_nobody_can_look_up_stays_unconfirmed(
    world: World, talk: Talk, comment: str
) -> None:
    talk.failure = OutcomeUnknown("No answer.")
    answer(world, comment)
    world.deliver_due()
    talk.failure = PlatformUnavailable("Away.")
    world.live_until_quiet()
    [reply] = replies(world)
    assert reply["status"] == "unconfirmed"
    assert "Look at the platform" in reply["error"]["message"]
    assert "wakeAt" not in reply
    assert talk.texts() == ["How much is it?"]


@pytest.mark.parametrize(
    ("failure", "category"),
    [
        (Rejected("Too rude."), "unknown"),
        (ReconnectRequired("The authorization has ended."), "auth_expired"),
    ],
)
def test_a_refusal_ends_the_reply(
    world: World, talk: Talk, comment: str, failure: Exception, category: str
) -> None:
    talk.failure = failure
    answer(world, comment)
    world.live_until_quiet()
    [reply] = replies(world)
    assert (reply["status"], reply["error"]["category"]) == ("failed", category)
    assert str(failure) in reply["error"]["message"]
    item = items(world)["c1"]
    assert (item["state"], str(failure) in item["problem"]) == ("unread", True)
    assert len(talk.calls) == 1


@pytest.mark.parametrize(
    "failure", [RateLimited("Wait.", retry_after=timedelta(hours=1)), PlatformUnavailable("Away.")]
)
def test_what_passes_is_waited_out(
    world: World, talk: Talk, comment: str, failure: Exception
) -> None:
    talk.failure = failure
    answer(world, comment)
    world.deliver_due()
    [reply] = replies(world)
    assert (reply["status"], reply["attempts"]) == ("queued", 0)
    talk.failure = None
    world.live_until_quiet()
    assert replies(world)[0]["status"] == "sent"
    assert talk.texts().count("10 euros") == 1


@pytest.mark.full
def test_an_outage_that_never_ends_ends_the_reply(world: World, talk: Talk, comment: str) -> None:
    talk.failure = PlatformUnavailable("Away.")
    answer(world, comment)
    world.live_until_quiet(timedelta(days=2))
    assert replies(world)[0]["status"] == "failed"


def test_an_account_that_is_gone_is_said(world: World, talk: Talk, comment: str) -> None:
    account = world.account("threads")
    answer(world, comment)
    path = f"users/{USER}/integrations/threads/accounts/{account.account_id}"
    world.parts.db.document(path).delete()
    world.deliver_due()
    [reply] = replies(world)
    assert reply["error"]["message"].endswith("Connect it again, then send the reply again.")


def test_a_reply_to_a_comment_that_is_gone_meanwhile_is_known_to_be_public(
    world: World, talk: Talk, comment: str
) -> None:
    item = world.parts.db.document(item_path(USER, comment))
    talk.on_reply = item.delete
    answer(world, comment)
    world.deliver_due()
    assert [reply["status"] for reply in replies(world)] == ["sent"]


class Killed(BaseException):
    """The instance ends here."""


@pytest.mark.parametrize("when", ["before the claim", "before the request", "after the request"])
def test_a_death_anywhere_leaves_at_most_one_reply_and_is_settled(
    world: World, talk: Talk, comment: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths = iter([Killed()])

    def dying(function: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            result = function(*args, **named) if after else None
            for death in deaths:
                raise death
            return result if after else function(*args, **named)

        return call

    if when == "after the request":
        monkeypatch.setattr(talk, "reply", dying(talk.reply, after=True))
    else:
        save = dying(replying_task.save_reply, after=when == "before the request")
        monkeypatch.setattr(replying_task, "save_reply", save)
    answer(world, comment)
    with pytest.raises(Killed):
        world.deliver_due()
    world.live_until_quiet()
    [reply] = replies(world)
    assert reply["status"] == "sent"
    assert talk.texts().count("10 euros") == 1


def test_two_tasks_at_once_send_one_reply(world: World, talk: Talk, comment: str) -> None:
    done = answer(world, comment)
    original = talk.reply

    def while_another_task_comes(*args: Any) -> Replied:
        assert "another task" in replying_task.deliver_reply(USER, done.reply.reply_id, world.parts)
        return original(*args)

    talk.reply = while_another_task_comes  # type: ignore[method-assign]
    world.deliver_due()
    assert replying_task.deliver_reply(USER, done.reply.reply_id, world.parts) == "it has ended"
    assert talk.texts().count("10 euros") == 1


@pytest.mark.full
def test_two_replies_with_the_same_text_are_told_apart(
    world: World, talk: Talk, comment: str
) -> None:
    answer(world, comment, "Thanks!", "k1")
    world.deliver_due()
    talk.failure, talk.fails_on = OutcomeUnknown("No answer."), "reply"
    answer(world, comment, "Thanks!", "k2")
    world.deliver_due()
    talk.failure = None
    world.live_until_quiet()
    assert [reply["status"] for reply in replies(world)] == ["sent", "sent"]
    assert len({reply["commentId"] for reply in replies(world)}) == 2
    assert talk.texts().count("Thanks!") == 2


def test_a_store_that_is_away_repeats_the_task(
    world: World, talk: Talk, comment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(world, comment)
    save = replying_task.save_reply

    def away(*args: Any, **named: Any) -> None:
        monkeypatch.setattr(replying_task, "save_reply", save)
        raise StoreUnavailable("away")

    monkeypatch.setattr(replying_task, "save_reply", away)
    with pytest.raises(StoreUnavailable):
        world.deliver_due()
    world.live_until_quiet()
    assert replies(world)[0]["status"] == "sent"
    assert talk.texts().count("10 euros") == 1
