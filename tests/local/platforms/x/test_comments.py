"""The twin of X shows replies and mentions as its documentation says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared import clock
from tests.local.platforms.x.client import BEARER, post, visible

FIELDS = "author_id,conversation_id,entities,in_reply_to_user_id,referenced_tweets"
MENTIONS, SEARCH = "/2/users/1001/mentions", "/2/tweets/search/recent"


def _write(x: FlaskClient, **fields: Any) -> str:
    answer = x.post("/_sim/comments", json=fields)
    assert answer.status_code == 201
    return str(answer.json["id"])


def _get(x: FlaskClient, path: str, **query: str) -> Any:
    return x.get(path, query_string=query, headers=BEARER)


def _ids(answer: Any) -> list[str]:
    return [entry["id"] for entry in answer.json.get("data", [])]


def _hide(x: FlaskClient, post_id: str, body: Any, bearer: dict[str, str] = BEARER) -> Any:
    return x.put(f"/2/tweets/{post_id}/hidden", json=body, headers=bearer)


@pytest.fixture
def post_id(x: FlaskClient) -> str:
    return str(post(x, "Hello").json["data"]["id"])


def test_a_reply_names_whom_it_answers_and_is_a_mention(x: FlaskClient, post_id: str) -> None:
    first = _write(x, postId=post_id, text="Nice", author="tom")
    nested = _write(x, parentId=first, text="Indeed", author="jerry")
    elsewhere = _write(x, accountId="ada", text="Look @ada_writes")
    _write(x, accountId="bob", text="Look @bob_reads")
    query = {"tweet.fields": FIELDS, "expansions": "author_id", "user.fields": "username"}
    answer = _get(x, MENTIONS, **query)
    assert _ids(answer) == [elsewhere, nested, first]
    reply = answer.json["data"][1]
    assert reply["text"] == "@tom @ada_writes Indeed"
    assert reply["conversation_id"] == post_id
    assert reply["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    assert [name["username"] for name in reply["entities"]["mentions"]] == ["ada_writes"]
    users = {user["id"]: user["username"] for user in answer.json["includes"]["users"]}
    assert users[reply["author_id"]] == "jerry"
    assert answer.json["data"][2]["in_reply_to_user_id"] == "1001"


def test_mentions_come_in_pages_and_begin_after_an_id(x: FlaskClient, post_id: str) -> None:
    written = [_write(x, postId=post_id, text=f"{number}") for number in range(7)]
    first = _get(x, MENTIONS, max_results="5")
    assert _ids(first) == written[:1:-1]
    meta = first.json["meta"]
    assert (meta["newest_id"], meta["oldest_id"]) == (written[6], written[2])
    rest = _get(x, MENTIONS, max_results="5", pagination_token=meta["next_token"])
    assert _ids(rest) == written[1::-1]
    assert _get(x, MENTIONS, since_id=written[6]).json == {"meta": {"result_count": 0}}
    start = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    both = _get(x, MENTIONS, since_id=written[6], start_time=start)
    assert (both.status_code, _get(x, MENTIONS, max_results="4").status_code) == (400, 400)
    assert _get(x, "/2/users/77/mentions").json.keys() == {"errors"}


def test_only_the_newest_800_mentions_can_be_reached(x: FlaskClient, post_id: str) -> None:
    written = x.post("/_sim/comments", json={"postId": post_id, "text": "n", "count": 801})
    until = written.json["ids"][2]
    assert _ids(_get(x, MENTIONS, until_id=until)) == [written.json["ids"][1]]


def test_a_search_finds_a_conversation_of_the_last_week(x: FlaskClient, post_id: str) -> None:
    other = post(x, "Other").json["data"]["id"]
    first = _write(x, postId=post_id, text="One", author="tom")
    elsewhere = _write(x, postId=other, text="Two")
    _write(x, postId=post_id, text="Old", secondsAgo=8 * 86400)
    conversation = f"conversation_id:{post_id}"
    assert _ids(_get(x, SEARCH, query=conversation)) == [first, post_id]
    assert _ids(_get(x, SEARCH, query=f"{conversation} -from:ada_writes")) == [first]
    assert _ids(_get(x, SEARCH, query=f"{conversation} from:tom")) == [first]
    either = f"in_reply_to_tweet_id:{post_id} OR in_reply_to_tweet_id:{other}"
    assert _ids(_get(x, SEARCH, query=either)) == [elsewhere, first]
    for _ in range(10):
        _write(x, postId=post_id, text="More")
    page = _get(x, SEARCH, query=conversation, max_results="10")
    token = page.json["meta"]["next_token"]
    assert _ids(_get(x, SEARCH, query=conversation, next_token=token)) == [first, post_id]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"query": "conversation_id:1" + " OR conversation_id:1" * 30},
        {"query": "has:links"},
        {"query": "from:ada", "max_results": "9"},
        {"query": "from:ada", "start_time": "2020-01-01T00:00:00Z"},
        {"query": "from:ada", "next_token": "x"},
        {"query": "from:ada", "exclude": "replies"},
    ],
)
def test_a_search_asked_for_wrongly_is_refused(x: FlaskClient, query: dict[str, str]) -> None:
    assert _get(x, SEARCH, **query).status_code == 400


def test_a_reply_to_a_comment_is_a_comment_of_the_account(x: FlaskClient, post_id: str) -> None:
    comment = _write(x, postId=post_id, text="Nice", author="tom")
    answer = post(x, "Thanks", reply={"in_reply_to_tweet_id": comment})
    assert answer.status_code == 201
    reply = answer.json["data"]
    assert reply["text"] == "@tom Thanks"
    assert _ids(_get(x, "/2/users/1001/tweets")) == [reply["id"], post_id]
    assert _ids(_get(x, "/2/tweets", ids=f"{reply['id']},{comment}")) == [reply["id"], comment]
    assert _ids(_get(x, MENTIONS)) == [comment]
    assert visible(x) == ["Hello"]
    assert x.get(f"/_sim/posts/{post_id}/metrics").json["comments"] == 2
    again = post(x, "Thanks", reply={"in_reply_to_tweet_id": comment})
    assert again.status_code == 403
    assert "duplicate" in again.json["detail"]
    bob = {"Authorization": "Bearer bob-access"}
    stranger = {"text": "Hi", "reply": {"in_reply_to_tweet_id": comment}}
    assert x.post("/2/tweets", json=stranger, headers=bob).status_code == 403
    assert x.delete(f"/2/tweets/{comment}", headers=BEARER).status_code == 403
    assert x.delete(f"/2/tweets/{reply['id']}", headers=BEARER).json == {"data": {"deleted": True}}
    assert _ids(_get(x, "/2/users/1001/tweets")) == [post_id]


def test_a_person_who_left_has_an_id_and_no_name(x: FlaskClient, post_id: str) -> None:
    _write(x, postId=post_id, text="Nice", author="", name="")
    answer = _get(x, MENTIONS, **{"tweet.fields": FIELDS, "expansions": "author_id"})
    assert answer.json["data"][0]["author_id"].isdigit()
    assert answer.json["includes"]["users"] == []


def test_replies_are_hidden_by_the_author_of_the_conversation(x: FlaskClient, post_id: str) -> None:
    comment = _write(x, postId=post_id, text="Nice")
    assert _hide(x, comment, {"hidden": True}).json == {"data": {"hidden": True}}
    assert x.get("/_sim/comments").json[0]["hidden"] is True
    assert _hide(x, comment, {"hidden": False}).json == {"data": {"hidden": False}}
    assert _hide(x, comment, {"hidden": "yes"}).status_code == 400
    assert _hide(x, comment, {}).status_code == 400
    assert _hide(x, "17", {"hidden": True}).status_code == 404
    mention = _write(x, accountId="ada", text="Look @ada_writes")
    assert _hide(x, mention, {"hidden": True}).status_code == 403
    bob = {"Authorization": "Bearer bob-access"}
    assert _hide(x, comment, {"hidden": True}, bob).status_code == 403
    account = {"accountId": "cy", "username": "cy", "accessToken": "cy-access"}
    x.post("/_sim/accounts", json={**account, "scopes": ["tweet.read", "users.read"]})
    cy = {"Authorization": "Bearer cy-access"}
    assert _hide(x, comment, {"hidden": True}, cy).status_code == 403
