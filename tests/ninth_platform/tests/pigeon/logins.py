"""Pigeon's login."""

from datetime import timedelta

from tests.platforms.login_example import LoginExample, query_of

LOGINS = (
    LoginExample(
        platform="pigeon",
        kind="profile",
        client_prefix="PIGEON",
        query=query_of("fly", " "),
        code_lifetime=timedelta(minutes=10),
        urls=(
            "https://api.pigeon.test/authorize",
            "https://api.pigeon.test/token",
            "https://api.pigeon.test/me",
        ),
        token_requests=("POST /token",),
        read="GET /me",
        external_ids=("loft-1",),
        refresh_request="POST /token",
    ),
)
