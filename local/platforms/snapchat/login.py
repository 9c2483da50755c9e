"""Keeping the tokens of Snapchat (section 2 of the notes on Snapchat)."""

import base64
import binascii
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import request

from local.platforms.simulation import Refusal

if TYPE_CHECKING:
    from local.platforms.snapchat.twin import Snapchat

ACCESS_LIFETIME = timedelta(seconds=3600)
# Not documented: until it fails.
REFRESH_LIFETIME = timedelta(days=3650)
_PREFIX = "hCgw"


class LoginEndpoints:
    """The token half of the twin of Snapchat."""

    def __init__(self, platform: "Snapchat") -> None:
        self._snapchat = platform

    def routes(self) -> None:
        """Declare the path, which is on accounts.snapchat.com in the world."""
        self._snapchat.route("POST", "/login/oauth2/access_token", self.token)

    def token(self) -> Any:
        """`POST /login/oauth2/access_token`: a new access token for a refresh token."""
        if request.mimetype != "application/x-www-form-urlencoded":
            raise _refused("invalid_request", "The body must be a form.")
        client_id = _client_id()
        if request.form.get("grant_type") != "refresh_token":
            raise _refused("unsupported_grant_type", "The grant_type is not supported.")
        accounts = self._snapchat.accounts
        spent = accounts.token(request.form.get("refresh_token"))
        account = accounts.get(spent.account_id) if spent else None
        if (
            spent is None
            or account is None
            or spent.kind != "refresh"
            or accounts.standing(spent) != "active"
            or account.client_id not in (None, client_id)
        ):
            raise _refused("invalid_grant", "refresh token is invalid or expired")
        access = accounts.issue(account, "access", ACCESS_LIFETIME, _PREFIX)
        answer = {
            "access_token": access.value,
            "token_type": "Bearer",
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "scope": "snapchat-profile-api",
        }
        if not self._snapchat.rotates:
            accounts.hold(account, access, spent)
            return answer
        accounts.forget(spent)
        refresh = accounts.issue(account, "refresh", REFRESH_LIFETIME, _PREFIX)
        accounts.hold(account, access, refresh)
        return answer | {"refresh_token": refresh.value}


def _client_id() -> str:
    """Whoever asks: by a Basic header or in the form. Raises Refusal."""
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
