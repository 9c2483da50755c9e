"""The twin of Threads gives numbers as its documentation says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.threads.client import API, get, make


def _codes(answer: Any) -> tuple[int, str, int, int | None]:
    error = answer.json["error"]
    return answer.status_code, error["type"], error["code"], error.get("error_subcode")


@pytest.fixture
def post_id(threads: FlaskClient) -> str:
    number = make(threads, "Hello")
    counted = {"views": 9, "shares": 7, "likes": None}
    assert threads.post(f"/_sim/posts/{number}/metrics", json=counted).status_code == 200
    return number


def test_a_number_is_a_row_and_one_that_is_late_has_none(
    threads: FlaskClient, post_id: str
) -> None:
    query = {"metric": "views,likes,reposts,quotes,shares"}
    rows = get(threads, f"{API}/{post_id}/insights", **query).json["data"]
    values = {row["name"]: row["values"][0]["value"] for row in rows}
    assert values == {"views": 9, "reposts": 3, "quotes": 1, "shares": 3}


@pytest.mark.parametrize("metric", ["clicks", "views,saves", "", "followers_count"])
def test_a_post_has_no_other_metrics(threads: FlaskClient, post_id: str, metric: str) -> None:
    answer = get(threads, f"{API}/{post_id}/insights", metric=metric)
    assert _codes(answer) == (400, "OAuthException", 100, None)


def test_only_the_own_posts_are_counted(threads: FlaskClient, post_id: str) -> None:
    query = {"metric": "views", "access_token": "bob-access"}
    foreign = threads.get(f"{API}/{post_id}/insights", query_string=query)
    assert _codes(foreign) == (400, "THApiException", 100, 33)
    gone = get(threads, f"{API}/5/insights", metric="views")
    assert _codes(gone) == (400, "THApiException", 100, 33)


def test_numbers_of_a_profile(threads: FlaskClient, post_id: str) -> None:
    names = "views,replies,clicks,followers_count"
    path = f"{API}/me/threads_insights"
    rows = {row["name"]: row for row in get(threads, path, metric=names).json["data"]}
    assert rows["views"]["values"] == [{"value": 9}]
    assert rows["replies"]["total_value"] == {"value": 0}
    assert rows["clicks"]["link_total_values"] == []
    assert rows["followers_count"]["total_value"]["value"] >= 100
    early = get(threads, path, metric="views", since="1712991599")
    assert _codes(early)[2] == 100
    assert get(threads, path, metric="views", since="1712991600").status_code == 200
    assert _codes(get(threads, path, metric="shares"))[2] == 100


def test_numbers_need_a_permission(threads: FlaskClient) -> None:
    scopes = ["threads_basic"]
    account = {"accountId": "eve", "username": "eve", "accessToken": "eve", "scopes": scopes}
    assert threads.post("/_sim/accounts", json=account).status_code == 201
    for path in ("5/insights", "me/threads_insights"):
        query = {"metric": "views", "access_token": "eve"}
        answer = threads.get(f"{API}/{path}", query_string=query)
        assert _codes(answer)[2] == 10
