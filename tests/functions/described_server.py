"""A server that knows only the description: it checks requests, and answers with examples."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer
from tests.functions.described import at, described, validator

METHODS = ("get", "post", "patch", "delete")
UPLOAD = "/upload"
"""Where a file is put; its address is not one of the API."""


def operations() -> dict[str, tuple[str, str]]:
    """(path, method) of each operation, by its ID."""
    return {
        operation["operationId"]: (path, method)
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def parameters_of(operation: str) -> set[str]:
    """The names of what a request can carry, except in its path."""
    path, method = operations()[operation]
    described_here = at("paths", path, method)
    names = {each["name"] for each in described_here["parameters"] if each["in"] != "path"}
    return names | _fields(described_here.get("requestBody"))


def _fields(body: Mapping[str, Any] | None) -> set[str]:
    schema = body["content"]["application/json"]["schema"] if body else {}
    if "$ref" in schema:
        schema = at("components", "schemas", schema["$ref"].rpartition("/")[2])
    return set(schema.get("properties", {}))


@dataclass
class DescribedServer:
    url: str = ""
    sent: dict[str, set[str]] = field(default_factory=dict)
    """What the requests to each operation carried."""

    def answer(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        if request.path == UPLOAD:
            request.get_data()
            return Response()(environ, start)
        operation = _operation_of(request)
        place = ("paths", *operations()[operation])
        carried = {*request.args, *({"Idempotency-Key"} & {*request.headers.keys()})}
        for name, value in request.args.items():
            _check_query(place, name, value)
        if request.get_data():
            assert not _faults(place, request.json), f"{operation}: {_faults(place, request.json)}"
            carried |= set(request.json)
        self.sent.setdefault(operation, set()).update(carried)
        return self._example(place)(environ, start)

    def _example(self, place: tuple[str, ...]) -> Response:
        responses = at(*place, "responses")
        status = min(each for each in responses if each.startswith("2"))
        content = responses[status].get("content", {}).get("application/json")
        if content is None:
            return Response(status=int(status))
        [example] = content["examples"].values()
        value = example["value"]
        if "uploadId" in value:
            value = {**value, "url": f"{self.url}{UPLOAD}"}
        body = json.dumps(value)
        return Response(body, int(status), mimetype="application/json")


def _operation_of(request: Request) -> str:
    """The operation of a request; fixed parts of a path come before those with an ID."""
    by_ids = sorted(operations().items(), key=lambda each: "{" in each[1][0])
    for operation, (path, method) in by_ids:
        pattern = re.sub(r"{\w+}", "[^/]+", path)
        if method == request.method.lower() and re.fullmatch(pattern, request.path):
            return operation
    raise AssertionError(f"{request.method} {request.path} is not described")


def _check_query(place: tuple[str, ...], name: str, value: str) -> None:
    named = [each for each in at(*place, "parameters") if each["name"] == name]
    assert [each["in"] for each in named] == ["query"], f"{name} is not described"
    schema = named[0]["schema"]
    if schema.get("type") == "integer":
        assert value.isdecimal(), name
    assert value in schema.get("enum", [value]), f"{name}: {value}"


def _faults(place: tuple[str, ...], body: Any) -> list[str]:
    check = validator(*place, "requestBody", "content", "application/json", "schema")
    return [error.message for error in check.iter_errors(body)]


@contextmanager
def serving() -> Iterator[DescribedServer]:
    described_server = DescribedServer()
    server = LocalServer(described_server.answer)
    described_server.url = server.url
    server.start()
    try:
        yield described_server
    finally:
        server.stop()
