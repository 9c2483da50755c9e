"""What the login of each platform is, from its documentation, for `test_connecting.py`.

developers.facebook.com, docs.x.com, learn.microsoft.com/linkedin, developers.google.com,
developers.tiktok.com and developers.snap.com, as of November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Refreshes = Literal["rotates", "keeps", "exchanges", "never"]


@dataclass(frozen=True)
class LoginExample:
    platform: str
    kind: str
    client_prefix: str
    query: Mapping[str, str]
    """The whole query of the authorize page, except for client, redirect URI, state, challenge."""
    code_lifetime: timedelta
    urls: tuple[str, ...]
    """Where the page and all these requests are in reality."""
    token_requests: tuple[str, ...]
    """The requests that make tokens of a code, as a fault matches them."""
    read: str
    """The first request that lists accounts."""
    external_ids: tuple[str, ...]
    """What a person can connect; more than one where a login reaches several accounts."""
    member_id: str = ""
    """The person's own id, where that is none of the accounts."""
    client_id_field: str = "client_id"
    has_pkce: bool = False
    optional: str = ""
    """A permission that users can refuse, and still connect an account."""
    required: str = ""
    """A permission that users can refuse, and then nothing works."""
    says_scopes: bool = True
    nothing: str = ""
    """A part of the message for a person without accounts; empty: every person has one."""
    refreshes: Refreshes = "keeps"
    refresh_request: str = ""
    revoke_request: str = ""
    """Empty: the platform has no request that ends an authorization."""
    wrong_secret: str = "client id or secret"
    """A part of the message for the operator."""

    @property
    def name(self) -> str:
        return f"{self.platform}-{self.kind}"

    @property
    def requests(self) -> set[str]:
        """All requests, as a fault matches them."""
        more = {self.read, self.refresh_request, self.revoke_request} - {""}
        return more | set(self.token_requests)


def _query(scopes: str, separator: str, **more: str) -> dict[str, str]:
    return {"response_type": "code", "scope": separator.join(scopes.split()), **more}


_GOOGLE = "https://www.googleapis.com/auth/"
_X_TOKENS = "POST /2/oauth2/token"
_TIKTOK_TOKENS = "POST /v2/oauth/token/"
_LINKEDIN_TOKENS = "POST /oauth/v2/accessToken"
_SNAPCHAT_TOKENS = "POST /login/oauth2/access_token"
_NOT_IDENTICAL = "client secret or redirect URI"

LOGINS = (
    LoginExample(
        platform="x",
        kind="profile",
        client_prefix="X",
        query=_query(
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
        token_requests=(_X_TOKENS,),
        read="GET /2/users/me",
        external_ids=("2244994945",),
        refreshes="rotates",
        refresh_request=_X_TOKENS,
        revoke_request="POST /2/oauth2/revoke",
    ),
    LoginExample(
        platform="youtube",
        kind="channel",
        client_prefix="YOUTUBE",
        query=_query(
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
    LoginExample(
        platform="tiktok",
        kind="profile",
        client_prefix="TIKTOK",
        query=_query(
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
        token_requests=(_TIKTOK_TOKENS,),
        read="GET /v2/user/info/",
        external_ids=("0f1e2d3c-a-b_c",),
        optional="user.info.profile",
        required="video.publish",
        refreshes="rotates",
        refresh_request=_TIKTOK_TOKENS,
        revoke_request="POST /v2/oauth/revoke/",
    ),
    LoginExample(
        platform="linkedin",
        kind="profile",
        client_prefix="LINKEDIN",
        query=_query("openid profile w_member_social", " "),
        code_lifetime=timedelta(minutes=30),
        urls=(
            "https://www.linkedin.com/oauth/v2/authorization",
            "https://www.linkedin.com/oauth/v2/accessToken",
            "https://api.linkedin.com/v2/userinfo",
            "https://www.linkedin.com/oauth/v2/revoke",
        ),
        token_requests=(_LINKEDIN_TOKENS,),
        read="GET /v2/userinfo",
        external_ids=("urn:li:person:782bbtaQ",),
        refresh_request=_LINKEDIN_TOKENS,
        revoke_request="POST /oauth/v2/revoke",
    ),
    LoginExample(
        platform="linkedin",
        kind="page",
        client_prefix="LINKEDIN_PAGES",
        query=_query(
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
        token_requests=(_LINKEDIN_TOKENS,),
        read="GET /rest/me",
        external_ids=("urn:li:organization:2414183", "urn:li:organization:5637409"),
        member_id="urn:li:person:782bbtaQ",
        nothing="do not manage a LinkedIn Page",
        refresh_request=_LINKEDIN_TOKENS,
        revoke_request="POST /oauth/v2/revoke",
    ),
    LoginExample(
        platform="snapchat",
        kind="profile",
        client_prefix="SNAPCHAT",
        query=_query("snapchat-profile-api", " "),
        code_lifetime=timedelta(minutes=10),
        urls=(
            "https://accounts.snapchat.com/login/oauth2/authorize",
            "https://accounts.snapchat.com/login/oauth2/access_token",
            "https://businessapi.snapchat.com/v1/public_profiles/my_profile",
        ),
        token_requests=(_SNAPCHAT_TOKENS,),
        read="GET /v1/public_profiles/my_profile",
        external_ids=("9f3c2f4e-5f4c-4e57-a7b1-9d5f", "9f3c2f4e-5f4c-4e57-a7b1-9d60"),
        nothing="has no Public Profile",
        refresh_request=_SNAPCHAT_TOKENS,
    ),
    LoginExample(
        platform="facebook",
        kind="page",
        client_prefix="FACEBOOK",
        query=_query(
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
    LoginExample(
        platform="instagram",
        kind="profile",
        client_prefix="INSTAGRAM",
        query=_query(
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
        wrong_secret=_NOT_IDENTICAL,
    ),
    LoginExample(
        platform="threads",
        kind="profile",
        client_prefix="THREADS",
        query=_query(
            "threads_basic threads_content_publish threads_delete threads_read_replies "
            "threads_manage_replies threads_manage_insights threads_manage_mentions",
            ",",
        ),
        code_lifetime=timedelta(hours=1),
        urls=(
            "https://threads.com/oauth/authorize",
            "https://graph.threads.net/oauth/access_token",
            "https://graph.threads.net/access_token",
            "https://graph.threads.net/v1.0/me",
            "https://graph.threads.net/refresh_access_token",
        ),
        token_requests=("POST /oauth/access_token", "GET /access_token"),
        read="GET /v1.0/me",
        external_ids=("17841405793187219",),
        optional="threads_manage_insights",
        required="threads_content_publish",
        says_scopes=False,
        refreshes="exchanges",
        refresh_request="GET /refresh_access_token",
        wrong_secret=_NOT_IDENTICAL,
    ),
)
