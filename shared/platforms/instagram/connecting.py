"""Authorizing Instagram accounts with Instagram Login.

developers.facebook.com/docs/instagram-platform (business login), 2026-11-22. One login is one
professional account; no Facebook Page is needed. The client is the Instagram app of the dashboard's
"API setup with Instagram login", not the Meta app that contains it.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from shared.domain.accounts import Account, Tokens
from shared.platforms import instagram
from shared.platforms.connecting import (
    Candidate,
    Granted,
    Listing,
    Login,
    NothingToConnect,
    Scope,
    bearer,
)
from shared.platforms.http import Answer, Http
from shared.platforms.instagram import errors
from shared.platforms.meta.connecting import LongLivedTokens, unwrapped
from shared.platforms.meta.graph import path_of
from shared.platforms.oauth2 import tokens_from
from shared.platforms.wire import words

_FIELDS = "id,user_id,username,name,account_type,profile_picture_url"
_PROFESSIONAL = {"BUSINESS", "MEDIA_CREATOR", "CREATOR"}


class Connecting(LongLivedTokens):
    about = instagram.ABOUT
    logins = (
        Login(
            kind="profile",
            title="Instagram account",
            client_prefix="INSTAGRAM",
            demands="Needs a professional account: a business or a creator account.",
            scopes=(
                Scope("instagram_business_basic", "read the name of the account", required=True),
                Scope("instagram_business_content_publish", "publish posts", required=True),
                Scope("instagram_business_manage_comments", "read or answer comments"),
                Scope("instagram_business_manage_insights", "show the numbers of your posts"),
            ),
        ),
    )
    authorize_path = "/oauth/authorize"
    authorize_query: ClassVar[Mapping[str, str]] = {"enable_fb_login": "0", "force_reauth": "true"}
    token_path = "/oauth/access_token"  # noqa: S105 - a path
    exchange_grant = "ig_exchange_token"
    grant_type = "ig_refresh_token"
    error_of = staticmethod(errors.error_of)
    refresh_error_of = staticmethod(errors.refresh_error_of)

    def is_refused(self, answer: Answer) -> bool:
        return not answer.ok or not words(unwrapped(answer.fields()).get("access_token"))

    def tokens_in(self, answer: Answer) -> Tokens:
        return tokens_from(answer, self, self.default_lifetime, None, unwrapped(answer.fields()))

    def scopes_in(self, answer: Answer) -> tuple[str, ...] | None:
        given: Any = unwrapped(answer.fields()).get("permissions")
        names = given if isinstance(given, list) else words(given).split(",")
        return self.requested(words(name).strip() for name in names) if given else None

    def listing(self, granted: Granted, http: Http) -> Listing:
        fields = self._me(granted.tokens.access_token, http)
        account = self._candidate(fields)
        kind = words(fields.get("account_type")).upper()
        if kind and kind not in _PROFESSIONAL:
            raise NothingToConnect(
                f"The Instagram account {account.username} is a personal account, "
                "and Instagram lets apps publish only for professional ones. Switch it to a "
                "business or creator account in the Instagram app, then start again."
            )
        # Meta's callbacks name the person by the id of our app.
        person = words(fields.get("id")) or words(fields.get("user_id"))
        return self.listed(person, [account])

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        return self._candidate(self._me(access_token, http))

    def _me(self, access_token: str, http: Http) -> Mapping[str, Any]:
        path = path_of(self.about, "me")
        query = {"fields": _FIELDS}
        return unwrapped(self.shown(http.read(path, params=query, headers=bearer(access_token))))

    def _candidate(self, fields: Mapping[str, Any]) -> Candidate:
        return self.candidate(
            words(fields.get("user_id")) or words(fields.get("id")),
            words(fields.get("username")),
            words(fields.get("name")),
            avatar_url=fields.get("profile_picture_url"),
        )
