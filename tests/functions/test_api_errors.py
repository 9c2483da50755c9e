"""Every error has the same envelope, including the errors of the framework."""

import io
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from google.api_core import exceptions

from local.http_server import LocalServer
from shared import clock
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post


def test_an_unknown_route_is_404(api: ApiClient) -> None:
    for path in (
        "/v1",
        "/v1/post",
        "/v1/posts/",
        "/v2/posts",
        f"{POSTS}/a/b",
        "/favicon.ico",
    ):
        error = error_of(api.call("GET", path), 404, "not_found")
        assert path in error["message"]
        assert "details" not in error


@pytest.mark.parametrize(
    ("method", "tail"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/publish"),
        ("POST", "/runs/x/resolve"),
    ],
)
def test_an_id_that_no_post_can_have_is_answered_like_an_unknown_one(
    api: ApiClient, method: str, tail: str
) -> None:
    for post_id in ("abc", "%E2%80%AE", "0" * 36):
        shown = {"%E2%80%AE": "\u202e"}.get(post_id, post_id)
        error = error_of(api.call(method, f"{POSTS}/{post_id}{tail}"), 404, "not_found")
        assert error["message"] == f"Post {shown} not found."
    long = error_of(api.call(method, f"{POSTS}/{'a' * 5000}{tail}"), 404, "not_found")
    assert len(long["message"]) < 150


