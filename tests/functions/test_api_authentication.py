"""Authentication: API keys, their two headers, request ids, and the answers without a key."""

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from functions.api import caller
from shared.gcp.api_keys import hash_of, new_key
from tests.functions.api_client import POSTS, ApiClient, error_of, post

MALFORMED = (
    "sk_live_short",
    "sk_live_" + "a" * 33,
    "sk_live_" + "a" * 31,
    "sk_prod_" + "a" * 32,
    "sk_live_" + "a" * 31 + "/",
    "SK_LIVE_" + "a" * 32,
    "é" * 40,
    "a" * 5000,
    "../../users/ann",
)
BODIES = (
    b'{"post": {"content": {"text": "Hello", "platform": "x"}}}',
    b"",
    b"{",
    b"[" * 100_000,
    b"\xff\xfe",
    b'{"unknown": 1}',
    b'{"post": {"content": {"platform": "tiktok"}}}',
    b"a" * 300_000,
)


def test_a_caller_without_a_key_always_gets_401(api: ApiClient) -> None:
    messages = set()
    for number, body in enumerate(BODIES):
        for content_type in ("application/json", "text/plain"):
            answer = api.send_bytes(
                body,
                key=new_key(),
                headers={
                    "Content-Type": content_type,
                    "Idempotency-Key": "" if number % 2 else "a",
                },
                environ={"REMOTE_ADDR": f"203.0.113.{number}"},
            )
            error = error_of(answer, 401, "unauthorized")
            assert "details" not in error
            assert not [name for name in answer.headers if name[0].startswith("X-RateLimit")]
            messages.add(error["message"])
    assert len(messages) == 1


def test_a_caller_without_a_key_learns_nothing_about_posts(api: ApiClient) -> None:
    mine = api.accept(post("mine"))
    unknown = "550e8400-e29b-41d4-a716-446655440000"
    answers = [api.call("GET", f"{POSTS}/{id}", key=new_key()) for id in (mine, unknown)]
    first, second = (error_of(answer, 401, "unauthorized")["message"] for answer in answers)
    assert first == second


def test_a_401_names_the_scheme(api: ApiClient) -> None:
    for key in ("", "malformed", new_key()):
        answer = api.call("GET", POSTS, key=key)
        error_of(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "WWW-Authenticate" not in api.call("GET", POSTS).headers


@pytest.mark.full
def test_no_answer_about_posts_is_cached(api: ApiClient) -> None:
    post_id = api.accept(post())
    answers = [
        api.read(post_id),
        api.call("GET", POSTS),
        api.send({}),
        api.call("GET", POSTS, key=""),
        api.call("GET", "/nowhere"),
        api.call("GET", "/healthz"),
        api.call("DELETE", f"{POSTS}/{api.accept({**post('a draft'), 'draft': True})}"),
    ]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert api.call("GET", "/openapi.json").headers["Cache-Control"] == "public, max-age=300"


class _Unread(io.BytesIO):
    def read(self, *_: object) -> bytes:
        raise AssertionError("the body of a caller without a key was read")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", POSTS),
        ("POST", f"{POSTS}/validate"),
        ("PATCH", f"{POSTS}/550e8400-e29b-41d4-a716-446655440000"),
        ("POST", f"{POSTS}/550e8400-e29b-41d4-a716-446655440000/retry"),
        ("POST", f"{POSTS}/550e8400-e29b-41d4-a716-446655440000/runs/x/resolve"),
        ("POST", "/v1/media"),
        ("POST", "/v1/media/uploads"),
    ],
)
@pytest.mark.parametrize("key", ["", "malformed", "unknown"])
def test_the_body_of_a_caller_without_a_key_is_not_read(
    api: ApiClient, method: str, path: str, key: str
) -> None:
    sent = new_key() if key == "unknown" else key
    environ = {"wsgi.input": _Unread(), "CONTENT_LENGTH": "1000"}
    json_type = {"Content-Type": "application/json"}
    answer = api.call(method, path, key=sent, headers=json_type, environ=environ)
    error_of(answer, 401, "unauthorized")


