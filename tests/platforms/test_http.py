"""Sending requests: what is known without an answer, and what is recorded."""

import socket
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from shared import clock
from shared.domain.errors import OutcomeUnknown, PlatformUnavailable
from shared.platforms import http as http_module
from shared.platforms.http import ClaimLimits, ClaimRanOut, Http, OutOfReach
from shared.platforms.sending import send
from tests import extent
from tests.platforms.servers import (
    NOBODY_THERE,
    answering,
    closed_port,
    nobody_there,
    raw_answer,
    reset,
    serving,
)

pytestmark = pytest.mark.slow

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(http_module, "ANSWER_SECONDS", 0.6)


def _http(url: str, **limits: object) -> Http:
    now = clock.now()
    allowed = ClaimLimits(**{"lease_until": now + 90 * SECOND, "intent_at": now, **limits})
    return Http(url, send, allowed)


def test_a_request_for_a_test_post_reaches_only_simulated_platforms() -> None:
    now = clock.now()
    limits = ClaimLimits(lease_until=now + 90 * SECOND, intent_at=now)
    with serving(answering(raw_answer(200))) as twin, serving(answering(raw_answer(200))) as real:
        http = Http(twin.url, send, limits, {"/upload/": real.url}, reachable={twin.url})
        assert http.read("/a").ok
        assert http.upload("PUT", f"{twin.url}/part").ok
        for url in ("/upload/a", f"{real.url}/a", f"{twin.url}0/a", twin.url.replace(":", "s:", 1)):
            with pytest.raises(OutOfReach):
                http.publish("POST", url)
        with pytest.raises(OutOfReach):
            Http(real.url, send, limits, reachable=()).exchange_tokens("/token")
        assert len(twin.heard) == 2
        assert real.heard == []
        assert len(http.exchanges) == 1, "a refused request is not recorded"


@pytest.mark.parametrize("how", NOBODY_THERE)
def test_a_visible_request_that_was_not_delivered_can_be_repeated(how: str) -> None:
    with nobody_there(how) as url, pytest.raises(PlatformUnavailable, match="could not reach"):
        _http(url).publish("POST", "/post", json={"text": "Hi"})


def _hold(connection: socket.socket) -> None:
    connection.settimeout(5)
    connection.recv(1)


def _drip(head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def act(connection: socket.socket) -> None:
        connection.sendall(head)
        pause = threading.Event()
        for _ in range(100):
            connection.sendall(drop)
            pause.wait(0.05)

    return act


LOST = {
    "no answer": _hold,
    "a reset": reset,
    "a closed connection": lambda connection: None,
    "half a status line": answering(b"HTTP/1.1 20"),
    "no HTTP": answering(b"hello\r\n\r\n"),
    "half a body": answering(b"HTTP/1.1 201 X\r\nContent-Length: 100\r\n\r\n{"),
    "half a chunk": answering(b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
    "chunks without an end": answering(
        b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
    ),
    "a body that is no gzip": answering(raw_answer(201, b"{}", b"Content-Encoding: gzip\r\n")),
    "a body that drips": _drip(b"HTTP/1.1 201 X\r\nContent-Length: 1000\r\n\r\n", b"x"),
    "a chunk that drips": _drip(
        b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n999\r\n", b"x"
    ),
    "headers that drip": _drip(b"HTTP/1.1 201 X\r\nX-Slow: ", b"x"),
    "lines of headers that drip": _drip(b"HTTP/1.1 201 X\r\n", b"X-A: b\r\n"),
    "a status line that drips": _drip(b"HTTP/1.1 201 ", b"x"),
    "a body that is too large": answering(raw_answer(201, b"x" * (4 * 1024 * 1024 + 1))),
}


@pytest.mark.full
@pytest.mark.parametrize("how", LOST)
def test_a_visible_request_whose_answer_is_lost_is_never_repeated(how: str) -> None:
    with serving(LOST[how]) as server:
        http = _http(server.url)
        began = clock.now()
        with pytest.raises(OutcomeUnknown, match="may or may not be live"):
            http.publish("POST", "/post", json={"text": "Hi"})
        assert clock.now() - began < 2 * SECOND
        assert len(server.heard) == 1
    (exchange,) = http.exchanges
    assert (exchange.sent, exchange.status, exchange.answered) == ({"text": "Hi"}, None, None)


@pytest.mark.full
@pytest.mark.parametrize("how", extent.some(LOST, list(LOST)[:2]))
def test_other_requests_can_be_repeated_when_their_answers_are_lost(how: str) -> None:
    with serving(LOST[how]) as server:
        with pytest.raises(PlatformUnavailable):
            _http(server.url).prepare("POST", "/container")
        with pytest.raises(PlatformUnavailable):
            _http(server.url).read("/container")


@pytest.mark.parametrize("status", [301, 307, 308, 408, 500, 502, 503, 504, 599, 999])
def test_a_server_error_says_nothing_about_the_post(status: int) -> None:
    with serving(answering(raw_answer(status, b"<html>"))) as server:
        http = _http(server.url)
        with pytest.raises(OutcomeUnknown) as lost:
            http.publish("POST", "/post", json={})
    assert lost.value.platform_code == str(status)
    assert lost.value.platform_message == "<html>"
    assert [exchange.status for exchange in http.exchanges] == [status]


@pytest.mark.parametrize("status", [302, 308, 500, 503])
def test_a_server_error_before_the_visible_request_can_be_retried(status: int) -> None:
    with serving(answering(raw_answer(status))) as server:
        for ask in (lambda h: h.read("/a"), lambda h: h.prepare("POST", "/a")):
            with pytest.raises(PlatformUnavailable, match=f"HTTP {status}"):
                ask(_http(server.url))


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 404, 409, 429])
def test_any_other_answer_is_returned(status: int) -> None:
    with serving(answering(raw_answer(status, b'{"a": 1}', b"X-Left: 3\r\n"))) as server:
        answer = _http(server.url).publish("POST", "/post", json={})
    assert (answer.status, answer.fields(), answer.headers["x-left"]) == (status, {"a": 1}, "3")
    assert answer.ok == (status < 300)


