"""Authorizing X accounts with OAuth 2.0 and PKCE.

docs.x.com (fundamentals/authentication, authenticated user lookup), 2026-11-22. X rotates the
refresh token: once a refresh is answered, the old pair is invalid. One authorization is for the one
account that is signed in to X in the user's browser.
"""

from datetime import timedelta
from typing import ClassVar

from shared.domain.accounts import Account, Tokens
from shared.platforms import x
from shared.platforms.connecting import Candidate, Granted, Listing, Login, Scope, bearer
from shared.platforms.http import Http
from shared.platforms.oauth2 import OAuth2
from shared.platforms.wire import mapping, words
from shared.platforms.x import errors

_ME = f"/{x.ABOUT.api_version}/users/me"


class Connecting(OAuth2):
    about = x.ABOUT
    logins = (
        Login(
            kind="profile",
            title="X account",
            client_prefix="X",
            scopes=(
                Scope("tweet.read", "find out whether a post is live", required=True),
                Scope("users.read", "read the name of the account", required=True),
                Scope("tweet.write", "publish posts", required=True),
                Scope("media.write", "publish pictures or videos"),
                Scope("offline.access", "stay connected for more than two hours", required=True),
                Scope("tweet.moderate.write", "hide replies"),
            ),
        ),
    )
    authorize_path = "/i/oauth2/authorize"
    uses_pkce = True
    token_path = f"/{x.ABOUT.api_version}/oauth2/token"
    revoke_path = f"/{x.ABOUT.api_version}/oauth2/revoke"
    revokes = True
    sends_client_in_header = True
    default_lifetime: ClassVar[timedelta] = timedelta(hours=2)
    error_of = staticmethod(errors.error_of)
    refresh_error_of = staticmethod(errors.refresh_error_of)

    def listing(self, granted: Granted, http: Http) -> Listing:
        candidate = self._me(granted.tokens.access_token, http)
        return self.listed(candidate.external_id, [candidate])

    def revoke(self, tokens: Tokens, http: Http) -> None:
        # X does not say that the end of one ends the other.
        for token in filter(None, (tokens.refresh_token, tokens.access_token)):
            self.end(token, http)

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        return self._me(access_token, http)

    def _me(self, access_token: str, http: Http) -> Candidate:
        query = {"user.fields": "name,profile_image_url,username"}
        fields = self.shown(http.read(_ME, params=query, headers=bearer(access_token)))
        user = mapping(fields.get("data"))
        return self.candidate(
            words(user.get("id")),
            words(user.get("username")),
            words(user.get("name")),
            avatar_url=user.get("profile_image_url"),
        )
