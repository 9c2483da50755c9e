"""What the login of each simulated platform looks like, for `test_logins.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from local.platforms.linkedin.twin import Linkedin
from local.platforms.simulation import SimulatedPlatform
from local.platforms.snapchat.twin import Snapchat
from local.platforms.tiktok.twin import TikTok
from local.platforms.x.twin import X
from local.platforms.youtube.twin import YouTube
from shared.platforms import linkedin

CLIENT_ID, SECRET = "soku-client", "soku-secret"
CALLBACK = "https://soku.example/connect/callback"
# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = {
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


@dataclass(frozen=True)
class Refused:
    """How a token endpoint refuses."""

    status: int
    error: str
    description: str


@dataclass(frozen=True)
class Case:
    twin: type[SimulatedPlatform]
    path: str
    """Of the authorize page."""
    scopes: tuple[str, ...]
    token_path: str
    lifetime: timedelta
    """Of a code."""
    used: Refused
    late: Refused
    other_redirect: Refused
    wrong_secret: Refused
    denied: Mapping[str, str]
    """What the browser brings back, besides the state, if the user denies."""
    read: str
    """A request that needs `read_scope`."""
    read_scope: str
    wrong_verifier: Refused | None = None
    """None: the platform has no PKCE."""
    separator: str = " "
    unticked: str | None = None
    """A scope with a checkbox; None: the page has no checkboxes."""
    granted_separator: str = " "
    """Between the scopes in the answer with tokens."""
    revoke_path: str | None = None
    revokes_all: bool = True
    """A revocation ends all tokens, and not only the one that is sent."""
    client_id_field: str = "client_id"
    has_basic: bool = False
    """The client authenticates with a Basic header."""
    more_query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    forbidden: int = 403
    """The status for a token without the scope."""

    @property
    def query(self) -> dict[str, str]:
        return {
            "response_type": "code",
            self.client_id_field: CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": self.separator.join(self.scopes),
            "state": "s1",
            **(CHALLENGE if self.wrong_verifier else {}),
            **self.more_query,
        }

    def exchange(self, code: str, secret: str = SECRET, **changed: str) -> dict[str, Any]:
        """The arguments of the request for tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        if self.wrong_verifier:
            form["code_verifier"] = VERIFIER
        if self.has_basic:
            return {"data": form | changed, "auth": (CLIENT_ID, secret)}
        client = {self.client_id_field: CLIENT_ID, "client_secret": secret}
        return {"data": form | client | changed}

    @property
    def client_fields(self) -> dict[str, str]:
        """The fields with which the client authenticates."""
        if self.has_basic:
            return {}
        return {self.client_id_field: CLIENT_ID, "client_secret": SECRET}

    def revoke(self, token: str) -> dict[str, Any]:
        """The arguments of the request that revokes a token."""
        return self.exchange("") | {"data": {"token": token} | self.client_fields}


_X_SCOPES = ("tweet.read", "users.read", "tweet.write", "media.write", "offline.access")
_X_CODE = Refused(400, "invalid_request", "Value passed for the authorization code was invalid.")
_GOOGLE = "https://www.googleapis.com/auth/"
_GOOGLE_CODE = Refused(400, "invalid_grant", "Bad Request")
_TIKTOK_CODE = Refused(400, "invalid_grant", "Authorization code is expired.")
_SNAPCHAT_CODE = Refused(400, "invalid_grant", "authorization code is invalid or expired")
_LINKEDIN_MISMATCH = Refused(
    400,
    "invalid_redirect_uri",
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match "
    "authorization code. Or authorization code expired. Or external member binding exists",
)
_LINKEDIN: dict[str, Any] = {
    "twin": Linkedin,
    "path": "/oauth/v2/authorization",
    "token_path": "/oauth/v2/accessToken",
    "lifetime": timedelta(minutes=30),
    "used": Refused(
        401,
        "invalid_request",
        "Unable to retrieve access token: authorization code not found",
    ),
    "late": _LINKEDIN_MISMATCH,
    "other_redirect": _LINKEDIN_MISMATCH,
    "wrong_secret": Refused(401, "invalid_client", "Client authentication failed"),
    "denied": {
        "error": "user_cancelled_authorize",
        "error_description": "The user cancelled the authorization",
    },
    "granted_separator": ",",
    "revoke_path": "/oauth/v2/revoke",
}

