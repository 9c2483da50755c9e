"""The twin of X answers as its documentation says, byte for byte where it shows a body."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.x.text import weighted_length
from local.platforms.x.twin import X
from shared import clock
from tests.local.platforms.conftest import MovableOffset

BEARER = {"Authorization": "Bearer ada-access"}
CLIENT = {"client_id": "soku-client"}
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.fixture
def x() -> Iterator[FlaskClient]:
    platform = X()
    platform.add_account(
        "ada", "ada_writes", "ada-access", refresh_token="ada-refresh", external_id="1001"
    )
    platform.add_account("bob", "bob_reads", "bob-access", refresh_token="bob-refresh")
    yield platform.app.test_client()


def post(x: FlaskClient, text: str, **fields: Any) -> Any:
    return x.post("/2/tweets", json={"text": text, **fields}, headers=BEARER)


def visible(x: FlaskClient, account: str = "ada") -> list[str]:
    return [entry["text"] for entry in x.get(f"/_sim/posts?account={account}").json]


def refresh(x: FlaskClient, token: str, **kwargs: Any) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token, **CLIENT}
    return x.post("/2/oauth2/token", data=form, **kwargs)


# Creating a post.


def test_a_post_is_created_with_201_and_becomes_visible(x: FlaskClient) -> None:
    answer = post(x, "Hello")
    assert answer.status_code == 201
    post_id = answer.json["data"]["id"]
    assert answer.json == {
        "data": {"id": post_id, "text": "Hello", "edit_history_tweet_ids": [post_id]}
    }
    [entry] = x.get("/_sim/posts?account=ada").json
    assert (entry["id"], entry["accountId"], entry["text"]) == (post_id, "ada", "Hello")
    assert (entry["media"], entry["requestCount"]) == ([], 1)
    assert visible(x, "bob") == []


def test_the_api_answers_links_and_markup_rewritten_and_the_feed_as_sent(x: FlaskClient) -> None:
    text = "R&D <b> see example.com/a?b=c now"
    post_id = post(x, text).json["data"]["id"]
    data = x.get(f"/2/tweets/{post_id}?tweet.fields=entities", headers=BEARER).json["data"]
    [link] = data["entities"]["urls"]
    assert link["expanded_url"] == "http://example.com/a?b=c"
    assert link["url"].startswith("https://t.co/") and len(link["url"]) == 23
    assert data["text"] == f"R&amp;D &lt;b&gt; see {link['url']} now"
    assert data["text"][link["start"] : link["end"]] == link["url"]
    assert visible(x) == [text]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hi http://test.co", 26),
        ("http://test.co", 23),
        ("https://www.twitter.com/aloha " * 10, 240),
        ("漢" * 160, 320),
        ("the" + "漢" * 160, 323),
        ("A\u0301B", 2),
        ("H\U0001f431\u263a" + FAMILY, 7),
        ("\U0001f600" * 5, 10),
        ("\u270b\U0001f3fd\U0001f468\u200d\U0001f3a4", 4),
        ("1\u20e3", 2),
        (FAMILY * 140, 280),
        ("a" * 64 + ".com", 68),
        ("a@b.com", 7),
        ("日本example.com", 27),
    ],
)
def test_lengths_are_those_of_the_conformance_suite(text: str, length: int) -> None:
    assert weighted_length(text) == length


def test_a_text_of_280_is_taken_and_one_more_is_refused(x: FlaskClient) -> None:
    assert post(x, "a" * 280).status_code == 201
    refused = post(x, "漢" * 140 + "a")
    assert refused.status_code == 400
    assert refused.json["errors"][0]["message"] == "Your Tweet text is too long."
    assert refused.json["title"] == "Invalid Request"
    assert visible(x) == ["a" * 280]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"text": "Hello", "media_key": "3_1"}, "media_key"),
        ({"text": 5}, "text"),
        ({"text": ""}, "text"),
        ({}, "text"),
        ({"text": "a\ufeffb"}, "text"),
        ({"text": "a", "media": {"media_ids": ["188"]}}, "media.media_ids"),
        ({"text": "a", "media": {"media_ids": ["1", "2", "3", "4", "5"]}}, "media.media_ids"),
        ({"text": "a", "media": {"ids": ["1"]}}, "media.ids"),
        ({"text": "a", "poll": {"options": ["one"], "duration_minutes": 5}}, "poll.options"),
        (
            {"text": "a", "poll": {"options": ["one", "two"], "duration_minutes": 4}},
            "poll.duration_minutes",
        ),
        ({"text": "a", "poll": {"options": ["one", "two"]}}, "poll.duration_minutes"),
        ({"text": "a", "reply_settings": "everyone"}, "reply_settings"),
        ({"text": "a", "reply": {"in_reply_to_tweet_id": "abc"}}, "reply.in_reply_to_tweet_id"),
        (
            {
                "text": "a",
                "quote_tweet_id": "1",
                "poll": {"options": ["one", "two"], "duration_minutes": 5},
            },
            "poll",
        ),
    ],
)
def test_what_the_schema_does_not_allow_is_refused(
    x: FlaskClient, body: dict[str, Any], parameter: str
) -> None:
    answer = x.post("/2/tweets", json=body, headers=BEARER)
    assert answer.status_code == 400
    assert answer.json["type"] == "https://api.twitter.com/2/problems/invalid-request"
    assert parameter in answer.json["errors"][0]["parameters"]
    assert visible(x) == []


def test_unknown_media_are_refused_in_the_words_of_the_platform(x: FlaskClient) -> None:
    answer = post(x, "a", media={"media_ids": ["188"]})
    assert answer.json == {
        "errors": [
            {
                "parameters": {"media.media_ids": ["188"]},
                "message": "Your media IDs are invalid.",
            }
        ],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }


def test_options_that_the_platform_knows_are_taken(x: FlaskClient) -> None:
    poll = {"options": ["one", "two"], "duration_minutes": 10080}
    assert post(x, "Which?", poll=poll, reply_settings="mentionedUsers").status_code == 201
    post_id = x.get("/_sim/posts").json[0]["id"]
    fields = "tweet.fields=reply_settings"
    assert x.get(f"/2/tweets/{post_id}?{fields}", headers=BEARER).json["data"][
        "reply_settings"
    ] == ("mentionedUsers")


def test_a_body_that_is_no_json_object_is_refused(x: FlaskClient) -> None:
    form = x.post("/2/tweets", data={"text": "Hello"}, headers=BEARER)
    array = x.post("/2/tweets", json=["Hello"], headers=BEARER)
    assert (form.status_code, array.status_code) == (400, 400)
    assert array.json["errors"][0]["message"] == "Request body must be a JSON object."
    assert visible(x) == []


def test_a_second_cashtag_is_refused(x: FlaskClient) -> None:
    assert post(x, "$ABC rises").status_code == 201
    assert post(x, "$ABC and $DEF rise").status_code == 403
    assert visible(x) == ["$ABC rises"]


# Duplicates.


def test_the_same_text_again_is_refused_without_an_id(x: FlaskClient) -> None:
    post(x, "Hello")
    again = post(x, "Hello")
    assert again.status_code == 403
    assert again.json == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
    }
    [entry] = x.get("/_sim/posts").json
    assert entry["requestCount"] == 2
    other = x.post(
        "/2/tweets", json={"text": "Hello"}, headers={"Authorization": "bearer bob-access"}
    )
    assert other.status_code == 201


def test_the_duplicate_filter_forgets_after_ten_minutes(
    x: FlaskClient, offset: MovableOffset
) -> None:
    post(x, "Hello")
    offset.moved = 590
    assert post(x, "Hello").status_code == 403
    offset.moved = 601
    assert post(x, "Hello").status_code == 201


def test_the_duplicate_filter_can_be_switched_off_until_the_reset(x: FlaskClient) -> None:
    assert x.post("/_sim/duplicates", json={"refuse": False}).status_code == 200
    assert [post(x, "Hello").status_code for _ in range(2)] == [201, 201]
    assert x.post("/_sim/duplicates", json={"refuse": "no"}).status_code == 400
    x.post("/_sim/reset")
    assert [post(x, "Hello").status_code for _ in range(2)] == [201, 403]


# Replies, quotes, deleting.


def test_a_reply_to_an_own_post_belongs_to_its_conversation(x: FlaskClient) -> None:
    first = post(x, "one").json["data"]["id"]
    second = post(x, "two", reply={"in_reply_to_tweet_id": first}).json["data"]["id"]
    fields = "tweet.fields=referenced_tweets,conversation_id,in_reply_to_user_id"
    data = x.get(f"/2/tweets/{second}?{fields}", headers=BEARER).json["data"]
    assert data["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    assert (data["conversation_id"], data["in_reply_to_user_id"]) == (first, "1001")


def test_replies_and_quotes_need_a_post_that_mentions_us(x: FlaskClient) -> None:
    bob = {"Authorization": "Bearer bob-access"}
    plain = x.post("/2/tweets", json={"text": "Hi"}, headers=bob).json["data"]["id"]
    named = x.post("/2/tweets", json={"text": "Hi @Ada_Writes"}, headers=bob).json["data"]["id"]
    refused = post(x, "re", reply={"in_reply_to_tweet_id": plain})
    assert refused.status_code == 403
    assert refused.json["detail"].startswith("Reply to this conversation is not allowed because")
    assert post(x, "quote", quote_tweet_id=plain).status_code == 403
    assert post(x, "re", reply={"in_reply_to_tweet_id": named}).status_code == 201
    gone = post(x, "re 2", reply={"in_reply_to_tweet_id": "17"})
    assert gone.status_code == 404
    assert gone.json["type"].endswith("/resource-not-found")


def test_only_an_own_post_can_be_deleted_and_only_once(x: FlaskClient) -> None:
    post_id = post(x, "Hello").json["data"]["id"]
    other = x.delete(f"/2/tweets/{post_id}", headers={"Authorization": "Bearer bob-access"})
    assert (other.status_code, visible(x)) == (403, ["Hello"])
    deleted = x.delete(f"/2/tweets/{post_id}", headers=BEARER)
    assert (deleted.status_code, deleted.json) == (200, {"data": {"deleted": True}})
    assert visible(x) == []
    assert x.delete(f"/2/tweets/{post_id}", headers=BEARER).status_code == 404


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


# Tokens.


def test_a_refresh_rotates_both_tokens(x: FlaskClient) -> None:
    answer = refresh(x, "ada-refresh")
    assert answer.status_code == 200
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("bearer", 7200)
    new = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert x.get("/2/users/me", headers=new).status_code == 200
    again = refresh(x, "ada-refresh")
    assert again.status_code == 400
    assert again.json == {
        "error": "invalid_request",
        "error_description": "Value passed for the token was invalid.",
    }
    assert refresh(x, answer.json["refresh_token"]).status_code == 200


def test_the_token_endpoint_wants_a_client_in_the_body_or_a_basic_header(x: FlaskClient) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "ada-refresh"}
    nobody = x.post("/2/oauth2/token", data=form)
    assert (nobody.status_code, nobody.json["error"]) == (401, "unauthorized_client")
    assert nobody.json["error_description"] == "Missing valid authorization header"
    broken = x.post("/2/oauth2/token", data=form, headers={"Authorization": "Basic ???"})
    assert broken.status_code == 401
    assert x.post("/2/oauth2/token", data=form, auth=("soku-client", "s")).status_code == 200


def test_the_token_endpoint_refuses_what_is_not_a_grant(x: FlaskClient) -> None:
    json_body = {"grant_type": "refresh_token", "refresh_token": "ada-refresh"} | CLIENT
    assert x.post("/2/oauth2/token", json=json_body).status_code == 400
    password = x.post("/2/oauth2/token", data={"grant_type": "password"} | CLIENT)
    assert (password.status_code, password.json["error"]) == (400, "unsupported_grant_type")
    assert refresh(x, "ada-access").status_code == 400
    assert refresh(x, "ada-refresh").status_code == 200


def test_a_refresh_token_belongs_to_its_client(x: FlaskClient) -> None:
    account = {"accountId": "ada", "username": "a", "accessToken": "a", "refreshToken": "r"}
    x.post("/_sim/accounts", json=account | {"clientId": "another"})
    assert refresh(x, "r").status_code == 400
    form = {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "another"}
    assert x.post("/2/oauth2/token", data=form).status_code == 200


def authorize(x: FlaskClient, **changed: str) -> Any:
    query = {
        "response_type": "code",
        "client_id": "soku-client",
        "redirect_uri": "https://soku.example/callback",
        "scope": "tweet.read tweet.write users.read offline.access",
        "state": "s1",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",  # RFC 7636, appendix B
        "code_challenge_method": "S256",
    }
    return x.get("/i/oauth2/authorize", query_string=query | changed)


def exchange(x: FlaskClient, code: str, **changed: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://soku.example/callback",
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    return x.post("/2/oauth2/token", data=form | CLIENT | changed)


def code_of(answer: Any) -> str:
    return answer.headers["Location"].partition("&code=")[2]


def test_a_login_code_gives_tokens_once_and_within_30_seconds(
    x: FlaskClient, offset: MovableOffset
) -> None:
    answer = authorize(x, account="bob")
    assert answer.headers["Location"].startswith("https://soku.example/callback?state=s1&code=")
    tokens = exchange(x, code_of(answer))
    assert tokens.status_code == 200
    headers = {"Authorization": f"Bearer {tokens.json['access_token']}"}
    assert x.get("/2/users/me", headers=headers).json["data"]["username"] == "bob_reads"
    assert exchange(x, code_of(answer)).status_code == 400
    late = code_of(authorize(x))
    offset.moved = 31
    assert exchange(x, late).status_code == 400


def test_a_login_code_needs_the_verifier_and_the_address_it_was_made_for(x: FlaskClient) -> None:
    assert exchange(x, code_of(authorize(x)), code_verifier="wrong").status_code == 400
    other = exchange(x, code_of(authorize(x)), redirect_uri="https://other.example/")
    assert other.status_code == 400
    assert authorize(x, response_type="token").status_code == 400


def test_a_revoked_token_opens_nothing(x: FlaskClient) -> None:
    answer = x.post("/2/oauth2/revoke", data={"token": "ada-access"} | CLIENT)
    assert (answer.status_code, answer.json) == (200, {"revoked": True})
    assert post(x, "Hello").status_code == 401
    assert refresh(x, "ada-refresh").status_code == 200


def test_tokens_end_by_the_clock_only_when_told_to(x: FlaskClient, offset: MovableOffset) -> None:
    access = refresh(x, "ada-refresh").json["access_token"]
    headers = {"Authorization": f"Bearer {access}"}
    offset.moved = 10 * 365 * 86400
    assert x.get("/2/users/me", headers=headers).status_code == 200
    x.post("/_sim/lifetimes", json={"enforce": True})
    assert x.get("/2/users/me", headers=headers).status_code == 401
    assert x.get("/2/users/me", headers=BEARER).status_code == 200
