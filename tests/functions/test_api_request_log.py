"""users/{uid}/apiRequests: one line for each authenticated request."""

from datetime import timedelta
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable

from shared import clock
from shared.gcp.api_keys import hash_of, new_key
from tests.functions.api_client import POSTS, ApiClient, post

FIELDS = {"method", "path", "status", "durationMs", "keyHash", "createdAt", "expiresAt"}
UNKNOWN = f"{POSTS}/550e8400-e29b-41d4-a716-446655440000"


def _line(api: ApiClient, answer: Any, *more: str) -> dict[str, Any]:
    line = api.logged(answer.headers["X-Request-ID"])
    assert line is not None, "the request is not logged"
    assert set(line) == FIELDS | set(more)
    assert line["keyHash"] == hash_of(api.key)
    assert clock.now() - timedelta(minutes=1) < line["createdAt"] <= clock.now()
    assert line["expiresAt"] - line["createdAt"] == timedelta(days=30)
    assert 0 <= line["durationMs"] < 60_000
    assert line["status"] == answer.status_code
    return line


def test_an_accepted_post_is_logged_with_its_id(api: ApiClient) -> None:
    answer = api.send(post())
    line = _line(api, answer, "postSubmissionId")
    assert (line["method"], line["path"], line["status"]) == ("POST", POSTS, 201)
    assert line["postSubmissionId"] == answer.json["postSubmissionId"]
    replay = _line(api, api.send(post()), "postSubmissionId")
    assert replay["postSubmissionId"] == line["postSubmissionId"]


UNKNOWN_ACCOUNT = {"platform": "x", "accountId": "nobody"}


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ({"method": "GET", "path": UNKNOWN}, 404, "not_found"),
        ({"method": "HEAD", "path": UNKNOWN}, 404, "not_found"),
        ({"method": "POST", "path": POSTS}, 415, "unsupported_media_type"),
        ({"method": "POST", "path": POSTS, "json": {}}, 400, "validation_error"),
        ({"method": "POST", "path": POSTS, "json": "a" * 300_000}, 413, "payload_too_large"),
        (
            {"method": "POST", "path": POSTS, "json": post(platform=UNKNOWN_ACCOUNT)},
            400,
            "missing_account",
        ),
    ],
)
def test_a_refused_request_is_logged_with_its_code(
    api: ApiClient, call: dict[str, Any], status: int, code: str
) -> None:
    answer = api.call(**call)
    more = ["postSubmissionId"] if call["path"] == UNKNOWN else []
    line = _line(api, answer, "errorCode", *more)
    assert (line["method"], line["path"]) == (call["method"], call["path"])
    assert (line["status"], line["errorCode"]) == (status, code)


def test_a_conflict_is_logged_without_a_post(api: ApiClient) -> None:
    api.accept(post(), Idempotency_Key="one")
    line = _line(api, api.send(post("other"), Idempotency_Key="one"), "errorCode")
    assert (line["status"], line["errorCode"]) == (409, "idempotency_conflict")


def test_a_read_post_is_logged_without_its_query(api: ApiClient) -> None:
    post_id = api.accept(post())
    line = _line(api, api.read(post_id, "?wait=0&secret=1"), "postSubmissionId")
    assert (line["method"], line["path"]) == ("GET", f"{POSTS}/{post_id}")
    assert line["postSubmissionId"] == post_id


def test_a_strangers_request_is_logged_with_nobody(api: ApiClient) -> None:
    headers = {"X-Request-ID": "a-strangers-request"}
    for key in (new_key(), "", "malformed"):
        api.call("GET", UNKNOWN, key=key, headers=headers)
    lines = api.world.parts.db.collection_group("apiRequests").stream()
    assert "a-strangers-request" not in [line.id for line in lines]


def test_a_request_that_cannot_be_logged_is_answered_all_the_same(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_id = api.accept(post())

    def away(*_: object, **__: object) -> None:
        raise ServiceUnavailable("away")

    monkeypatch.setattr(api.world.parts.db._firestore_api, "commit", away)
    assert api.read(post_id).status_code == 200
