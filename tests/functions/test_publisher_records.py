"""What is written down about a delivery: what was sent and answered, and no secret anywhere."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from google.cloud import firestore

from shared.gcp.api_keys import ApiKeys, new_key
from tests.functions.publishing import VISIBLE, attempts, fault
from tests.world import USER, World


def test_an_attempt_says_what_was_sent_and_what_was_answered(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "rate_limit", retryAfter=5)
    world.live_until_quiet()
    refused, published = attempts(world, post, "x")
    assert (refused["attempt"], published["attempt"]) == (1, 2)
    assert refused["step"] == published["step"] == "create_post"
    assert refused["outcome"] == "RateLimited"
    assert "by itself" in refused["error"]
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


def test_a_lost_answer_leaves_what_was_sent(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "accept_then_reset")
    world.deliver_due()
    (lost,) = attempts(world, post, "x")
    assert lost["outcome"] == "OutcomeUnknown"
    (sent,) = lost["exchanges"]
    assert (sent["sent"], sent["status"], sent["answered"]) == ({"text": "Hello"}, None, None)


def _everything(db: firestore.Client) -> Iterator[tuple[str, Any]]:
    """Every document there is, by path."""
    waiting: list[Any] = list(db.collections())
    while waiting:
        for reference in waiting.pop().list_documents():
            yield reference.path, reference.get().to_dict()
            waiting += list(reference.collections())


def test_no_document_no_task_and_no_log_line_holds_a_secret(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key()
    ApiKeys(world.parts.db).put(key, user_id=USER, name="canary")
    caplog.set_level(logging.DEBUG, logger="soku")
    monkeypatch.setattr(logging.getLogger("soku"), "propagate", True)
    secrets = [key, *_all_tokens(world)]
    tasks = []
    for platform, mode, more in [
        ("x", "status", {"status": 403, "body": _repeating(world, "x")}),
        ("threads", "status", {"status": 400, "body": _repeating(world, "threads")}),
        ("x", "expired_token", {}),
        ("x", "accept_then_500", {}),
        ("threads", "expired_token", {}),
        ("threads", "accept_then_reset", {}),
    ]:
        world.submit(f"Hello {platform} {mode}", platform)
        fault(world, platform, VISIBLE[platform], mode, **more)
        tasks += [repr(task) for task in world.tasks.pending()]
        world.live_until_quiet()
        secrets += _all_tokens(world)

    documents = dict(_everything(world.parts.db))
    assert any("/attempts/" in path for path in documents)
    assert any(path.endswith("/private/credential") for path in documents)
    written = {path: repr(fields) for path, fields in documents.items()}
    written["tasks"] = "\n".join(tasks)
    written["log"] = "\n".join(f"{record.__dict__}" for record in caplog.records)
    for where, text in written.items():
        for secret in set(secrets):
            assert secret not in text, where


def _all_tokens(world: World) -> list[str]:
    """Every token that a platform knows, and our own secrets there."""
    tokens = [value for twin in world.platforms.values() for value in twin.accounts._tokens]
    clients = world.parts.settings.platform_clients.values()
    return [*tokens, *(client.client_secret for client in clients)]


def _repeating(world: World, platform: str) -> dict[str, Any]:
    """A refusal that repeats the token, as some platforms' do."""
    held = world.platforms[platform].accounts.get(f"{platform}_{USER}")
    assert held is not None
    message = f"Malformed access token {held.access_token}"
    return {"detail": message, "error": {"message": message, "code": 100}}
