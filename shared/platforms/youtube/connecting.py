"""Authorizing YouTube channels with Google's OAuth 2.0.

developers.google.com/identity/protocols/oauth2/web-server and docs/youtube/v3 (channels),
2026-11-22. The user chooses one channel on Google's page. Google keeps the refresh token: an answer
without one ends nothing. Ending one authorization ends those for all channels of the same Google
account.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from shared.domain.accounts import Account
from shared.domain.errors import ReadRefused
from shared.platforms import youtube
from shared.platforms.connecting import (
    Candidate,
    Granted,
    Listing,
    Login,
    NothingToConnect,
    Scope,
    bearer,
)
from shared.platforms.http import Http
from shared.platforms.oauth2 import OAuth2
from shared.platforms.wire import mapping, mappings, words
from shared.platforms.youtube import errors

_SCOPES = "https://www.googleapis.com/auth/"
_CHANNELS = f"/youtube/{youtube.ABOUT.api_version}/channels"


class Connecting(OAuth2):
    about = youtube.ABOUT
    logins = (
        Login(
            kind="channel",
            title="YouTube channel",
            client_prefix="YOUTUBE",
            demands="Needs a Google account with a YouTube channel.",
            scopes=(
                Scope(f"{_SCOPES}youtube.upload", "publish videos", required=True),
                Scope(
                    f"{_SCOPES}youtube.readonly", "find out whether a video is live", required=True
                ),
                Scope(f"{_SCOPES}youtube.force-ssl", "delete videos or answer comments"),
                Scope(f"{_SCOPES}yt-analytics.readonly", "read metrics"),
            ),
        ),
    )
    authorize_path = "/o/oauth2/v2/auth"
    # Without these, Google gives no refresh token, or gives one only the first time.
    authorize_query: ClassVar[Mapping[str, str]] = {
        "access_type": "offline",
        "prompt": "consent select_account",
    }
    uses_pkce = True
    token_path = "/token"  # noqa: S105 - a path
    revoke_path = "/revoke"
    revokes = True
    revokes_all = True
    default_lifetime: ClassVar[timedelta] = timedelta(seconds=3599)
    error_of = staticmethod(errors.error_of)
    refresh_error_of = staticmethod(errors.refresh_error_of)

    def listing(self, granted: Granted, http: Http) -> Listing:
        channel = self._channel(granted.tokens.access_token, http)
        if channel is None:
            raise NothingToConnect(
                "This Google account has no YouTube channel. Create one on youtube.com, then start "
                "again."
            )
        # Google does not say who the person is: each channel has a grant of its own.
        return self.listed(channel.external_id, [channel])

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        channel = self._channel(access_token, http)
        if channel is None:
            raise self.authorization_ended()
        return channel

    def _channel(self, access_token: str, http: Http) -> Candidate | None:
        query = {"part": "snippet", "mine": "true"}
        reading = http.read(_CHANNELS, params=query, headers=bearer(access_token))
        try:
            items = mappings(self.shown(reading).get("items"))
        except ReadRefused as error:
            if error.platform_code != errors.SIGN_UP_REQUIRED:
                raise
            return None
        if not items:
            return None
        snippet: Mapping[str, Any] = mapping(items[0].get("snippet"))
        thumbnails = mapping(snippet.get("thumbnails"))
        picture = mapping(thumbnails.get("medium")) or mapping(thumbnails.get("default"))
        title = words(snippet.get("title"))
        return self.candidate(
            words(items[0].get("id")),
            words(snippet.get("customUrl")).removeprefix("@") or title,
            title,
            avatar_url=picture.get("url"),
        )
