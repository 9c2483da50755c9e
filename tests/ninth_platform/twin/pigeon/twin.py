"""The simulated Pigeon: the second of the three folders."""

from datetime import timedelta
from typing import Any, ClassVar

from flask import request
from werkzeug.exceptions import HTTPException

from local.platforms.accounts import Account
from local.platforms.faults import Fault
from local.platforms.login import LoginPage
from local.platforms.oauth import TokenEndpoint
from local.platforms.posts import Content, Post, iso
from local.platforms.reading import bearer_token
from local.platforms.simulation import Refusal, SimulatedPlatform, State
from shared import clock

_REFUSED = (400, "The login is not valid.")


class Login(LoginPage[State]):
    code_lifetime = timedelta(minutes=10)
    scopes = ("fly",)
    stops: ClassVar = dict.fromkeys(
        ("client", "redirect", "missing", "type", "scope", "challenge"), _REFUSED
    )
    returns: ClassVar = {"denied": ("access_denied", "")}


class Tokens(TokenEndpoint[State]):
    lifetimes = (timedelta(hours=1), timedelta(days=365))
    prefixes = ("coo", "roo")
    scopes = ("fly",)
    refusals: ClassVar = {
        "missing": (400, "invalid_request", "{} is missing"),
        "client": (401, "invalid_client", ""),
        "grant_type": (400, "unsupported_grant_type", ""),
        "grant": (400, "invalid_grant", ""),
        "code": (400, "invalid_grant", ""),
        "redirect": (400, "invalid_grant", ""),
        "verifier": (400, "invalid_grant", ""),
    }


class Pigeon(SimulatedPlatform):
    name = "pigeon"

    def routes(self) -> None:
        login = Login(self.state)
        self.route("GET", "/authorize", login.show)
        self.route("POST", "/authorize", login.decide)
        self.route("POST", "/token", Tokens(self.state).token)
        self.route("GET", "/me", self.me)
        self.route("POST", "/notes", self.create)
        self.route("GET", "/notes", self.notes)

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(bearer_token())
        if (request.method, request.path) != ("POST", "/notes") or token is None:
            return None
        return Content(token.account_id, request.get_json()["note"])

    def me(self) -> Any:
        account = self._account()
        return {"id": account.external_id, "name": account.username}

    def create(self) -> Any:
        account_id = self._account().account_id
        note = request.get_json()["note"]
        post = Post(str(len(self.posts.all()) + 1), account_id, note, note, clock.now())
        self.posts.add(post)
        return {"id": post.id}

    def notes(self) -> Any:
        listed = self.listed(self._account().account_id)
        return {"notes": [{"id": p.id, "note": p.text, "at": iso(p.visible_at)} for p in listed]}

    def _account(self) -> Account:
        grant = self.accounts.grant(bearer_token(), "access")
        if grant is None:
            raise Refusal(401, {"error": "invalid_token"})
        return grant.account

    def http_error(self, error: HTTPException) -> Refusal:
        return Refusal(error.code or 500, {"error": error.name})

    def rate_limited(self, retry_after: float) -> Refusal:
        headers = {"Retry-After": f"{retry_after:.0f}"}
        return Refusal(429, {"error": "too many requests"}, headers)

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        return None

    def server_error(self) -> Refusal:
        return Refusal(500, {"error": "internal error"})
