"""Authorizing Facebook Pages with Facebook Login.

developers.facebook.com/docs/facebook-login and docs/pages-api (overview), 2026-11-22. A user's
long-lived token lists the Pages that the user chose in the dialog, each with a token of its own. A
Page's token has no end; after it was revoked, only a new login gives another.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from shared.domain.accounts import Account, Tokens
from shared.domain.errors import PlatformUnavailable, RateLimited
from shared.platforms import facebook
from shared.platforms.connecting import (
    Attempt,
    Candidate,
    Granted,
    Listing,
    Login,
    NothingToConnect,
    Scope,
    bearer,
    in_one_line,
)
from shared.platforms.facebook import errors
from shared.platforms.http import Http
from shared.platforms.meta.connecting import MetaFlow
from shared.platforms.meta.graph import path_of
from shared.platforms.oauth2 import usable_token
from shared.platforms.wire import mapping, mappings, words

_PAGE_FIELDS = "id,name,username,access_token,tasks,picture{url}"
_PER_PAGE = 100
_MOST_REQUESTS = 5
# What a person may do on a Page, as Facebook names it.
_MAY_PUBLISH = "CREATE_CONTENT"


class Connecting(MetaFlow):
    about = facebook.ABOUT
    logins = (
        Login(
            kind="page",
            title="Facebook Page",
            client_prefix="FACEBOOK",
            demands="Needs a Page on which you can create content, not a personal profile.",
            scopes=(
                Scope("pages_show_list", "find your Pages", required=True),
                Scope("pages_read_engagement", "find out whether a post is live", required=True),
                Scope("pages_manage_posts", "publish posts", required=True),
                Scope("pages_manage_engagement", "answer comments"),
                Scope("pages_read_user_content", "read comments or show the numbers of your posts"),
                Scope("read_insights", "show the numbers of your posts"),
                Scope("business_management", "find Pages that belong to a business"),
            ),
        ),
    )
    # Facebook serves its dialog also under versions of the API that have ended.
    # Without it, Facebook does not offer permissions again that the user has refused before.
    authorize_query: ClassVar[Mapping[str, str]] = {"auth_type": "rerequest"}
    authorize_path = f"/{facebook.ABOUT.default_version}/dialog/oauth"
    token_path = f"/{facebook.ABOUT.api_version}/oauth/access_token"
    exchange_grant = "fb_exchange_token"
    exchange_path = token_path
    exchange_sends_client_id = True
    exchange_field = "fb_exchange_token"
    revokes = True
    error_of = staticmethod(errors.error_of)
    refresh_error_of = staticmethod(errors.error_of)

    def exchange(self, code: str, attempt: Attempt, http: Http) -> Granted:
        granted = super().exchange(code, attempt, http)
        return Granted(granted.tokens, self._permissions(granted.tokens.access_token, http))

    def listing(self, granted: Granted, http: Http) -> Listing:
        token = granted.tokens.access_token
        me = self.shown(self._read("me", token, http, fields="id,name"))
        pages = self._pages(token, http)
        usable = [page for page in pages if _MAY_PUBLISH in _tasks_of(page)]
        if not usable:
            raise NothingToConnect(_nothing(pages))
        return self.listed(words(me.get("id")), map(self._with_own_token, usable))

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        fields = "id,name,username,picture{url}"
        return self._candidate(
            self.shown(self._read(account.external_id, access_token, http, fields=fields))
        )

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        raise self.authorization_ended()

    def revoke(self, tokens: Tokens, http: Http) -> None:
        path = path_of(self.about, "me", "permissions")
        query = self._proof(tokens.access_token)
        answer = http.exchange_tokens(
            path, "DELETE", params=query, headers=bearer(tokens.access_token)
        )
        if not answer.ok:
            error = errors.error_of(answer)
            # Any other refusal means that the authorization has ended already.
            if error.concerns_operator or isinstance(error, RateLimited | PlatformUnavailable):
                raise error

    def _permissions(self, token: str, http: Http) -> tuple[str, ...]:
        shown = self.shown(self._read("me/permissions", token, http))
        return self.requested(
            words(entry.get("permission"))
            for entry in mappings(shown.get("data"))
            if entry.get("status") == "granted"
        )

    def _pages(self, token: str, http: Http) -> list[dict[str, Any]]:
        """The Pages that the user chose in Facebook's window, each once."""
        pages: dict[str, dict[str, Any]] = {}
        cursor: str | None = ""
        for _ in range(_MOST_REQUESTS):
            following = {"after": cursor} if cursor else {}
            shown = self.shown(
                self._read(
                    "me/accounts",
                    token,
                    http,
                    fields=_PAGE_FIELDS,
                    limit=str(_PER_PAGE),
                    **following,
                )
            )
            pages |= {words(page.get("id")): page for page in mappings(shown.get("data"))}
            paging = mapping(shown.get("paging"))
            cursor = words(mapping(paging.get("cursors")).get("after"))
            if not cursor or not paging.get("next"):
                break
        return list(pages.values())

    def _with_own_token(self, page: Mapping[str, Any]) -> Candidate:
        """Raises PlatformUnavailable for a Page without a token: the user's cannot publish."""
        own_token = usable_token(page.get("access_token"), self.about)
        return replace(self._candidate(page), own_token=own_token)

    def _candidate(self, page: Mapping[str, Any]) -> Candidate:
        picture = mapping(mapping(page.get("picture")).get("data"))
        name = words(page.get("name"))
        return self.candidate(
            words(page.get("id")),
            words(page.get("username")) or name,
            name,
            avatar_url=picture.get("url"),
        )

    def _read(self, path: str, token: str, http: Http, **query: str) -> Any:
        params = {**query, **self._proof(token)}
        address = path_of(self.about, *path.split("/"))
        return http.read(address, params=params, headers=bearer(token))

    def _proof(self, token: str) -> dict[str, str]:
        """Shows that the request comes from our server; an app can demand it."""
        if self._client is None:
            return {}
        secret = self._client.client_secret.encode()
        return {"appsecret_proof": hmac.new(secret, token.encode(), "sha256").hexdigest()}


def _tasks_of(page: Mapping[str, Any]) -> list[str]:
    tasks = page.get("tasks")
    return [words(task) for task in tasks] if isinstance(tasks, list) else []


def _nothing(pages: list[dict[str, Any]]) -> str:
    if not pages:
        return (
            "You did not choose a Facebook Page, or do not have one. Create a Page, or choose one "
            "in Facebook's window, then start again."
        )
    names = ", ".join(in_one_line(words(page.get("name"))) for page in pages[:3])
    return (
        f"You cannot publish on {names}. Ask an administrator of the Page for the permission to "
        "create content, then start again."
    )
