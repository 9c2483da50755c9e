"""TikTok's token endpoint: its answers are flat, unlike all others."""

from datetime import timedelta
from typing import Any, ClassVar

from local.platforms.accounts import Grant
from local.platforms.oauth import TokenEndpoint
from local.platforms.simulation import Refusal
from local.platforms.tiktok.errors import log_id
from local.platforms.tiktok.state import State


class OAuth(TokenEndpoint[State]):
    required = ("client_key",)
    client_id_field = "client_key"
    prefixes = ("act.", "rft.")
    scopes = ("user.info.basic", "user.info.profile", "video.list", "video.publish", "video.upload")
    scope_separator = ","
    refusals: ClassVar = {
        "missing": (400, "invalid_request", "The request parameters are malformed."),
        "client": (400, "invalid_client", "Client key or secret is incorrect."),
        "grant_type": (400, "unsupported_grant_type", "The grant type is not supported."),
        "grant": (400, "invalid_grant", "Refresh token is invalid or expired."),
    }

    @property
    def lifetimes(self) -> tuple[timedelta, timedelta]:  # type: ignore[override]
        return self._state.lifetimes

    def rotates(self) -> bool:
        return True

    def issue(self, grant: Grant, refresh_token: str = "") -> dict[str, Any]:
        lifetime = int(self.lifetimes[1].total_seconds())
        more = {"open_id": grant.account.external_id, "refresh_expires_in": lifetime}
        return super().issue(grant, refresh_token) | more

    def refused(self, reason: str, name: str = "") -> Refusal:
        refusal = super().refused(reason, name)
        status = 200 if self._state.errors_with_200 else refusal.status
        return Refusal(status, refusal.body | {"log_id": log_id()})
