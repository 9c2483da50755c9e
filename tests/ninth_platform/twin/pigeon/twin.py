"""The simulated Pigeon: the second of the three folders."""

from datetime import timedelta
from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException

from local.platforms.faults import Fault
from local.platforms.posts import Content, Post, iso
from local.platforms.reading import bearer_token
from local.platforms.simulation import Refusal, SimulatedPlatform
from shared import clock

LIFETIME = timedelta(hours=1)


class Pigeon(SimulatedPlatform):
    name = "pigeon"

    def routes(self) -> None:
        self.route("POST", "/token", self.refresh)
        self.route("POST", "/notes", self.create)
        self.route("GET", "/notes", self.notes)

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(bearer_token())
        if (request.method, request.path) != ("POST", "/notes") or token is None:
            return None
        return Content(token.account_id, request.get_json()["note"])

    def refresh(self) -> Any:
        refresh_token = request.form.get("refresh_token")
        grant = self.accounts.grant(refresh_token, "refresh")
        if grant is None or refresh_token is None:
            raise Refusal(400, {"error": "invalid_grant"})
        access = self.accounts.issue(grant, "access", LIFETIME, prefix="coo")
        grant.held = [access.value, refresh_token]
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
        grant = self.accounts.grant(bearer_token(), "access")
        if grant is None:
            raise Refusal(401, {"error": "invalid_token"})
        return grant.account.account_id

    def http_error(self, error: HTTPException) -> Refusal:
        return Refusal(error.code or 500, {"error": error.name})

    def rate_limited(self, retry_after: float) -> Refusal:
        headers = {"Retry-After": f"{retry_after:.0f}"}
        return Refusal(429, {"error": "too many requests"}, headers)

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        return None

    def server_error(self) -> Refusal:
        return Refusal(500, {"error": "internal error"})
