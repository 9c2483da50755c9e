"""Checks answers of the API against its OpenAPI description."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.test import TestResponse

from functions.api.openapi.document import document
from functions.api.openapi.errors import envelope_of
from shared.domain.errors import ErrorCode
from shared.web.envelope import CODES

# The files of the page, which are not described.
PAGE_FILES = "/docs/{name}"
# Flask answers these itself.
_FLASKS_OWN = {"HEAD", "OPTIONS"}


def template_of(rule: str) -> str:
    """Flask's /posts/<uuid:post_id> as /posts/{post_id}."""
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule)


@cache
def described() -> dict[str, Any]:
    return document()


def at(*place: str) -> Any:
    found: Any = described()
    for part in place:
        found = found[part]
    return found


@cache
def validator(*place: str) -> Any:
    """For the schema at `place` of the document."""
    schema = {**at(*place), "components": described()["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@cache
def validator_of(code: ErrorCode) -> Any:
    """For the body of an answer with this error, also if no operation has it."""
    schema = envelope_of(CODES[code][0]).model_json_schema()
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def check_answer(app: Flask, answer: TestResponse) -> None:
    """The answer matches the description of its path, method and status."""
    method, status = answer.request.method, str(answer.status_code)
    if method in _FLASKS_OWN:
        return
    place = _responses_of(app, answer)
    if place is None:
        return
    responses = at(*place)
    assert status in responses, f"{method} {answer.request.path}: {status} is not described"
    _check_headers(answer, responses[status])
    _check_body(answer, responses[status], (*place, status))


def check_event(headers: Mapping[str, str], event: dict[str, Any]) -> None:
    """A request to a webhook matches the description of its event."""
    place = ("components", "pathItems", event["type"], "post")
    for header in at(*place, "parameters"):
        sent: Any = headers[header["name"]]
        value = int(sent) if header["schema"]["type"] == "integer" else sent
        assert jsonschema_rs.is_valid(header["schema"], value), f"{header['name']}: {sent}"
    _check(*place, "requestBody", "content", "application/json", "schema", value=event)


def _responses_of(app: Flask, answer: TestResponse) -> tuple[str, ...] | None:
    """The place of the possible answers in the document."""
    request = answer.request
    try:
        rule, _ = app.url_map.bind("").match(request.path, request.method, return_rule=True)
    except (NotFound, MethodNotAllowed) as refused:
        code = {404: ErrorCode.NOT_FOUND, 405: ErrorCode.METHOD_NOT_ALLOWED}[refused.code or 0]
        assert answer.status_code == refused.code
        faults = [error.message for error in validator_of(code).iter_errors(answer.json)]
        assert faults == [], f"not a {code}: {answer.json}"
        assert answer.headers["X-Request-ID"]
        return None
    template = template_of(rule.rule)
    if template == PAGE_FILES:
        return None
    return ("paths", template, request.method.lower(), "responses")


def _check_headers(answer: TestResponse, response: dict[str, Any]) -> None:
    for name, header in response.get("headers", {}).items():
        value = answer.headers.get(name)
        assert value is not None or not header.get("required"), f"{name} is missing"
        if value is not None and header["schema"]["type"] == "integer":
            assert re.fullmatch("[0-9]+", value), f"{name}: {value}"
    ours = {n for n, _ in answer.headers if n.startswith("X-Rate") or n in _SOMETIMES}
    assert ours <= set(response.get("headers", {})), "a header is not described"


_SOMETIMES = {"Retry-After", "Idempotent-Replayed"}


def _check_body(answer: TestResponse, response: dict[str, Any], place: tuple[str, ...]) -> None:
    content = response.get("content")
    if content is None:
        assert answer.data == b"", "a body is not described"
        return
    assert answer.mimetype in content, f"{answer.mimetype} is not described"
    if answer.mimetype == "application/json":
        _check(*place, "content", answer.mimetype, "schema", value=answer.json)
    if answer.status_code >= 400:
        # The schema has every error of the status, and the examples those of this operation.
        codes = content[answer.mimetype]["examples"]
        assert answer.json["error"]["code"] in codes, "the error is not one of this operation"


def _check(*place: str, value: Any) -> None:
    faults = [f"{e.instance_path}: {e.message}" for e in validator(*place).iter_errors(value)]
    assert not faults, f"not as described: {faults[:5]} in {value}"
