"""The twin of X answers as its documentation says: reads and refusals."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from shared import clock
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.x.client import BEARER, post, visible

# Reading.


def test_lookups_answer_200_and_name_what_is_missing(x: FlaskClient) -> None:
    post_id = post(x, "Hello").json["data"]["id"]
    both = x.get(f"/2/tweets?ids={post_id},456", headers=BEARER)
    assert both.status_code == 200
    assert [entry["id"] for entry in both.json["data"]] == [post_id]
    [error] = both.json["errors"]
    assert (error["resource_id"], error["title"]) == ("456", "Not Found Error")
    assert error["detail"] == "Could not find tweet with id: [456]."
    one = x.get("/2/tweets/456", headers=BEARER)
    assert (one.status_code, "data" in one.json) == (200, False)
    assert x.get("/2/tweets?ids=abc", headers=BEARER).status_code == 400
    assert x.get("/2/tweets", headers=BEARER).status_code == 400


def test_the_timeline_is_newest_first_and_comes_in_pages(x: FlaskClient) -> None:
    ids = [post(x, f"number {n}").json["data"]["id"] for n in range(7)]
    first = x.get("/2/users/1001/tweets?max_results=5", headers=BEARER).json
    assert [entry["id"] for entry in first["data"]] == ids[:1:-1]
    assert first["meta"]["result_count"] == 5
    query = {"max_results": "5", "pagination_token": first["meta"]["next_token"]}
    second = x.get("/2/users/1001/tweets", query_string=query, headers=BEARER).json
    assert [entry["id"] for entry in second["data"]] == ids[1::-1]
    assert "next_token" not in second["meta"]


def test_the_timeline_starts_where_it_is_told_and_leaves_out_replies(
    x: FlaskClient, offset: MovableOffset
) -> None:
    old = post(x, "old").json["data"]["id"]
    offset.moved = 120
    start = clock.now() - timedelta(seconds=60)
    new = post(x, "new").json["data"]["id"]
    post(x, "reply", reply={"in_reply_to_tweet_id": old})
    query = {
        "max_results": "10",
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "exclude": "retweets,replies",
        "tweet.fields": "created_at,entities,attachments,text",
    }
    page = x.get("/2/users/1001/tweets", query_string=query, headers=BEARER).json
    assert [entry["id"] for entry in page["data"]] == [new]
    assert datetime.fromisoformat(page["data"][0]["created_at"]) > start


@pytest.mark.parametrize(
    "query",
    [
        "max_results=4",
        "max_results=101",
        "start_time=yesterday",
        "start_time=2026-13-45T00:00:00Z",
        "exclude=quotes",
        "tweet.fields=created",
        "post.fields=created",
        "expansions=author",
        "user.fields=shoe_size",
        "media.fields=shoe_size",
        "place.fields=shoe_size",
        "pagination_token=x",
    ],
)
def test_a_timeline_asked_for_wrongly_is_refused(x: FlaskClient, query: str) -> None:
    answer = x.get(f"/2/users/1001/tweets?{query}", headers=BEARER)
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json["errors"][0]["parameters"]


def test_an_empty_timeline_has_no_data_and_an_unknown_user_is_an_error(x: FlaskClient) -> None:
    assert x.get("/2/users/1001/tweets", headers=BEARER).json == {"meta": {"result_count": 0}}
    unknown = x.get("/2/users/77/tweets", headers=BEARER)
    assert (unknown.status_code, "errors" in unknown.json) == (200, True)


def test_a_lagging_timeline_shows_a_post_later_and_lookups_at_once(
    x: FlaskClient, offset: MovableOffset
) -> None:
    x.post("/_sim/lag", json={"seconds": 30})
    post_id = post(x, "Hello").json["data"]["id"]
    assert x.get("/2/users/1001/tweets", headers=BEARER).json["meta"]["result_count"] == 0
    assert x.get(f"/2/tweets/{post_id}", headers=BEARER).json["data"]["id"] == post_id
    assert visible(x) == ["Hello"]
    offset.moved = 31
    assert x.get("/2/users/1001/tweets", headers=BEARER).json["meta"]["result_count"] == 1


def test_the_own_profile_gives_the_fields_asked_for(x: FlaskClient) -> None:
    plain = x.get("/2/users/me", headers=BEARER).json["data"]
    assert plain == {"id": "1001", "name": "ada_writes", "username": "ada_writes"}
    asked = x.get("/2/users/me?user.fields=verified", headers=BEARER).json["data"]
    assert asked["verified"] is False
    assert x.get("/2/users/me?user.fields=shoe_size", headers=BEARER).status_code == 400


# Refusals of the whole request.


@pytest.mark.parametrize(
    "header", [None, "Bearer unknown", "Basic YTpi", "ada-access", "Bearer ada-refresh"]
)
def test_without_a_live_access_token_nothing_is_done(x: FlaskClient, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = x.post("/2/tweets", json={"text": "Hello"}, headers=headers)
    assert answer.status_code == 401
    assert answer.json == {
        "title": "Unauthorized",
        "type": "about:blank",
        "status": 401,
        "detail": "Unauthorized",
    }
    assert visible(x) == []


def test_wrong_paths_and_methods_get_a_flat_problem(x: FlaskClient) -> None:
    path = x.post("/1.1/statuses/update.json", headers=BEARER)
    method = x.put("/2/tweets", headers=BEARER)
    assert (path.status_code, path.json["title"], path.json["status"]) == (404, "Not Found", 404)
    assert (method.status_code, method.json["status"]) == (405, 405)


def test_every_answer_carries_the_rate_limit_headers(x: FlaskClient) -> None:
    for answer in (post(x, "Hello"), post(x, "Hello"), x.get("/2/nowhere")):
        assert int(answer.headers["x-rate-limit-limit"]) > 0
        assert int(answer.headers["x-rate-limit-remaining"]) > 0
        reset = datetime.fromtimestamp(int(answer.headers["x-rate-limit-reset"]), UTC)
        assert timedelta(0) < reset - clock.now() <= timedelta(minutes=15)


def test_scopes_that_were_not_granted_are_missed(x: FlaskClient) -> None:
    reader = {"accountId": "reader", "username": "r", "accessToken": "r-access"}
    scopes = {"scopes": ["tweet.read", "users.read"]}
    assert x.post("/_sim/accounts", json=reader | scopes).status_code == 201
    headers = {"Authorization": "Bearer r-access"}
    assert x.get("/2/users/me", headers=headers).status_code == 200
    assert x.post("/2/tweets", json={"text": "Hello"}, headers=headers).status_code == 403
