"""Logging in to Threads, and its tokens."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from flask import Response, request

from local.platforms.accounts import Token
from local.platforms.login import LoginPage
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.tokens import LONG_LIFETIME, TokenEndpoints, check_grant
from local.platforms.threads.state import State

SHORT_LIFETIME = timedelta(hours=1)
SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_delete",
    "threads_read_replies",
    "threads_manage_replies",
    "threads_manage_insights",
)


class Login(LoginPage[State]):
    """`/oauth/authorize`, on threads.com in reality."""

    code_lifetime = timedelta(hours=1)
    scopes = SCOPES
    stops: ClassVar = dict.fromkeys(
        ("client", "redirect", "missing", "type", "scope", "challenge"),
        (400, "The login request is not complete."),
    )
    returns: ClassVar = {"denied": ("access_denied", "The user denied your request")}

    def back(self, query: Mapping[str, str], parameters: Mapping[str, str]) -> Response:
        answer = super().back(query, parameters)
        if "code" in parameters:
            # The two characters do not belong to the code: a client must strip them.
            answer.headers["Location"] += "#_"
        return answer


class Tokens(TokenEndpoints[State]):
    """The tokens. The paths have no version, except debug_token's."""

    grant_type = "th_refresh_token"
    prefix = "THQVJ"

    def redeem(self) -> Any:
        """`POST /oauth/access_token`: `{access_token, user_id}`, a token for an hour."""
        form = request.form
        meta_errors.need(form, "client_id", "client_secret", "grant_type", "redirect_uri", "code")
        check_grant(form["grant_type"], "authorization_code")
        code = self._accounts.redeem_code(form["code"])
        login = (form["client_id"], form["redirect_uri"])
        asked_by = (code.grant.client_id, code.query["redirect_uri"]) if code else None
        if code is None or code.is_late or login != asked_by:
            raise meta_errors.bad_parameter("Invalid verification code format or redirect_uri.")
        token = self._accounts.issue(code.grant, "short", SHORT_LIFETIME, self.prefix)
        code.grant.held = [token.value]
        # A JSON number; in reality it exceeds what a double can hold.
        return {"access_token": token.value, "user_id": int(code.grant.account.external_id)}

    def exchange(self) -> Any:
        """`GET /access_token`: a short-lived token becomes a long-lived one."""
        self._state.authorized()
        meta_errors.need(request.args, "client_secret", "grant_type", "access_token")
        check_grant(request.args["grant_type"], "th_exchange_token")
        if self._state.token().kind != "short":
            raise meta_errors.bad_parameter("The access token is not a short-lived one.")
        return self.long_lived(self._state.token().grant)

    def debug(self) -> Any:
        """`GET /{version}/debug_token`: the state of `input_token`."""
        self._state.authorized()
        meta_errors.need(request.args, "input_token")
        token = self._accounts.token(request.args["input_token"])
        if token is None:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return {"data": {"is_valid": False, "error": error, "scopes": []}}
        scopes = token.grant.scopes
        ends = token.issued_at + (token.lifetime or LONG_LIFETIME)
        return {
            "data": {
                "type": "USER",
                "application": "Soku",
                "is_valid": self._accounts.standing(token) == "active",
                "issued_at": int(token.issued_at.timestamp()),
                "expires_at": int(ends.timestamp()),
                "scopes": list(SCOPES) if scopes is None else sorted(scopes),
                "user_id": token.account.external_id,
            }
        }

    def check_refreshable(self, token: Token) -> None:
        if token.kind != "access":
            raise meta_errors.bad_parameter("Only a long-lived access token can be refreshed.")
        super().check_refreshable(token)
