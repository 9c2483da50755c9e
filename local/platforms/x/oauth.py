"""Logging in to X, and its tokens: OAuth 2.0 (docs.x.com/fundamentals/authentication)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from flask import request

from local.platforms.accounts import Grant
from local.platforms.login import LoginPage
from local.platforms.oauth import TokenEndpoint
from local.platforms.x.state import State

SCOPES = (
    "tweet.read",
    "users.read",
    "tweet.write",
    "media.write",
    "offline.access",
    "tweet.moderate.write",
)
MAX_STATE = 500  # characters


class Login(LoginPage[State]):
    """`/i/oauth2/authorize`, on x.com in reality. What is wrong with a login stays on X's page."""

    code_lifetime = timedelta(seconds=30)
    scopes = (*SCOPES, "like.read", "users.email")
    required = ("scope", "state", "code_challenge")
    stops: ClassVar = dict.fromkeys(
        ("client", "redirect", "missing", "type", "scope", "challenge"),
        (400, "Something went wrong. You weren't able to give access to the App."),
    )
    returns: ClassVar = {"denied": ("access_denied", "")}

    def check_more(self, query: Mapping[str, str]) -> str | None:
        return "missing" if len(query["state"]) > MAX_STATE else None


class OAuth(TokenEndpoint[State]):
    allows_public_clients = True
    lifetimes = (timedelta(seconds=7200), timedelta(days=180))  # about 6 months
    scopes = SCOPES
    code_fields = ("code", "redirect_uri", "code_verifier")
    refusals: ClassVar = {
        "missing": (400, "invalid_request", "Missing required parameter [{}]."),
        "client": (401, "unauthorized_client", "Missing valid authorization header"),
        "grant_type": (400, "unsupported_grant_type", "The grant_type is not supported."),
        "grant": (400, "invalid_request", "Value passed for the token was invalid."),
        "code": (400, "invalid_request", "Value passed for the authorization code was invalid."),
        "redirect": (
            400,
            "invalid_request",
            "Value passed for the redirect uri did not match the uri of the authorization code.",
        ),
        "verifier": (
            400,
            "invalid_request",
            "Value passed for the code verifier did not match the code challenge.",
        ),
    }

    def rotates(self) -> bool:
        return True

    def may_refresh(self, grant: Grant) -> bool:
        return grant.may("offline.access")

    def issue(self, grant: Grant, refresh_token: str = "") -> dict[str, Any]:
        # Stricter than what is documented: new tokens end the access tokens before them.
        for token in self._accounts.of_grant(grant):
            self._accounts.forget(token.value)
        return super().issue(grant, refresh_token) | {"token_type": "bearer"}

    def revoke(self) -> Any:
        """`POST /2/oauth2/revoke`: `{revoked: true}`, for an unknown token as well."""
        self.client_id()
        if "token" not in request.form:
            raise self.refused("missing", "token")
        token = self._accounts.token(request.form["token"])
        if token is not None:
            token.standing = "revoked"
        return {"revoked": True}
