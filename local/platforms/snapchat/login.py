"""Tokens of the twin of Snapchat (section 2 of the notes on Snapchat)."""

import base64
import binascii
from datetime import timedelta
from typing import Any

from flask import request

from local.platforms.simulation import Refusal
from local.platforms.snapchat.state import SCOPE, State

ACCESS_LIFETIME = timedelta(seconds=3600)
# Not documented: a refresh token works until it fails.
REFRESH_LIFETIME = timedelta(days=3650)
_PREFIX = "hCgw"


class Login:
    """The token endpoint, which is on accounts.snapchat.com in reality."""

    def __init__(self, state: State) -> None:
        self._state = state

    def token(self) -> Any:
        """`POST /login/oauth2/access_token`: a new access token for a refresh token."""
        if request.mimetype != "application/x-www-form-urlencoded":
            raise _refused("invalid_request", "The body must be a form.")
        client_id = _client_id()
        if request.form.get("grant_type") != "refresh_token":
            raise _refused("unsupported_grant_type", "The grant_type is not supported.")
        accounts = self._state.platform.accounts
        refresh_token = request.form.get("refresh_token", "")
        account = accounts.holder(refresh_token, "refresh")
        if account is None or account.client_id not in (None, client_id):
            raise _refused("invalid_grant", "refresh token is invalid or expired")
        access = accounts.issue(account, "access", ACCESS_LIFETIME, _PREFIX)
        answer = {
            "access_token": access.value,
            "token_type": "Bearer",
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "scope": SCOPE,
        }
        if not self._state.rotates:
            account.held = [access.value, refresh_token]
            return answer
        accounts.forget(refresh_token)
        refresh = accounts.issue(account, "refresh", REFRESH_LIFETIME, _PREFIX)
        accounts.hold(account, access, refresh)
        return answer | {"refresh_token": refresh.value}


def _client_id() -> str:
    """The client id in the Basic header or the form. Raises Refusal."""
    client_id, secret = (request.form.get(name, "") for name in ("client_id", "client_secret"))
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client_id = ""
    if not client_id or not secret:
        raise _refused("invalid_client", "The client is not known.", status=401)
    return client_id


def _refused(error: str, description: str, status: int = 400) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})
