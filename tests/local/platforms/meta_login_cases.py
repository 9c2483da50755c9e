"""The logins of Facebook, Instagram and Threads, as Meta documents them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from local.platforms.facebook.twin import Facebook
from local.platforms.instagram.twin import Instagram
from local.platforms.meta.platform import MetaPlatform
from local.platforms.threads.twin import Threads

CLIENT_ID, SECRET = "soku-app", "soku-secret"
CALLBACK = "https://soku.example/connect/callback"
APP = {"clientId": CLIENT_ID, "clientSecret": SECRET, "redirectUris": [CALLBACK]}
NOT_IDENTICAL = (
    "Error validating verification code. Please make sure your redirect_uri is identical to the "
    "one you used in the OAuth dialog request"
)


@dataclass(frozen=True)
class Error:
    """An error of a token endpoint: its message, and its code and subcode on Facebook."""

    message: str
    codes: tuple[int, int | None] | None = None

    def check(self, answer: Any) -> None:
        assert answer.status_code == 400
        if self.codes is None:
            expected = {"error_type": "OAuthException", "code": 400, "error_message": self.message}
            assert answer.json == expected
        else:
            error = answer.json["error"]
            shown = (error["message"], error["type"], error["code"], error.get("error_subcode"))
            assert shown == (self.message, "OAuthException", *self.codes)


@dataclass(frozen=True)
class Case:
    twin: type[MetaPlatform]
    path: str
    scopes: tuple[str, ...]
    token_path: str
    lifetime: timedelta
    """Of a code."""
    suffix: str
    exchange_path: str
    exchange: Mapping[str, str]
    """The query for a long-lived token, besides secret and token."""
    token_field: str
    errors: Mapping[str, Error]
    type: str
    """Of the errors about paths and methods."""
    app_page: str = "text/html"
    kept: tuple[str, ...] = ()
    """Scopes without a checkbox."""
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": ",".join(self.scopes),
            "state": "s1",
        }


_HOST_ERRORS = {
    "used": Error("Matching code was not found or was already used"),
    "late": Error("Invalid authorization code"),
    "redirect": Error(NOT_IDENTICAL),
    "secret": Error(NOT_IDENTICAL),
    "client": Error("Invalid platform app"),
}
CASES = {
    "facebook": Case(
        twin=Facebook,
        path="/v26.0/dialog/oauth",
        scopes=("pages_show_list", "pages_read_engagement", "pages_manage_posts"),
        token_path="/v26.0/oauth/access_token",
        lifetime=timedelta(minutes=10),
        suffix="#_=_",
        exchange_path="/v26.0/oauth/access_token",
        exchange={"grant_type": "fb_exchange_token", "client_id": CLIENT_ID},
        token_field="fb_exchange_token",
        errors={
            "used": Error("This authorization code has been used.", (100, 36009)),
            "late": Error("This authorization code has expired.", (100, 36007)),
            "redirect": Error(NOT_IDENTICAL, (100, 36008)),
            "secret": Error("Error validating client secret.", (1, None)),
            "client": Error("Error validating application. Invalid application ID.", (101, None)),
        },
        type="OAuthException",
    ),
    "instagram": Case(
        twin=Instagram,
        path="/oauth/authorize",
        scopes=("instagram_business_basic", "instagram_business_content_publish"),
        kept=("instagram_business_basic",),
        token_path="/oauth/access_token",
        lifetime=timedelta(hours=1),
        suffix="#_",
        exchange_path="/access_token",
        exchange={"grant_type": "ig_exchange_token"},
        token_field="access_token",
        errors=_HOST_ERRORS,
        type="IGApiException",
        form={"grant_type": "authorization_code"},
    ),
    "threads": Case(
        twin=Threads,
        path="/oauth/authorize",
        scopes=("threads_basic", "threads_content_publish"),
        kept=("threads_basic",),
        token_path="/oauth/access_token",
        lifetime=timedelta(hours=1),
        suffix="#_",
        exchange_path="/access_token",
        exchange={"grant_type": "th_exchange_token"},
        token_field="access_token",
        errors=_HOST_ERRORS,
        type="THApiException",
        app_page="application/json",
        form={"grant_type": "authorization_code"},
    ),
}
