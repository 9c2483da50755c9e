"""The OpenAPI description is valid, complete and correct, and a page shows it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from functions.api.app import create_app
from functions.api.openapi.document import VERSION
from functions.api.openapi.errors import ERRORS, example_of
from functions.api.openapi.examples import CHANGES, NEW_POSTS, OUTCOMES, STORE, UPLOADS
from local.storage_emulator import StorageEmulator
from shared import config
from shared.domain.errors import ErrorCode
from tests.conftest import ROOT
from tests.functions.api_client import POSTS, ApiClient, error_of
from tests.functions.described import PAGE_FILES, described, template_of, validator, validator_of
from tests.functions.media_api import MediaApi
from tests.media import Shelf, jpeg

METHODS = ("get", "post", "patch", "put", "delete")


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described()["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def test_the_document_is_one_of_openapi_31(api: ApiClient) -> None:
    answer = api.call("GET", "/openapi.json", key="")
    assert answer.status_code == 200
    assert answer.json["openapi"].startswith("3.1.")
    validate(answer.json)


def test_the_document_and_the_page_may_be_cached(api: ApiClient) -> None:
    for path in ("/openapi.json", "/docs", "/docs/swagger-ui-bundle.js"):
        assert re.fullmatch(
            r"public, max-age=\d+", api.call("GET", path, key="").headers["Cache-Control"]
        )


def test_the_document_has_exactly_the_existing_routes() -> None:
    routes = {
        (method.lower(), template_of(rule.rule))
        for rule in create_app().url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(method, path) for method, path, _ in _operations()} == routes - {("get", PAGE_FILES)}


def _servers(answer: TestResponse) -> list[str]:
    return [server["url"] for server in answer.json["servers"]]


def test_the_first_server_is_the_address_of_the_request(api: ApiClient) -> None:
    answer = api.call("GET", "/openapi.json", key="", headers={"Host": "soku.example:8443"})
    assert _servers(answer) == ["http://soku.example:8443", "."]


def test_the_first_server_is_the_configured_url(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployed function is not shown the path below which it is served."""
    url = "https://us-central1-p.cloudfunctions.net/api"
    deployed = replace(config.settings(), api_url=url)
    monkeypatch.setattr(config, "settings", lambda: deployed)
    assert _servers(api.call("GET", "/openapi.json", key="")) == [url, "."]


def test_every_operation_except_the_open_ones_requires_a_key() -> None:
    open_paths = {path for _, path, operation in _operations() if operation.get("security") == []}
    assert open_paths == {"/", "/healthz", "/openapi.json", "/docs", "/llms.txt"}
    assert described()["security"] == [{"key": []}, {"bearer": []}, {"person": []}]
    schemes = set(described()["components"]["securitySchemes"])
    assert {name for each in described()["security"] for name in each} == schemes - {"stripe"}
    signed = [path for _, path, each in _operations() if each.get("security") == [{"stripe": []}]]
    assert signed == ["/v1/billing/stripe"]


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_error_has_a_description_and_a_matching_example(code: ErrorCode) -> None:
    assert ERRORS[code].meaning.endswith(".")
    validator_of(code).validate(example_of(code))
    shown = [
        named
        for response in _responses()
        for media in response.get("content", {}).values()
        for named in media.get("examples", {})
    ]
    # No operation has an unknown method, so the introduction describes that error.
    described_at = shown if code is not ErrorCode.METHOD_NOT_ALLOWED else described()["info"]
    assert code.value in str(described_at)


def _responses() -> Iterator[dict[str, Any]]:
    for _, _, operation in _operations():
        yield from operation["responses"].values()


