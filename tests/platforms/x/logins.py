"""Logging in to X: docs.x.com (fundamentals/authentication), November 2026."""

from datetime import timedelta

from tests.platforms.login_example import LoginExample, query_of

_TOKENS = "POST /2/oauth2/token"

LOGINS = (
    LoginExample(
        platform="x",
        kind="profile",
        client_prefix="X",
        query=query_of(
            "tweet.read users.read tweet.write media.write offline.access tweet.moderate.write", " "
        ),
        has_pkce=True,
        code_lifetime=timedelta(seconds=30),
        urls=(
            "https://x.com/i/oauth2/authorize",
            "https://api.x.com/2/oauth2/token",
            "https://api.x.com/2/users/me",
            "https://api.x.com/2/oauth2/revoke",
        ),
        token_requests=(_TOKENS,),
        read="GET /2/users/me",
        external_ids=("2244994945",),
        refreshes="rotates",
        refresh_request=_TOKENS,
        revoke_request="POST /2/oauth2/revoke",
    ),
)