@pytest.fixture
def read_paths(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The documents of each read."""
    reads: list[list[str]] = []
    plain = caller.read_all

    def counted(db: Any, paths: Iterable[str]) -> dict[str, Any]:
        reads.append(list(paths))
        return plain(db, reads[-1])

    monkeypatch.setattr(caller, "read_all", counted)
    return reads


def test_a_key_that_the_instance_knows_costs_no_read_of_its_own(
    api: ApiClient, read_paths: list[list[str]]
) -> None:
    for _ in range(2):
        assert api.call("GET", POSTS).status_code == 200
    key = f"apiKeys/{hash_of(api.key)}"
    assert [key in paths for paths in read_paths] == [True] * 3
    assert [len(paths) == 1 for paths in read_paths] == [True, False, False]


def test_an_address_over_its_limit_costs_no_read(
    api: ApiClient, read_paths: list[list[str]]
) -> None:
    answers = [api.call("GET", POSTS, key=new_key()).status_code for _ in range(40)]
    assert answers.count(429) == 15
    assert len(read_paths) == 25


def test_a_revoked_key_costs_no_more_reads_than_an_unknown_one(
    api: ApiClient, read_paths: list[list[str]]
) -> None:
    assert api.call("GET", POSTS).status_code == 200
    api.revoke(api.key)
    read_paths.clear()
    answers = [api.call("GET", POSTS).status_code for _ in range(40)]
    assert answers.count(429) == 15
    assert len(read_paths) == 25


def test_no_key_is_401(api: ApiClient) -> None:
    assert (
        "soku-api-key" in error_of(api.call("POST", POSTS, key=""), 401, "unauthorized")["message"]
    )


@pytest.mark.parametrize("key", MALFORMED)
def test_a_malformed_key_is_401(api: ApiClient, key: str) -> None:
    answer = api.call("POST", POSTS, key="", environ={"HTTP_SOKU_API_KEY": _latin(key)})
    assert "malformed" in error_of(answer, 401, "unauthorized")["message"]
    answer = api.call(
        "POST", POSTS, key="", environ={"HTTP_AUTHORIZATION": f"Bearer {_latin(key)}"}
    )
    assert "malformed" in error_of(answer, 401, "unauthorized")["message"]


def _latin(value: str) -> str:
    """The header as a WSGI server passes it on."""
    return value.encode().decode("latin-1")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_the_key_can_be_in_the_authorization_header(api: ApiClient, scheme: str) -> None:
    answer = api.send_bytes(BODIES[0], key="", headers={"Authorization": f"{scheme} {api.key}"})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Bearer,", ""])
def test_another_authorization_scheme_is_no_key(api: ApiClient, scheme: str) -> None:
    header = {"Authorization": f"{scheme} {api.key}".strip()}
    error_of(api.send_bytes(BODIES[0], key="", headers=header), 401, "unauthorized")


def test_both_headers_with_the_same_key_are_accepted(api: ApiClient) -> None:
    api.accept(post("both"), Authorization=f"Bearer {api.key}")


def test_both_headers_with_different_keys_are_401(api: ApiClient) -> None:
    answer = api.send(post("both"), Authorization=f"Bearer {api.new_key()}")
    assert "different" in error_of(answer, 401, "unauthorized")["message"]
    assert api.stored_nothing()


def test_a_revoked_key_is_refused_at_once_even_if_the_instance_knows_it(api: ApiClient) -> None:
    api.accept(post("before"))
    api.revoke(api.key)
    error_of(api.send(post("after")), 401, "unauthorized")
    assert [submission["text"] for submission in api.submissions()] == ["before"]


def test_a_removed_key_is_refused_even_if_the_instance_knows_it(
    api: ApiClient,
) -> None:
    api.accept(post("before"))
    api.world.parts.db.document(f"apiKeys/{hash_of(api.key)}").delete()
    error_of(api.send(post("after")), 401, "unauthorized")


def test_a_test_key_works_where_the_platforms_are_simulated(api: ApiClient) -> None:
    body = post("a test")
    live = api.accept(body)
    key = api.new_key("test")
    answer = api.call("POST", POSTS, json=body, key=key)
    assert answer.status_code == 201
    assert answer.json["postSubmissionId"] != live, "the modes share their derived keys"
    assert {s["mode"] for s in api.submissions()} == {"live", "test"}


def test_a_test_key_is_refused_where_the_platforms_are_real(api: ApiClient) -> None:
    settings = replace(api.world.parts.settings, simulated_platforms={})
    api.world.with_parts(settings=settings)
    key = api.new_key("test")
    for _ in range(2):
        answer = api.call("POST", POSTS, json=post(), key=key)
        assert "does not accept test keys" in error_of(answer, 401, "unauthorized")["message"]
    api.accept(post())


@pytest.mark.parametrize("sent", ["a", "A-b_c.9", "a" * 128, ".", "..", "__x__", "____"])
def test_a_valid_request_id_is_returned_and_logged(api: ApiClient, sent: str) -> None:
    answer = api.send(post(sent), X_Request_ID=sent)
    assert answer.status_code == 201
    assert answer.headers["X-Request-ID"] == sent
    error = error_of(api.send({}, X_Request_ID=sent), 400, "validation_error")
    assert error["requestId"] == sent
    lines = list(api.world.parts.db.collection(f"users/{api.user_id}/apiRequests").stream())
    assert sorted(line.get("status") for line in lines) == [201, 400], "a line was overwritten"
    assert all(line.id.startswith(f"{sent}~") for line in lines)


@pytest.mark.parametrize("sent", ["", "a" * 129, "a b", "a/b", "é", "a\tb", "a:b", "<script>"])
def test_any_other_request_id_is_replaced(api: ApiClient, sent: str) -> None:
    answer = api.send_bytes(BODIES[0], environ={"HTTP_X_REQUEST_ID": _latin(sent)})
    assert answer.status_code == 201
    assert re.fullmatch("req_[0-9a-f]{24}", answer.headers["X-Request-ID"])
    assert api.logged(answer.headers["X-Request-ID"])["status"] == 201


def test_every_answer_has_a_request_id_of_its_own(api: ApiClient) -> None:
    calls: list[dict[str, Any]] = [
        {"method": "POST", "path": POSTS},
        {"method": "POST", "path": POSTS, "key": ""},
        {"method": "GET", "path": "/nowhere"},
        {"method": "PUT", "path": POSTS},
        {"method": "OPTIONS", "path": POSTS},
        {"method": "GET", "path": "/healthz"},
    ]
    ids = [api.call(**call).headers["X-Request-ID"] for call in calls]
    assert all(re.fullmatch("req_[0-9a-f]{24}", id) for id in ids)
    assert len(set(ids)) == len(ids)
