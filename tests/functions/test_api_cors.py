"""The headers that let pages of other origins call the API."""

from dataclasses import replace

import pytest

from shared import config
from tests.functions.api_client import POSTS, ApiClient

ORIGIN = "https://app.example.com"


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(config.settings(), cors_origins=(ORIGIN,))
    monkeypatch.setattr(config, "settings", lambda: settings)


def _ours(headers: object) -> list[str]:
    return [name for name, _ in headers if name.startswith("Access-Control-")]  # type: ignore[attr-defined]


def test_without_origins_no_answer_has_such_a_header(api: ApiClient) -> None:
    for method in ("GET", "OPTIONS"):
        answer = api.call(method, POSTS, headers={"Origin": ORIGIN})
        assert _ours(answer.headers) == []
        assert "Origin" not in answer.headers.get("Vary", "")


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("origin", ["null", "*", "https://app.example.com.evil.test", "", None])
def test_another_origin_gets_none_and_caches_are_told(api: ApiClient, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    answer = api.call("GET", POSTS, headers=headers)
    assert _ours(answer.headers) == []
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.usefixtures("allowed")
def test_a_preflight_needs_no_key_and_counts_as_no_request(api: ApiClient) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = api.call("OPTIONS", POSTS, key="", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer.headers
    sent = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "soku-api-key", "Idempotency-Key", "Content-Type"} <= set(sent)
    assert "X-RateLimit-Limit" not in answer.headers


@pytest.mark.usefixtures("allowed")
def test_an_error_can_be_read_by_the_page(api: ApiClient) -> None:
    answer = api.call("GET", POSTS, key="wrong", headers={"Origin": ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
