"""Logging in to YouTube: developers.google.com/identity, November 2026."""

from datetime import timedelta

from tests.platforms.login_example import LoginExample, query_of

_GOOGLE = "https://www.googleapis.com/auth/"

LOGINS = (
    LoginExample(
        platform="youtube",
        kind="channel",
        client_prefix="YOUTUBE",
        query=query_of(
            f"{_GOOGLE}youtube.upload {_GOOGLE}youtube.readonly {_GOOGLE}youtube.force-ssl "
            f"{_GOOGLE}yt-analytics.readonly",
            " ",
            access_type="offline",
            prompt="consent select_account",
        ),
        has_pkce=True,
        code_lifetime=timedelta(minutes=10),
        urls=(
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token",
            "https://www.googleapis.com/youtube/v3/channels",
            "https://oauth2.googleapis.com/revoke",
        ),
        token_requests=("POST /token",),
        read="GET /youtube/v3/channels",
        external_ids=("UC_x5XG1OV2P6uZZ5FSM9Ttw",),
        optional=f"{_GOOGLE}yt-analytics.readonly",
        required=f"{_GOOGLE}youtube.upload",
        nothing="has no YouTube channel",
        refresh_request="POST /token",
        revoke_request="POST /revoke",
    ),
)
