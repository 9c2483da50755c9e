"""A browser's client for Firestore with its rules, and a document for every collection."""

from typing import Any

import requests
from google.cloud import firestore

from local.seed_secrets import unsigned_id_token

OWNER, OTHER = "ann", "bob"
# A document of every collection, and what its owner may do.
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
    "users/ann/integrations/x/grants/g1": {"sealedAccess": "…", "userId": OWNER},
    "users/ann/integrations/x/collecting/metrics:x_ann": {"dueAt": 1},
    "users/ann/metricDays/2026-11-29:x:x_ann": {"numbers": {"likes": 3}},
    "collectBudgets/x-2026-11-29": {"spent": 3},
    "users/ann/integrations/x/externalIds/hash": {"accountId": "x_ann"},
    "users/ann/sessions/hash": {"expiresAt": 1},
    "connections/c1": {"userId": OWNER, "grant": {"sealedAccess": "…"}},
    "revocations/r1": {"userId": OWNER, "sealedAccess": "…"},
    "invitations/hash": {"email": "ann@example.com"},
    "signInLinks/hash": {"sentAt": [1]},
    "platformDeletions/code": {"platform": "facebook"},
    "apiKeys/hash": {"userId": OWNER},
    "idempotencyKeys/hash": {"userId": OWNER},
    "publishedPosts/hash": {"userId": OWNER, "submissionId": "s1"},
    "rateLimits/ann:1": {"overall": 3},
    "platformHealth/x-29000000-0": {"platform": "x", "failed": 1},
    "sweeps/latest": {"at": 1},
    "users/ann/usage/2026-11": {"posts": 3},
    "stripeCustomers/cus_1": {"userId": OWNER},
    "stripeEvents/evt_1": {"userId": OWNER},
    "elsewhere/d1": {"userId": OWNER},
    "users/ann/webhooks/wh_1": {"url": "https://example.com/?secret=1"},
    "users/ann/webhooks/wh_1/deliveries/evt_1": {"body": "{}"},
    "users/ann/webhookWork/wh_1": {"userId": OWNER, "wakeAt": 1},
    "users/ann/mediaSources/s1": {"media": {}, "expiresAt": 1},
    "users/ann/uploads/u1": {"size": 1},
    "users/ann/elsewhere/d1": {"userId": OWNER},
    "postSubmissions/s1/elsewhere/d1": {"userId": OWNER},
}
EVERYTHING = READABLE | HIDDEN


def write_everything(db: firestore.Client) -> None:
    batch = db.batch()
    for path, fields in EVERYTHING.items():
        batch.set(db.document(path), fields)
    batch.commit()


def collections_of(path: str) -> str:
    """Names of the collections on a path: `users/media` of `users/ann/media/m1`."""
    return "/".join(path.split("/")[::2])


class Client:
    """A client of Firestore's REST API, signed in as `uid` or signed out."""

    def __init__(self, address: str, project: str, uid: str | None) -> None:
        self._documents = f"http://{address}/v1/projects/{project}/databases/(default)/documents"
        token = unsigned_id_token(project, uid, f"{uid}@example.com") if uid else None
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
        """Query a collection's documents of one owner, as the pages do, or all of them."""
        parent, _, collection = path.rpartition("/")[0].rpartition("/")
        return self._query(parent, {"collectionId": collection}, owner)

    def query_group(self, collection: str, owner: str | None) -> int:
        """The same query as a collection group."""
        return self._query("", {"collectionId": collection, "allDescendants": True}, owner)

    def _query(self, parent: str, source: dict[str, Any], owner: str | None) -> int:
        query: dict[str, Any] = {"from": [source]}
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
