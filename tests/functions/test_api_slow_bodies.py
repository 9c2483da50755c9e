"""A body that arrives slowly or broken holds no thread for long, in the server of a deployment."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPResponse
from types import SimpleNamespace
from typing import Any

import flask
import pytest

from functions.api import body
from functions.api.body import SOCKET
from shared.domain.errors import ApiError
from tests.functions import cold_start
from tests.functions.api_client import POSTS, post

pytestmark = pytest.mark.slow

THREADS = 4
GOOD = json.dumps(post()).encode()


@dataclass(frozen=True)
class Server:
    address: tuple[str, int]
    key: str

    def connect(self) -> socket.socket:
        # No answer takes this long: it ends a test that would hang.
        return socket.create_connection(self.address, timeout=30)

    def post(self, *headers: str, key: str = "") -> bytes:
        """The head of a POST, with the server's own key unless there is a `key`."""
        own = (f"soku-api-key: {key or self.key}", "Content-Type: application/json")
        lines = [f"POST {POSTS} HTTP/1.1", "Host: localhost", *own, *headers]
        return "\r\n".join([*lines, "", ""]).encode()


def answer_of(connection: socket.socket) -> tuple[int, Any]:
    response = HTTPResponse(connection)
    response.begin()
    return response.status, json.loads(response.read())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with cold_start.serving(THREADS) as (address, key):
        yield Server(address, key)


@pytest.mark.full
@pytest.mark.parametrize("framing", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("key", ["malformed", f"sk_live_{'a' * 32}"])
def test_callers_without_a_key_hold_no_thread(server: Server, framing: str, key: str) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(3 * THREADS)]
        for number, connection in enumerate(slow):
            # Each from an address of its own, or the limit of strangers would answer.
            place = f"X-Forwarded-For: 192.0.2.{number}"
            connection.sendall(server.post(framing, place, key=key) + b"7")
        assert [answer_of(connection)[0] for connection in slow] == [401] * len(slow)
        for connection in slow:
            assert connection.recv(1) == b"", "the server waits for the rest of the body"
        other = stack.enter_context(server.connect())
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer_of(other) == (200, {"status": "ok"})


@pytest.mark.full
def test_slow_bodies_of_one_user_leave_threads_for_others(server: Server) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(3 * THREADS)]
        for connection in slow:
            connection.sendall(server.post("Content-Length: 1000") + b"{")
        other = stack.enter_context(server.connect())
        other.settimeout(body.MAX_SECONDS - 1)
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer_of(other) == (200, {"status": "ok"})
        ended = [connection for connection in slow if _has_answer(connection)]
        assert len(slow) > len(ended) >= len(slow) - THREADS


def _has_answer(connection: socket.socket) -> bool:
    connection.settimeout(0.2)
    try:
        return bool(connection.recv(1))
    except TimeoutError:
        return False


def test_a_refused_request_whose_body_has_arrived_keeps_its_connection(server: Server) -> None:
    with server.connect() as connection:
        for _ in range(3):
            head = server.post(f"Content-Length: {len(GOOD)}", key="malformed")
            connection.sendall(head + GOOD)
            assert answer_of(connection)[0] == 401
        connection.sendall(server.post(f"Content-Length: {len(GOOD)}") + GOOD)
        assert answer_of(connection)[0] == 201


@pytest.mark.parametrize(
    "chunks",
    [b"zz\r\n", b"-1\r\n", b"5\r\n{}{}{}{}\r\n0\r\n\r\n", b"\r\n", b"5;=\r\n12345\r\n0\r\n\r\n"],
)
def test_bad_chunks_are_400(server: Server, chunks: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(server.post("Transfer-Encoding: chunked") + chunks)
        status, answer = answer_of(connection)
    assert (status, answer["error"]["code"]) == (400, "validation_error")
    assert [fault["code"] for fault in answer["error"]["details"]] == ["incomplete_body"]


@pytest.mark.parametrize("sent", [b"", b"{", GOOD[:-1]])
def test_a_body_that_ends_early_is_400(server: Server, sent: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(server.post(f"Content-Length: {len(GOOD)}") + sent)
        connection.shutdown(socket.SHUT_WR)
        status, answer = answer_of(connection)
    assert status == 400
    assert [fault["code"] for fault in answer["error"]["details"]] == ["incomplete_body"]


def _read(connection: socket.socket, **environ: str) -> body.Body:
    named = {"wsgi.input": connection.makefile("rb"), SOCKET: connection, **environ}
    app = flask.Flask("reading")
    with app.test_request_context(POSTS, method="POST", environ_overrides=named):
        return body.read(flask.request)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any caller is known."""
    monkeypatch.setattr(body, "recognize", lambda parts: SimpleNamespace(user_id="ann"))
    monkeypatch.setattr(body.wiring, "parts", lambda: None)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("sent", [b"", b"{", GOOD[:-1]])
def test_a_body_that_is_not_complete_in_time_is_refused_and_can_be_answered(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(body, "SLOW_AFTER_SECONDS", 0.05)
    monkeypatch.setattr(body, "MAX_SECONDS", 0.1)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        slow = _read(ours, CONTENT_LENGTH=str(len(GOOD)), CONTENT_TYPE="application/json")
        assert isinstance(slow.error, ApiError)
        assert [fault["code"] for fault in slow.error.details] == ["body_too_slow"]
        ours.sendall(b"an answer")
        assert theirs.recv(100) == b"an answer"


@pytest.mark.usefixtures("known")
def test_the_deadline_of_a_body_does_not_end_the_next_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deadlines: list[body._Deadline] = []
    plain = body._Deadline

    def created(*arguments: Any) -> body._Deadline:
        deadlines.append(plain(*arguments))
        return deadlines[-1]

    monkeypatch.setattr(body, "_Deadline", created)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(GOOD)
        read = _read(ours, CONTENT_LENGTH=str(len(GOOD)), CONTENT_TYPE="application/json")
        assert read.value == post()
        # As if the timer had begun to end it at the moment when the body was complete.
        deadlines[0]._end()
        theirs.sendall(b"the next")
        assert ours.recv(100) == b"the next"
