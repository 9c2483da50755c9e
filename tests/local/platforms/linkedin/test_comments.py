"""The twin of LinkedIn answers as its documentation says: comments and notifications."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.linkedin import client
from tests.local.platforms.linkedin.client import ADA, PAGE

NOTIFICATIONS = "/rest/organizationalEntityNotifications"
OF_PAGE = f"q=criteria&organizationalEntity={quote(PAGE, safe='')}"
ACTIONS = "actions=List(COMMENT,COMMENT_EDIT,COMMENT_DELETE,ADMIN_COMMENT,SHARE_MENTION)"


@pytest.fixture
def post(linkedin: FlaskClient) -> str:
    urn: str = client.post(linkedin, PAGE).headers["x-restli-id"]
    return urn


def _get(linkedin: FlaskClient, address: str, author: str = PAGE) -> Any:
    return linkedin.get(address, headers=client.headers(author))


def _write(linkedin: FlaskClient, **fields: Any) -> str:
    comment_id: str = linkedin.post("/_sim/comments", json=fields).json["id"]
    return comment_id


def _path(urn: str, *more: str) -> str:
    return "/".join([f"/rest/socialActions/{quote(urn, safe='')}/comments", *more])


def _activity(comment: str) -> str:
    return comment.removeprefix("urn:li:comment:(").partition(",")[0]


def _number(comment: str) -> str:
    return comment.rpartition(",")[2].rstrip(")")


def _create(linkedin: FlaskClient, below: str, **body: Any) -> Any:
    """A comment of the page below a post or a comment."""
    named = {"actor": PAGE, "object": below, "message": {"text": "Thanks"}, **body}
    written = {name: value for name, value in named.items() if value is not None}
    return linkedin.post(_path(below), json=written, headers=client.headers(PAGE))


def _actions(linkedin: FlaskClient, **query: str) -> list[str]:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    elements = _get(linkedin, f"{NOTIFICATIONS}?{OF_PAGE}&{ACTIONS}{more}").json["elements"]
    return [element["action"] for element in elements]


def test_a_reply_is_below_its_comment(linkedin: FlaskClient, post: str) -> None:
    comment = _write(linkedin, postId=post)
    made = _create(linkedin, comment, object=_activity(comment), parentComment=comment)
    assert made.status_code == 201
    assert made.json["parentComment"] == comment
    assert made.headers["x-restli-id"] == _number(made.json["commentUrn"])
    (listed,) = _get(linkedin, _path(comment)).json["elements"]
    assert listed == made.json
    (top,) = _get(linkedin, _path(post)).json["elements"]
    assert top["commentUrn"] == comment
    assert _get(linkedin, _path(_activity(comment))).json["elements"] == [top]
    for above in (post, _activity(comment), comment):
        one = _get(linkedin, _path(above, _number(listed["commentUrn"])))
        assert one.json == listed


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"actor": None}, 400, "MISSING_FIELD"),
        ({"actor": ADA}, 403, "ACCESS_DENIED"),
        ({"object": None}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"object": "urn:li:activity:1"}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"message": None}, 400, "MISSING_FIELD"),
        ({"message": {"text": " "}}, 400, "MISSING_FIELD"),
        ({"message": {"text": "a" * 1251}}, 400, "FIELD_LENGTH_TOO_LONG"),
        ({"content": [{"entity": {}}]}, 403, "ACCESS_DENIED"),
        ({"parentComment": "urn:li:comment:(urn:li:activity:1,2)"}, 400, "INVALID_VALUE_FOR_FIELD"),
    ],
)
def test_a_comment_that_is_refused(
    linkedin: FlaskClient, post: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = _create(linkedin, post, **body)
    assert (answer.status_code, client.code(answer)) == (status, code)
    assert linkedin.get("/_sim/comments").json == []


def test_there_are_two_levels(linkedin: FlaskClient, post: str) -> None:
    comment = _write(linkedin, postId=post)
    reply = _write(linkedin, parentId=comment)
    answer = _create(linkedin, reply, object=_activity(reply), parentComment=reply)
    assert (answer.status_code, client.code(answer)) == (400, "INVALID_VALUE_FOR_FIELD")
    answer = _create(linkedin, comment, object=_activity(comment), parentComment=reply)
    assert answer.status_code == 400


def test_what_does_not_exist_and_what_is_not_encoded(linkedin: FlaskClient, post: str) -> None:
    assert _create(linkedin, "urn:li:share:1").status_code == 404
    assert _get(linkedin, _path("urn:li:activity:1")).status_code == 404
    assert _get(linkedin, _path(post, "1")).status_code == 404
    comment = _write(linkedin, postId=post)
    for path in (comment, quote(comment, safe="()")):
        assert _get(linkedin, f"/rest/socialActions/{path}/comments").status_code == 400


def test_an_eleventh_comment_within_a_minute_is_too_many(linkedin: FlaskClient, post: str) -> None:
    assert [_create(linkedin, post).status_code for _ in range(11)] == [201] * 10 + [429]


def test_own_comments_and_those_on_own_posts_can_be_deleted(
    linkedin: FlaskClient, post: str
) -> None:
    comment = _write(linkedin, postId=post)
    address = f"{_path(post, _number(comment))}?actor={quote(PAGE, safe='')}"
    headers = client.headers(PAGE, X_RestLi_Method="DELETE")
    assert linkedin.delete(address, headers=client.headers(PAGE)).status_code == 400
    assert linkedin.delete(address, headers=headers).status_code == 204
    assert linkedin.delete(address, headers=headers).status_code == 404
    assert _actions(linkedin) == ["COMMENT_DELETE"]


def test_a_role_that_may_write_does_not_read(linkedin: FlaskClient, post: str) -> None:
    _write(linkedin, postId=post)
    linkedin.post("/_sim/roles", json={"accountId": "page", "roles": ["RECRUITING_POSTER"]})
    assert _get(linkedin, _path(post)).json["elements"] == []
    assert _actions(linkedin) == []
    assert _create(linkedin, post).status_code == 201


def test_a_members_token_reads_no_comments(linkedin: FlaskClient, post: str) -> None:
    for address in (_path(post), f"{NOTIFICATIONS}?{OF_PAGE}&{ACTIONS}"):
        answer = _get(linkedin, address, ADA)
        assert (answer.status_code, client.code(answer)) == (403, "ACCESS_DENIED")


def test_what_happens_is_notified_for_sixty_days(
    linkedin: FlaskClient, post: str, offset: MovableOffset
) -> None:
    comment = _write(linkedin, postId=post, secondsAgo=30)
    _write(linkedin, accountId="page", secondsAgo=20)
    _create(linkedin, comment, object=_activity(comment), parentComment=comment)
    assert _actions(linkedin) == ["ADMIN_COMMENT", "SHARE_MENTION", "COMMENT"]
    linkedin.patch(f"/_sim/comments/{comment}", json={"text": "Edited"})
    assert _actions(linkedin)[0] == "COMMENT_EDIT"
    assert _actions(linkedin, count="1", start="1") == ["ADMIN_COMMENT"]
    assert _actions(linkedin, timeRange="(start:0,end:1)") == []
    offset.moved = timedelta(days=61).total_seconds()
    assert _actions(linkedin) == []


def test_only_public_posts_have_notifications(linkedin: FlaskClient) -> None:
    seen = client.post(linkedin, PAGE, visibility="LOGGED_IN").headers["x-restli-id"]
    _write(linkedin, postId=seen)
    assert _actions(linkedin) == []
    assert len(_get(linkedin, _path(seen)).json["elements"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        f"{OF_PAGE}&actions[0]=COMMENT",
        f"{OF_PAGE}&actions=List%28COMMENT%29",
        f"{OF_PAGE}&actions=List(COMMENT_MENTION)",
        f"{OF_PAGE}&actions=COMMENT",
        f"{OF_PAGE}",
        f"{OF_PAGE}&{ACTIONS}&timeRange=(start:1)",
        f"{OF_PAGE}&{ACTIONS}&timeRange=(start%3A1,end%3A2)",
        f"{OF_PAGE}&{ACTIONS}&count=101",
        f"q=all&organizationalEntity={quote(PAGE, safe='')}&{ACTIONS}",
        f"q=criteria&{ACTIONS}",
    ],
)
def test_a_malformed_question_is_refused(linkedin: FlaskClient, query: str) -> None:
    assert _get(linkedin, f"{NOTIFICATIONS}?{query}").status_code == 400
