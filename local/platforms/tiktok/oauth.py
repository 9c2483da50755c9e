"""TikTok's token endpoint (sections 2.2 to 2.4): the answers are flat, unlike all others."""

from typing import Any

from flask import request

from local.platforms.simulation import Refusal
from local.platforms.tiktok import errors as tiktok_errors
from local.platforms.tiktok.state import State

SCOPES = "user.info.basic,user.info.profile,video.list,video.publish,video.upload"
_FORM = "application/x-www-form-urlencoded"


class OAuthEndpoints:
    """The token half of the twin of TikTok."""

    def __init__(self, state: State) -> None:
        self._state = state

    def token(self) -> Any:
        """`POST /v2/oauth/token/`: a new pair; the spent refresh token is dead."""
        form = request.form
        if request.mimetype != _FORM or not form.get("client_key"):
            raise self._refused("invalid_request", "The request parameters are malformed.")
        if not form.get("client_secret"):
            raise self._refused("invalid_client", "Client key or secret is incorrect.")
        if form.get("grant_type") != "refresh_token":
            raise self._refused("unsupported_grant_type", "The grant type is not supported.")
        book = self._state.platform.accounts
        spent = form.get("refresh_token", "")
        account = book.holder(spent, "refresh")
        if account is None or account.client_id not in (None, form["client_key"]):
            raise self._refused("invalid_grant", "Refresh token is invalid or expired.")
        book.forget(spent)
        access_lifetime, refresh_lifetime = self._state.lifetimes
        access = book.issue(account, "access", access_lifetime, prefix="act.")
        refresh = book.issue(account, "refresh", refresh_lifetime, prefix="rft.")
        book.hold(account, access, refresh)
        return {
            "access_token": access.value,
            "expires_in": int(access_lifetime.total_seconds()),
            "open_id": account.external_id,
            "refresh_expires_in": int(refresh_lifetime.total_seconds()),
            "refresh_token": refresh.value,
            "scope": SCOPES if account.scopes is None else ",".join(sorted(account.scopes)),
            "token_type": "Bearer",
        }

    def _refused(self, error: str, description: str) -> Refusal:
        status = 200 if self._state.errors_with_200 else 400
        return tiktok_errors.oauth(status, error, description)
