"""Google's token endpoint, on oauth2.googleapis.com."""

from datetime import timedelta
from typing import Any, ClassVar

from flask import request

from local.platforms.oauth import TokenEndpoint
from local.platforms.youtube.state import SCOPE_PREFIX, State

SCOPES = ("youtube.upload", "youtube.readonly", "youtube.force-ssl", "yt-analytics.readonly")


class Tokens(TokenEndpoint[State]):
    """The refresh token stays, and is not repeated."""

    lifetimes = (timedelta(seconds=3599), timedelta.max)
    prefixes = ("ya29.", "")
    scopes = tuple(SCOPE_PREFIX + scope for scope in SCOPES)
    other_client = "other_client"
    refusals: ClassVar = {
        "missing": (400, "invalid_request", "Missing required parameter: {}"),
        "client": (401, "invalid_client", "The OAuth client was not found."),
        "other_client": (401, "unauthorized_client", "Unauthorized"),
        "grant_type": (400, "unsupported_grant_type", "Invalid grant_type: {}"),
        "grant": (400, "invalid_grant", "Token has been expired or revoked."),
        "revocation": (400, "invalid_token", "Token expired or revoked"),
    }

    def revoke(self) -> Any:
        """`POST /revoke`: the whole grant ends, by either token."""
        token = self._accounts.token(request.form.get("token"))
        if token is None or token.standing == "revoked":
            raise self.refused("revocation")
        self._accounts.end(token.grant)
        return {}
