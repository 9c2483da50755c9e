"""Faults, over real connections: what a client sees of them, and what is visible afterwards."""

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from local.platforms.x.twin import X
from shared import clock
from tests.local.serving.client import LIMIT, PATIENCE, POST_TO_X, Client

pytestmark = pytest.mark.slow

PUBLISH_ON_THREADS = "POST /v1.0/me/threads_publish"


def wait_until(condition: Callable[[], object]) -> None:
    """Return when the condition is true; fail when it is not within LIMIT."""
    deadline = time.monotonic() + LIMIT
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the condition never became true"
        pause.wait(0.01)


# What a client sees, and what is visible afterwards.


def test_a_scripted_status_is_returned_without_an_effect(x: Client) -> None:
    x.fault(POST_TO_X, "status", status=503, body="<html>over capacity</html>")
    x.fault(POST_TO_X, "status", status=402, body={"title": "CreditsDepleted"})
    html, problem, served = x.tweet(), x.tweet(), x.tweet()
    assert (html.status_code, html.text) == (503, "<html>over capacity</html>")
    assert (problem.status_code, problem.json()) == (402, {"title": "CreditsDepleted"})
    assert served.status_code == 201
    assert x.visible()[0]["requestCount"] == 3


def test_a_timeout_before_the_request_has_no_effect(x: Client) -> None:
    x.fault(POST_TO_X, "timeout_before")
    with pytest.raises(requests.Timeout):
        x.tweet(timeout=PATIENCE)
    assert x.visible() == []
    [received] = x.received()
    assert (received["status"], received["fault"]) == (None, "timeout_before")
    assert x.tweet().status_code == 201


def test_an_accepted_post_whose_answer_times_out_is_visible(x: Client) -> None:
    x.fault(POST_TO_X, "accept_then_timeout")
    with pytest.raises(requests.Timeout):
        x.tweet(timeout=PATIENCE)
    assert [entry["text"] for entry in x.visible()] == ["Hello"]
    assert x.tweet().status_code == 403
    assert x.visible()[0]["requestCount"] == 2


def test_an_accepted_post_can_be_answered_500(x: Client, threads: Client) -> None:
    x.fault(POST_TO_X, "accept_then_500")
    answer = x.tweet()
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert len(x.visible()) == 1
    threads.fault(PUBLISH_ON_THREADS, "accept_then_500")
    container = threads.container().json()["id"]
    answer = threads.publish(container)
    assert (answer.status_code, answer.json()["error"]["is_transient"]) == (500, True)
    assert len(threads.visible()) == 1


@pytest.mark.parametrize(("mode", "posts"), [("reset_before", 0), ("accept_then_reset", 1)])
def test_the_client_sees_a_reset_connection(x: Client, mode: str, posts: int) -> None:
    x.fault(POST_TO_X, mode)
    host, _, port = x.url.removeprefix("http://").partition(":")
    body = b'{"text": "Hello"}'
    with socket.create_connection((host, int(port)), timeout=LIMIT) as connection:
        connection.sendall(
            b"POST /2/tweets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ada-access\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    assert len(x.visible()) == posts
    assert x.get("/2/users/me").status_code == 401


def test_a_slow_request_continues_after_its_seconds(x: Client) -> None:
    x.fault(POST_TO_X, "slow", seconds=0.3)
    begun = time.monotonic()
    assert x.tweet().status_code == 201
    assert time.monotonic() - begun >= 0.3


@pytest.mark.full
def test_a_held_request_does_not_block_others(x: Client) -> None:
    x.fault(POST_TO_X, "timeout_before")
    unanswered: list[Exception] = []

    def ask() -> None:
        try:
            x.tweet(timeout=2)
        except requests.Timeout as error:
            unanswered.append(error)

    held = threading.Thread(target=ask)
    held.start()
    wait_until(lambda: any(r["fault"] == "timeout_before" for r in x.received()))
    assert x.tweet("Another").status_code == 201
    assert unanswered == []
    held.join(LIMIT)
    assert len(unanswered) == 1


def test_held_connections_end_when_the_server_stops() -> None:
    platform = X()
    server = platform.serve()
    server.start()
    client = Client(server.url)
    client.fault(POST_TO_X, "timeout_before")
    ended: list[Exception] = []

    def ask() -> None:
        try:
            client.tweet(timeout=60)
        except requests.RequestException as error:
            ended.append(error)

    held = threading.Thread(target=ask)
    held.start()
    wait_until(client.received)
    server.stop()
    held.join(LIMIT)
    assert [type(error) for error in ended] == [requests.ConnectionError]


# The requests to which a fault applies.


def test_a_fault_applies_times_times_after_the_first_requests(x: Client) -> None:
    x.fault(POST_TO_X, "status", status=500, times=2, after=2)
    answers = [x.tweet(f"number {n}").status_code for n in range(5)]
    assert answers == [201, 201, 500, 500, 201]


def test_a_fault_applies_only_to_its_method_and_path(x: Client) -> None:
    x.fault("DELETE /2/tweets", "status", status=500)
    x.fault("POST /2/oauth2", "status", status=500)
    assert x.tweet().status_code == 201
    assert x.refresh_on_x().status_code == 500


def test_faults_can_be_removed(x: Client) -> None:
    x.fault(POST_TO_X, "status", status=500, times=5)
    assert requests.delete(f"{x.url}/_sim/faults", timeout=LIMIT).status_code == 200
    assert x.tweet().status_code == 201


@pytest.mark.full
@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"match": "POST /2/tweets"},
        {"match": "POST /2/tweets", "mode": "explode"},
        {"match": "/2/tweets", "mode": "quota"},
        {"match": "POST 2/tweets", "mode": "quota"},
        {"match": "SEND /2/tweets", "mode": "quota"},
        {"match": "POST /", "mode": "quota", "times": 0},
        {"match": "POST /", "mode": "quota", "times": True},
        {"match": "POST /", "mode": "quota", "after": -1},
        {"match": "POST /", "mode": "status"},
        {"match": "POST /", "mode": "status", "status": 99},
        {"match": "POST /", "mode": "status", "status": 500, "body": 5},
        {"match": "POST /", "mode": "slow"},
        {"match": "POST /", "mode": "slow", "seconds": "1"},
        {"match": "POST /", "mode": "rate_limit", "retryAfter": -1},
        {"match": "POST /", "mode": "quota", "status": 500},
    ],
)
def test_an_invalid_fault_is_refused_with_a_sentence(x: Client, body: Any) -> None:
    answer = x.post("/_sim/faults", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert x.tweet().status_code == 201


# Tokens.


def test_an_expired_token_on_x_works_again_after_a_refresh(x: Client) -> None:
    x.fault(POST_TO_X, "expired_token")
    assert [x.tweet().status_code for _ in range(2)] == [401, 401]
    pair = x.refresh_on_x()
    assert pair.status_code == 200
    assert x.tweet(token=pair.json()["access_token"]).status_code == 201
    assert x.tweet("Another").status_code == 401
    assert x.visible()[0]["requestCount"] == 3


def test_an_expired_token_on_threads_works_again_after_a_refresh(threads: Client) -> None:
    threads.fault("POST /v1.0/me/threads", "expired_token")
    answers = [threads.container() for _ in range(2)]
    for answer in answers:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["error_subcode"]) == (400, 190, 463)
        assert error["message"].startswith("Error validating access token: Session has expired on")
    token = threads.refresh_on_threads().json()["access_token"]
    assert threads.container(token).status_code == 200


