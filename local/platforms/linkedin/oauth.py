"""The token endpoint of LinkedIn, on www.linkedin.com."""

from datetime import timedelta
from typing import Any, ClassVar

from local.platforms import clock
from local.platforms.accounts import Grant
from local.platforms.linkedin.state import State
from local.platforms.oauth import TokenEndpoint


class OAuth(TokenEndpoint[State]):
    """The refresh token stays, and its year is not extended."""

    required = ("grant_type", "refresh_token", "client_id", "client_secret")
    lifetimes = (timedelta(days=60), timedelta(days=365))
    prefixes = ("AQX", "")
    other_client = "client"
    refusals: ClassVar = {
        "missing": (400, "invalid_request", 'A required parameter "{}" is missing'),
        "client": (401, "invalid_client", "Client authentication failed"),
        "grant_type": (400, "unsupported_grant_type", "The grant type is not supported"),
        "grant": (400, "invalid_grant", "The provided refresh token is not valid"),
    }

    def issue(self, grant: Grant, refresh_token: str = "") -> dict[str, Any]:
        refresh = self._accounts.token(refresh_token)
        issued_at = refresh.issued_at if refresh else clock.now()
        left = issued_at + self.lifetimes[1] - clock.now()
        if self._accounts.enforce_lifetimes and left <= timedelta(0):
            raise self.refused("grant")
        return super().issue(grant, refresh_token) | {
            "refresh_token": refresh_token,
            "refresh_token_expires_in": max(0, int(left.total_seconds())),
        }
