"""Authorizing TikTok accounts with Login Kit: developers.tiktok.com, 2026-11-22.

TikTok rotates the refresh token: once a refresh is answered, the old pair is invalid. The
lifetimes changed in November 2026: only `expires_in` counts. Ending an authorization ends
everything that the user gave to this app.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from shared import clock
from shared.domain.accounts import Account, Allowed, Tokens
from shared.domain.errors import ReconnectRequired
from shared.platforms import tiktok
from shared.platforms.connecting import Candidate, Granted, Listing, Login, Scope, bearer
from shared.platforms.http import Answer, Http
from shared.platforms.oauth2 import OAuth2
from shared.platforms.tiktok import errors
from shared.platforms.tiktok.creator import allowed_by
from shared.platforms.wire import mapping, words

_VERSION = tiktok.ABOUT.api_version
_FIELDS = "open_id,avatar_url,display_name"
# Only with the scope user.info.profile.
_USERNAME = "username"
_JSON = {"Content-Type": "application/json; charset=UTF-8"}


class Connecting(OAuth2):
    about = tiktok.ABOUT
    logins = (
        Login(
            kind="profile",
            title="TikTok account",
            client_prefix="TIKTOK",
            scopes=(
                Scope("user.info.basic", "read the name of the account", required=True),
                Scope("user.info.profile", "read the username of the account"),
                Scope("video.publish", "publish posts", required=True),
                Scope("video.list", "read metrics or find out whether a post is live"),
            ),
        ),
    )
    authorize_path = f"/{tiktok.ABOUT.default_version}/auth/authorize/"
    # Without it, TikTok skips its page for the account that is signed in.
    authorize_query: ClassVar[Mapping[str, str]] = {"disable_auto_auth": "1"}
    scope_separator = ","
    token_path = f"/{_VERSION}/oauth/token/"
    revoke_path = f"/{_VERSION}/oauth/revoke/"
    revokes = True
    allows_by_account = True
    client_id_field = "client_key"
    default_lifetime: ClassVar[timedelta] = timedelta(hours=2)
    error_of = staticmethod(errors.error_of)
    refresh_error_of = staticmethod(errors.refresh_error_of)

    def is_refused(self, answer: Answer) -> bool:
        # Refusals have been seen with HTTP 200.
        return not answer.ok or "access_token" not in answer.fields()

    def revoke(self, tokens: Tokens, http: Http) -> None:
        # This endpoint accepts only an access token that is still valid.
        if tokens.refresh_token and tokens.expires_at and tokens.expires_at <= clock.now():
            try:
                tokens = self.refresh(tokens, http)
            except ReconnectRequired:
                return
        self.end(tokens.access_token, http)

    def listing(self, granted: Granted, http: Http) -> Listing:
        names = granted.scopes is None or "user.info.profile" in granted.scopes
        candidate = self._me(granted.tokens.access_token, http, with_username=names)
        return self.listed(candidate.external_id, [candidate])

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        names = "user.info.profile" not in account.missing_scopes
        return self._me(access_token, http, with_username=names)

    def allowed(self, access_token: str, http: Http) -> Allowed:
        path = f"/{_VERSION}/post/publish/creator_info/query/"
        reading = http.read(path, "POST", headers=bearer(access_token) | _JSON)
        return allowed_by(errors.shown(reading))

    def _me(self, access_token: str, http: Http, *, with_username: bool) -> Candidate:
        fields = f"{_FIELDS},{_USERNAME}" if with_username else _FIELDS
        path = f"/{_VERSION}/user/info/"
        reading = http.read(path, params={"fields": fields}, headers=bearer(access_token))
        user = mapping(errors.shown(reading).get("user"))
        return self.candidate(
            words(user.get("open_id")),
            words(user.get("username")),
            words(user.get("display_name")),
            avatar_url=user.get("avatar_url"),
        )
