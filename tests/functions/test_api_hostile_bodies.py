"""Hostile bodies: an error in the envelope, never a 5xx, and nothing is stored."""

import json
import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.errors import MOST_VIOLATIONS
from tests import extent
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post

GOOD = json.dumps(post()).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n\t ",
        b"{",
        b"}",
        b"nothing",
        b"'single'",
        b'{"post": }',
        b'{"post": 1,}',
        GOOD + b"{}",
        GOOD[:-1],
        b"[]",
        b"[" + GOOD + b"]",
        b"0",
        b"null",
        b"true",
        b'"text"',
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
        b'{"post": "\xff"}',
        b'{"post": "\xed\xa0\x80"}',
        b'{"post": "\xc0\x80"}',
        b'{"post": "a\nb"}',
        b'{"post": "\x00"}',
        b'{"post": NaN}',
        b'{"post": Infinity}',
        b'{"post": -Infinity}',
        b'{"post": ' + b"9" * 5000 + b"}",
        b"-" + b"9" * 5000,
        b"<?xml version='1.0'?>",
        b"post=1&content=2",
        b"[" * 1000,
        b"[" * 100_000,
        b"[" * 1000 + b"]" * 1000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    ][:: extent.of(4, 1)],
)
def test_a_body_that_is_not_a_json_object_is_malformed(api: ApiClient, body: bytes) -> None:
    assert faults_of(api.send_bytes(body)) == [("", None, "malformed_json")]
    assert api.stored_nothing()


@pytest.mark.parametrize("rest", [GOOD, b"", b"{", b"\xff"])
def test_a_byte_order_mark_is_named(api: ApiClient, rest: bytes) -> None:
    answer = api.send_bytes(b"\xef\xbb\xbf" + rest)
    assert faults_of(answer) == [("", None, "malformed_json")]
    message = "The body starts with a byte order mark; remove it."
    assert answer.json["error"]["message"] == message


