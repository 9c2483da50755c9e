"""What an API key may do, until when, and when it was last used."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions.api.caller import EXPIRED_KEY
from functions.api.routes import OPEN, PEOPLE, ROUTES, SIGNED
from shared import clock
from shared.gcp.api_keys import SCOPES, hash_of
from shared.gcp.usage import LAST_USE_EVERY, usage_path
from tests.conftest import ROOT
from tests.functions.api_client import POSTS, ApiClient, error_of, post
from tests.functions.described import at, template_of
from tests.functions.route_examples import path_of

SCOPED = [route for route in ROUTES if route[3] in SCOPES]


def test_a_key_needs_exactly_the_scope_of_the_route(unlimited: ApiClient) -> None:
    for scope in {route[3] for route in SCOPED}:
        all_others = unlimited.new_key(scopes=[each for each in SCOPES if each != scope])
        only_this = unlimited.new_key(scopes=[str(scope)])
        for method, rule, _, needed in SCOPED:
            if needed != scope:
                continue
            answer = unlimited.call(method, path_of(rule), json={}, key=all_others)
            error = error_of(answer, 403, "forbidden")
            assert error["details"] == {"scope": scope}
            assert scope in error["message"]
            answer = unlimited.call(method, path_of(rule), json={}, key=only_this)
            assert answer.status_code != 403, (method, rule)


def test_every_route_below_v1_has_a_scope_and_no_other_route_has_one() -> None:
    assert len(SCOPED) >= 17
    for _, rule, _, scope in ROUTES:
        assert scope in (OPEN, PEOPLE, SIGNED, *SCOPES)
        assert (scope is OPEN) == (not rule.startswith("/v1/")), rule


def test_the_description_names_the_scope_of_every_operation() -> None:
    for method, rule, _, scope in SCOPED:
        operation = at("paths", template_of(rule), method.lower())
        assert {"key": [scope]} in operation["security"]
        assert {"bearer": [scope]} in operation["security"]
        assert {"person": []} in operation["security"]
        assert f"`{scope}`" in operation["description"]
    for method, rule, _, scope in ROUTES:
        if scope == PEOPLE:
            operation = at("paths", template_of(rule), method.lower())
            assert operation["security"] == [{"person": []}]


def test_the_page_names_every_scope() -> None:
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    assert [scope for scope in SCOPES if f"`{scope}`" not in page] == []
    rows = set(re.findall(r"^\| `(\w+:\w+)` \|", page, re.M))
    assert rows == {scope for _, _, _, scope in SCOPED}


def test_a_key_without_the_field_has_all_scopes(api: ApiClient) -> None:
    key = _document(api, api.key)
    key.update({"scopes": firestore.DELETE_FIELD, "expiresAt": firestore.DELETE_FIELD})
    api.accept(post())
    assert api.call("GET", POSTS).status_code == 200


def test_a_request_without_the_scope_stores_nothing_but_is_counted_and_logged(
    api: ApiClient,
) -> None:
    key = api.new_key(scopes=["posts:read"])
    first, second = (api.call("POST", POSTS, json=post(), key=key) for _ in range(2))
    assert api.stored_nothing()
    remaining = [int(answer.headers["X-RateLimit-Remaining"]) for answer in (first, second)]
    assert remaining[0] - remaining[1] == 1
    line = api.logged(second.headers["X-Request-ID"])
    assert line is not None
    assert (line["status"], line["errorCode"]) == (403, "forbidden")


def test_a_missing_scope_is_found_before_the_faults_of_the_body(api: ApiClient) -> None:
    key = api.new_key(scopes=["posts:read"])
    error_of(api.call("POST", POSTS, json={"unknown": 1}, key=key), 403, "forbidden")


def test_a_change_of_scopes_applies_to_the_next_request(api: ApiClient) -> None:
    assert api.call("GET", POSTS).status_code == 200
    _document(api, api.key).update({"scopes": ["media:write"]})
    error_of(api.call("GET", POSTS), 403, "forbidden")


@pytest.mark.parametrize("is_known", [True, False])
def test_an_expired_key_is_refused_from_its_time_on(api: ApiClient, is_known: bool) -> None:
    key = api.new_key(expires_at=clock.now() + timedelta(hours=1))
    if is_known:
        assert api.call("GET", POSTS, key=key).status_code == 200
    api.world.advance(timedelta(minutes=59))
    if is_known:
        assert api.call("GET", POSTS, key=key).status_code == 200
    api.world.advance(timedelta(minutes=1))
    for _ in range(2):
        error = error_of(api.call("GET", POSTS, key=key), 401, "unauthorized")
        assert error["message"] == EXPIRED_KEY


def test_a_revoked_key_that_has_also_expired_is_called_revoked(api: ApiClient) -> None:
    key = api.new_key(expires_at=clock.now() - timedelta(hours=1))
    api.revoke(key)
    assert "revoked" in error_of(api.call("GET", POSTS, key=key), 401, "unauthorized")["message"]


def test_the_last_use_of_each_key_is_stored_at_most_once_an_hour(api: ApiClient) -> None:
    other = api.new_key()
    api.accept(post("first"))
    first = _last_used(api)
    assert set(first) == {hash_of(api.key)}
    assert clock.now() - first[hash_of(api.key)] < timedelta(minutes=5)
    api.world.advance(LAST_USE_EVERY - timedelta(minutes=5))
    api.accept(post("second"))
    assert api.call("GET", POSTS, key=other).status_code == 200
    second = _last_used(api)
    assert set(second) == {hash_of(api.key), hash_of(other)}
    assert second[hash_of(api.key)] == first[hash_of(api.key)]
    api.world.advance(timedelta(minutes=5))
    api.accept(post("third"))
    assert _last_used(api)[hash_of(api.key)] >= first[hash_of(api.key)] + LAST_USE_EVERY


def test_the_last_use_of_a_revoked_key_moves_to_the_key(api: ApiClient) -> None:
    api.accept(post())
    last_used = _last_used(api)[hash_of(api.key)]
    api.revoke(api.key)
    assert _last_used(api) == {}
    assert _document(api, api.key).get().get("lastUsedAt") == last_used
    error_of(api.call("GET", POSTS), 401, "unauthorized")
    assert _last_used(api) == {}


def _document(api: ApiClient, key: str) -> Any:
    return api.world.parts.db.document(f"apiKeys/{hash_of(key)}")


def _last_used(api: ApiClient) -> dict[str, datetime]:
    usage = api.world.parts.db.document(usage_path(api.user_id)).get().to_dict()
    last_used: dict[str, datetime] = usage["lastUsed"]
    return last_used
