"""Facebook Login, and its tokens: developers.facebook.com/docs/facebook-login.

A user's token is short-lived, or long-lived like the refresh token of `POST /_sim/accounts`. The
dialog is for all Pages of a person; each Page has a token of its own.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from flask import request

from local.platforms.accounts import Account, Grant, Token, TokenKind
from local.platforms.facebook.state import SCOPES, State, scopes_of
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.login import MetaLogin
from local.platforms.meta.tokens import DATA_ACCESS, LONG_LIFETIME, SHORT_LIFETIME
from local.platforms.reading import FORM
from local.platforms.simulation import Endpoints, Refusal

_USER_PREFIX = "EAAB"


class Login(MetaLogin[State]):
    """`/{version}/dialog/oauth`, on www.facebook.com in reality."""

    # Not documented: shorter than what other clients report.
    code_lifetime = timedelta(minutes=10)
    code_suffix = "#_=_"
    scopes = SCOPES
    required = ()
    reaches_all_accounts = True
    stops: ClassVar = {
        "client": (400, "Invalid App ID: The provided app ID does not look like a valid app ID."),
        "redirect": (
            400,
            "URL blocked: The redirect URI is not in the app's Client OAuth Settings.",
        ),
        "missing": (400, "The parameter {} is required."),
        "type": (400, "Invalid response_type."),
        "scope": (400, "Invalid Scopes. This message is only shown to developers."),
    }

    def identity(self, person: str) -> Account:
        return self._state.user(person)

    def prepare(self, grant: Grant, query: Mapping[str, str]) -> None:
        declined = frozenset(self.requested(query)) - scopes_of(grant)
        self._state.declined[grant.person, grant.client_id] = declined


class Tokens(Endpoints[State]):
    def token(self) -> Any:
        """`GET` or `POST /{version}/oauth/access_token`: a user's token, for a code or a token."""
        sent = request.args if request.method == "GET" else request.form
        if request.method == "POST" and request.mimetype != FORM:
            raise meta_errors.meta_error("Missing client_id parameter.", 101)
        clients, client_id = self._platform.clients, sent.get("client_id", "")
        if not client_id:
            raise meta_errors.meta_error("Missing client_id parameter.", 101)
        if not clients.knows(client_id):
            message = "Error validating application. Invalid application ID."
            raise meta_errors.meta_error(message, 101)
        secret = sent.get("client_secret")
        if not secret or not clients.authenticates(client_id, secret):
            raise meta_errors.wrong_secret()
        match sent.get("grant_type", "authorization_code"):
            case "authorization_code":
                return self._redeemed(client_id, sent)
            case "fb_exchange_token":
                return self._exchanged(client_id, sent)
            case other:
                raise meta_errors.bad_parameter(f"Param grant_type must not be {other}.")

    def debug(self) -> Any:
        """`GET /{version}/debug_token`: the state of `input_token`, for its app."""
        meta_errors.need(request.args, "input_token", "access_token")
        app_id, _, secret = request.args["access_token"].partition("|")
        clients = self._platform.clients
        if not secret or not clients.knows(app_id) or not clients.authenticates(app_id, secret):
            raise meta_errors.meta_error("Invalid OAuth access token signature.", 190)
        value = request.args["input_token"]
        token = self._accounts.token(value)
        if token is not None and token.grant.client_id not in (None, app_id):
            message = "The App_id in the input_token did not match the Viewing App"
            raise meta_errors.bad_parameter(message)
        dead = self._death_of(value)
        shown = {} if token is None else self._described(token, app_id)
        return {"data": {"scopes": [], **shown, "is_valid": dead is None} | (dead or {})}

    def _redeemed(self, client_id: str, sent: Mapping[str, str]) -> dict[str, Any]:
        if not sent.get("redirect_uri"):
            raise meta_errors.meta_error("Missing redirect_uri parameter.", 191)
        if not sent.get("code"):
            raise meta_errors.bad_parameter("Missing authorization code")
        code = self._accounts.redeem_code(sent["code"])
        if code is None:  # also one that never was
            raise _bad_code("This authorization code has been used.", 36009)
        if code.is_late:
            raise _bad_code("This authorization code has expired.", 36007)
        login = (code.grant.client_id, code.query["redirect_uri"])
        if login != (client_id, sent["redirect_uri"]):
            message = (
                "Error validating verification code. Please make sure your redirect_uri is "
                "identical to the one you used in the OAuth dialog request"
            )
            raise _bad_code(message, 36008)
        return self._issue(code.grant, "short", SHORT_LIFETIME)

    def _exchanged(self, client_id: str, sent: Mapping[str, str]) -> dict[str, Any]:
        meta_errors.need(sent, "fb_exchange_token")
        token = self._state.valid(sent["fb_exchange_token"])
        if token.kind == "access" or token.grant.client_id not in (None, client_id):
            message = f"The access token is not one of a user for application {client_id}."
            raise meta_errors.meta_error(message, 190)
        return self._issue(token.grant, "refresh", LONG_LIFETIME)

    def _issue(self, grant: Grant, kind: TokenKind, lifetime: timedelta) -> dict[str, Any]:
        token = self._accounts.issue(grant, kind, lifetime, _USER_PREFIX)
        grant.held = [token.value]
        return {
            "access_token": token.value,
            "token_type": "bearer",
            "expires_in": int(lifetime.total_seconds()),
        }

    def _death_of(self, value: str) -> dict[str, Any] | None:
        """The error of a token that does not work; None for one that does."""
        try:
            self._state.valid(value)
        except Refusal as refusal:
            error = refusal.body["error"]
            shown = {"code": error["code"], "message": error["message"]}
            if "error_subcode" in error:
                shown["subcode"] = error["error_subcode"]
            return {"error": shown}
        return None

    def _described(self, token: Token, app_id: str) -> dict[str, Any]:
        page = {"profile_id": token.account.external_id} if token.kind == "access" else {}
        ends = None if token.lifetime is None else token.issued_at + token.lifetime
        return {
            "app_id": app_id,
            "type": "PAGE" if page else "USER",
            "application": "Soku",
            "issued_at": int(token.issued_at.timestamp()),
            "expires_at": int(ends.timestamp()) if ends else 0,
            "data_access_expires_at": int((token.issued_at + DATA_ACCESS).timestamp()),
            "scopes": sorted(scopes_of(token.grant)),
            "user_id": self._state.user(token.grant.person).external_id,
            **page,
        }


def _bad_code(message: str, subcode: int) -> Refusal:
    return meta_errors.meta_error(message, 100, subcode=subcode)
