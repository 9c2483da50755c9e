"""Answering a comment, with a death at each call."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from shared.domain.idempotency import key_for
from shared.gcp.firestore import read_all
from shared.gcp.inbox import item_from, item_path
from shared.inbox import replying
from tests.crash.faults import DEATHS, Killed, lose_acknowledgement, watch
from tests.crash.scenario import TEXT
from tests.functions.counting import collect
from tests.functions.talking import FIRST, replies
from tests.world import USER, World

PLATFORM = "threads"


@pytest.mark.parametrize("die", DEATHS)
def test_a_death_at_any_call(world: World, die: Callable[..., Any]) -> None:
    calls, comment = watch(world), _comment(world)
    calls.only_of_handlers(world)
    for number in count():
        calls.strike(number, die)
        _answer(world, comment, f"Answer {number}")
        try:
            world.live_until_quiet()
        except Killed:
            world.live_until_quiet()
        _assert_answered_once(world, f"Answer {number}")
        if len(calls.made) <= number:
            break
    assert number > 8


def test_the_acknowledgement_of_any_commit_lost(world: World) -> None:
    calls, comment = watch(world), _comment(world)
    calls.only_of_handlers(world)
    calls.count()
    _answer(world, comment, "First")
    world.deliver_due()
    commits = [number for number, name in enumerate(calls.made) if name == "commit"]
    assert len(commits) == 3
    for number in commits:
        calls.strike(number, lose_acknowledgement)
        _answer(world, comment, f"Answer {number}")
        world.deliver_due()
        # Nothing was lost, so nothing needs time or a sweep to recover.
        _assert_answered_once(world, f"Answer {number}")


def _comment(world: World) -> str:
    """The id of an item of the inbox."""
    world.submit(TEXT, PLATFORM)
    world.live_until_quiet()
    twin = world.platforms[PLATFORM]
    [post] = twin.posts.all()
    body = {"postId": post.id, "text": "How much is it?"}
    assert twin.app.test_client().post("/_sim/comments", json=body).status_code == 201
    world.advance(FIRST)
    collect(world)
    [item] = world.parts.db.collection(f"users/{USER}/inbox").stream()
    return str(item.id)


def _answer(world: World, comment: str, text: str) -> None:
    path = item_path(USER, comment)
    item = item_from(read_all(world.parts.db, [path])[path])
    assert item is not None
    body = {"commentId": comment, "text": text}
    key = key_for(user_id=USER, mode="live", sent=None, body=body)
    replying.answer(item, text, key, world.parts)


def _assert_answered_once(world: World, text: str) -> None:
    comments = world.platforms[PLATFORM].comments.all()
    assert [comment.text for comment in comments if comment.text == text] == [text], world.log
    [reply] = [reply for reply in replies(world) if reply["text"] == text]
    [own] = [comment for comment in comments if comment.text == text]
    assert (reply["status"], reply["commentId"]) == ("sent", own.id), world.log
    assert "wakeAt" not in reply
