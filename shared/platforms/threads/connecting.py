"""Authorizing Threads profiles: developers.facebook.com/docs/threads (get-started), 2026-11-22.

One login is one profile. The client is the Threads app of the dashboard, not the Meta app. Threads
does not say which permissions were granted.
"""

from typing import Any

from shared.domain.accounts import Account
from shared.platforms import threads
from shared.platforms.connecting import Candidate, Granted, Listing, Login, Scope, bearer
from shared.platforms.http import Http
from shared.platforms.meta.connecting import LongLivedTokens
from shared.platforms.meta.graph import path_of
from shared.platforms.threads import errors
from shared.platforms.wire import words

_FIELDS = "id,username,name,threads_profile_picture_url"


class Connecting(LongLivedTokens):
    about = threads.ABOUT
    logins = (
        Login(
            kind="profile",
            title="Threads profile",
            client_prefix="THREADS",
            scopes=(
                Scope("threads_basic", "read the name of the profile", required=True),
                Scope("threads_content_publish", "publish posts", required=True),
                Scope("threads_delete", "delete posts"),
                Scope("threads_read_replies", "read replies"),
                Scope("threads_manage_replies", "answer replies"),
                Scope("threads_manage_insights", "show the numbers of your posts"),
                Scope("threads_manage_mentions", "read mentions"),
            ),
        ),
    )
    authorize_path = "/oauth/authorize"
    token_path = "/oauth/access_token"  # noqa: S105 - a path
    exchange_grant = "th_exchange_token"
    grant_type = "th_refresh_token"
    error_of = staticmethod(errors.error_of)
    refresh_error_of = staticmethod(errors.refresh_error_of)

    def listing(self, granted: Granted, http: Http) -> Listing:
        candidate = self._me(granted.tokens.access_token, http)
        return self.listed(candidate.external_id, [candidate])

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        return self._me(access_token, http)

    def _me(self, access_token: str, http: Http) -> Candidate:
        query = {"fields": _FIELDS}
        path = path_of(self.about, "me")
        fields: dict[str, Any] = self.shown(
            http.read(path, params=query, headers=bearer(access_token))
        )
        return self.candidate(
            words(fields.get("id")),
            words(fields.get("username")),
            words(fields.get("name")),
            avatar_url=fields.get("threads_profile_picture_url"),
        )
