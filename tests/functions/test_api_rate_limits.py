"""Rate limits: on every authenticated answer, enforced, with the correct time to wait."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event, Semaphore
from typing import Any

import pytest
from werkzeug.test import TestResponse

from functions.api import posts
from shared import clock
from shared.gcp.api_keys import new_key
from shared.web import strangers
from tests.functions.api_client import POSTS, ApiClient, error_of, post

UNKNOWN = f"{POSTS}/550e8400-e29b-41d4-a716-446655440000"
MINUTE = timedelta(minutes=1)


def _start_of_minute(api: ApiClient) -> None:
    """Move to the beginning of a minute after an empty one."""
    api.world.advance(2 * MINUTE - timedelta(seconds=clock.now().timestamp() % 60))


def _limits(answer: TestResponse) -> tuple[int, int]:
    """Limit and remaining, after a look at the rest of the headers."""
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    limit, remaining, reset = (int(answer.headers[name]) for name in names)
    assert timedelta() < datetime.fromtimestamp(reset, UTC) - clock.now() <= MINUTE
    return limit, remaining


def test_every_authenticated_answer_says_the_limits(api: ApiClient) -> None:
    _start_of_minute(api)
    created = api.send(post())
    assert _limits(created) == (30, 29)
    assert _limits(api.send({})) == (30, 28)
    assert _limits(api.send(post())) == (30, 27), "a replay counts as well"
    assert _limits(api.read(created.json["postSubmissionId"])) == (100, 96)
    assert _limits(api.call("GET", UNKNOWN)) == (100, 95)
    assert _limits(api.call("HEAD", UNKNOWN)) == (100, 94)
    api.world.add_user(api.user_id, status="canceled")
    assert _limits(api.send(post())) == (30, 26)
    assert "Retry-After" not in created.headers


@pytest.mark.full
def test_30_posts_a_minute_are_accepted_and_the_next_after_retry_after(api: ApiClient) -> None:
    _start_of_minute(api)
    for number in range(30):
        assert api.send(post(str(number))).status_code == 201
    refused = api.send(post("one too many"))
    error = error_of(refused, 429, "rate_limit_exceeded")
    assert _limits(refused) == (30, 0)
    wait = int(refused.headers["Retry-After"])
    assert 60 <= wait <= 63, "the thirtieth part of a minute after the minute"
    assert str(wait) in error["message"]
    assert len(api.submissions()) == 30

    api.world.advance(timedelta(seconds=wait - 2))
    error_of(api.send(post("one too many")), 429, "rate_limit_exceeded")
    api.world.advance(timedelta(seconds=2))
    api.accept(post("one too many"))
    error_of(api.send(post("two too many")), 429, "rate_limit_exceeded")


def test_a_limit_of_posts_leaves_reading_free(api: ApiClient) -> None:
    api.world.add_user(api.user_id, limits={"posts": 1})
    _start_of_minute(api)
    mine = api.accept(post())
    error_of(api.send(post()), 429, "rate_limit_exceeded")
    assert _limits(api.read(mine))[0] == 100


@pytest.mark.parametrize(
    ("subscription", "limit"),
    [
        ({}, 100),
        ({"status": "trialing"}, 100),
        ({"status": "canceled"}, 60),
        ({"current_period_end": datetime(2020, 1, 1, tzinfo=UTC)}, 60),
        ({"plan_id": "staff"}, 200),
        ({"limits": {"overall": 3}}, 3),
        ({"limits": {"overall": 300}, "status": "canceled"}, 300),
        ({"limits": {"posts": 7}}, 100),
    ],
)
def test_the_overall_limit_is_that_of_the_subscription(
    api: ApiClient, subscription: dict[str, Any], limit: int
) -> None:
    api.world.add_user(api.user_id, **subscription)
    _start_of_minute(api)
    assert _limits(api.call("GET", UNKNOWN)) == (limit, limit - 1)


@pytest.mark.parametrize("limits", [{"overall": 5}, {"overall": 5, "posts": 50}])
def test_the_overall_limit_is_kept_by_all_routes_together(
    api: ApiClient, limits: dict[str, int]
) -> None:
    api.world.add_user(api.user_id, limits=limits)
    _start_of_minute(api)
    mine = api.accept(post())
    assert api.read(mine).status_code == 200
    assert [_limits(api.call("GET", UNKNOWN)) for _ in range(3)] == [(5, 2), (5, 1), (5, 0)]
    for answer in (api.read(mine), api.send(post("more"))):
        error_of(answer, 429, "rate_limit_exceeded")
        assert _limits(answer) == (5, 0)
        wait = int(answer.headers["Retry-After"])
    api.world.advance(timedelta(seconds=wait))
    assert api.read(mine).status_code == 200


@pytest.mark.full
def test_the_limit_without_a_subscription_is_kept(api: ApiClient) -> None:
    api.world.add_user(api.user_id, status="canceled")
    _start_of_minute(api)
    answers = [api.call("GET", UNKNOWN).status_code for _ in range(62)]
    assert answers == [404] * 60 + [429] * 2


def test_all_keys_of_a_user_share_the_limits(api: ApiClient) -> None:
    api.world.add_user(api.user_id, limits={"posts": 1})
    _start_of_minute(api)
    api.accept(post())
    api.key = api.new_key()
    error_of(api.send(post("again")), 429, "rate_limit_exceeded")
    api.another_user().accept(post("again"))


def test_a_limit_of_zero_lets_nothing_through(api: ApiClient) -> None:
    api.world.add_user(api.user_id, limits={"posts": 0})
    for _ in range(2):
        answer = api.send(post())
        error_of(answer, 429, "rate_limit_exceeded")
        assert int(answer.headers["Retry-After"]) >= 1
        api.world.advance(MINUTE)
    assert api.stored_nothing()


def test_what_is_refused_is_logged_and_does_not_count(api: ApiClient) -> None:
    api.world.add_user(api.user_id, limits={"posts": 2})
    _start_of_minute(api)
    for number in range(2):
        api.accept(post(str(number)))
    refused = [api.send(post("more")) for _ in range(10)]
    waits = {answer.headers["Retry-After"] for answer in refused}
    assert len(waits) <= 2, "who goes on trying waits no longer"
    for answer in refused:
        line = api.logged(answer.headers["X-Request-ID"])
        assert (line["status"], line["errorCode"]) == (429, "rate_limit_exceeded")
    assert _limits(api.call("GET", UNKNOWN)) == (100, 97)


def test_a_replay_and_a_refusal_by_other_rules_count(api: ApiClient) -> None:
    api.world.add_user(api.user_id, limits={"posts": 3})
    _start_of_minute(api)
    api.accept(post())
    api.accept(post())
    error_of(api.send({}), 400, "validation_error")
    error_of(api.send(post()), 429, "rate_limit_exceeded")


def _stranger(api: ApiClient, address: str, **environ: str) -> TestResponse:
    named = {"REMOTE_ADDR": address, **environ}
    return api.call("GET", UNKNOWN, key=new_key(), environ=named)


def test_25_requests_a_minute_without_a_valid_key_and_the_next_after_retry_after(
    api: ApiClient,
) -> None:
    _start_of_minute(api)
    error_of(api.call("GET", UNKNOWN), 404, "not_found")
    for _ in range(25):
        error_of(_stranger(api, "203.0.113.1"), 401, "unauthorized")
    refused = _stranger(api, "203.0.113.1")
    error_of(refused, 429, "rate_limit_exceeded")
    error_of(_stranger(api, "203.0.113.2"), 401, "unauthorized")
    answer = api.call("GET", UNKNOWN, environ={"REMOTE_ADDR": "203.0.113.1"})
    error_of(answer, 404, "not_found")

    new_here = {"key": api.new_key(), "environ": {"REMOTE_ADDR": "203.0.113.1"}}
    error_of(api.call("GET", UNKNOWN, **new_here), 429, "rate_limit_exceeded")

    wait = int(refused.headers["Retry-After"])
    api.world.advance(timedelta(seconds=wait - 2))
    error_of(_stranger(api, "203.0.113.1"), 429, "rate_limit_exceeded")
    api.world.advance(timedelta(seconds=2))
    error_of(_stranger(api, "203.0.113.1"), 401, "unauthorized")


def test_a_stranger_cannot_choose_the_address_that_is_counted(api: ApiClient) -> None:
    _start_of_minute(api)
    for number in range(25):
        forwarded = f"198.51.100.{number}, 203.0.113.9"
        answer = _stranger(api, "10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
        error_of(answer, 401, "unauthorized")
    answer = _stranger(api, "10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1,203.0.113.9")
    error_of(answer, 429, "rate_limit_exceeded")
    answer = _stranger(api, "10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.1")
    error_of(answer, 401, "unauthorized")


@pytest.mark.full
@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:3::1"),
        ("2001:DB8:1:2::1", "2001:0db8:0001:0002::9%eth0", "2001:db8:1:1:ffff::"),
        ("203.0.113.1", "::ffff:203.0.113.1", "::ffff:203.0.113.2"),
        ("not an address", "not an address", "no address"),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(
    api: ApiClient, address: str, same: str, other: str
) -> None:
    _start_of_minute(api)
    for number in range(25):
        at = address if number % 2 else same
        error_of(_stranger(api, at), 401, "unauthorized")
    for at in (address, same):
        error_of(_stranger(api, at), 429, "rate_limit_exceeded")
    error_of(_stranger(api, other), 401, "unauthorized")


def test_requests_in_flight_count_before_they_are_stored(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.world.add_user(api.user_id, limits={"posts": 3})
    _start_of_minute(api)
    began, may_end = Semaphore(0), Event()
    plain = posts.submit.submit

    def held(*args: Any, **named: Any) -> Any:
        began.release()
        assert may_end.wait(60)
        return plain(*args, **named)

    monkeypatch.setattr(posts.submit, "submit", held)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(api.send, post(str(number))) for number in range(3)]
        for _ in waiting:
            assert began.acquire(timeout=60)
        error_of(api.send(post("one more")), 429, "rate_limit_exceeded")
        assert _limits(api.call("GET", UNKNOWN)) == (100, 96)
        may_end.set()
    assert [answer.result().status_code for answer in waiting] == [201] * 3
    error_of(api.send(post("one more")), 429, "rate_limit_exceeded")
    assert not strangers.in_flight._counts


def test_a_revoked_key_is_a_strangers(api: ApiClient) -> None:
    api.revoke(api.key)
    _start_of_minute(api)
    statuses = [api.call("GET", UNKNOWN).status_code for _ in range(26)]
    assert statuses == [401] * 25 + [429]
