"""A caller of the API: sends requests to its Flask application, in the same process."""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask
from google.cloud.firestore_v1.base_query import FieldFilter
from werkzeug.test import TestResponse

from shared.domain.accounts import Account
from shared.domain.submission import Target
from shared.gcp.api_keys import ApiKeys, hash_of, new_key
from shared.gcp.submissions import submission_from
from tests.functions.described import check_answer
from tests.world import World

POSTS = "/v1/posts"
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class ApiClient:
    """Calls the API with a live key of `user_id`, unless a call has its own headers."""

    def __init__(self, app: Flask, world: World, user_id: str) -> None:
        self.app, self.world, self.user_id = app, world, user_id
        self.key = self.new_key()

    @classmethod
    def of_new_user(cls, app: Flask, world: World, **subscription: Any) -> "ApiClient":
        """With a new user who has an account on every platform: `x_main`, …"""
        user_id = f"u{secrets.token_hex(8)}"
        world.settle(user_id, "{platform}_main", **subscription)
        return cls(app, world, user_id)

    def another_user(self, **subscription: Any) -> "ApiClient":
        return ApiClient.of_new_user(self.app, self.world, **subscription)

    def another_user_without_accounts(self) -> "ApiClient":
        user_id = f"u{secrets.token_hex(8)}"
        self.world.add_user(user_id)
        return ApiClient(self.app, self.world, user_id)

    def connect(self, platform: str, account_id: str) -> Account:
        """Connect one more account with this name for this user."""
        return self.world.connect(platform, account_id, self.user_id)

    def new_key(self, mode: str = "live", **more: Any) -> str:
        """One more key of this user. `more`: its scopes, and when it expires."""
        key = new_key(mode)
        ApiKeys(self.world.parts.db).put(key, user_id=self.user_id, name="a test's", **more)
        return key

    def revoke(self, key: str) -> None:
        ApiKeys(self.world.parts.db).revoke(hash_of(key))

    def call(
        self,
        method: str,
        path: str,
        *,
        data: bytes | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        environ: Mapping[str, Any] | None = None,
    ) -> TestResponse:
        """One request. `key` "" sends none; `environ` can have what no HTTP client would send.

        The answer must match the OpenAPI description.
        """
        carried = {"soku-api-key": self.key if key is None else key}
        sent = {name: value for name, value in carried.items() if value} | dict(headers or {})
        answer = self.app.test_client().open(
            path,
            method=method,
            data=data,
            json=json,
            headers=sent,
            environ_overrides=dict(environ or {}),
        )
        check_answer(self.app, answer)
        return answer

    def send(self, body: Any, **headers: str) -> TestResponse:
        """POST /v1/posts with `body` as JSON; `Idempotency_Key="…"` names a header."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send_bytes(json.dumps(body).encode(), headers=named)

    def send_bytes(self, data: bytes, **more: Any) -> TestResponse:
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        return self.call("POST", POSTS, data=data, headers=headers, **more)

    def accept(self, body: Any, **headers: str) -> str:
        """The id of a post that must be accepted."""
        answer = self.send(body, **headers)
        assert answer.status_code == 201, answer.text
        assert list(answer.json) == ["postSubmissionId"]
        return answer.json["postSubmissionId"]

    def read(self, post_id: str, query: str = "") -> TestResponse:
        return self.call("GET", f"{POSTS}/{post_id}{query}")

    def logged(self, request_id: str) -> dict[str, Any] | None:
        """The document of one request of this user."""
        path = f"users/{self.user_id}/apiRequests/{request_id}"
        return self.world.parts.db.document(path).get().to_dict()

    def submissions(self) -> list[dict[str, Any]]:
        """This user's stored submissions."""
        found = self._owned("postSubmissions")
        return [snapshot.to_dict() | {"id": snapshot.id} for snapshot in found]

    def targets(self) -> tuple[Target, ...]:
        """The targets of this user's only submission, with their contents."""
        [snapshot] = self._owned("postSubmissions")
        stored = submission_from(snapshot)
        assert stored is not None
        return stored.submission.targets

    def records(self) -> list[Any]:
        """Snapshots of this user's idempotency records."""
        return self._owned("idempotencyKeys")

    def tasks(self) -> list[dict[str, Any]]:
        """Bodies of the waiting tasks of this user's submissions."""
        own = {submission["id"] for submission in self.submissions()}
        tasks = [json.loads(task.body) for task in self.world.tasks.pending()]
        return [task for task in tasks if task["submissionId"] in own]

    def stored_nothing(self) -> bool:
        return not self.submissions() and not self.tasks() and not self.records()

    def _owned(self, collection: str) -> list[Any]:
        owner = FieldFilter("userId", "==", self.user_id)
        return list(self.world.parts.db.collection(collection).where(filter=owner).stream())


def post(text: str | None = "Hello", platform: Any = "x", **more: Any) -> dict[str, Any]:
    """A body of POST /v1/posts. `content` adds to its content, other arguments to the body."""
    content = {"text": text, "platform": platform, **more.pop("content", {})}
    return {
        "post": {"content": {name: value for name, value in content.items() if value is not None}},
        **more,
    }


def error_of(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The error of an answer, after checking its envelope."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/json"
    assert list(answer.json) == ["error"]
    error = answer.json["error"]
    assert error["code"] == code, error
    assert set(error) - {"details"} == {"type", "code", "message", "timestamp", "requestId"}
    assert error["type"] == _TYPES.get(status, "invalid_request_error")
    assert error["message"]
    assert _TIMESTAMP.fullmatch(error["timestamp"])
    assert error["requestId"] == answer.headers["X-Request-ID"]
    return error


_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    500: "api_error",
}


def faults_of(answer: TestResponse) -> list[tuple[str, str | None, str]]:
    """(field, platform, code) of each violation of a validation_error, in its order."""
    details = error_of(answer, 400, "validation_error")["details"]
    for fault in details:
        assert set(fault) == {"field", "platform", "code", "message"}
        assert fault["message"]
    return [(fault["field"], fault["platform"], fault["code"]) for fault in details]
