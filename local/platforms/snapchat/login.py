"""Logging in to Snapchat, and its tokens, on accounts.snapchat.com.

developers.snap.com/api/marketing-api/Ads-API/authentication as of November 2026. A token acts for
all profiles of a person.
"""

from datetime import timedelta
from typing import ClassVar

from local.platforms.login import LoginPage
from local.platforms.oauth import TokenEndpoint
from local.platforms.snapchat.state import SCOPE, State


class Login(LoginPage[State]):
    """`/login/oauth2/authorize`."""

    code_lifetime = timedelta(minutes=10)  # not documented
    scopes = (SCOPE, "snapchat-marketing-api", "snapchat-offline-conversions-api")
    reaches_all_accounts = True
    stops: ClassVar = {
        "client": (400, "The client id is not known."),
        "redirect": (400, "The redirect URI is not registered for this app."),
    }
    returns: ClassVar = {
        "missing": ("invalid_request", "The parameter {} is missing."),
        "type": ("unsupported_response_type", "The response type is not supported."),
        "scope": ("invalid_scope", "The scope is not known."),
        "challenge": ("invalid_request", "The code challenge is not valid."),
        "denied": ("access_denied", "The user denied the request."),
    }


class Tokens(TokenEndpoint[State]):
    prefixes = ("hCgw", "hCgw")
    scopes = (SCOPE,)
    refusals: ClassVar = {
        "missing": (400, "invalid_request", "The body must be a form with {}."),
        "client": (401, "invalid_client", "The client is not known."),
        "grant_type": (400, "unsupported_grant_type", "The grant_type is not supported."),
        "grant": (400, "invalid_grant", "refresh token is invalid or expired"),
        "code": (400, "invalid_grant", "authorization code is invalid or expired"),
        "redirect": (400, "invalid_grant", "redirect_uri is not that of the authorization code"),
        "verifier": (400, "invalid_grant", "code_verifier is not that of the authorization code"),
    }

    @property
    def lifetimes(self) -> tuple[timedelta, timedelta]:  # type: ignore[override]
        # The lifetime of a refresh token is not documented: it works until it fails.
        return self._state.access_lifetime, timedelta(days=3650)

    def rotates(self) -> bool:
        return self._state.rotates
