"""TikTok's OAuth tokens. Their lifetimes changed in November 2026: only `expires_in` counts."""

from datetime import timedelta

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import ReconnectRequired
from shared.platforms.http import Http
from shared.platforms.tiktok.errors import RECONNECT, refresh_error


def refreshed(tokens: Tokens, client: ClientCredentials, http: Http) -> Tokens:
    """TikTok rotates the refresh token: the old pair is dead once this answered."""
    if tokens.refresh_token is None:
        raise ReconnectRequired(RECONNECT)
    answer = http.exchange_tokens(
        "/v2/oauth/token/",
        data={
            "client_key": client.client_id,
            "client_secret": client.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": tokens.refresh_token,
        },
    )
    granted = answer.fields()
    if not answer.ok or "access_token" not in granted:
        raise refresh_error(answer)
    lifetime = timedelta(seconds=granted.get("expires_in", 7200))
    return Tokens(
        access_token=granted["access_token"],
        refresh_token=granted.get("refresh_token", tokens.refresh_token),
        expires_at=clock.now() + lifetime,
    )