def test_a_redirect_is_not_followed() -> None:
    with serving(answering(raw_answer(307, b"", b"Location: /elsewhere\r\n"))) as server:
        with pytest.raises(OutcomeUnknown):
            _http(server.url).publish("POST", "/post", json={"text": "Hi"})
        assert len(server.heard) == 1


def test_an_upload_that_google_reports_as_incomplete_is_returned_to_the_caller_who_expects_it() -> (
    None
):
    with serving(answering(raw_answer(308, b"", b"Range: bytes=0-4\r\n"))) as server:
        answers = [
            _http(server.url).publish("PUT", "/post", resumable=True),
            _http(server.url).upload("PUT", "/post", resumable=True),
            _http(server.url).read("/post", "PUT", resumable=True),
        ]
    assert [(answer.status, answer.ok) for answer in answers] == [(308, False)] * 3


def test_a_proxy_of_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{closed_port()}")
    with serving(answering(raw_answer(200))) as server:
        assert _http(server.url).read("/a").ok


def test_every_request_has_its_own_connection() -> None:
    with serving(answering(raw_answer(200))) as server:
        # The server closes each connection: a client that kept one would get a reset.
        for _ in range(100):
            assert Http(server.url, send).read("/a").ok
        assert len(server.heard) == 100
        assert b"Connection: close" in server.heard[0]


def test_the_visible_request_is_not_sent_without_an_intent() -> None:
    with serving(answering(raw_answer(201))) as server:
        with pytest.raises(ValueError, match="needs an intent"):
            _http(server.url, intent_at=None).publish("POST", "/post")
        assert server.heard == []


@pytest.mark.parametrize(("age", "sent"), [(19 * SECOND, True), (21 * SECOND, False)])
def test_twenty_seconds_after_its_intent_the_visible_request_is_abandoned(
    age: timedelta, sent: bool
) -> None:
    with serving(answering(raw_answer(201))) as server:
        http = _http(server.url, intent_at=clock.now() - age)
        if sent:
            assert http.publish("POST", "/post").ok
        else:
            with pytest.raises(PlatformUnavailable, match="nothing was sent"):
                http.publish("POST", "/post")
            assert http.exchanges == []
        # The rule is only for the visible request.
        assert http.read("/a").ok
        assert len(server.heard) == sent + 1


@pytest.mark.parametrize(("left", "sent"), [(11 * SECOND, True), (9 * SECOND, False)])
@pytest.mark.parametrize("kind", ["read", "prepare", "publish"])
def test_no_request_leaves_in_the_last_ten_seconds_of_the_lease(
    kind: str, left: timedelta, sent: bool
) -> None:
    asks = {
        "read": lambda http: http.read("/a"),
        "prepare": lambda http: http.prepare("POST", "/a"),
        "publish": lambda http: http.publish("POST", "/a"),
    }
    with serving(answering(raw_answer(200))) as server:
        http = _http(server.url, lease_until=clock.now() + left)
        if sent:
            assert asks[kind](http).ok
        else:
            with pytest.raises(ClaimRanOut):
                asks[kind](http)
        assert len(server.heard) == sent


def test_exchanges_record_requests_and_answers_without_secrets() -> None:
    """The server returns the request, as some platforms return the token that they refuse."""
    with serving(
        lambda connection: connection.sendall(raw_answer(400, server.heard[-1]))
    ) as server:
        http = _http(server.url)
        headers = {"Authorization": "Bearer canary-a"}
        answers = [
            http.publish("POST", "/a", json={"text": "Hi"}, headers=headers),
            http.prepare("POST", "/b", data={"text": "Ho"}, params={"access_token": "canary-b"}),
            http.exchange_tokens(
                "/c", data={"refresh_token": "canary-c", "client_secret": "canary-d"}
            ),
            http.read("/d", params={"access_token": "canary-e"}),
        ]
        assert all(b"canary" in heard for heard in server.heard)
    assert [(e.method, e.url, e.sent, e.status) for e in http.exchanges] == [
        ("POST", f"{server.url}/a", {"text": "Hi"}, 400),
        ("POST", f"{server.url}/b", {"text": "Ho"}, 400),
    ]
    assert all(exchange.answered for exchange in http.exchanges)
    assert "canary" not in repr(http.exchanges) + repr(answers)


def test_the_start_of_a_long_answer_is_recorded() -> None:
    with serving(answering(raw_answer(200, b"x" * 5000))) as server:
        http = _http(server.url)
        assert len(http.prepare("POST", "/a").text) == 5000
    assert http.exchanges[0].answered == "x" * 2000
