"""Webhooks over HTTP: creating, changing, trying and deleting them, and their deliveries."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.webhooks import MOST_WEBHOOKS, OLD_SECRET_FOR, EventType
from shared.gcp.webhooks import webhooks_of
from tests.functions.api_client import ApiClient, error_of
from tests.webhooks.receiver import Receiver, receiver

__all__ = ["receiver"]

WEBHOOKS = "/v1/webhooks"
URL = "https://example.com/soku"


def _create(api: ApiClient, **more: Any) -> dict[str, Any]:
    answer = api.call("POST", WEBHOOKS, json={"url": URL, **more})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json
    return created


def test_a_webhook_is_created_listed_changed_and_deleted(api: ApiClient) -> None:
    created = _create(api, events=["post.failed", "post.failed"], description="Ours")
    assert created["events"] == ["post.failed"]
    assert created["secret"].startswith("whsec_")
    path = f"{WEBHOOKS}/{created['id']}"
    shown = api.call("GET", path).json
    assert "secret" not in shown
    assert api.call("GET", WEBHOOKS).json == {"data": [shown]}
    change = {"events": ["run.failed"], "url": f"{URL}/2", "enabled": False}
    changed = api.call("PATCH", path, json=change).json
    assert (changed["url"], changed["events"]) == (f"{URL}/2", ["run.failed"])
    assert (changed["enabled"], changed["disabledReason"]) == (False, "user")
    assert changed["description"] == "Ours"
    assert api.call("PATCH", path, json={"enabled": True}).json["disabledReason"] is None
    rotated = api.call("POST", f"{path}/secret").json
    assert rotated["secret"] != created["secret"]
    assert rotated["oldSecretUntil"]
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404
    assert api.call("GET", WEBHOOKS).json == {"data": []}


def test_a_webhook_says_until_when_its_old_secret_is_used(api: ApiClient) -> None:
    path = f"{WEBHOOKS}/{_create(api)['id']}"
    assert api.call("GET", path).json["oldSecretUntil"] is None
    until = api.call("POST", f"{path}/secret").json["oldSecretUntil"]
    assert api.call("GET", path).json["oldSecretUntil"] == until
    api.world.advance(OLD_SECRET_FOR)
    assert api.call("GET", path).json["oldSecretUntil"] is None


def test_without_the_key_that_signs_no_webhook_is_stored(api: ApiClient) -> None:
    world, settings = api.world, api.world.parts.settings
    world.with_parts(settings=replace(settings, webhook_key=""))
    assert api.call("POST", WEBHOOKS, json={"url": URL}).status_code == 500
    world.with_parts(settings=settings)
    assert api.call("GET", WEBHOOKS).json == {"data": []}


def test_without_the_key_that_signs_a_secret_in_use_stays(api: ApiClient) -> None:
    world, settings = api.world, api.world.parts.settings
    path = f"{WEBHOOKS}/{_create(api)['id']}"
    world.with_parts(settings=replace(settings, webhook_key=""))
    assert api.call("POST", f"{path}/secret").status_code == 500
    world.with_parts(settings=settings)
    [webhook] = webhooks_of(world.parts.db, api.user_id)
    assert (webhook.secret_number, webhook.old_secret_until) == (1, None)


def test_without_events_all_are_wanted(api: ApiClient) -> None:
    assert _create(api)["events"] == [each.value for each in EventType]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": URL, "events": []},
        {"url": URL, "events": ["post.liked"]},
        {"url": URL, "events": ["webhook.test"]},
        {"url": "http://example.com/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://example.com:8443/"},
        {"url": f"{URL}/{'x' * 2000}"},
        {"url": URL, "description": "x" * 201},
        {"url": URL, "description": "\u200b \u3164"},
        {"url": URL, "description": "\U000e0041\u0301"},
        {"url": URL, "description": "turned \u202e round"},
        {"url": URL, "description": "two\nlines"},
        {"url": URL, "secret": "whsec_mine"},
    ],
)
def test_an_invalid_webhook_is_refused(api: ApiClient, body: dict[str, Any]) -> None:
    error_of(api.call("POST", WEBHOOKS, json=body), 400, "validation_error")
    assert api.call("GET", WEBHOOKS).json == {"data": []}


def test_the_number_of_webhooks_is_limited(unlimited: ApiClient) -> None:
    for _ in range(MOST_WEBHOOKS):
        _create(unlimited)
    answer = unlimited.call("POST", WEBHOOKS, json={"url": URL})
    error_of(answer, 409, "invalid_state")


def test_another_users_webhook_does_not_exist(api: ApiClient) -> None:
    path, other = f"{WEBHOOKS}/{_create(api)['id']}", api.another_user()
    for method, place in [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/secret"),
        ("POST", "/test"),
        ("GET", "/deliveries"),
    ]:
        answer = other.call(method, f"{path}{place}", json={} if method == "PATCH" else None)
        error_of(answer, 404, "not_found")
    assert api.call("GET", path).status_code == 200


def test_test_events_are_delivered_listed_and_delivered_again(
    api: ApiClient, receiver: Receiver
) -> None:
    created = _create(api, url=receiver.url)
    receiver.secret, path = created["secret"], f"{WEBHOOKS}/{created['id']}"
    sent = [api.call("POST", f"{path}/test") for _ in range(3)]
    assert [answer.status_code for answer in sent] == [202] * 3
    api.world.deliver_due()
    assert receiver.events == ["webhook.test"] * 3
    first = api.call("GET", f"{path}/deliveries?limit=2").json
    rest = api.call("GET", f"{path}/deliveries?cursor={first['nextCursor']}").json
    found = [*first["data"], *rest["data"]]
    assert [each["id"] for each in found] == [answer.json["id"] for answer in sent][::-1]
    assert {each["status"] for each in found} == {"delivered"}
    assert (found[0]["httpStatus"], found[0]["response"]) == (200, "thanks")
    assert rest["nextCursor"] is None
    again = api.call("POST", f"{path}/deliveries/{found[0]['id']}/redeliver")
    assert (again.status_code, again.json["status"]) == (202, "pending")
    error_of(
        api.call("POST", f"{path}/deliveries/{found[0]['id']}/redeliver"), 409, "invalid_state"
    )
    api.world.deliver_due()
    assert receiver.heard[-1][0] == found[0]["id"]
    assert len(receiver.heard) == 4
    assert api.call("POST", f"{path}/test").json["nextTryAt"]
    api.call("PATCH", path, json={"enabled": False})
    waiting = api.call("GET", f"{path}/deliveries").json["data"][0]
    assert (waiting["status"], waiting["nextTryAt"]) == ("pending", None)
    error_of(api.call("POST", f"{path}/test"), 409, "invalid_state")
    for wrong in ("evt_1", "evt_" + "0" * 24):
        answer = api.call("POST", f"{path}/deliveries/{wrong}/redeliver")
        assert answer.status_code in (404, 409)
    for query in ("limit=51", "cursor=x", "cursor=evt_" + "0" * 24):
        error_of(api.call("GET", f"{path}/deliveries?{query}"), 400, "validation_error")
