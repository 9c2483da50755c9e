"""TikTok's token endpoint (sections 2.2 to 2.4): the answers are flat, unlike all others."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import request

from local.platforms import controls
from local.platforms.simulation import Refusal
from local.platforms.tiktok import errors as tiktok_errors

if TYPE_CHECKING:
    from local.platforms.tiktok.twin import TikTok

# Access and refresh tokens: by the documentation of November 2026, and as it was before.
LIFETIMES = (timedelta(hours=2), timedelta(days=180))
FORMER_LIFETIMES = (timedelta(days=1), timedelta(days=365))
SCOPES = "user.info.basic,user.info.profile,video.list,video.publish,video.upload"
_FORM = "application/x-www-form-urlencoded"


class OAuthEndpoints:
    """The token half of the twin of TikTok."""

    def __init__(self, platform: "TikTok") -> None:
        self._tiktok = platform
        self.forget()

    def forget(self) -> None:
        self.lifetimes = LIFETIMES
        self.errors_with_200 = False

    def routes(self) -> None:
        """Declare the path, and `POST /_sim/oauth {errorsWith200, formerLifetimes}`."""
        self._tiktok.route("POST", "/v2/oauth/token/", self.token)
        controls.add_switch(self._tiktok, "/oauth", self._switch)

    def token(self) -> Any:
        """`POST /v2/oauth/token/`: a new pair; the spent refresh token is dead."""
        form = request.form
        if request.mimetype != _FORM or not form.get("client_key"):
            raise self._refused("invalid_request", "The request parameters are malformed.")
        if not form.get("client_secret"):
            raise self._refused("invalid_client", "Client key or secret is incorrect.")
        if form.get("grant_type") != "refresh_token":
            raise self._refused("unsupported_grant_type", "The grant type is not supported.")
        book = self._tiktok.accounts
        spent = book.token(form.get("refresh_token"))
        account = book.get(spent.account_id) if spent else None
        if (
            spent is None
            or account is None
            or spent.kind != "refresh"
            or book.standing(spent) != "active"
            or account.client_id not in (None, form["client_key"])
        ):
            raise self._refused("invalid_grant", "Refresh token is invalid or expired.")
        book.forget(spent)
        access_lifetime, refresh_lifetime = self.lifetimes
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
        status = 200 if self.errors_with_200 else 400
        return tiktok_errors.oauth(status, error, description)

    def _switch(self) -> None:
        self.errors_with_200 = controls.boolean("errorsWith200")
        self.lifetimes = FORMER_LIFETIMES if controls.boolean("formerLifetimes") else LIFETIMES
