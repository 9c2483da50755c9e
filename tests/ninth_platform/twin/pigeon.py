"""The simulated pigeon: the second of the three files."""

from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from local.platforms.faults import Fault
from local.platforms.posts import Content, Post, iso
from local.platforms.simulation import Refusal, SimulatedPlatform, bearer_token
from shared import clock


class Pigeon(SimulatedPlatform):
    name = "pigeon"

    def routes(self) -> None:
        self.route("POST", "/notes", self.take_note)
        self.route("GET", "/notes", self.notes)

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(bearer_token())
        if request.method != "POST" or token is None:
            return None
        return Content(token.account_id, request.get_json()["note"])

    def take_note(self) -> Any:
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
            raise Refusal(401, {"error": "who are you?"})
        return token.account_id

    def http_error(self, error: HTTPException) -> Refusal:
        return Refusal(error.code or 500, {"error": error.name})

    def rate_limited(self, retry_after: float) -> Response:
        return Response(status=429)

    def quota_exhausted(self, fault: Fault) -> Response | None:
        return None

    def server_error(self) -> Response:
        return jsonify(error="the loft burns"), 500  # type: ignore[return-value]
