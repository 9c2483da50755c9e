"""The numbers of posts over HTTP: of one post, read again on request, and over time."""

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from shared import clock
from shared.platforms import registry
from tests.functions.api_client import ApiClient
from tests.functions.counting import Counters

DAY = timedelta(days=1)


@pytest.fixture
def api(api: ApiClient) -> ApiClient:
    """In a world of its own: the collector reads for everybody in it."""
    return api


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> Counters:
    counters = Counters()
    monkeypatch.setattr(registry, "metrics", lambda name: counters if name == "threads" else None)
    return counters


def _publish(api: ApiClient, text: str, *platforms: str) -> str:
    body = {"post": {"content": {"text": text, "platform": list(platforms)}}}
    answer = api.call("POST", "/v1/posts", json=body)
    api.world.deliver_due()
    post: str = answer.json["postSubmissionId"]
    return post


def _collect(api: ApiClient, after: timedelta = timedelta(hours=6)) -> None:
    api.world.advance(after)
    api.world.sweep()
    api.world.deliver_due()


def _read(api: ApiClient, path: str, **query: str) -> Any:
    answer = api.call("GET", f"{path}?{urlencode(query)}")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_post_shows_its_numbers_and_what_is_not_offered(
    api: ApiClient, counters: Counters
) -> None:
    post = _publish(api, "Hello", "threads", "x")
    pending = _read(api, f"/v1/posts/{post}/metrics")["platforms"]
    assert {each["platform"]: each["status"] for each in pending} == {
        "threads": "pending",
        "x": "not_offered",
    }
    _collect(api)
    answer = _read(api, f"/v1/posts/{post}/metrics")
    threads, x = answer["platforms"]
    assert threads["metrics"] == {"likes": 5, "reach": 9, "shares": None}
    assert threads["status"] == "available"
    assert [each["metrics"]["likes"] for each in threads["series"]] == [5]
    assert (x["metrics"], x["message"]) == ({}, "X gives no numbers of posts.")
    assert answer["totals"] == {"likes": 5}


def test_numbers_are_read_again_on_request_but_not_all_the_time(
    api: ApiClient, counters: Counters
) -> None:
    post = _publish(api, "Hello", "threads")
    assert api.call("POST", f"/v1/posts/{post}/metrics/refresh").status_code == 202
    api.world.deliver_due()
    assert _read(api, f"/v1/posts/{post}/metrics")["totals"] == {"likes": 5}
    again = api.call("POST", f"/v1/posts/{post}/metrics/refresh")
    assert (again.status_code, again.json["error"]["code"]) == (409, "invalid_state")
    assert "Try again in 900 s" in again.json["error"]["message"]
    api.world.advance(timedelta(minutes=15))
    assert api.call("POST", f"/v1/posts/{post}/metrics/refresh").status_code == 202
    api.world.deliver_due()
    assert len(counters.calls) == 2


def test_a_post_that_is_not_live_has_no_numbers(api: ApiClient, counters: Counters) -> None:
    body = {"post": {"content": {"text": "Later", "platform": "threads"}}, "draft": True}
    post = api.call("POST", "/v1/posts", json=body).json["postSubmissionId"]
    assert _read(api, f"/v1/posts/{post}/metrics")["platforms"] == []
    refused = api.call("POST", f"/v1/posts/{post}/metrics/refresh")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "invalid_state")


def test_another_users_numbers_do_not_exist(api: ApiClient, counters: Counters) -> None:
    post = _publish(api, "Hello", "threads")
    api.world.parts.db.document(f"postSubmissions/{post}").update({"userId": "bob"})
    assert api.call("GET", f"/v1/posts/{post}/metrics").status_code == 404
    assert api.call("POST", f"/v1/posts/{post}/metrics/refresh").status_code == 404


@pytest.mark.full
def test_growth_by_day_platform_and_account(api: ApiClient, counters: Counters) -> None:
    _publish(api, "Hello", "threads")
    _collect(api)
    first = f"{clock.now():%Y-%m-%d}"
    _publish(api, "Again", "threads")
    _collect(api, DAY)
    today = f"{clock.now():%Y-%m-%d}"
    days = _read(api, "/v1/metrics", **{"from": first, "to": today})
    assert [(each["day"], each["metrics"]["likes"]) for each in days["data"]] == [
        (first, 5),
        (today, 5),
    ]
    assert days["totals"]["likes"] == 10
    [one] = _read(api, "/v1/metrics", groupBy="platform")["data"]
    assert (one["platform"], one["metrics"]["likes"]) == ("threads", 10)
    [one] = _read(api, "/v1/metrics", groupBy="account", accountId="threads_main")["data"]
    assert (one["accountId"], one["metrics"]["likes"]) == ("threads_main", 10)
    assert _read(api, "/v1/metrics", platform="x", groupBy="account")["data"] == []
    assert len(_read(api, "/v1/metrics")["data"]) == 30


def test_growth_as_a_table(api: ApiClient, counters: Counters) -> None:
    _publish(api, "Hello", "threads")
    _collect(api)
    answer = api.call("GET", "/v1/metrics?groupBy=account", headers={"Accept": "text/csv"})
    assert answer.mimetype == "text/csv"
    names, line = csv.reader(io.StringIO(answer.text))
    assert dict(zip(names, line, strict=True)) == {
        "platform": "threads",
        "accountId": "threads_main",
        "impressions": "0",
        "likes": "5",
        "comments": "0",
        "shares": "0",
        "saves": "0",
        "videoViews": "0",
        "linkClicks": "0",
        "followers": "",
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
        ({"from": "2020-01-01", "to": "2026-03-01"}, "from"),
        ({"to": "9999-01-01"}, "to"),
        ({"to": "0001-01-01"}, "to"),
        ({"groupBy": "week"}, "groupBy"),
        ({"platform": "myspace"}, "platform"),
        ({"since": "2026-03-01"}, "since"),
    ],
)
def test_bad_ranges_are_refused(api: ApiClient, query: dict[str, str], field: str) -> None:
    answer = api.call("GET", f"/v1/metrics?{urlencode(query)}")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "validation_error")
    assert answer.json["error"]["details"][0]["field"] == field
