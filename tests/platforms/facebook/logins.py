"""Logging in to Facebook: developers.facebook.com/docs/facebook-login, November 2026."""

from datetime import timedelta

from tests.platforms.login_example import LoginExample, query_of

LOGINS = (
    LoginExample(
        platform="facebook",
        kind="page",
        client_prefix="FACEBOOK",
        query=query_of(
            "pages_show_list pages_read_engagement pages_manage_posts pages_manage_engagement "
            "pages_read_user_content read_insights business_management",
            ",",
            auth_type="rerequest",
        ),
        code_lifetime=timedelta(minutes=10),
        urls=(
            "https://www.facebook.com/v26.0/dialog/oauth",
            "https://graph.facebook.com/v26.0/oauth/access_token",
            "https://graph.facebook.com/v26.0/me/permissions",
            "https://graph.facebook.com/v26.0/me",
        ),
        token_requests=(
            "POST /v26.0/oauth/access_token",
            "GET /v26.0/oauth/access_token",
            "GET /v26.0/me/permissions",
        ),
        read="GET /v26.0/me",
        external_ids=("102030405060708", "102030405060709"),
        optional="read_insights",
        required="pages_manage_posts",
        nothing="did not choose a Facebook Page",
        refreshes="never",
        revoke_request="DELETE /v26.0/me/permissions",
    ),
)
