"""OAuth 2.0 with refresh tokens (RFC 6749), from what a platform declares."""

from abc import abstractmethod
from base64 import b64encode
from datetime import timedelta
from typing import Any, ClassVar

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.errors import PlatformError, PlatformUnavailable, ReconnectRequired
from shared.platforms.base import Connecting
from shared.platforms.http import Answer, Http


class OAuth2(Connecting):
    """A platform whose refresh tokens bring new access tokens.

    Whether the platform rotates the refresh token needs no declaration: one in the answer
    replaces the old one, and without one the old one stays valid.
    """

    token_path: ClassVar[str]
    """Where tokens are exchanged, relative to the platform's hosts."""
    sends_client_in_header: ClassVar[bool] = False
    """The client authenticates with HTTP Basic instead of with fields of the body."""
    client_id_field: ClassVar[str] = "client_id"
    default_lifetime: ClassVar[timedelta]
    """The lifetime of an access token when the answer has none."""

    @abstractmethod
    def refresh_error_of(self, answer: Answer) -> PlatformError:
        """The error that a refused refresh means."""

    def is_refused(self, answer: Answer) -> bool:
        """Whether the platform refused the refresh."""
        return not answer.ok

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        if tokens.refresh_token is None:
            raise ReconnectRequired(self.about.reconnect)
        grant = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        request: dict[str, Any] = {"data": {**self._client_fields(), **grant}}
        if self.sends_client_in_header:
            request["headers"] = self._client_header()
        answer = http.exchange_tokens(self.token_path, **request)
        if self.is_refused(answer):
            raise self.refresh_error_of(answer)
        return tokens_from(answer, self, self.default_lifetime, tokens.refresh_token)

    def _client_fields(self) -> dict[str, str]:
        if self.sends_client_in_header:
            return {}
        return {
            self.client_id_field: self.client.client_id,
            "client_secret": self.client.client_secret,
        }

    def _client_header(self) -> dict[str, str]:
        pair = f"{self.client.client_id}:{self.client.client_secret}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def tokens_from(
    answer: Answer, platform: Connecting, lifetime: timedelta, refresh_token: str | None
) -> Tokens:
    """The tokens in a successful answer. Raises PlatformUnavailable when it has none.

    `lifetime` and `refresh_token` apply when the answer has none.
    """
    fields = answer.fields()
    if not fields.get("access_token"):
        name = platform.about.display_name
        raise PlatformUnavailable(f"{name} returned no token for a token refresh.")
    expires_in = timedelta(seconds=fields.get("expires_in", lifetime.total_seconds()))
    return Tokens(
        access_token=fields["access_token"],
        refresh_token=fields.get("refresh_token") or refresh_token,
        expires_at=clock.now() + expires_in,
    )
