"""The records of a delivery: what was sent and answered."""

import json

import pytest

from tests.functions.publishing import VISIBLE, attempts, fault
from tests.world import USER, World


def test_an_attempt_has_what_was_sent_and_answered(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "rate_limit", retryAfter=5)
    world.live_until_quiet()
    refused, published = attempts(world, post, "x")
    assert (refused["attempt"], published["attempt"]) == (1, 2)
    assert refused["step"] == published["step"] == "create_post"
    assert refused["outcome"] == "RateLimited"
    assert "retries automatically" in refused["error"]
    (sent,) = refused["exchanges"]
    assert (sent["method"], sent["sent"], sent["status"]) == ("POST", {"text": "Hello"}, 429)
    assert json.loads(sent["answered"])["title"] == "Too Many Requests"
    assert published["outcome"] == "published"
    assert published["platformPostId"] == world.platforms["x"].posts.all()[0].id
    (sent,) = published["exchanges"]
    assert (sent["url"].rpartition("/")[2], sent["status"]) == ("tweets", 201)
    for attempt in (refused, published):
        assert attempt["startedAt"] <= attempt["finishedAt"]
        assert (attempt["submissionId"], attempt["runId"], attempt["userId"]) == (post, "x", USER)


def test_every_mutation_on_threads_leaves_an_attempt(world: World) -> None:
    post = world.submit("Hello", "threads")
    world.deliver_due()
    created, published = attempts(world, post, "threads")
    assert created["exchanges"][0]["sent"] == {"media_type": "TEXT", "text": "Hello"}
    assert created["outcome"] == "done"
    assert published["exchanges"][0]["sent"].keys() == {"creation_id"}
    assert published["outcome"] == "published"


def test_a_lost_answer_leaves_a_record_of_what_was_sent(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "accept_then_reset")
    world.deliver_due()
    (lost,) = attempts(world, post, "x")
    assert lost["outcome"] == "OutcomeUnknown"
    (sent,) = lost["exchanges"]
    assert (sent["sent"], sent["status"], sent["answered"]) == ({"text": "Hello"}, None, None)


@pytest.mark.full
def test_a_checkpoint_is_encrypted_and_can_be_decrypted_only_for_its_run(world: World) -> None:
    mine, other = world.submit("Mine", "threads"), world.submit("Other", "threads")
    while not all(world.submission(p)["status"] == "dispatched" for p in (mine, other)):
        world.tasks.deliver_due()
    while not all(world.run(p, "threads").get("checkpoint") for p in (mine, other)):
        world.tasks.deliver_due()
    checkpoint = world.run(mine, "threads")["checkpoint"]
    assert list(checkpoint) == ["sealed"]
    path = f"postSubmissions/{other}/runs/threads"
    world.parts.db.document(path).update({"checkpoint": checkpoint})
    world.live_until_quiet()
    assert world.visible("threads") == ["Mine"]
    assert world.run(mine, "threads")["status"] == "succeeded"
    assert "TOKEN_KEYSET" in world.run(other, "threads")["error"]["message"]
