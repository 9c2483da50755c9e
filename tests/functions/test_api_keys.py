"""/v1/api-keys: signed-in users list, create and delete their keys."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from functions.api.openapi.examples import API_KEYS
from shared import clock
from shared.gcp.api_keys import SCOPES, ApiKeys, hash_of, is_well_formed, new_key
from shared.users.keys import MOST_ACTIVE, MOST_LISTED
from shared.users.new_key import LONGEST_NAME
from shared.web.envelope import time_text
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post
from tests.functions.racing import race
from tests.functions.signing_in import signed_in
from tests.signed_in import SignedIn

__all__ = ["signed_in"]

KEYS = "/v1/api-keys"


class Person:
    """A user who manages their keys, signed in."""

    def __init__(self, api: ApiClient, token: str) -> None:
        self.api, self.token = api, token

    def call(self, method: str, path: str = KEYS, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.api.call(method, path, key="", headers=headers, **more)

    def create(self, **body: Any) -> dict[str, Any]:
        answer = self.call("POST", json={"name": "Blog", **body})
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json
        return created

    def delete(self, key_id: str) -> int:
        return self.call("DELETE", f"{KEYS}/{key_id}").status_code

    def listed(self) -> list[dict[str, Any]]:
        answer = self.call("GET")
        assert answer.status_code == 200, answer.text
        listed: list[dict[str, Any]] = answer.json["data"]
        return listed

    def names(self) -> list[str]:
        return [key["name"] for key in self.listed()]


@pytest.fixture
def person(unlimited: ApiClient, signed_in: SignedIn) -> Person:
    """A user whose first key is that of `api`."""
    return Person(unlimited, signed_in.token(unlimited.user_id))


def test_a_created_key_works_at_once_and_is_shown_only_once(person: Person) -> None:
    created = person.create()
    key = created.pop("key")
    assert is_well_formed(key)
    assert key.startswith("sk_live_")
    assert created["preview"] == f"sk_live_{key[8:11]}…{key[-3:]}"
    assert created["id"] == hash_of(key)
    assert created["scopes"] == list(SCOPES)
    assert (created["expiresAt"], created["lastUsedAt"]) == (None, None)
    assert person.api.call("POST", POSTS, json=post(), key=key).status_code == 201
    newest, _ = person.listed()
    assert newest.pop("lastUsedAt") is not None
    del created["lastUsedAt"]
    assert newest == created
    assert key not in person.call("GET").text
    stored = person.api.world.parts.db.document(f"apiKeys/{hash_of(key)}").get().to_dict()
    assert key not in repr(stored)
    assert (stored["userId"], stored["mode"]) == (person.api.user_id, "live")


def test_a_test_key_is_created_where_it_is_accepted(person: Person) -> None:
    world = person.api.world
    settings = replace(world.parts.settings, simulated_platforms={})
    world.with_parts(settings=settings)
    refused = person.call("POST", json={"name": "trial", "mode": "test"})
    assert faults_of(refused) == [("mode", None, "not_available")]
    assert "TEST_MODE=on" in refused.json["error"]["message"]
    world.with_parts(settings=replace(settings, test_mode=True))
    created = person.create(mode="test")
    assert created["key"].startswith("sk_test_")
    assert created["preview"].startswith("sk_test_")
    assert [key["mode"] for key in person.listed()] == ["test", "live"]
    answer = person.api.call("POST", POSTS, json=post(), key=created["key"])
    assert answer.status_code == 201
    [stored] = person.api.submissions()
    assert stored["mode"] == "test"


def test_a_key_has_the_chosen_scopes_in_their_usual_order(person: Person) -> None:
    created = person.create(scopes=["posts:write", "posts:read", "posts:read"])
    assert created["scopes"] == ["posts:read", "posts:write"]
    key = created["key"]
    assert person.api.call("GET", POSTS, key=key).status_code == 200
    refused = person.api.call("GET", "/v1/media/none", key=key)
    assert refused.status_code in (404, 405)
    answer = person.api.call("POST", "/v1/media", json={"url": "https://example.com"}, key=key)
    assert error_of(answer, 403, "forbidden")["details"] == {"scope": "media:write"}


def test_a_key_expires_when_its_user_said(person: Person) -> None:
    at = time_text(clock.now() + timedelta(hours=2))
    created = person.create(expiresAt=at)
    assert created["expiresAt"] == at
    assert person.api.call("GET", POSTS, key=created["key"]).status_code == 200
    person.api.world.advance(timedelta(hours=2))
    error_of(person.api.call("GET", POSTS, key=created["key"]), 401, "unauthorized")
    assert person.listed()[0]["expiresAt"] == at


def test_a_deleted_key_is_refused_at_once_by_an_instance_that_knows_it(person: Person) -> None:
    created = person.create()
    assert person.api.call("GET", POSTS, key=created["key"]).status_code == 200
    assert person.delete(created["id"]) == 204
    answer = person.api.call("POST", POSTS, json=post(), key=created["key"])
    error_of(answer, 401, "unauthorized")
    assert person.api.stored_nothing()
    assert person.names() == ["a test's"]
    assert person.delete(created["id"]) == 404


@pytest.mark.parametrize("key_id", ["none", "0" * 64, "F" * 64, "a" * 200, "%2e%2e"])
def test_an_unknown_key_is_404(person: Person, key_id: str) -> None:
    error_of(person.call("DELETE", f"{KEYS}/{key_id}"), 404, "not_found")


def test_another_users_keys_are_neither_listed_nor_deleted(
    person: Person, signed_in: SignedIn
) -> None:
    created = person.create()
    other = person.api.another_user()
    stranger = Person(other, signed_in.token(other.user_id))
    assert stranger.names() == ["a test's"]
    assert stranger.delete(created["id"]) == 404
    assert person.api.call("GET", POSTS, key=created["key"]).status_code == 200


def test_no_key_can_manage_keys(person: Person) -> None:
    own = hash_of(person.api.key)
    for method, path in (("GET", KEYS), ("POST", KEYS), ("DELETE", f"{KEYS}/{own}")):
        error = error_of(person.api.call(method, path, json={"name": "more"}), 403, "forbidden")
        assert "Sign in" in error["message"]
        assert "details" not in error
    assert person.names() == ["a test's"]


@pytest.mark.full
def test_at_most_10_keys_are_active(person: Person) -> None:
    first, *_ = [person.create(name=str(number))["id"] for number in range(MOST_ACTIVE - 1)]
    error = error_of(person.call("POST", json={"name": "more"}), 409, "invalid_state")
    assert str(MOST_ACTIVE) in error["message"]
    assert len(person.listed()) == MOST_ACTIVE == 10
    assert person.delete(first) == 204
    person.create(expiresAt=time_text(clock.now() + timedelta(hours=1)))
    error_of(person.call("POST", json={"name": "more"}), 409, "invalid_state")
    person.api.world.advance(timedelta(hours=1))
    person.create()
    assert len(person.listed()) == MOST_ACTIVE + 1, "an expired key is listed, but not active"


@pytest.mark.full
def test_expired_keys_are_limited_too(person: Person) -> None:
    keys, past = ApiKeys(person.api.world.parts.db), clock.now() - timedelta(hours=1)
    for _ in range(MOST_LISTED - 1):
        keys.put(new_key(), user_id=person.api.user_id, name="old", expires_at=past)
    error = error_of(person.call("POST", json={"name": "more"}), 409, "invalid_state")
    assert "expired" in error["message"]
    assert person.delete(person.listed()[0]["id"]) == 204
    person.create()


def test_keys_that_are_created_at_the_same_time_are_counted_one_by_one(person: Person) -> None:
    for number in range(MOST_ACTIVE - 2):
        person.create(name=str(number))
    assert len(person.listed()) == MOST_ACTIVE - 1
    answers = race(*[lambda: person.call("POST", json={"name": "the last"}).status_code] * 3)
    assert sorted(answers) == [201, 409, 409]
    assert len(person.listed()) == MOST_ACTIVE


def test_the_name_of_a_key_can_have_every_script(person: Person) -> None:
    names = ["a", "é" * LONGEST_NAME, "日本語 👩‍👩‍👧", " spaces around "]
    assert [person.create(name=name)["name"] for name in names] == names
    assert person.names()[: len(names)] == names[::-1]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("name", "missing")),
        ({"name": ""}, ("name", "invalid")),
        ({"name": "  "}, ("name", "invalid")),
        ({"name": "\u200b \u3164"}, ("name", "invalid")),
        ({"name": "a" * 101}, ("name", "invalid")),
        ({"name": "two\nlines"}, ("name", "invalid")),
        ({"name": 7}, ("name", "invalid")),
        ({"name": "k", "scopes": []}, ("scopes", "invalid")),
        ({"name": "k", "scopes": ["posts"]}, ("scopes[0]", "invalid")),
        ({"name": "k", "scopes": ["posts:read", "people"]}, ("scopes[1]", "invalid")),
        ({"name": "k", "scopes": "posts:read"}, ("scopes", "invalid")),
        ({"name": "k", "scopes": None}, ("scopes", "invalid")),
        ({"name": "k", "expiresAt": "2020-01-01T00:00:00Z"}, ("expiresAt", "too_soon")),
        ({"name": "k", "expiresAt": "2099-01-01T00:00:00"}, ("expiresAt", "invalid_time")),
        ({"name": "k", "expiresAt": 4_070_908_800}, ("expiresAt", "invalid")),
        ({"name": "k", "userId": "ann"}, ("userId", "unknown_field")),
        ({"name": "k", "mode": "trial"}, ("mode", "invalid")),
    ],
    ids=str,
)
def test_any_other_body_is_refused_with_its_faults(
    person: Person, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    [(field, _, code)] = faults_of(person.call("POST", json=body))
    assert (field, code) == fault
    assert person.names() == ["a test's"]


def test_a_user_without_a_subscription_can_manage_keys(person: Person, signed_in: SignedIn) -> None:
    user = person.api.another_user(status="canceled")
    unpaid = Person(user, signed_in.token(user.user_id))
    assert unpaid.delete(unpaid.create()["id"]) == 204


@pytest.mark.parametrize("name", API_KEYS)
def test_the_example_of_a_key_is_accepted(person: Person, name: str) -> None:
    person.create(**API_KEYS[name][1])
