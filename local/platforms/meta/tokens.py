"""The exchange of a long-lived token for a new one, as Instagram and Threads do it.

developers.facebook.com/docs/threads/get-started/long-lived-tokens.
"""

from datetime import timedelta
from typing import Any, TypeVar

from flask import request

from local.platforms import clock
from local.platforms.accounts import Grant, Token
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.state import State
from local.platforms.simulation import Endpoints

S = TypeVar("S", bound=State)

LONG_LIFETIME = timedelta(seconds=5_183_944)  # 60 days, as the example has it
YOUNGEST_REFRESHED = timedelta(hours=24)


class TokenEndpoints(Endpoints[S]):
    """Refreshing tokens. The path has no version."""

    grant_type: str
    prefix: str
    """How the values of tokens begin."""

    def refresh(self) -> Any:
        """`GET /refresh_access_token`: a new token; the old one stays valid until its own end."""
        meta_errors.need(request.args, "grant_type", "access_token")
        check_grant(request.args["grant_type"], self.grant_type)
        token = self._accounts.token(request.args["access_token"])
        if token is not None and token.standing != "revoked":
            self.check_refreshable(token)
            token.standing = "active"  # only a fault can have ended it, and this undoes that
        self._state.authorized()
        return self.long_lived(self._state.token().grant)

    def check_refreshable(self, token: Token) -> None:
        """Refuse a token that is too young. Raises Refusal."""
        too_young = clock.now() - token.issued_at < YOUNGEST_REFRESHED
        if too_young and not token.registered:
            raise meta_errors.bad_parameter("The access token must be at least 24 hours old.")

    def long_lived(self, grant: Grant) -> dict[str, Any]:
        """A new token for 60 days, as the platform returns it."""
        token = self._accounts.issue(grant, "access", LONG_LIFETIME, self.prefix)
        grant.held = [token.value]
        return {
            "access_token": token.value,
            "token_type": "bearer",
            "expires_in": int(LONG_LIFETIME.total_seconds()),
        }


def check_grant(value: str, expected: str) -> None:
    """Refuse another grant type. Raises Refusal."""
    if value != expected:
        raise meta_errors.bad_parameter(f"Param grant_type must be one of {{{expected}}}.")