CASES = {
    "x": Case(
        twin=X,
        path="/i/oauth2/authorize",
        scopes=_X_SCOPES,
        token_path="/2/oauth2/token",
        lifetime=timedelta(seconds=30),
        used=_X_CODE,
        late=_X_CODE,
        other_redirect=Refused(
            400,
            "invalid_request",
            "Value passed for the redirect uri did not match the uri of the authorization code.",
        ),
        wrong_secret=Refused(401, "unauthorized_client", "Missing valid authorization header"),
        wrong_verifier=Refused(
            400,
            "invalid_request",
            "Value passed for the code verifier did not match the code challenge.",
        ),
        denied={"error": "access_denied"},
        read="/2/users/me",
        read_scope="users.read",
        has_basic=True,
        revoke_path="/2/oauth2/revoke",
        revokes_all=False,
    ),
    "youtube": Case(
        twin=YouTube,
        path="/o/oauth2/v2/auth",
        scopes=(f"{_GOOGLE}youtube.upload", f"{_GOOGLE}youtube.readonly"),
        token_path="/token",
        lifetime=timedelta(minutes=10),
        used=_GOOGLE_CODE,
        late=_GOOGLE_CODE,
        other_redirect=Refused(400, "redirect_uri_mismatch", "Bad Request"),
        wrong_secret=Refused(401, "invalid_client", "Unauthorized"),
        wrong_verifier=_GOOGLE_CODE,
        denied={"error": "access_denied"},
        read="/youtube/v3/channels?part=snippet&mine=true",
        read_scope=f"{_GOOGLE}youtube.readonly",
        unticked=f"{_GOOGLE}youtube.upload",
        more_query={"access_type": "offline", "prompt": "consent select_account"},
        revoke_path="/revoke",
    ),
    "tiktok": Case(
        twin=TikTok,
        path="/v2/auth/authorize/",
        scopes=("user.info.basic", "user.info.profile", "video.publish", "video.list"),
        token_path="/v2/oauth/token/",
        lifetime=timedelta(minutes=10),
        used=_TIKTOK_CODE,
        late=_TIKTOK_CODE,
        other_redirect=Refused(
            400,
            "invalid_request",
            "Redirect_uri is not matched with the uri when requesting code.",
        ),
        wrong_secret=Refused(400, "invalid_client", "Client key or secret is incorrect."),
        denied={
            "error": "access_denied",
            "error_description": "The user denied the request.",
        },
        read="/v2/user/info/?fields=open_id,display_name",
        read_scope="user.info.basic",
        separator=",",
        granted_separator=",",
        unticked="video.list",
        client_id_field="client_key",
        forbidden=401,
        revoke_path="/v2/oauth/revoke/",
    ),
    "linkedin": Case(
        **_LINKEDIN,
        scopes=("openid", "profile", "w_member_social"),
        read="/v2/userinfo",
        read_scope="profile",
    ),
    "linkedin_pages": Case(
        **_LINKEDIN,
        scopes=("w_organization_social", "r_organization_social", "r_basicprofile"),
        read="/rest/me",
        read_scope="r_basicprofile",
        headers={
            "LinkedIn-Version": linkedin.ABOUT.api_version,
            "X-Restli-Protocol-Version": "2.0.0",
        },
    ),
    "snapchat": Case(
        twin=Snapchat,
        path="/login/oauth2/authorize",
        scopes=("snapchat-profile-api", "snapchat-marketing-api"),
        token_path="/login/oauth2/access_token",
        lifetime=timedelta(minutes=10),
        used=_SNAPCHAT_CODE,
        late=_SNAPCHAT_CODE,
        other_redirect=Refused(
            400, "invalid_grant", "redirect_uri is not that of the authorization code"
        ),
        wrong_secret=Refused(401, "invalid_client", "The client is not known."),
        denied={
            "error": "access_denied",
            "error_description": "The user denied the request.",
        },
        read="/v1/public_profiles/my_profile",
        read_scope="snapchat-profile-api",
    ),
}