def _examples() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every example, with the place of the schema that it is one of."""
    for method, path, operation in _operations():
        here = ("paths", path, method)
        bodies = {("requestBody",): operation.get("requestBody", {})}
        answers = {("responses", s): response for s, response in operation["responses"].items()}
        for place, holder in {**bodies, **answers}.items():
            for kind, media in holder.get("content", {}).items():
                for example in media.get("examples", {}).values():
                    yield (*here, *place, "content", kind, "schema"), example["value"]


def test_every_example_is_valid_against_its_schema() -> None:
    found = list(_examples())
    assert len(found) > 50
    for place, value in found:
        faults = [error.message for error in validator(*place).iter_errors(value)]
        assert faults == [], (place, value)


def test_every_answer_with_a_body_and_every_request_has_an_example() -> None:
    without = [
        (method, path)
        for method, path, operation in _operations()
        for holder in (operation.get("requestBody", {}), *operation["responses"].values())
        for kind, media in holder.get("content", {}).items()
        if kind == "application/json" and not media.get("examples") and path != "/openapi.json"
    ]
    assert without == []


@pytest.fixture
def media(api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> MediaApi:
    return MediaApi(api, storage, shelf)


@pytest.mark.parametrize("name", NEW_POSTS)
def test_the_example_of_a_post_is_accepted(media: MediaApi, name: str) -> None:
    _, body = NEW_POSTS[name]
    content = body["post"]["content"]
    if "mediaUrls" in content:
        # The example's own URL is outside of this machine.
        content = {**content, "mediaUrls": [media.shelf.put("office.jpg", jpeg())]}
    media.api.accept({**body, "post": {"content": content}})


@pytest.mark.parametrize("name", CHANGES)
def test_the_example_of_a_change_is_accepted(api: ApiClient, name: str) -> None:
    post_id = api.accept(NEW_POSTS["scheduled"][1])
    answer = api.call("PATCH", f"{POSTS}/{post_id}", json=CHANGES[name][1])
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_example_of_an_outcome_is_accepted(api: ApiClient, name: str) -> None:
    post_id = api.accept(NEW_POSTS["draft"][1])
    path = f"{POSTS}/{post_id}/runs/none/resolve"
    # The run does not exist; a body of another shape would be a 400.
    error_of(api.call("POST", path, json=OUTCOMES[name][1]), 404, "not_found")


@pytest.mark.usefixtures("signing_key")
def test_the_examples_of_media_are_accepted(media: MediaApi) -> None:
    answer = media.api.call("POST", "/v1/media/uploads", json=UPLOADS["video"][1])
    assert answer.status_code == 201, answer.text
    # The example's own URL is outside of this machine.
    stored = {**STORE["url"][1], "url": media.shelf.put("office.jpg", jpeg())}
    answer = media.api.call("POST", "/v1/media", json=stored)
    assert answer.status_code == 201, answer.text


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert described()["info"]["version"] == VERSION == project["version"]


def test_the_page_shows_the_document_and_needs_no_other_site(api: ApiClient) -> None:
    page = api.call("GET", "/docs", key="")
    assert page.content_type == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert not re.search("<script(?! src=)", page.text)
    named = re.findall('(?:src|href)="([^"]+)"', page.text)
    files = [name for name in named if not name.startswith("data:")]
    assert len(files) >= 3
    for name in files:
        # Relative to the page: deployed, all of it lies below /api.
        assert not re.match("/|[a-z]+:", name)
        answer = api.call("GET", f"/{name}", key="")
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    script = api.call("GET", "/docs/show.js", key="").text
    assert 'url: "openapi.json"' in script
    assert "defaultModelsExpandDepth: 0" in script, "the list of schemas is folded"


def test_the_guide_for_language_models_has_every_call_and_the_address(api: ApiClient) -> None:
    answer = api.call("GET", "/llms.txt", key="", headers={"Host": "soku.example"})
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.startswith("# Soku\n\n> ")
    assert "(http://soku.example/openapi.json)" in answer.text
    for method, path, operation in _operations():
        assert f"- `{method.upper()} {path}`: {operation['summary']}\n" in answer.text


def test_no_other_file_is_served(api: ApiClient) -> None:
    for name in ("index.html", "..%2fanswers.py", "oauth2-redirect.html", "VERSION", "%2e%2e"):
        assert api.call("GET", f"/docs/{name}", key="").status_code == 404
