"""The twin of Facebook treats comments as its documentation says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.facebook.twin import Facebook
from tests.local.platforms.facebook.client import API, PAGE, TOKEN, Upload, codes, get, post
from tests.media import mp4

NEWEST = "comments.filter(stream).order(reverse_chronological).limit(1).summary(total_count)"


@pytest.fixture
def post_id(facebook: FlaskClient) -> str:
    number: str = post(facebook, "feed", message="Hello").json["id"]
    return number


def _write(facebook: FlaskClient, **fields: Any) -> str:
    answer = facebook.post("/_sim/comments", json={"text": "Nice", **fields})
    assert answer.status_code == 201, answer.text
    number: str = answer.json["id"]
    return number


def _list(facebook: FlaskClient, node_id: str, **query: str) -> Any:
    return get(facebook, f"{API}/{node_id}/comments", **query)


def _bare(comment_id: str) -> str:
    return comment_id.rpartition("_")[2]


def _with_scopes(platform: Facebook, *scopes: str) -> FlaskClient:
    ada = platform.accounts.get("ada")
    assert ada is not None
    ada.scopes = frozenset(scopes)
    platform.accounts.register(ada)
    return platform.app.test_client()


def test_levels_order_and_pages_are_as_asked(facebook: FlaskClient, post_id: str) -> None:
    first, second = (_write(facebook, postId=post_id, secondsAgo=ago) for ago in (60, 30))
    reply = _write(facebook, parentId=first)
    deeper = _write(facebook, parentId=reply)

    def listed(**query: str) -> list[str]:
        return [_bare(each["id"]) for each in _list(facebook, post_id, **query).json["data"]]

    assert listed() == [_bare(first), _bare(second)]
    stream = {"filter": "stream", "order": "reverse_chronological"}
    assert listed(**stream) == [_bare(each) for each in (deeper, reply, second, first)]
    page = _list(facebook, post_id, **stream, limit="3").json
    after = page["paging"]["cursors"]["after"]
    _write(facebook, postId=post_id)
    assert listed(**stream, limit="3", after=after) == [_bare(first)]
    fields = {"fields": "parent{id}"}
    below = _list(facebook, first, **fields).json["data"]
    assert [_bare(each["parent"]["id"]) for each in below] == [_bare(first)] * 2
    for name in ("filter", "order", "limit", "fields"):
        assert codes(_list(facebook, post_id, **{name: "odd"})) == (400, 100, None)


def test_a_list_has_a_summary_only_when_it_is_asked_for(
    facebook: FlaskClient, post_id: str
) -> None:
    _write(facebook, postId=post_id, count=3)
    assert "summary" not in _list(facebook, post_id).json
    summary = _list(facebook, post_id, summary="total_count").json["summary"]
    assert summary == {"order": "chronological", "total_count": 3, "can_comment": True}
    listed = get(facebook, f"{PAGE}/published_posts", fields=f"id,{NEWEST}{{id}}").json["data"]
    edge = listed[0]["comments"]
    assert edge["summary"]["total_count"] == 3
    assert len(edge["data"]) == 1
    assert set(edge["data"][0]) == {"id"}


def test_a_video_has_the_comments_of_its_post(facebook: FlaskClient) -> None:
    upload = Upload(facebook)
    upload.send(mp4())
    upload.finish()
    comment = _write(facebook, postId=f"1020_{upload.status()['post_id']}")
    (listed,) = _list(facebook, upload.video_id).json["data"]
    assert _bare(listed["id"]) == _bare(comment)
    fields = "comments.summary(true).limit(0)"
    node = get(facebook, f"{API}/{upload.video_id}", fields=fields).json
    assert (node["comments"]["data"], node["comments"]["summary"]["total_count"]) == ([], 1)


def test_ids_come_in_two_spellings_and_both_are_understood(
    facebook: FlaskClient, post_id: str
) -> None:
    for _ in range(3):
        _write(facebook, postId=post_id)
    ids = [each["id"] for each in _list(facebook, post_id).json["data"]]
    assert sorted("_" in each for each in ids) == [False, True, True]
    for each in ids:
        assert get(facebook, f"{API}/{each}", fields="id,message").json["message"] == "Nice"


def test_a_users_token_sees_an_empty_list_and_cannot_write(
    platform: Facebook, facebook: FlaskClient, post_id: str
) -> None:
    comment = _write(facebook, postId=post_id)
    ada = platform.accounts.get("ada")
    assert ada is not None
    grant = platform.accounts.token("ada-page")
    assert grant is not None
    user = platform.accounts.issue(grant.grant, "short", None, "EAA").value
    query = {"access_token": user}
    answer = facebook.get(f"{API}/{post_id}/comments", query_string=query)
    assert (answer.status_code, answer.json) == (200, {"data": []})
    answer = facebook.post(f"{API}/{comment}/comments", data=query | {"message": "Thanks"})
    assert codes(answer) == (400, 1705, None)


def test_people_have_names_only_with_the_permission(platform: Facebook, post_id: str) -> None:
    client = _with_scopes(platform, "pages_read_engagement", "pages_read_user_content")
    comment = _write(client, postId=post_id, author="tom")
    fields = "from{id,name}"
    assert get(client, f"{API}/{comment}", fields=fields).json["from"]["name"] == "Tom"
    client = _with_scopes(platform, "pages_read_engagement", "pages_show_list")
    (listed,) = _list(client, post_id, fields=fields).json["data"]
    assert "from" not in listed
    assert codes(get(client, f"{PAGE}/tagged")) == (403, 10, None)
    assert codes(get(client, f"{PAGE}/published_posts", fields=NEWEST)) == (403, 10, None)
    answer = client.post(f"{API}/{comment}/comments", data=TOKEN | {"message": "Thanks"})
    assert codes(answer) == (403, 200, None)


def test_a_message_replaces_the_text_of_a_comment_and_is_no_reply(
    platform: Facebook, facebook: FlaskClient, post_id: str
) -> None:
    comment = _write(facebook, postId=post_id)
    answer = facebook.post(f"{API}/{comment}", data=TOKEN | {"message": "Replaced"})
    assert answer.json == {"success": True}
    assert [each.text for each in platform.comments.of_post(post_id)] == ["Replaced"]


def test_replies_to_replies_are_shown_below_the_first_comment(
    platform: Facebook, facebook: FlaskClient, post_id: str
) -> None:
    comment = _write(facebook, postId=post_id)
    answer = _write(facebook, parentId=comment)
    reply = facebook.post(f"{API}/{answer}/comments", data=TOKEN | {"message": "Thanks"})
    (own,) = (each for each in platform.comments.of_post(post_id) if each.is_own)
    assert _bare(reply.json["id"]) == _bare(own.id)
    assert own.parent_id == comment
    fields = "can_hide,from{id}"
    shown = get(facebook, f"{API}/{own.id}", fields=fields).json
    assert (shown["can_hide"], shown["from"]["id"]) == (False, "1020")
    hidden = facebook.post(f"{API}/{own.id}", data=TOKEN | {"is_hidden": "true"})
    assert codes(hidden) == (400, 100, None)


def test_a_hidden_comment_takes_no_reply_and_a_foreign_one_is_missing(
    facebook: FlaskClient, post_id: str
) -> None:
    comment = _write(facebook, postId=post_id)
    path = f"{API}/{comment}"
    odd = facebook.post(path, data=TOKEN | {"is_hidden": "perhaps"})
    assert codes(odd) == (400, 100, None)
    assert facebook.post(path, data=TOKEN | {"is_hidden": "true"}).json == {"success": True}
    shown = get(facebook, path, fields="is_hidden,can_comment").json
    assert (shown["is_hidden"], shown["can_comment"]) == (True, False)
    for data in ({"message": "Thanks"}, {"message": "a" * 8001}, {}):
        assert codes(facebook.post(f"{path}/comments", data=TOKEN | data)) == (400, 100, None)
    bob = {"access_token": "bob-page", "message": "Thanks"}
    assert codes(facebook.post(f"{path}/comments", data=bob)) == (400, 100, 33)
    assert codes(facebook.delete(path, data=bob)) == (400, 100, 33)
    assert facebook.delete(path, data=TOKEN).json == {"success": True}
    assert codes(get(facebook, path)) == (400, 100, 33)
    assert codes(_list(facebook, comment)) == (400, 100, 33)


def test_posts_that_tag_the_page_are_listed_without_their_authors(facebook: FlaskClient) -> None:
    mention = _write(facebook, accountId="ada", text="Look")
    (listed,) = get(facebook, f"{PAGE}/tagged", fields="id,from,message").json["data"]
    assert listed == {"id": mention, "message": "Look"}
    assert get(facebook, f"{API}/{mention}", fields="message").json["message"] == "Look"
    answer = facebook.post(f"{API}/{mention}/comments", data=TOKEN | {"message": "Thanks"})
    assert codes(answer) == (400, 100, 33)
