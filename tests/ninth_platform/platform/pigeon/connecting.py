"""Authorizing Pigeon accounts."""

from datetime import timedelta
from typing import ClassVar

from shared.domain.accounts import Account
from shared.platforms import pigeon
from shared.platforms.connecting import Candidate, Granted, Listing, Login, Scope, bearer
from shared.platforms.http import Http
from shared.platforms.oauth2 import OAuth2
from shared.platforms.pigeon import errors
from shared.platforms.wire import words


class Connecting(OAuth2):
    about = pigeon.ABOUT
    logins = (
        Login("profile", "Pigeon loft", "PIGEON", (Scope("fly", "publish posts", required=True),)),
    )
    authorize_path = "/authorize"
    token_path = "/token"
    default_lifetime: ClassVar[timedelta] = timedelta(hours=1)
    error_of = staticmethod(errors.error_of)
    refresh_error_of = staticmethod(errors.refresh_error_of)

    def listing(self, granted: Granted, http: Http) -> Listing:
        candidate = self._me(granted.tokens.access_token, http)
        return self.listed(candidate.external_id, [candidate])

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        return self._me(access_token, http)

    def _me(self, access_token: str, http: Http) -> Candidate:
        fields = self.shown(http.read("/me", headers=bearer(access_token)))
        return self.candidate(words(fields.get("id")), words(fields.get("name")))
