"""The twin of Instagram treats comments as its documentation says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.instagram.client import API, TOKEN, USER, get, make, refused
from tests.media import Shelf


@pytest.fixture
def post_id(instagram: FlaskClient, shelf: Shelf) -> str:
    return make(instagram, image_url=shelf.image().url)


def _write(instagram: FlaskClient, **fields: Any) -> str:
    answer = instagram.post("/_sim/comments", json={"text": "Nice", **fields})
    assert answer.status_code == 201, answer.text
    number: str = answer.json["id"]
    return number


def _send(instagram: FlaskClient, path: str, **form: str) -> Any:
    return instagram.post(f"{API}/{path}", data=TOKEN | form)


def _ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer.json["data"]]


def _without_the_permission(instagram: FlaskClient) -> None:
    account = {"accountId": "ada", "username": "ada_draws", "accessToken": "ada-access"}
    scopes = {"externalId": USER, "scopes": ["instagram_business_basic"]}
    assert instagram.post("/_sim/accounts", json=account | scopes).status_code == 201


def test_a_page_has_the_newest_fifty_first_comments(instagram: FlaskClient, post_id: str) -> None:
    oldest = _write(instagram, postId=post_id, secondsAgo=3600)
    _write(instagram, postId=post_id, count=60)
    _write(instagram, parentId=oldest)
    page = get(instagram, f"{post_id}/comments", limit="100", since="4000000000")
    assert len(_ids(page)) == 50
    after = page.json["paging"]["cursors"]["after"]
    rest = get(instagram, f"{post_id}/comments", limit="100", after=after)
    assert _ids(rest)[-1] == oldest
    assert len(_ids(rest)) == 11
    assert "next" not in rest.json["paging"]
    assert get(instagram, post_id, fields="comments_count").json["comments_count"] == 62


def test_replies_are_shown_only_when_they_are_asked_for(
    instagram: FlaskClient, post_id: str
) -> None:
    comment = _write(instagram, postId=post_id)
    replies = [_write(instagram, parentId=comment) for _ in range(3)]
    (plain,) = get(instagram, f"{post_id}/comments").json["data"]
    assert set(plain) == {"id", "text", "timestamp"}
    fields = "id,replies.limit(2){id,parent_id}"
    (expanded,) = get(instagram, f"{post_id}/comments", fields=fields).json["data"]
    embedded = expanded["replies"]
    assert [each["parent_id"] for each in embedded["data"]] == [comment] * 2
    after = embedded["paging"]["cursors"]["after"]
    rest = get(instagram, f"{comment}/replies", after=after)
    assert {*_ids(rest), *(each["id"] for each in embedded["data"])} == set(replies)
    for path, names in ((f"{post_id}/comments", "likes"), (comment, "replies.order(x){id}")):
        assert refused(get(instagram, path, fields=names)) == (400, 100, None)


def test_a_reply_to_a_reply_belongs_to_the_first_comment(
    instagram: FlaskClient, post_id: str
) -> None:
    comment = _write(instagram, postId=post_id)
    answer = _write(instagram, parentId=comment)
    reply = _send(instagram, f"{answer}/replies", message="Thanks").json["id"]
    shown = get(instagram, reply, fields="parent_id,username,from,user{id}").json
    assert shown["parent_id"] == comment
    assert shown["user"] == {"id": USER}
    assert shown["from"] == {"id": f"9{USER[1:]}", "username": "ada_draws"}
    assert "user" not in get(instagram, comment, fields="user,username").json


@pytest.mark.parametrize(
    "message", ["", "a" * 301, "#a #b #c #d #e", "https://a.example https://b.example"]
)
def test_a_text_that_is_no_comment_is_refused(
    instagram: FlaskClient, post_id: str, message: str
) -> None:
    comment = _write(instagram, postId=post_id)
    answer = _send(instagram, f"{comment}/replies", message=message)
    assert refused(answer) == (400, 100, None)


def test_a_hidden_comment_takes_no_reply(instagram: FlaskClient, post_id: str) -> None:
    comment = _write(instagram, postId=post_id)
    assert _send(instagram, comment, hide="true").json == {"success": True}
    assert get(instagram, comment, fields="hidden").json["hidden"] is True
    assert refused(_send(instagram, f"{comment}/replies", message="Thanks")) == (400, 100, None)
    assert _send(instagram, comment, hide="false").json == {"success": True}
    assert _send(instagram, f"{comment}/replies", message="Thanks").status_code == 200
    for form in ({}, {"hide": "perhaps"}):
        assert refused(_send(instagram, comment, **form)) == (400, 100, None)


def test_without_the_permission_lists_are_empty_and_people_have_no_names(
    instagram: FlaskClient, post_id: str
) -> None:
    comment = _write(instagram, postId=post_id)
    _write(instagram, parentId=comment)
    _write(instagram, accountId="ada")
    _without_the_permission(instagram)
    for path in (f"{post_id}/comments", f"{comment}/replies", f"{USER}/tags"):
        assert get(instagram, path).json == {"data": []}
    assert get(instagram, post_id, fields="comments_count").json["comments_count"] == 2
    assert "username" not in get(instagram, comment, fields="id,username").json
    for answer in (
        _send(instagram, f"{comment}/replies", message="Thanks"),
        _send(instagram, comment, hide="true"),
        instagram.delete(f"{API}/{comment}", query_string=TOKEN),
    ):
        assert refused(answer) == (403, 10, None)


def test_foreign_and_deleted_comments_are_missing(instagram: FlaskClient, post_id: str) -> None:
    comment = _write(instagram, postId=post_id)
    bob = {"access_token": "bob-access"}
    for path in (comment, f"{comment}/replies", f"{post_id}/comments", f"{USER}/tags"):
        assert refused(instagram.get(f"{API}/{path}", query_string=bob)) == (400, 100, 33)
    deletion = instagram.delete(f"{API}/{comment}", query_string=TOKEN)
    assert deletion.json == {"success": True}
    assert refused(instagram.delete(f"{API}/{comment}", query_string=TOKEN)) == (400, 100, 33)
    assert refused(get(instagram, comment)) == (400, 100, 33)


def test_tags_are_posts_of_others_without_a_node(instagram: FlaskClient) -> None:
    tag = _write(instagram, accountId="ada", text="Look", author="tom")
    (listed,) = get(instagram, f"{USER}/tags", fields="id,caption,username").json["data"]
    assert listed == {"id": tag, "caption": "Look", "username": "tom"}
    assert refused(get(instagram, tag)) == (400, 100, 33)
