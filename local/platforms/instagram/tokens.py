"""Keeping the tokens of an Instagram login (section 2.1 of the notes on Instagram)."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import request

from local.platforms.meta import errors as meta_errors
from shared import clock

if TYPE_CHECKING:
    from local.platforms.instagram.twin import Instagram

LONG_LIFETIME = timedelta(seconds=5_183_944)  # 60 days, as the example has it
YOUNGEST_REFRESHED = timedelta(hours=24)
_PREFIX = "IGAAR"


class TokenEndpoints:
    """The token half of the twin of Instagram. Its path carries no version."""

    def __init__(self, platform: "Instagram") -> None:
        self._instagram = platform

    def routes(self) -> None:
        """Declare the paths."""
        self._instagram.route("GET", "/refresh_access_token", self.refresh)

    def refresh(self) -> Any:
        """`GET /refresh_access_token`: a new token; the old one lives on until its own end."""
        for name in ("grant_type", "access_token"):
            if not request.args.get(name):
                raise meta_errors.bad_parameter(f"The parameter {name} is required.")
        if request.args["grant_type"] != "ig_refresh_token":
            raise meta_errors.bad_parameter("Param grant_type must be one of {ig_refresh_token}.")
        accounts = self._instagram.accounts
        token = accounts.token(request.args["access_token"])
        if token is not None and token.standing != "revoked":
            too_young = clock.now() - token.issued_at < YOUNGEST_REFRESHED
            if too_young and not token.registered:
                message = "The access token must be at least 24 hours old."
                raise meta_errors.bad_parameter(message)
            token.standing = "active"  # only a fault can have ended it, and this mends it
        account = self._instagram.authorized()
        renewed = accounts.issue(account, "access", LONG_LIFETIME, _PREFIX)
        accounts.hold(account, renewed)
        return {
            "access_token": renewed.value,
            "token_type": "bearer",
            "expires_in": int(LONG_LIFETIME.total_seconds()),
            "permissions": "instagram_business_basic,instagram_business_content_publish",
        }