def test_an_expired_young_token_stays_expired_when_its_refresh_is_refused(
    threads: Client,
) -> None:
    token = threads.refresh_on_threads().json()["access_token"]
    threads.fault("POST /v1.0/me/threads", "expired_token")
    assert threads.container(token).status_code == 400
    assert threads.refresh_on_threads(token).status_code == 400
    assert threads.container(token).json()["error"]["error_subcode"] == 463


def test_a_revoked_account_is_refused_until_it_is_connected_again(x: Client) -> None:
    x.fault(POST_TO_X, "revoked_token")
    assert x.tweet().status_code == 401
    assert (x.refresh_on_x().status_code, x.tweet().status_code) == (400, 401)
    account = {"accountId": "ada", "username": "ada", "accessToken": "new", "refreshToken": "r"}
    assert x.post("/_sim/accounts", json=account).status_code == 201
    assert x.tweet(token="new").status_code == 201
    assert x.tweet("Another").status_code == 401


def test_a_revoked_account_on_threads_cannot_refresh(threads: Client) -> None:
    threads.fault("POST /v1.0/me/threads", "revoked_token")
    answers = [threads.container(), threads.refresh_on_threads(), threads.container()]
    errors = [answer.json()["error"] for answer in answers]
    assert [(e["code"], e["error_subcode"]) for e in errors] == [(190, 458)] * 3


# Limits.


def test_rate_limits_have_the_platforms_own_shape(x: Client, threads: Client) -> None:
    x.fault(POST_TO_X, "rate_limit", retryAfter=120)
    answer = x.tweet()
    assert answer.status_code == 429
    assert answer.json()["title"] == "Too Many Requests"
    assert answer.headers["x-rate-limit-remaining"] == "0"
    wait = int(answer.headers["x-rate-limit-reset"]) - clock.now().timestamp()
    assert 110 < wait <= 121
    threads.fault("POST /v1.0/me/threads", "rate_limit", retryAfter=120)
    answer = threads.container()
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 4)
    [(_, [usage])] = json.loads(answer.headers["X-Business-Use-Case-Usage"]).items()
    assert usage["estimated_time_to_regain_access"] == 2
    assert threads.container().status_code == 200


@pytest.mark.parametrize(
    ("more", "status", "title"),
    [
        ({}, 429, "UsageCapExceeded"),
        ({"variant": "credits-depleted"}, 402, "Payment Required"),
        ({"variant": "day", "retryAfter": 3600}, 429, "Too Many Requests"),
    ],
)
def test_quotas_of_x(x: Client, more: dict[str, Any], status: int, title: str) -> None:
    x.fault(POST_TO_X, "quota", **more)
    answer = x.tweet()
    assert (answer.status_code, answer.json()["title"]) == (status, title)
    assert int(answer.headers["x-rate-limit-remaining"]) > 0
    has_day_bucket = answer.headers.get("x-user-limit-24hour-remaining") == "0"
    assert has_day_bucket == (more.get("variant") == "day")
    assert x.visible() == []


def test_the_quota_of_threads(threads: Client) -> None:
    container = threads.container().json()["id"]
    threads.fault(PUBLISH_ON_THREADS, "quota")
    error = threads.publish(container).json()["error"]
    assert (error["code"], error["error_subcode"]) == (9, 2207042)
    assert threads.visible() == []
    assert threads.publish(container).status_code == 200
