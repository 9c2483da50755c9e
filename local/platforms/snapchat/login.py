"""The token endpoint of Snapchat, on accounts.snapchat.com."""

from datetime import timedelta
from typing import ClassVar

from local.platforms.oauth import TokenEndpoint
from local.platforms.snapchat.state import SCOPE, State


class Login(TokenEndpoint[State]):
    # The lifetime of a refresh token is not documented: it works until it fails.
    lifetimes = (timedelta(seconds=3600), timedelta(days=3650))
    prefixes = ("hCgw", "hCgw")
    scopes = (SCOPE,)
    refusals: ClassVar = {
        "missing": (400, "invalid_request", "The body must be a form with {}."),
        "client": (401, "invalid_client", "The client is not known."),
        "grant_type": (400, "unsupported_grant_type", "The grant_type is not supported."),
        "grant": (400, "invalid_grant", "refresh token is invalid or expired"),
    }

    def rotates(self) -> bool:
        return self._state.rotates
