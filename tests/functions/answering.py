"""A comment of the inbox, and answers to it."""

from typing import Any

import pytest

from shared.domain.idempotency import key_for
from shared.gcp.firestore import read_all
from shared.gcp.inbox import item_from, item_path
from shared.inbox import replying
from tests.functions.counting import publish
from tests.functions.talking import Talk, come, id_of, post_id_of
from tests.world import USER, World


@pytest.fixture
def comment(world: World, talk: Talk) -> str:
    """The id of an item of the inbox."""
    [post] = publish(world, "Hello")
    talk.write(post_id_of(world, post), "How much is it?")
    come(world)
    talk.calls.clear()
    return id_of(world, "c1")


def answer(world: World, comment: str, text: str = "10 euros", key: str | None = "k1") -> Any:
    path = item_path(USER, comment)
    item = item_from(read_all(world.parts.db, [path])[path])
    assert item is not None
    body = {"commentId": comment, "text": text}
    sent = key_for(user_id=USER, mode="live", sent=key, body=body)
    return replying.answer(item, text, sent, world.parts)
