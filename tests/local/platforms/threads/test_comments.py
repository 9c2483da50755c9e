"""The twin of Threads shows replies and mentions as its documentation says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.threads.client import API, TOKEN, create, get, make

FIELDS = "id,text,username,replied_to,root_post,is_reply_owned_by_me,hide_status"


def _error(answer: Any) -> tuple[int, int, int | None]:
    error = answer.json["error"]
    return answer.status_code, error["code"], error.get("error_subcode")


def _write(threads: FlaskClient, **fields: Any) -> str:
    answer = threads.post("/_sim/comments", json=fields)
    assert answer.status_code == 201
    return str(answer.json["id"])


def _without(threads: FlaskClient, *missing: str) -> dict[str, str]:
    """The token of ada without some permissions."""
    scopes = {
        "threads_basic",
        "threads_content_publish",
        "threads_read_replies",
        "threads_manage_replies",
        "threads_manage_mentions",
    }
    account = {"accountId": "ada", "username": "ada_writes", "accessToken": "ada-access"}
    body = {**account, "scopes": sorted(scopes - set(missing))}
    assert threads.post("/_sim/accounts", json=body).status_code == 201
    return TOKEN


@pytest.fixture
def post_id(threads: FlaskClient) -> str:
    return make(threads, "Hello")


def test_a_conversation_has_all_replies_and_replies_have_the_direct_ones(
    threads: FlaskClient, post_id: str
) -> None:
    first = _write(threads, postId=post_id, text="One")
    nested = _write(threads, parentId=first, text="Two")
    last = _write(threads, postId=post_id, text="Three")
    listed = get(threads, f"{API}/{post_id}/conversation", fields=FIELDS).json["data"]
    assert [entry["id"] for entry in listed] == [last, nested, first]
    assert listed[1]["replied_to"] == {"id": first}
    assert {entry["root_post"]["id"] for entry in listed} == {post_id}
    query = {"reverse": "false", "limit": "2"}
    oldest = get(threads, f"{API}/{post_id}/conversation", **query).json
    assert [entry["id"] for entry in oldest["data"]] == [first, nested]
    after = oldest["paging"]["cursors"]["after"]
    rest = get(threads, f"{API}/{post_id}/conversation", after=after, **query).json["data"]
    assert [entry["id"] for entry in rest] == [last]
    direct = get(threads, f"{API}/{post_id}/replies").json["data"]
    assert [entry["id"] for entry in direct] == [last, first]
    below = get(threads, f"{API}/{first}/replies").json["data"]
    assert [entry["id"] for entry in below] == [nested]


def test_a_conversation_asked_for_wrongly_is_refused(threads: FlaskClient, post_id: str) -> None:
    comment = _write(threads, postId=post_id, text="One")
    own_reply = make(threads, "Mine", reply_to_id=post_id)
    for not_a_root in (comment, own_reply, "5"):
        assert _error(get(threads, f"{API}/{not_a_root}/conversation")) == (400, 100, 33)
    foreign = threads.get(f"{API}/{post_id}/conversation?access_token=bob-access")
    assert _error(foreign) == (400, 100, 33)
    path = f"{API}/{post_id}/conversation"
    assert _error(get(threads, path, before="MQ==", after="MQ==")) == (400, 100, None)
    assert _error(get(threads, path, fields="author")) == (400, 100, None)


def test_what_replies_answer_needs_a_permission(threads: FlaskClient, post_id: str) -> None:
    comment = _write(threads, postId=post_id, text="One")
    token = _without(threads, "threads_read_replies")
    for path in (f"{post_id}/conversation", f"{post_id}/replies", "me/replies"):
        assert _error(threads.get(f"{API}/{path}", query_string=token)) == (403, 10, None)
    assert get(threads, f"{API}/{comment}", fields="id,text").json["text"] == "One"
    assert _error(get(threads, f"{API}/{comment}", fields="id,replied_to")) == (403, 10, None)
    assert get(threads, f"{API}/me/mentions", fields="id,text").status_code == 200
    spoiled = get(threads, f"{API}/me/mentions", fields="id,root_post")
    assert _error(spoiled) == (500, 1, None)


def test_mentions_are_what_others_say_of_the_account(threads: FlaskClient, post_id: str) -> None:
    elsewhere = _write(threads, accountId="ada", text="Look", secondsAgo=600)
    below = _write(threads, postId=post_id, text="Hi @ada_writes")
    _write(threads, postId=post_id, text="Hi")
    _write(threads, accountId="bob", text="Look")
    listed = get(threads, f"{API}/me/mentions", fields="id,username,permalink").json["data"]
    assert [entry["id"] for entry in listed] == [below, elsewhere]
    assert listed[0]["permalink"].startswith("https://www.threads.com/@fan/post/")
    for since in ("1688540399", "4000000000"):
        assert _error(get(threads, f"{API}/me/mentions", since=since)) == (400, 100, None)
    assert get(threads, f"{API}/me/mentions", since="1688540400").status_code == 200
    token = _without(threads, "threads_manage_mentions")
    assert _error(threads.get(f"{API}/me/mentions", query_string=token)) == (403, 10, None)


def test_a_reply_to_a_comment_is_a_comment_of_the_account(
    threads: FlaskClient, post_id: str
) -> None:
    comment = _write(threads, postId=post_id, text="One")
    reply = make(threads, "Thanks", reply_to_id=comment)
    (entry,) = get(threads, f"{API}/me/replies", fields=FIELDS).json["data"]
    assert (entry["id"], entry["replied_to"]) == (reply, {"id": comment})
    assert (entry["username"], entry["is_reply_owned_by_me"]) == ("ada_writes", True)
    assert [post["text"] for post in threads.get("/_sim/posts").json] == ["Hello"]
    assert threads.get(f"/_sim/posts/{post_id}/metrics").json["comments"] == 2
    quota = get(threads, f"{API}/me/threads_publishing_limit", fields="reply_quota_usage").json
    assert quota["data"] == [{"reply_quota_usage": 1}]
    foreign = threads.delete(f"{API}/{comment}", query_string=TOKEN)
    assert _error(foreign) == (400, 100, 33)
    assert threads.delete(f"{API}/{reply}", query_string=TOKEN).json["success"]
    assert get(threads, f"{API}/me/replies").json["data"] == []
    assert create(threads, "Thanks", reply_to_id=reply).json["error"]["code"] == 24


def test_a_direct_reply_is_hidden_with_those_below(threads: FlaskClient, post_id: str) -> None:
    first = _write(threads, postId=post_id, text="One")
    nested = _write(threads, parentId=first, text="Two")
    other = _write(threads, postId=post_id, text="Three")
    path = f"{API}/{first}/manage_reply"
    assert threads.post(path, data={**TOKEN, "hide": "true"}).json == {"success": True}
    listed = get(threads, f"{API}/{post_id}/conversation", fields=FIELDS).json["data"]
    states = {entry["id"]: entry["hide_status"] for entry in listed}
    assert states == {first: "HIDDEN", nested: "HIDDEN", other: "NOT_HUSHED"}
    assert threads.post(path, data={**TOKEN, "hide": "false"}).json == {"success": True}
    assert _error(threads.post(path, data={**TOKEN, "hide": "maybe"})) == (400, 100, None)
    hide = {**TOKEN, "hide": "true"}
    below = threads.post(f"{API}/{nested}/manage_reply", data=hide)
    assert _error(below) == (400, 100, None)
    gone = threads.post(f"{API}/5/manage_reply", data=hide)
    assert _error(gone) == (400, 100, 33)
    _without(threads, "threads_manage_replies")
    assert _error(threads.post(path, data=hide)) == (403, 10, None)
