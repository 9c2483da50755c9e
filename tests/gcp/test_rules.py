"""firestore.rules on the emulator: owner, other user and nobody, for every collection."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from google.cloud import firestore

OWNER, OTHER = "ann", "bob"
# Every document of the layout, as it belongs to its owner; and what its owner may do.
READABLE = {
    "users/ann": {"email": "ann@example.com"},
    "users/ann/subscription/current": {"status": "active"},
    "users/ann/apiRequests/req_1": {"status": 201},
    "users/ann/media/m1": {"url": "https://example.com"},
    "users/ann/integrations/x": {"accounts": {}},
    "users/ann/integrations/x/accounts/x_ann": {"status": "connected"},
    "postSubmissions/s1": {"userId": OWNER, "status": "queued"},
    "postSubmissions/s1/runs/x": {"userId": OWNER, "status": "queued"},
    "postSubmissions/s1/runs/x/attempts/1": {"userId": OWNER, "outcome": "begun"},
}
HIDDEN = {
    "users/ann/integrations/x/accounts/x_ann/private/credential": {"sealed": "…"},
    "apiKeys/hash": {"userId": OWNER},
    "idempotencyKeys/hash": {"userId": OWNER},
    "rateLimits/ann:1": {"overall": 3},
    "elsewhere/d1": {"userId": OWNER},
    "users/ann/elsewhere/d1": {"userId": OWNER},
    "postSubmissions/s1/elsewhere/d1": {"userId": OWNER},
}
EVERYTHING = READABLE | HIDDEN
OWNED_BY_FIELD = [path for path in READABLE if path.startswith("postSubmissions")]


def _id_token(uid: str, project: str) -> str:
    """A Firebase ID token; the emulator asks for no signature."""
    claims = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": uid,
        "user_id": uid,
        "iat": 1,
        "exp": 4_000_000_000,
        "firebase": {"sign_in_provider": "password", "identities": {}},
    }
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts]
    return b".".join([*encoded, b""]).decode()


class Client:
    """A browser, signed in as `uid` or not at all, that speaks Firestore's REST API."""

    def __init__(self, address: str, project: str, uid: str | None) -> None:
        self._documents = f"http://{address}/v1/projects/{project}/databases/(default)/documents"
        token = _id_token(uid, project) if uid else None
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str) -> int:
        return self._ask("GET", f"/{path}")

    def list(self, path: str) -> int:
        return self._ask("GET", f"/{path.rpartition('/')[0]}")

    def create(self, path: str) -> int:
        collection = path.rpartition("/")[0]
        return self._ask("POST", f"/{collection}?documentId=new", self._fields())

    def update(self, path: str) -> int:
        return self._ask("PATCH", f"/{path}", self._fields())

    def delete(self, path: str) -> int:
        return self._ask("DELETE", f"/{path}")

    def query(self, path: str, owner: str | None) -> int:
        """Ask for a collection's documents of one owner, as the pages do, or for all of them."""
        parent, _, collection = path.rpartition("/")[0].rpartition("/")
        query: dict[str, Any] = {"from": [{"collectionId": collection}]}
        if owner:
            query["where"] = {
                "fieldFilter": {
                    "field": {"fieldPath": "userId"},
                    "op": "EQUAL",
                    "value": {"stringValue": owner},
                }
            }
        where = f"/{parent}:runQuery" if parent else ":runQuery"
        return self._ask("POST", where, {"structuredQuery": query})

    def _fields(self) -> dict[str, Any]:
        return {"fields": {"userId": {"stringValue": OWNER}, "status": {"stringValue": "mine"}}}

    def _ask(self, method: str, path: str, body: Any = None) -> int:
        url = f"{self._documents}{path}"
        answer = requests.request(method, url, json=body, headers=self._headers, timeout=10)
        return answer.status_code


@pytest.fixture
def as_user(db: firestore.Client, firestore_emulator: str) -> Callable[[str | None], Client]:
    batch = db.batch()
    for path, fields in EVERYTHING.items():
        batch.set(db.document(path), fields)
    batch.commit()
    return lambda uid: Client(firestore_emulator, db.project, uid)


def test_the_owner_reads_what_is_the_owners(as_user: Callable[[str | None], Client]) -> None:
    owner = as_user(OWNER)
    assert {path: owner.get(path) for path in READABLE} == dict.fromkeys(READABLE, 200)


@pytest.mark.parametrize("uid", [OTHER, None])
def test_nobody_else_reads_any_of_it(
    as_user: Callable[[str | None], Client], uid: str | None
) -> None:
    client = as_user(uid)
    assert {path: client.get(path) for path in EVERYTHING} == dict.fromkeys(EVERYTHING, 403)


@pytest.mark.parametrize("uid", [OWNER, OTHER, None])
def test_credentials_keys_and_counters_are_read_by_nobody(
    as_user: Callable[[str | None], Client], uid: str | None
) -> None:
    client = as_user(uid)
    assert {path: client.get(path) for path in HIDDEN} == dict.fromkeys(HIDDEN, 403)
    assert {path: client.list(path) for path in HIDDEN} == dict.fromkeys(HIDDEN, 403)


def test_the_owner_lists_what_lies_below_the_owner(
    as_user: Callable[[str | None], Client],
) -> None:
    owner = as_user(OWNER)
    below = [path for path in READABLE if path.startswith("users/ann/")]
    assert {path: owner.list(path) for path in below} == dict.fromkeys(below, 200)
    assert owner.list("users/ann") == 403, "not the users"


@pytest.mark.parametrize("uid", [OTHER, None])
def test_nobody_else_lists_anything(
    as_user: Callable[[str | None], Client], uid: str | None
) -> None:
    client = as_user(uid)
    assert {path: client.list(path) for path in EVERYTHING} == dict.fromkeys(EVERYTHING, 403)


@pytest.mark.parametrize("path", OWNED_BY_FIELD)
def test_submissions_are_listed_by_whoever_asks_for_the_own_ones(
    as_user: Callable[[str | None], Client], path: str
) -> None:
    assert as_user(OWNER).query(path, OWNER) == 200
    assert as_user(OTHER).query(path, OTHER) == 200, "an empty list"
    assert as_user(OWNER).query(path, None) == 403
    assert as_user(OWNER).query(path, OTHER) == 403
    assert as_user(OTHER).query(path, OWNER) == 403
    assert as_user(None).query(path, OWNER) == 403


@pytest.mark.parametrize("uid", [OWNER, OTHER, None])
@pytest.mark.parametrize("change", ["create", "update", "delete"])
def test_nobody_writes_anything(
    db: firestore.Client,
    as_user: Callable[[str | None], Client],
    uid: str | None,
    change: str,
) -> None:
    client = as_user(uid)
    answers = {path: getattr(client, change)(path) for path in EVERYTHING}
    assert answers == dict.fromkeys(EVERYTHING, 403)
    left = {path: db.document(path).get().to_dict() for path in EVERYTHING}
    assert left == EVERYTHING


def test_a_user_who_is_not_there_yet_cannot_be_made(
    as_user: Callable[[str | None], Client],
) -> None:
    assert as_user(OTHER).update("users/bob") == 403
    assert as_user(OTHER).update("users/bob/subscription/current") == 403
