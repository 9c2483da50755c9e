"""Pages of other origins call the API only if the operator lists their origin."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page

from shared import config
from shared.gcp.api_keys import ApiKeys, new_key
from tests.browser.site import Site
from tests.media import Shelf
from tests.world import USER

_CALL = """async ([url, method, key, body]) => {
  const headers = {"soku-api-key": key, "X-Request-ID": "from-a-page"};
  if (body) headers["Content-Type"] = "application/json";
  if (body) headers["Idempotency-Key"] = "once";
  const answer = await fetch(url, {method, headers, body: body && JSON.stringify(body)})
    .catch(() => null);
  if (!answer) return null;
  const shown = ["X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
    "Idempotent-Replayed"].filter((name) => answer.headers.has(name));
  return {status: answer.status, shown, body: await answer.json()};
}"""
_POST = {"post": {"content": {"text": "From a page", "platform": "x"}}}


@pytest.fixture
def stranger(site: Site, shelf: Shelf) -> Iterator[Page]:
    """A page of another origin than the API's."""
    context = site.browser.new_context()
    page = context.new_page()
    page.goto(shelf.put("page.txt", b"A page"))
    yield page
    context.close()


@pytest.fixture
def call(site: Site, stranger: Page) -> Callable[..., Any]:
    """Calls the API from that page; None if the browser does not let it."""
    key = new_key("live")
    ApiKeys(site.world.parts.db).put(key, user_id=USER, name="a test's")

    def call(method: str, path: str, body: Any = None, key: str = key) -> Any:
        return stranger.evaluate(_CALL, [f"{site.api_url}{path}", method, key, body])

    return call


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def allow(origin: str) -> None:
        allowed = replace(config.settings(), cors_origins=("https://app.example.com", origin))
        monkeypatch.setattr(config, "settings", lambda: allowed)

    return allow


def test_no_other_origin_is_allowed_by_default(call: Callable[..., Any]) -> None:
    assert call("GET", "/v1/posts") is None
    assert call("GET", "/healthz") is None


def test_a_listed_origin_posts_and_reads_answers_errors_and_headers(
    call: Callable[..., Any], allow: Callable[[str], None], shelf: Shelf
) -> None:
    allow(shelf.url)
    accepted = call("POST", "/v1/posts", _POST)
    assert accepted["status"] == 201
    counted = ["X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
    assert accepted["shown"] == counted
    again = call("POST", "/v1/posts", _POST)
    assert again["body"] == accepted["body"]
    assert again["shown"] == [*counted, "Idempotent-Replayed"]
    path = f"/v1/posts/{accepted['body']['postSubmissionId']}"
    assert call("PATCH", path, _POST)["status"] == 409
    assert call("DELETE", path)["status"] == 409
    refused = call("GET", path, key="wrong")
    assert (refused["status"], refused["body"]["error"]["code"]) == (401, "unauthorized")
    assert call("GET", "/v1/nothing")["status"] == 404


def test_another_origin_than_the_listed_one_is_not_allowed(
    call: Callable[..., Any], allow: Callable[[str], None]
) -> None:
    allow("http://127.0.0.1:1")
    assert call("GET", "/v1/posts") is None
    assert call("POST", "/v1/posts", _POST) is None
