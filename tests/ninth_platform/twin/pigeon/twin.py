"""The simulated Pigeon: the second of the three folders."""

import json
from datetime import timedelta
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms.faults import Fault
from local.platforms.posts import Content, Post, iso
from local.platforms.simulation import Refusal, SimulatedPlatform, bearer_token
from shared import clock

LIFETIME = timedelta(hours=1)


class Pigeon(SimulatedPlatform):
    name = "pigeon"

    def routes(self) -> None:
        self.route("POST", "/token", self.refresh)
        self.route("POST", "/notes", self.create)
        self.route("GET", "/notes", self.notes)

    def presented_token(self) -> str | None:
        return request.form.get("refresh_token") or bearer_token()

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(bearer_token())
        if (request.method, request.path) != ("POST", "/notes") or token is None:
            return None
        return Content(token.account_id, request.get_json()["note"])

    def refresh(self) -> Any:
        token = self.accounts.token(request.form.get("refresh_token"))
        account = self.accounts.get(token.account_id) if token else None
        if token is None or account is None or self.accounts.standing(token) != "active":
            raise Refusal(400, {"error": "invalid_grant"})
        access = self.accounts.issue(account, "access", LIFETIME, prefix="coo")
        self.accounts.hold(account, access, token)
        return {"access_token": access.value, "expires_in": int(LIFETIME.total_seconds())}

    def create(self) -> Any:
        account_id = self._account_id()
        note = request.get_json()["note"]
        post = Post(str(len(self.posts.all()) + 1), account_id, note, note, clock.now())
        self.posts.add(post)
        return {"id": post.id}

    def notes(self) -> Any:
        listed = self.listed(self._account_id())
        return {"notes": [{"id": p.id, "note": p.text, "at": iso(p.visible_at)} for p in listed]}

    def _account_id(self) -> str:
        token = self.accounts.token(bearer_token())
        if token is None or self.accounts.standing(token) != "active":
            raise Refusal(401, {"error": "invalid_token"})
        return token.account_id

    def http_error(self, error: HTTPException) -> Refusal:
        return Refusal(error.code or 500, {"error": error.name})

    def rate_limited(self, retry_after: float) -> Response:
        return Response(status=429)

    def quota_exhausted(self, fault: Fault) -> Response | None:
        return None

    def server_error(self) -> Response:
        body = json.dumps({"error": "internal error"})
        return Response(body, 500, mimetype="application/json")
