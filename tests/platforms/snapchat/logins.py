"""Logging in to Snapchat: developers.snap.com, November 2026."""

from datetime import timedelta

from tests.platforms.login_example import LoginExample, query_of

_TOKENS = "POST /login/oauth2/access_token"

LOGINS = (
    LoginExample(
        platform="snapchat",
        kind="profile",
        client_prefix="SNAPCHAT",
        query=query_of("snapchat-profile-api", " "),
        code_lifetime=timedelta(minutes=10),
        urls=(
            "https://accounts.snapchat.com/login/oauth2/authorize",
            "https://accounts.snapchat.com/login/oauth2/access_token",
            "https://businessapi.snapchat.com/v1/public_profiles/my_profile",
        ),
        token_requests=(_TOKENS,),
        read="GET /v1/public_profiles/my_profile",
        external_ids=("9f3c2f4e-5f4c-4e57-a7b1-9d5f", "9f3c2f4e-5f4c-4e57-a7b1-9d60"),
        nothing="has no Public Profile",
        refresh_request=_TOKENS,
    ),
)
