"""The twin of Threads answers as its documentation says: reads, refusals and tokens."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared import clock
from tests.consent import decide
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.threads.client import (
    API,
    DAY,
    TOKEN,
    create,
    get,
    is_not_found_race,
    make,
    publish,
    visible,
)

# Reading.


def test_the_permalink_of_a_post_has_its_shortcode(threads: FlaskClient) -> None:
    post_id = make(threads, "Hello")
    fields = "id,permalink,shortcode,timestamp,media_type,text"
    answer = get(threads, f"{API}/{post_id}", fields=fields).json
    expected = f"https://www.threads.com/@ada_writes/post/{answer['shortcode']}"
    assert (answer["permalink"], answer["text"]) == (expected, "Hello")
    assert answer["timestamp"].endswith("+0000")


@pytest.mark.parametrize("field", ["status_code", "caption"])
def test_unknown_fields_are_refused(threads: FlaskClient, field: str) -> None:
    for node in (create(threads, "Hello").json["id"], make(threads, "Hello"), "me"):
        answer = get(threads, f"{API}/{node}", fields=field)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)


def test_the_list_is_newest_first_with_cursors(threads: FlaskClient) -> None:
    ids = [make(threads, f"number {n}") for n in range(3)]
    first = get(threads, f"{API}/me/threads", fields="id,text", limit="2").json
    assert [entry["id"] for entry in first["data"]] == [ids[2], ids[1]]
    after = first["paging"]["cursors"]["after"]
    assert "ada-access" not in first["paging"]["next"]
    second = get(threads, f"{API}/me/threads", limit="2", after=after).json
    assert [entry["id"] for entry in second["data"]] == [ids[0]]
    assert "next" not in second["paging"]
    before = second["paging"]["cursors"]["before"]
    back = get(threads, f"{API}/me/threads", limit="2", before=before).json
    assert [entry["id"] for entry in back["data"]] == [ids[2], ids[1]]
    assert get(threads, f"{API}/me/threads", limit="0").status_code == 400
    assert get(threads, f"{API}/me/threads", after="x").status_code == 400


def test_the_list_starts_at_since_and_can_lag(threads: FlaskClient, offset: MovableOffset) -> None:
    make(threads, "old")
    offset.moved = 120
    since = str(int((clock.now() - timedelta(seconds=60)).timestamp()))
    new = make(threads, "new")
    listed = get(threads, f"{API}/me/threads", since=since).json["data"]
    assert [entry["id"] for entry in listed] == [new]
    threads.post("/_sim/lag", json={"seconds": 30})
    assert get(threads, f"{API}/me/threads", since=since).json["data"] == []
    offset.moved = 151
    assert len(get(threads, f"{API}/me/threads", since=since).json["data"]) == 1


def test_the_profile_is_that_of_the_token(threads: FlaskClient) -> None:
    answer = get(threads, f"{API}/me", fields="id,username").json
    assert answer == {"id": "17841405793187218", "username": "ada_writes"}


@pytest.mark.parametrize("user", ["17841405793187219", "ada_writes"])
def test_another_users_id_is_not_found(threads: FlaskClient, user: str) -> None:
    form = {"media_type": "TEXT", "text": "Hello"} | TOKEN
    assert is_not_found_race(threads.post(f"{API}/{user}/threads", data=form))
    assert is_not_found_race(get(threads, f"{API}/{user}/threads"))


def test_quota_usage_is_counted_and_only_a_fault_exhausts_it(
    threads: FlaskClient, offset: MovableOffset
) -> None:
    fields = "quota_usage,config,reply_quota_usage,delete_quota_usage"
    path = f"{API}/me/threads_publishing_limit"
    parent = make(threads, "Hello")
    make(threads, "re", reply_to_id=parent)
    threads.delete(f"{API}/{make(threads, 'gone')}", query_string=TOKEN)
    assert get(threads, path, fields=fields).json == {
        "data": [
            {
                "quota_usage": 2,
                "config": {"quota_total": 250, "quota_duration": 86400},
                "reply_quota_usage": 1,
                "delete_quota_usage": 1,
            }
        ]
    }
    threads.post("/_sim/faults", json={"match": f"GET {path}", "mode": "quota"})
    assert get(threads, path).json["data"] == [{"quota_usage": 250}]
    offset.moved = DAY + 1
    assert get(threads, path).json["data"] == [{"quota_usage": 0}]


def test_more_than_250_posts_are_accepted_without_a_fault(threads: FlaskClient) -> None:
    for n in range(251):
        make(threads, f"number {n}")
    assert len(visible(threads)) == 251


def test_deleting_needs_the_scope_and_a_post_of_the_account(threads: FlaskClient) -> None:
    post_id = make(threads, "Hello")
    foreign = threads.delete(f"{API}/{post_id}?access_token=bob-access")
    assert (foreign.status_code, visible(threads)) == (400, ["Hello"])
    answer = threads.delete(f"{API}/{post_id}", query_string=TOKEN)
    assert answer.json == {"success": True, "deleted_id": post_id}
    assert visible(threads) == []
    account = {"accountId": "cy", "username": "cy", "accessToken": "cy-access"}
    scopes = {"scopes": ["threads_basic", "threads_content_publish"]}
    threads.post("/_sim/accounts", json=account | scopes)
    container = create(threads, "Mine", access_token="cy-access").json["id"]
    own = publish(threads, container, access_token="cy-access").json["id"]
    refused = threads.delete(f"{API}/{own}?access_token=cy-access")
    assert (refused.status_code, refused.json["error"]["code"]) == (403, 10)


# Refusals of the whole request.


def test_a_missing_token_and_an_unknown_one_are_different_errors(threads: FlaskClient) -> None:
    missing = threads.get(f"{API}/me")
    unknown = threads.get(f"{API}/me?access_token=unknown")
    assert (missing.status_code, missing.json["error"]["code"]) == (400, 104)
    assert (unknown.status_code, unknown.json["error"]["code"]) == (401, 190)


def test_unknown_paths_and_methods(threads: FlaskClient) -> None:
    path = threads.post(f"{API}/me/thread", data=TOKEN)
    node = get(threads, f"{API}/123")
    method = threads.put(f"{API}/me/threads", data=TOKEN)
    assert (path.status_code, path.json["error"]["code"]) == (400, 2500)
    assert (node.json["error"]["code"], node.json["error"]["error_subcode"]) == (100, 33)
    assert (method.status_code, method.json["error"]["type"]) == (400, "OAuthException")


def test_every_answer_carries_the_usage_headers(threads: FlaskClient) -> None:
    for answer in (create(threads, "Hello"), create(threads, ""), threads.get("/nowhere")):
        assert "call_count" in answer.headers["X-App-Usage"]
        assert "estimated_time_to_regain_access" in answer.headers["X-Business-Use-Case-Usage"]


# Tokens.


def refresh(threads: FlaskClient, token: str) -> Any:
    query = {"grant_type": "th_refresh_token", "access_token": token}
    return threads.get("/refresh_access_token", query_string=query)


def test_a_refresh_gives_a_new_token_beside_the_old_one(threads: FlaskClient) -> None:
    answer = refresh(threads, "ada-access")
    assert answer.status_code == 200
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("bearer", 5183944)
    for token in (answer.json["access_token"], "ada-access"):
        assert threads.get(f"{API}/me?access_token={token}").status_code == 200


def test_a_refreshed_token_must_be_a_day_old_for_the_next_refresh(
    threads: FlaskClient, offset: MovableOffset
) -> None:
    token = refresh(threads, "ada-access").json["access_token"]
    young = refresh(threads, token)
    assert (young.status_code, young.json["error"]["code"]) == (400, 100)
    offset.moved = DAY + 1
    assert refresh(threads, token).status_code == 200


def test_a_login_code_becomes_a_short_token_and_then_a_long_one(threads: FlaskClient) -> None:
    client = {"client_id": "app", "redirect_uri": "https://soku.example/callback"}
    query = client | {"response_type": "code", "scope": "threads_basic", "state": "s1"}
    location = decide(threads, "/oauth/authorize", query).headers["Location"]
    assert location.endswith("&state=s1#_")
    code = location.partition("code=")[2].partition("&")[0]
    form = client | {"client_secret": "s", "grant_type": "authorization_code", "code": code}
    short = threads.post("/oauth/access_token", data=form)
    assert short.json["user_id"] == 17841405793187218
    assert threads.post("/oauth/access_token", data=form).status_code == 400
    grant = {"grant_type": "th_exchange_token", "client_secret": "s"}
    token = {"access_token": short.json["access_token"]}
    assert refresh(threads, token["access_token"]).status_code == 400
    long = threads.get("/access_token", query_string=grant | token)
    assert (long.status_code, long.json["expires_in"]) == (200, 5183944)
    assert threads.get("/access_token", query_string=token).status_code == 400
    assert threads.get("/access_token", query_string=grant | TOKEN).status_code == 400


def test_a_token_can_be_inspected(threads: FlaskClient) -> None:
    data = get(threads, f"{API}/debug_token", input_token="ada-access").json["data"]
    assert (data["is_valid"], data["user_id"]) == (True, "17841405793187218")
    assert "threads_delete" in data["scopes"]
    assert data["expires_at"] > data["issued_at"]
    unknown = get(threads, f"{API}/debug_token", input_token="unknown").json["data"]
    assert unknown["is_valid"] is False
