"""Logins and token endpoints (OAuth 2.0, RFC 6749), from what a platform declares."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from flask import request

from local.platforms import clock
from local.platforms.accounts import Account, AccountBook, LoginCode
from local.platforms.reading import FORM
from local.platforms.simulation import Endpoints, Refusal, S


def grant_code(accounts: AccountBook, required: Sequence[str], lifetime: timedelta) -> str | None:
    """A code for the login in the query, or None if a required parameter is missing.

    It is granted at once, for `account` (Soku's id) or for the first registered account.
    """
    query = request.args
    named = query.get("account")
    account = accounts.get(named) if named else next(iter(accounts.all()), None)
    is_complete = query.get("response_type") == "code" and all(map(query.get, required))
    if account is None or not is_complete:
        return None
    return accounts.issue_code(LoginCode(account, query.to_dict(), clock.now() + lifetime))


class TokenEndpoint(Endpoints[S]):
    """New tokens for a refresh token."""

    required: ClassVar[Sequence[str]] = ("grant_type",)
    """The fields without which a request is not valid."""
    client_id_field: ClassVar[str] = "client_id"
    allows_public_clients: ClassVar[bool] = False
    """A client without a secret is accepted."""
    lifetimes: ClassVar[tuple[timedelta, timedelta]]
    """Of access and refresh tokens."""
    prefixes: ClassVar[tuple[str, str]] = ("", "")
    """How the values of access and refresh tokens begin."""
    scopes: ClassVar[Sequence[str]] = ()
    """The scopes of an account without its own; the answer has none if this is empty."""
    scope_separator: ClassVar[str] = " "
    refusals: ClassVar[Mapping[str, tuple[int, str, str]]]
    """Reason -> status, error and description; the name of what is refused replaces {}.

    The reasons: `missing` (a field), `client`, `grant_type`, and `grant` (a token or code).
    """
    other_client: ClassVar[str] = "grant"
    """The reason for which the token of another client is refused."""

    def token(self) -> Any:
        """The token endpoint."""
        for name in self.required:
            if request.mimetype != FORM or not request.form.get(name):
                raise self.refused("missing", name)
        client_id = self.client_id()
        grant_type = request.form.get("grant_type", "")
        grant = self.grants().get(grant_type)
        if grant is None:
            raise self.refused("grant_type", grant_type)
        return grant(client_id)

    def grants(self) -> dict[str, Callable[[str], dict[str, Any]]]:
        """Grant type -> what answers it for a client."""
        return {"refresh_token": self.refresh}

    def rotates(self) -> bool:
        """Whether a refresh ends the refresh token and returns a new one."""
        return False

    def refresh(self, client_id: str) -> dict[str, Any]:
        """The answer to a refresh. Raises Refusal."""
        value = request.form.get("refresh_token")
        if not value:
            raise self.refused("missing", "refresh_token")
        account = self._accounts.holder(value, "refresh")
        if account is None:
            raise self.refused("grant", "token")
        if account.client_id not in (None, client_id):
            raise self.refused(self.other_client, "token")
        if not self.rotates():
            return self.issue(account, refresh_token=value)
        self._accounts.forget(value)
        return self.issue(account)

    def issue(self, account: Account, refresh_token: str = "") -> dict[str, Any]:
        """The answer with new tokens; `refresh_token` stays valid and is not repeated."""
        access_lifetime, refresh_lifetime = self.lifetimes
        access = self._accounts.issue(account, "access", access_lifetime, self.prefixes[0])
        answer = {
            "access_token": access.value,
            "token_type": "Bearer",
            "expires_in": int(access_lifetime.total_seconds()),
        }
        if self.scopes:
            scopes = self.scopes if account.scopes is None else sorted(account.scopes)
            answer["scope"] = self.scope_separator.join(scopes)
        if not refresh_token and self.may_refresh(account):
            refresh = self._accounts.issue(account, "refresh", refresh_lifetime, self.prefixes[1])
            answer["refresh_token"] = refresh_token = refresh.value
        account.held = [access.value, refresh_token]
        return answer

    def may_refresh(self, account: Account) -> bool:
        """Whether the account gets refresh tokens."""
        return True

    def client_id(self) -> str:
        """The client in the Basic header, or in the form without a header. Raises Refusal."""
        form = request.form
        client_id, secret = form.get(self.client_id_field), form.get("client_secret")
        is_public = self.allows_public_clients
        if "Authorization" in request.headers:
            basic = request.authorization
            client_id, secret = (basic.username, basic.password) if basic else (None, None)
            is_public = False
        if not client_id or not (secret or is_public):
            raise self.refused("client")
        return client_id

    def refused(self, reason: str, name: str = "") -> Refusal:
        """The refusal for a reason of `refusals`."""
        status, error, description = self.refusals[reason]
        return Refusal(status, {"error": error, "error_description": description.format(name)})
