"""A task in a form that Soku never creates is answered once and not delivered again."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest

import functions.orchestrator
import functions.publisher
from shared import logs, wiring
from shared.gcp import oidc
from tests.world import World

ORCHESTRATE = {"submissionId": "s1", "generation": 1}
PUBLISH = {**ORCHESTRATE, "runId": "x", "seq": 1}
HANDLERS = [
    pytest.param(functions.orchestrator.handle, ORCHESTRATE, id="orchestrator"),
    pytest.param(functions.publisher.handle, PUBLISH, id="publisher"),
]
IDS = ["", 7, None, "a/b", ".", "..", "__x__", "\ud800", "x\x00", "a" * 1501, ["s1"], {"id": "s1"}]
NUMBERS = ["1", None, 1.5, True, [], "9" * 5000]
Handle = Callable[[flask.Request], flask.Response]


@pytest.fixture
def heard(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[pytest.LogCaptureFixture]:
    monkeypatch.setattr(wiring, "parts", lambda: world.parts)
    monkeypatch.setattr(oidc, "verify", lambda *_, **__: None)
    # Which would stop them from being heard, were it called later.
    logs.set_up()
    monkeypatch.setattr(logging.getLogger("soku"), "propagate", True)
    yield caplog


def _deliver(handle: Handle, body: bytes) -> flask.Response:
    app = flask.Flask("tasks")
    headers = {"Content-Type": "application/json"}
    with app.test_request_context("/", method="POST", data=body, headers=headers):
        return handle(flask.request)


@pytest.mark.parametrize(("handle", "task"), HANDLERS)
def test_a_malformed_task_is_reported_and_not_delivered_again(
    heard: pytest.LogCaptureFixture, handle: Handle, task: dict[str, Any]
) -> None:
    bodies: list[Any] = [b"", b"{", b"[]", b'"text"', b"null", b"7", b"\xff", b"[" * 100_000]
    for name in task:
        bodies.append({key: value for key, value in task.items() if key != name})
        values = NUMBERS if name in ("generation", "seq") else IDS
        bodies += [{**task, name: value} for value in values]
    for body in bodies:
        heard.clear()
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = _deliver(handle, sent)
        assert (answer.status_code, answer.json) == (200, {"outcome": "malformed task ignored"}), (
            body
        )
        errors = [record for record in heard.records if record.levelno >= logging.ERROR]
        assert [record.getMessage().split(":")[0] for record in errors] == [
            "malformed task ignored"
        ], body


@pytest.mark.parametrize(("handle", "task"), HANDLERS)
def test_a_task_of_something_that_is_gone_is_no_error(
    heard: pytest.LogCaptureFixture, handle: Handle, task: dict[str, Any]
) -> None:
    answer = _deliver(handle, json.dumps(task).encode())
    assert answer.status_code == 200
    assert "was deleted" in answer.get_json()["outcome"]
    assert [record for record in heard.records if record.levelno >= logging.ERROR] == []
