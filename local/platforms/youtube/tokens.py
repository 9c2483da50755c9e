"""Google's token endpoint (section 2 of the notes on YouTube), on oauth2.googleapis.com."""

from datetime import timedelta
from typing import Any

from flask import request

from local.platforms.youtube.errors import oauth
from local.platforms.youtube.state import SCOPE_PREFIX, State

ACCESS_LIFETIME = timedelta(seconds=3599)
SCOPES = ("youtube.upload", "youtube.readonly", "youtube.force-ssl", "yt-analytics.readonly")
_FORM = "application/x-www-form-urlencoded"


class TokenEndpoints:
    """The token half of the twin of YouTube."""

    def __init__(self, state: State) -> None:
        self._state = state

    def token(self) -> Any:
        """`POST /token`: a new access token; the refresh token stays, and is not repeated."""
        form = request.form
        if request.mimetype != _FORM or not form.get("grant_type"):
            raise oauth(400, "invalid_request", "Required parameter is missing: grant_type")
        if form["grant_type"] != "refresh_token":
            raise oauth(400, "unsupported_grant_type", f"Invalid grant_type: {form['grant_type']}")
        if not form.get("client_id") or not form.get("client_secret"):
            raise oauth(401, "invalid_client", "The OAuth client was not found.")
        if not form.get("refresh_token"):
            raise oauth(400, "invalid_request", "Missing required parameter: refresh_token")
        return self._refreshed(form["refresh_token"], form["client_id"])

    def _refreshed(self, value: str, client_id: str) -> dict[str, Any]:
        accounts = self._state.platform.accounts
        account = accounts.holder(value, "refresh")
        if account is None:
            raise oauth(400, "invalid_grant", "Token has been expired or revoked.")
        if account.client_id not in (None, client_id):
            raise oauth(401, "unauthorized_client", "Unauthorized")
        access = accounts.issue(account, "access", ACCESS_LIFETIME, prefix="ya29.")
        accounts.hold(account, access)
        scopes = [SCOPE_PREFIX + scope for scope in SCOPES]
        return {
            "access_token": access.value,
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "scope": " ".join(scopes if account.scopes is None else sorted(account.scopes)),
            "token_type": "Bearer",
        }

    def revoke(self) -> Any:
        """`POST /revoke`: the whole grant ends, by either token."""
        token = self._state.platform.accounts.token(request.form.get("token"))
        if token is None or token.standing == "revoked":
            raise oauth(400, "invalid_token", "Token expired or revoked")
        self._state.platform.accounts.revoke(token.value)
        return {}
