"""Google's pages to log in, on accounts.google.com, and its tokens, on oauth2.googleapis.com.

developers.google.com/identity/protocols/oauth2/web-server as of November 2026. A login is for one
channel; ending it ends everything that the Google account gave to the app.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from flask import request

from local.platforms.accounts import Grant
from local.platforms.login import LoginPage
from local.platforms.oauth import TokenEndpoint
from local.platforms.youtube.state import SCOPE_PREFIX, State

SCOPES = ("youtube.upload", "youtube.readonly", "youtube.force-ssl", "yt-analytics.readonly")
SIGN_IN_SCOPES = ("openid", "email", "profile")
TESTING_LIFETIME = timedelta(days=7)
# Google names none; it ends by events.
REFRESH_LIFETIME = timedelta(days=36500)


class Login(LoginPage[State]):
    """`/o/oauth2/v2/auth`. What is wrong with a login stays on Google's page."""

    code_lifetime = timedelta(minutes=10)
    scopes = (*SIGN_IN_SCOPES, *(SCOPE_PREFIX + scope for scope in (*SCOPES, "youtube")))
    has_checkboxes = True
    always_granted = SIGN_IN_SCOPES
    stops: ClassVar = {
        "client": (401, "Error 401: invalid_client"),
        "redirect": (400, "Error 400: redirect_uri_mismatch"),
        "missing": (400, "Error 400: invalid_request. Missing required parameter: {}"),
        "type": (400, "Error 400: unsupported_response_type"),
        "scope": (400, "Error 400: invalid_scope"),
        "challenge": (400, "Error 400: invalid_request"),
    }
    returns: ClassVar = {"denied": ("access_denied", "")}

    def more(self, scopes: Sequence[str]) -> dict[str, str]:
        return {"scope": " ".join(scopes)}

    def prepare(self, grant: Grant, query: Mapping[str, str]) -> None:
        is_known = self._accounts.live(grant.person, grant.client_id or "", "refresh")
        consents = "consent" in query.get("prompt", "").split()
        is_offline = query.get("access_type") == "offline"
        grant.refreshes = is_offline and (consents or not is_known)


class Tokens(TokenEndpoint[State]):
    """The refresh token stays, and is not repeated."""

    prefixes = ("ya29.", "1//0")
    scopes = tuple(SCOPE_PREFIX + scope for scope in SCOPES)
    other_client = "other_client"
    wrong_secret = "secret"
    refusals: ClassVar = {
        "missing": (400, "invalid_request", "Missing required parameter: {}"),
        "client": (401, "invalid_client", "The OAuth client was not found."),
        "secret": (401, "invalid_client", "Unauthorized"),
        "other_client": (401, "unauthorized_client", "Unauthorized"),
        "grant_type": (400, "unsupported_grant_type", "Invalid grant_type: {}"),
        "grant": (400, "invalid_grant", "Token has been expired or revoked."),
        "code": (400, "invalid_grant", "Bad Request"),
        "verifier": (400, "invalid_grant", "Bad Request"),
        "redirect": (400, "redirect_uri_mismatch", "Bad Request"),
        "revocation": (400, "invalid_token", "Token expired or revoked"),
    }

    @property
    def lifetimes(self) -> tuple[timedelta, timedelta]:  # type: ignore[override]
        refresh = TESTING_LIFETIME if self._state.is_in_testing else REFRESH_LIFETIME
        return timedelta(seconds=3599), refresh

    def issue(self, grant: Grant, refresh_token: str = "") -> dict[str, Any]:
        answer = super().issue(grant, refresh_token)
        if self._state.is_in_testing and "refresh_token" in answer:
            answer["refresh_token_expires_in"] = int(TESTING_LIFETIME.total_seconds())
        return answer

    def revoke(self) -> Any:
        """`POST /revoke`: all that the person gave to the app ends, by either token."""
        token = self._accounts.token(request.form.get("token"))
        if token is None or token.standing == "revoked":
            raise self.refused("revocation")
        self._accounts.end(token.grant)
        return {}