@pytest.mark.parametrize("levels", [20, 1000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_body_that_is_nested_deeply_is_refused(
    api: ApiClient, levels: int, opening: bytes, closing: bytes
) -> None:
    body = b'{"post":' + opening * levels + b"1" + closing * levels + b"}"
    answer = api.send_bytes(body)
    details = error_of(answer, 400, "validation_error")["details"]
    assert {fault["code"] for fault in details} <= {"too_deep", "malformed_json"}
    assert "nested" in answer.json["error"]["message"]


@pytest.mark.parametrize("levels", [1, 10, 15])
def test_nested_options_are_checked_as_options(api: ApiClient, levels: int) -> None:
    nested: Any = "following"
    for _ in range(levels):
        nested = {"a": nested}
    answer = api.send(post(platform={"platform": "x", "options": {"replySettings": nested}}))
    place = "post.content.platform.options.replySettings"
    assert faults_of(answer) == [(place, "x", "invalid_option")]


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", "\\udfff", "a\\ude00\\ud83d"])
def test_characters_that_cannot_be_stored_are_refused_in_values_and_names(
    api: ApiClient, text: str
) -> None:
    value = GOOD.replace(b"Hello", text.encode())
    assert faults_of(api.send_bytes(value)) == [("post.content.text", None, "invalid_characters")]
    name = b'{"post": {"' + text.encode() + b'": 1}}'
    assert faults_of(api.send_bytes(name)) == [("post", None, "invalid_characters")]
    below = b'{"' + text.encode() + b'": {"a": "\\u0000"}}'
    assert len(faults_of(api.send_bytes(below))) == 2
    assert api.stored_nothing()


def test_complete_surrogate_pairs_are_accepted(api: ApiClient) -> None:
    answer = api.send_bytes(GOOD.replace(b"Hello", b"\\ud83d\\ude00"))
    assert answer.status_code == 201
    assert [submission["text"] for submission in api.submissions()] == ["😀"]


def test_of_a_repeated_name_the_last_counts(api: ApiClient) -> None:
    body = b'{"post": 1, "draft": true, "draft": false, ' + GOOD[1:]
    answer = api.send_bytes(body)
    assert answer.status_code == 201, answer.text
    assert api.accept({**post(), "draft": False}) == answer.json["postSubmissionId"]
    [submission] = api.submissions()
    assert submission["request"] == {**post(), "draft": False}


@pytest.mark.parametrize("number", ["1e999", "-0", "1.5", "1E400", "9" * 4000])
def test_a_number_of_any_size_is_not_a_text(api: ApiClient, number: str) -> None:
    body = GOOD.replace(b'"Hello"', number.encode())
    assert faults_of(api.send_bytes(body)) == [("post.content.text", None, "invalid")]


def test_of_thousands_of_violations_the_first_are_answered_with_their_number(
    api: ApiClient,
) -> None:
    unknown = {f"field{number}": number for number in range(5000)}
    options = [{"platform": "x", "accountId": "x_main", "options": unknown}]
    nulls = b'{"post": [' + b",".join([b'"\\u0000"'] * 5000) + b"]}"
    for body in (
        json.dumps({**post(), **unknown}).encode(),
        nulls,
        json.dumps(post(platform=options)).encode(),
    ):
        answer = api.send_bytes(body)
        assert len(faults_of(answer)) == MOST_VIOLATIONS
        message = "(5000 violations; details lists the first 100.)"
        assert answer.json["error"]["message"].endswith(message)
        assert len(answer.data) < 50_000


def test_a_hundred_violations_are_all_answered(api: ApiClient) -> None:
    unknown = {f"field{number}": number for number in range(MOST_VIOLATIONS)}
    answer = api.send({**post(), **unknown})
    assert len(faults_of(answer)) == MOST_VIOLATIONS
    assert answer.json["error"]["message"].endswith("(99 more in details.)")


def test_a_validation_lists_the_first_of_thousands_of_violations(api: ApiClient) -> None:
    unknown = {f"field{number}": number for number in range(600)}
    targets = [
        {"platform": "x", "accountId": f"x_{number}", "options": unknown} for number in range(10)
    ]
    answer = api.call("POST", f"{POSTS}/validate", json=post(platform=targets))
    assert answer.status_code == 200
    listed = [fault for target in answer.json["targets"] for fault in target["errors"]]
    assert len(listed) == MOST_VIOLATIONS
    assert [target["valid"] for target in answer.json["targets"]] == [False] * 10
    [more] = answer.json["errors"]
    assert more["code"] == "too_many_violations"
    assert "6010 violations" in more["message"]


@pytest.mark.parametrize("name", ["__proto__", "__x__", "", ".", "a.b", "`", "a" * 2000, "😀"])
def test_names_that_firestore_cannot_store_are_unknown_fields(api: ApiClient, name: str) -> None:
    content = {**post()["post"]["content"], name: 1}
    assert [code for _, _, code in faults_of(api.send({"post": {"content": content}}))] == [
        "unknown_field"
    ]
    target = {"platform": "x", "options": {name: "following"}}
    assert [code for _, _, code in faults_of(api.send(post(platform=target)))] == ["invalid_option"]
    assert api.stored_nothing()


_names = st.sampled_from(
    [
        *("post", "content", "text", "platform", "mediaType", "mediaUrls", "videoUrl", "imageUrls"),
        *("scheduledTime", "notAfter", "draft", "accountId", "options", "replySettings", "other"),
    ]
) | st.text(max_size=5)
_leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["x", "threads", "tiktok", "x_main", "image", "2031-01-01T00:00:00Z"])
)
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=5),
    max_leaves=12,
)
_contents = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("text", "platform", "mediaType", "mediaUrls", "x"), _values)
)
_requests = st.fixed_dictionaries(
    {"post": st.fixed_dictionaries({"content": _contents | _values}) | _values},
    optional=dict.fromkeys(("scheduledTime", "notAfter", "draft", "x"), _values),
)
# Similar enough to a valid one that some are accepted.
_plausible = st.fixed_dictionaries(
    {
        "text": st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=20),
        "platform": st.sampled_from(["x", ["threads", "x"], [{"platform": "x"}]]),
    },
    optional={"mediaType": st.just("text"), "mediaUrls": st.just([])},
)
_bodies = (
    st.binary(max_size=60)
    | _values.map(json.dumps).map(str.encode)
    | _requests.map(json.dumps).map(str.encode)
    | _plausible.map(lambda content: json.dumps({"post": {"content": content}}).encode())
)
# What a WSGI server can pass on as the value of a header.
_header = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=30)
_printable = st.text(string.printable.strip(), max_size=30)
_headers = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_IDEMPOTENCY_KEY": _header | _printable,
        "HTTP_X_REQUEST_ID": _header | _printable,
        "HTTP_AUTHORIZATION": _header,
        "HTTP_X_FORWARDED_FOR": _header,
        "HTTP_X_CLOUD_TRACE_CONTEXT": _header,
    },
)
_framings = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_TRANSFER_ENCODING": st.sampled_from(["chunked", "gzip", "identity"]),
        "CONTENT_TYPE": _header | st.just("application/json; charset=" + "a" * 20),
        "CONTENT_LENGTH": st.sampled_from(["-1", "0", "x", "", "5"]),
    },
)
_environs = st.builds(dict.__or__, _headers, st.just({}) | st.just({}) | _framings)


@pytest.mark.full
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=_bodies, environ=_environs)
def test_any_body_is_answered_in_the_envelope_without_a_5xx(
    unlimited: ApiClient, body: bytes, environ: dict[str, str]
) -> None:
    answer = unlimited.send_bytes(body, environ=environ)
    if answer.status_code == 201:
        assert list(answer.json) == ["postSubmissionId"]
    else:
        assert 400 <= answer.status_code < 500, answer.text
        error_of(answer, answer.status_code, answer.json["error"]["code"])
    assert answer.headers["X-Request-ID"]
    assert answer.headers["X-RateLimit-Limit"] or answer.status_code == 401