def test_a_path_with_doubled_slashes_is_404_and_not_redirected(api: ApiClient) -> None:
    error_of(api.send_bytes(b"{}", environ={"PATH_INFO": "/v1//posts"}), 404, "not_found")
    error_of(api.send_bytes(b"{}", environ={"PATH_INFO": "/v1/posts//"}), 404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_a_method_that_posts_does_not_allow_is_405_with_allow(api: ApiClient, method: str) -> None:
    answer = api.call(method, POSTS)
    error_of(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_method_that_a_post_does_not_allow_is_405_with_allow(api: ApiClient) -> None:
    answer = api.call("PUT", f"{POSTS}/550e8400-e29b-41d4-a716-446655440000")
    error_of(answer, 405, "method_not_allowed")
    allowed = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("sent", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_415(api: ApiClient, sent: str) -> None:
    answer = api.send_bytes(b'{"post": {}}', headers={"Content-Type": sent})
    error_of(answer, 415, "unsupported_media_type")
    assert api.stored_nothing()


def test_a_content_type_with_a_charset_is_accepted(api: ApiClient) -> None:
    api.accept(post("with a charset"), Content_Type="application/json; charset=utf-8")


def test_a_body_of_300_kb_is_413(api: ApiClient) -> None:
    error_of(api.send(post("a" * 300_000)), 413, "payload_too_large")
    assert api.stored_nothing()


def test_a_body_of_exactly_the_limit_is_read(api: ApiClient) -> None:
    body = b'{"a":"' + b"a" * (256 * 1024 - 8) + b'"}'
    assert len(body) == 256 * 1024
    assert ("a", None, "unknown_field") in faults_of(api.send_bytes(body))
    error_of(api.send_bytes(body + b" "), 413, "payload_too_large")


def test_a_chunked_body_of_300_kb_is_413(api: ApiClient) -> None:
    body = io.BytesIO(b'{"text": "' + b"a" * 300_000 + b'"}')
    answer = api.send_bytes(b"", environ=_chunked(body))
    error_of(answer, 413, "payload_too_large")
    assert body.tell() == 256 * 1024 + 1, "more was read than is needed to refuse it"


def test_a_chunked_body_within_the_limit_is_accepted(api: ApiClient) -> None:
    content = b'{"post": {"content": {"text": "in chunks", "platform": "x"}}}'
    answer = api.send_bytes(b"", environ=_chunked(io.BytesIO(content)))
    assert answer.status_code == 201, answer.text
    assert [submission["text"] for submission in api.submissions()] == ["in chunks"]


def _chunked(body: io.BytesIO) -> dict[str, object]:
    return {
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_LENGTH": None,
    }


@pytest.fixture
def port(api: ApiClient) -> Iterator[int]:
    server = LocalServer(api.app)
    server.start()
    yield server.port
    server.stop()


def _over_socket(port: int, head: str, body: bytes, key: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        lines = (
            f"POST {POSTS} HTTP/1.1\r\nHost: localhost\r\nsoku-api-key: {key}\r\n"
            f"Content-Type: application/json\r\n{head}\r\n\r\n"
        )
        connection.sendall(lines.encode() + body)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer.decode()


def test_a_chunked_body_over_a_socket_is_read_to_its_end(api: ApiClient, port: int) -> None:
    parts = [b'{"post": {"content": {"text": "over', b' a socket", "platform": "x"}}}']
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    answer = _over_socket(port, "Transfer-Encoding: chunked", body, api.key)
    assert answer.startswith("HTTP/1.1 201 "), answer
    assert [submission["text"] for submission in api.submissions()] == ["over a socket"]


@pytest.mark.parametrize("head", ["Content-Length: 0", "X-No-Length: 1"])
def test_a_request_without_a_body_is_answered_while_its_connection_stays_open(
    api: ApiClient, port: int, head: str
) -> None:
    answer = _over_socket(port, head, b"", api.key)
    assert answer.startswith("HTTP/1.1 400 "), answer
    assert "The body is empty" in answer


def test_no_active_subscription_is_403(api: ApiClient) -> None:
    for changed in (
        {"status": "canceled"},
        {"status": "past_due"},
        {"current_period_end": clock.now()},
    ):
        api.world.add_user(api.user_id, **changed)
        error_of(api.send(post(str(changed)[:40])), 403, "forbidden")
        error_of(api.send({}), 403, "forbidden")
    assert api.stored_nothing()


def test_a_user_without_a_subscription_document_is_403(api: ApiClient) -> None:
    api.world.parts.db.document(f"users/{api.user_id}/subscription/current").delete()
    error_of(api.send(post()), 403, "forbidden")


def test_a_trial_can_publish(api: ApiClient) -> None:
    api.world.add_user(api.user_id, status="trialing")
    api.accept(post("on trial"))


def test_a_commit_that_firestore_refuses_is_post_creation_failed(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, refusals = api.world.parts.db._firestore_api.commit, [1]

    def refuse_once(*args: object, **named: object) -> object:
        if refusals and refusals.pop():
            raise exceptions.InvalidArgument("no")
        return commit(*args, **named)

    monkeypatch.setattr(api.world.parts.db._firestore_api, "commit", refuse_once)
    error = error_of(api.send(post("refused")), 500, "post_creation_failed")
    assert "details" not in error
    assert api.stored_nothing()
    line = api.logged(error["requestId"])
    assert (line["status"], line["errorCode"]) == (500, "post_creation_failed")
    assert "postSubmissionId" not in line, "a post that does not exist is named"
    api.accept(post("refused"))


def test_a_defect_is_internal_error_without_a_stack_trace(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("shared.posts.submit.submit", defect)
    answer = api.send(post())
    error = error_of(answer, 500, "internal_error")
    assert not re.search(r"secret|Traceback|ZeroDivision|\.py", answer.text)
    assert api.logged(error["requestId"])["errorCode"] == "internal_error"


def test_the_base_url_answers_with_links_that_work(api: ApiClient) -> None:
    links = api.call("GET", "/", key="").json
    assert set(links) == {"docs", "openapi", "health"}
    paths = [urlsplit(link).path for link in links.values()]
    assert {api.call("GET", path, key="").status_code for path in paths} == {200}


def test_every_json_answer_ends_with_a_line_break(api: ApiClient) -> None:
    post_id = api.accept(post())
    answers = [
        api.call("GET", "/"),
        api.call("GET", "/healthz"),
        api.call("GET", "/openapi.json"),
        api.call("GET", "/nowhere"),
        api.call("GET", POSTS),
        api.send({}),
        api.send(post()),
        api.read(post_id),
        api.call("POST", f"{POSTS}/validate", json=post()),
    ]
    assert {answer.mimetype for answer in answers} == {"application/json"}
    assert {answer.data[-2:] for answer in answers} == {b"}\n"}


def test_healthz_needs_no_key(api: ApiClient) -> None:
    answer = api.call("GET", "/healthz", key="")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert answer.headers["X-Request-ID"].startswith("req_")
