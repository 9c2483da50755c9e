"""The twin of Threads answers as its documentation says."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.threads.text import shown_text, text_units
from local.platforms.threads.twin import Threads
from shared import clock
from shared.platforms.threads import ABOUT
from tests.local.platforms.conftest import MovableOffset

API = f"/{ABOUT.api_version}"
TOKEN = {"access_token": "ada-access"}
DAY = 86400
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.fixture
def threads() -> Iterator[FlaskClient]:
    platform = Threads()
    platform.add_account("ada", "ada_writes", "ada-access", external_id="17841405793187218")
    platform.add_account("bob", "bob_reads", "bob-access")
    yield platform.app.test_client()


def get(threads: FlaskClient, path: str, **query: str) -> Any:
    return threads.get(path, query_string=TOKEN | query)


def create(threads: FlaskClient, text: str, **fields: str) -> Any:
    form = {"media_type": "TEXT", "text": text} | TOKEN | fields
    return threads.post(f"{API}/me/threads", data=form)


def publish(threads: FlaskClient, container: str, **fields: str) -> Any:
    form = {"creation_id": container} | TOKEN | fields
    return threads.post(f"{API}/me/threads_publish", data=form)


def make(threads: FlaskClient, text: str, **fields: str) -> str:
    """Create and publish; returns the id of the post."""
    return publish(threads, create(threads, text, **fields).json["id"]).json["id"]


def status(threads: FlaskClient, container: str) -> str:
    return get(threads, f"{API}/{container}", fields="status,error_message").json["status"]


def visible(threads: FlaskClient) -> list[str]:
    return [entry["text"] for entry in threads.get("/_sim/posts?account=ada").json]


def is_not_found_race(answer: Any) -> bool:
    error = answer.json.get("error", {})
    return (answer.status_code, error.get("code"), error.get("error_subcode")) == (
        400,
        24,
        4279009,
    )


# Creating and publishing.


def test_a_container_is_invisible_until_it_is_published(threads: FlaskClient) -> None:
    container = create(threads, "Hello").json["id"]
    assert get(threads, f"{API}/{container}", fields="status,error_message").json == {
        "status": "FINISHED",
        "id": container,
    }
    assert visible(threads) == []
    post_id = publish(threads, container).json["id"]
    assert post_id != container
    assert status(threads, container) == "PUBLISHED"
    [entry] = threads.get("/_sim/posts?account=ada").json
    assert (entry["id"], entry["text"], entry["requestCount"]) == (post_id, "Hello", 1)


def test_parameters_can_be_in_the_query_and_the_token_in_a_header(threads: FlaskClient) -> None:
    bearer = {"Authorization": "Bearer ada-access"}
    query = {"media_type": "TEXT", "text": "Hello", "no_such_parameter": "1"}
    container = threads.post(f"{API}/me/threads", query_string=query, headers=bearer).json["id"]
    creation = {"creation_id": container}
    answer = threads.post(f"{API}/me/threads_publish", query_string=creation, headers=bearer)
    assert (answer.status_code, visible(threads)) == (200, ["Hello"])


def test_a_published_container_makes_no_second_post(threads: FlaskClient) -> None:
    container = create(threads, "Hello").json["id"]
    publish(threads, container)
    assert publish(threads, container).status_code == 400
    [entry] = threads.get("/_sim/posts").json
    assert entry["requestCount"] == 2


def test_an_unknown_or_foreign_container_is_not_found(threads: FlaskClient) -> None:
    container = create(threads, "Hello").json["id"]
    unknown = publish(threads, "17889615691921000")
    assert is_not_found_race(unknown)
    assert unknown.json["error"]["is_transient"] is False
    assert unknown.json["error"]["error_user_msg"] == (
        "The media with id 17889615691921000 cannot be found."
    )
    assert is_not_found_race(publish(threads, container, access_token="bob-access"))
    assert visible(threads) == []


def test_the_publish_race_answers_not_found_that_many_times(threads: FlaskClient) -> None:
    threads.post("/_sim/publish_race", json={"times": 2})
    container = create(threads, "Hello").json["id"]
    answers = [publish(threads, container) for _ in range(3)]
    assert [is_not_found_race(answer) for answer in answers] == [True, True, False]
    assert (answers[2].status_code, visible(threads)) == (200, ["Hello"])
    assert threads.post("/_sim/publish_race", json={"times": -1}).status_code == 400


def test_a_container_expires_after_a_day(threads: FlaskClient, offset: MovableOffset) -> None:
    container = create(threads, "Hello").json["id"]
    offset.moved = DAY - 60
    assert status(threads, container) == "FINISHED"
    offset.moved = DAY + 1
    assert status(threads, container) == "EXPIRED"
    assert is_not_found_race(publish(threads, container))
    assert visible(threads) == []


@pytest.mark.parametrize("mode", ["processing_stuck", "processing_failed"])
def test_a_container_that_is_not_finished_cannot_be_published(
    threads: FlaskClient, offset: MovableOffset, mode: str
) -> None:
    fault = {"match": f"POST {API}/me/threads", "mode": mode}
    threads.post("/_sim/faults", json=fault)
    container = create(threads, "Hello").json["id"]
    expected = {
        "processing_stuck": {"status": "IN_PROGRESS", "id": container},
        "processing_failed": {"status": "ERROR", "error_message": "UNKNOWN", "id": container},
    }
    answer = get(threads, f"{API}/{container}", fields="status,error_message")
    assert (answer.status_code, answer.json) == (200, expected[mode])
    assert is_not_found_race(publish(threads, container))
    offset.moved = 2 * DAY
    still = {"processing_stuck": "IN_PROGRESS", "processing_failed": "EXPIRED"}
    assert status(threads, container) == still[mode]
    assert status(threads, create(threads, "Another").json["id"]) == "FINISHED"


def test_auto_publish_publishes_in_one_call(threads: FlaskClient) -> None:
    post_id = create(threads, "Hello", auto_publish_text="true").json["id"]
    [entry] = threads.get("/_sim/posts").json
    assert (entry["id"], entry["requestCount"]) == (post_id, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"media_type": "REEL"},
        {"media_type": ""},
        {"media_type": "text"},
        {"text": ""},
        {"text": "a" * 501},
        {"reply_control": "nobody"},
        {"topic_tag": "a.b"},
        {"topic_tag": "a" * 51},
        {"link_attachment": "example"},
        {"poll_attachment": '{"option_a": "one"}'},
    ],
)
def test_parameters_that_the_platform_refuses(threads: FlaskClient, fields: dict[str, str]) -> None:
    answer = create(threads, **({"text": "Hello"} | fields))
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)
    assert "id" not in answer.json


@pytest.mark.parametrize(
    ("text", "units"),
    [("a" * 5, 5), ("漢", 1), ("\U0001f600", 4), (FAMILY, 25), ("\u2764\ufe0f", 6)],
)
def test_emoji_count_by_their_bytes(text: str, units: int) -> None:
    assert text_units(text) == units


def test_500_units_are_accepted_and_more_refused(threads: FlaskClient) -> None:
    assert create(threads, "漢" * 500).status_code == 200
    assert create(threads, FAMILY * 20).status_code == 200
    refused = create(threads, FAMILY * 20 + "a")
    assert refused.status_code == 400
    assert "at most 500 characters" in refused.json["error"]["message"]


def test_more_than_five_different_links_are_refused(threads: FlaskClient) -> None:
    five = " ".join(f"https://example.com/{n}" for n in range(5))
    assert create(threads, five + " https://example.com/0").status_code == 200
    refused = create(threads, five, link_attachment="https://example.org/")
    assert refused.status_code == 400
    assert refused.json["error"]["message"] == "THREADS_API__LINK_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("text", "shown", "topic"),
    [
        ("About #python and #ruby", "About python and #ruby", "python"),
        ("See https://example.com/#part", "See https://example.com/#part", None),
        ("C# is # a note", "C# is # a note", None),
    ],
)
def test_the_first_tag_becomes_the_topic(text: str, shown: str, topic: str | None) -> None:
    assert shown_text(text, None) == (shown, topic)


def test_the_api_shows_the_text_without_the_topic_sign_and_the_feed_the_text_as_sent(
    threads: FlaskClient,
) -> None:
    post_id = make(threads, "About #python")
    answer = get(threads, f"{API}/{post_id}", fields="text,topic_tag").json
    assert answer == {"text": "About python", "topic_tag": "python", "id": post_id}
    assert visible(threads) == ["About #python"]
    other = make(threads, "About #ruby", topic_tag="code")
    assert get(threads, f"{API}/{other}", fields="text").json["text"] == "About #ruby"


def test_a_reply_needs_its_parent_and_has_a_separate_list(threads: FlaskClient) -> None:
    assert is_not_found_race(create(threads, "re", reply_to_id="1"))
    parent = make(threads, "Hello")
    reply = make(threads, "re", reply_to_id=parent)
    assert [p["id"] for p in get(threads, f"{API}/me/threads").json["data"]] == [parent]
    [listed] = get(threads, f"{API}/me/replies", fields="replied_to").json["data"]
    assert listed == {"replied_to": {"id": parent}, "id": reply}


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
    location = threads.get("/oauth/authorize", query_string=query).headers["Location"]
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
