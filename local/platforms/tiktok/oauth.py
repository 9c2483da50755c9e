"""Logging in to TikTok with Login Kit, and its tokens: the answers are flat, unlike all others.

developers.tiktok.com/doc/login-kit-web, login-kit-desktop and oauth-user-access-token-management
as of November 2026. A login with a challenge is that of a desktop app.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from flask import Response, request

from local.platforms.accounts import Grant
from local.platforms.login import LoginPage
from local.platforms.oauth import TokenEndpoint
from local.platforms.simulation import Refusal
from local.platforms.tiktok.errors import log_id
from local.platforms.tiktok.state import State

SCOPES = (
    "user.info.basic",
    "user.info.profile",
    "user.info.stats",
    "video.list",
    "video.publish",
    "video.upload",
)
_NO_LOGIN = "We couldn't log in with TikTok. This may be due to specific app settings."


class Login(LoginPage[State]):
    """`/v2/auth/authorize/`, on www.tiktok.com in reality."""

    code_lifetime = timedelta(minutes=10)
    code_ending = "*0!5210.e1"
    scopes = SCOPES
    scope_separator = ","
    client_id_field = "client_key"
    required = ("scope", "state")
    has_checkboxes = True
    always_granted = ("user.info.basic",)
    challenge_methods = ("S256",)
    stops: ClassVar = {
        "client": (400, f"{_NO_LOGIN} client_key"),
        "redirect": (400, f"{_NO_LOGIN} redirect_uri"),
    }
    returns: ClassVar = {
        "missing": ("invalid_request", "The parameter {} is missing."),
        "type": ("unsupported_response_type", "The response type is not supported."),
        "scope": ("invalid_scope", "The requested scope is invalid or not granted to the app."),
        "challenge": ("invalid_request", "Code verifier or code challenge is invalid."),
        "denied": ("access_denied", "The user denied the request."),
    }

    def more(self, scopes: Sequence[str]) -> dict[str, str]:
        return {"scopes": ",".join(scopes)}


class OAuth(TokenEndpoint[State]):
    required = ("client_key",)
    client_id_field = "client_key"
    allows_basic = False
    prefixes = ("act.", "rft.")
    scopes = SCOPES
    scope_separator = ","
    refusals: ClassVar = {
        "missing": (400, "invalid_request", "The request parameters are malformed."),
        "client": (400, "invalid_client", "Client key or secret is incorrect."),
        "grant_type": (400, "unsupported_grant_type", "The grant type is not supported."),
        "grant": (400, "invalid_grant", "Refresh token is invalid or expired."),
        "code": (400, "invalid_grant", "Authorization code is expired."),
        "redirect": (
            400,
            "invalid_request",
            "Redirect_uri is not matched with the uri when requesting code.",
        ),
        "verifier": (400, "invalid_request", "Code verifier or code challenge is invalid."),
        "revocation": (400, "invalid_request", "Access token is invalid."),
    }

    @property
    def lifetimes(self) -> tuple[timedelta, timedelta]:  # type: ignore[override]
        return self._state.lifetimes

    def rotates(self) -> bool:
        return True

    def is_verified(self, query: Mapping[str, str]) -> bool:
        # TikTok's challenge is in lower-case hexadecimal digits, unlike that of RFC 7636.
        digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).hexdigest()
        return query.get("code_challenge", digest) == digest

    def issue(self, grant: Grant, refresh_token: str = "") -> dict[str, Any]:
        lifetime = int(self.lifetimes[1].total_seconds())
        more = {"open_id": grant.account.external_id, "refresh_expires_in": lifetime}
        return super().issue(grant, refresh_token) | more

    def revoke(self) -> Any:
        """`POST /v2/oauth/revoke/`: all that the user gave to the app ends; no body."""
        client_id = self.client_id()
        grant = self._accounts.grant(request.form.get("token"), "access")
        if grant is None or grant.client_id not in (None, client_id):
            raise self.refused("revocation")
        self._accounts.end(grant)
        return Response("", 200)

    def refused(self, reason: str, name: str = "") -> Refusal:
        refusal = super().refused(reason, name)
        status = 200 if self._state.errors_with_200 else refusal.status
        return Refusal(status, refusal.body | {"log_id": log_id()})
