"""Logging in to LinkedIn: learn.microsoft.com/linkedin (shared/authentication), November 2026."""

from datetime import timedelta

from tests.platforms.login_example import LoginExample, query_of

_TOKENS = "POST /oauth/v2/accessToken"

LOGINS = (
    LoginExample(
        platform="linkedin",
        kind="profile",
        client_prefix="LINKEDIN",
        query=query_of("openid profile w_member_social", " "),
        code_lifetime=timedelta(minutes=30),
        urls=(
            "https://www.linkedin.com/oauth/v2/authorization",
            "https://www.linkedin.com/oauth/v2/accessToken",
            "https://api.linkedin.com/v2/userinfo",
            "https://www.linkedin.com/oauth/v2/revoke",
        ),
        token_requests=(_TOKENS,),
        read="GET /v2/userinfo",
        external_ids=("urn:li:person:782bbtaQ",),
        refresh_request=_TOKENS,
        revoke_request="POST /oauth/v2/revoke",
    ),
    LoginExample(
        platform="linkedin",
        kind="page",
        client_prefix="LINKEDIN_PAGES",
        query=query_of(
            "w_organization_social r_organization_social w_organization_social_feed "
            "r_organization_social_feed rw_organization_admin r_basicprofile",
            " ",
        ),
        code_lifetime=timedelta(minutes=30),
        urls=(
            "https://www.linkedin.com/oauth/v2/authorization",
            "https://www.linkedin.com/oauth/v2/accessToken",
            "https://api.linkedin.com/rest/me",
            "https://www.linkedin.com/oauth/v2/revoke",
        ),
        token_requests=(_TOKENS,),
        read="GET /rest/me",
        external_ids=("urn:li:organization:2414183", "urn:li:organization:5637409"),
        member_id="urn:li:person:782bbtaQ",
        nothing="do not manage a LinkedIn Page",
        refresh_request=_TOKENS,
        revoke_request="POST /oauth/v2/revoke",
    ),
)
