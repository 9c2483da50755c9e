"""Logging in to TikTok: developers.tiktok.com (login-kit-web), November 2026."""

from datetime import timedelta

from tests.platforms.login_example import LoginExample, query_of

_TOKENS = "POST /v2/oauth/token/"

LOGINS = (
    LoginExample(
        platform="tiktok",
        kind="profile",
        client_prefix="TIKTOK",
        query=query_of(
            "user.info.basic user.info.profile video.publish video.list",
            ",",
            disable_auto_auth="1",
        ),
        client_id_field="client_key",
        code_lifetime=timedelta(minutes=10),
        urls=(
            "https://www.tiktok.com/v2/auth/authorize/",
            "https://open.tiktokapis.com/v2/oauth/token/",
            "https://open.tiktokapis.com/v2/user/info/",
            "https://open.tiktokapis.com/v2/oauth/revoke/",
        ),
        token_requests=(_TOKENS,),
        read="GET /v2/user/info/",
        external_ids=("0f1e2d3c-a-b_c",),
        optional="user.info.profile",
        required="video.publish",
        refreshes="rotates",
        refresh_request=_TOKENS,
        revoke_request="POST /v2/oauth/revoke/",
    ),
)
