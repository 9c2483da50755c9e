"""Logging in to Instagram: developers.facebook.com/docs/instagram-platform, November 2026."""

from datetime import timedelta

from tests.platforms.login_example import LoginExample, query_of

LOGINS = (
    LoginExample(
        platform="instagram",
        kind="profile",
        client_prefix="INSTAGRAM",
        query=query_of(
            "instagram_business_basic instagram_business_content_publish "
            "instagram_business_manage_comments instagram_business_manage_insights",
            ",",
            enable_fb_login="0",
            force_reauth="true",
        ),
        code_lifetime=timedelta(hours=1),
        urls=(
            "https://www.instagram.com/oauth/authorize",
            "https://api.instagram.com/oauth/access_token",
            "https://graph.instagram.com/access_token",
            "https://graph.instagram.com/v26.0/me",
            "https://graph.instagram.com/refresh_access_token",
        ),
        token_requests=("POST /oauth/access_token", "GET /access_token"),
        read="GET /v26.0/me",
        external_ids=("17841405793187218",),
        optional="instagram_business_manage_insights",
        required="instagram_business_content_publish",
        nothing="is a personal account",
        refreshes="exchanges",
        refresh_request="GET /refresh_access_token",
        wrong_secret="client secret or redirect URI",
    ),
)
