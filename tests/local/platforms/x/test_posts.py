"""The twin of X answers as its documentation says: posts."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.x.text import weighted_length
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.x.client import BEARER, post, visible

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


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
