"""Token endpoints (OAuth 2.0, RFC 6749), from what a platform declares."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from flask import request

from local.platforms.accounts import Grant
from local.platforms.login import is_verified
from local.platforms.reading import FORM
from local.platforms.simulation import Endpoints, Refusal, S


class TokenEndpoint(Endpoints[S]):
    """Tokens for a code, and new tokens for a refresh token."""

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

    The reasons: `missing` (a field), `client`, `grant_type`, `grant` (a refresh token), `code`,
    `redirect` (of the code), and `verifier`.
    """
    code_fields: ClassVar[Sequence[str]] = ("code", "redirect_uri")
    """The fields without which a code is not exchanged."""
    stale_code: ClassVar[str] = "code"
    """The reason for which a late code and one of another client are refused."""
    allows_basic: ClassVar[bool] = True
    """The client can authenticate with a Basic header."""
    wrong_secret: ClassVar[str] = "client"
    """The reason for which another secret than the app's is refused."""
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
        return {"authorization_code": self.exchange, "refresh_token": self.refresh}

    def exchange(self, client_id: str) -> dict[str, Any]:
        """The answer to a code, which works once. Raises Refusal."""
        form = request.form
        for name in self.code_fields:
            if not form.get(name):
                raise self.refused("missing", name)
        code = self._accounts.redeem_code(form["code"])
        if code is None:
            raise self.refused("code")
        if code.is_late or code.grant.client_id != client_id:
            raise self.refused(self.stale_code)
        if code.query["redirect_uri"] != form["redirect_uri"]:
            raise self.refused("redirect")
        if not self.is_verified(code.query):
            raise self.refused("verifier")
        return self.issue(code.grant)

    def is_verified(self, query: Mapping[str, str]) -> bool:
        """Whether the request has the verifier for the challenge of the login's query."""
        return is_verified(query, request.form.get("code_verifier"))

    def rotates(self) -> bool:
        """Whether a refresh ends the refresh token and returns a new one."""
        return False

    def refresh(self, client_id: str) -> dict[str, Any]:
        """The answer to a refresh. Raises Refusal."""
        value = request.form.get("refresh_token")
        if not value:
            raise self.refused("missing", "refresh_token")
        grant = self._accounts.grant(value, "refresh")
        if grant is None:
            raise self.refused("grant", "token")
        if grant.client_id not in (None, client_id):
            raise self.refused(self.other_client, "token")
        if not self.rotates():
            return self.issue(grant, refresh_token=value)
        self._accounts.forget(value)
        return self.issue(grant)

    def issue(self, grant: Grant, refresh_token: str = "") -> dict[str, Any]:
        """The answer with new tokens; `refresh_token` stays valid and is not repeated."""
        access_lifetime, refresh_lifetime = self.lifetimes
        access = self._accounts.issue(grant, "access", access_lifetime, self.prefixes[0])
        answer = {
            "access_token": access.value,
            "token_type": "Bearer",
            "expires_in": int(access_lifetime.total_seconds()),
        }
        if self.scopes:
            scopes = self.scopes if grant.scopes is None else sorted(grant.scopes)
            answer["scope"] = self.scope_separator.join(scopes)
        if not refresh_token and self.may_refresh(grant):
            refresh = self._accounts.issue(grant, "refresh", refresh_lifetime, self.prefixes[1])
            answer["refresh_token"] = refresh_token = refresh.value
        grant.held = [access.value, refresh_token]
        return answer

    def may_refresh(self, grant: Grant) -> bool:
        """Whether the grant gets refresh tokens."""
        return grant.refreshes

    def client_id(self) -> str:
        """The client in the Basic header, or in the form. Raises Refusal."""
        form = request.form
        client_id, secret = form.get(self.client_id_field), form.get("client_secret")
        is_public = self.allows_public_clients
        if self.allows_basic and "Authorization" in request.headers:
            basic = request.authorization
            client_id, secret = (basic.username, basic.password) if basic else (None, None)
            is_public = False
        clients = self._platform.clients
        if not client_id or not (secret or is_public) or not clients.knows(client_id):
            raise self.refused("client")
        if not clients.authenticates(client_id, secret):
            raise self.refused(self.wrong_secret)
        return client_id

    def refused(self, reason: str, name: str = "") -> Refusal:
        """The refusal for a reason of `refusals`."""
        status, error, description = self.refusals[reason]
        return Refusal(status, {"error": error, "error_description": description.format(name)})
