"""Logging in to Threads and keeping its tokens (section 2 of the notes on Threads)."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import redirect, request

from local.platforms.accounts import Account, LoginCode, Token
from local.platforms.meta import errors as meta_errors
from shared import clock

if TYPE_CHECKING:
    from local.platforms.threads.twin import Threads

CODE_LIFETIME = timedelta(hours=1)
SHORT_LIFETIME = timedelta(hours=1)
LONG_LIFETIME = timedelta(seconds=5_183_944)  # 60 days, as the example has it
YOUNGEST_REFRESHED = timedelta(hours=24)
SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_delete",
    "threads_read_replies",
    "threads_manage_replies",
    "threads_manage_insights",
)
_PREFIX = "THQVJ"


class LoginEndpoints:
    """The token half of the twin of Threads. Its paths carry no version, but for debug_token."""

    def __init__(self, platform: "Threads") -> None:
        self._threads = platform

    def routes(self) -> None:
        """Declare the paths. The first is on threads.net in the world."""
        self._threads.route("GET", "/oauth/authorize", self.authorize)
        self._threads.route("POST", "/oauth/access_token", self.redeem)
        self._threads.route("GET", "/access_token", self.exchange)
        self._threads.route("GET", "/refresh_access_token", self.refresh)
        self._threads.route("GET", "/v1.0/debug_token", self.debug)

    def authorize(self) -> Any:
        """Grant at once, as `account` (Soku's id) or as the account registered first."""
        query = request.args
        accounts = self._threads.accounts.all()
        wanted = query.get("account")
        account = self._threads.accounts.get(wanted) if wanted else next(iter(accounts), None)
        needed = ("client_id", "redirect_uri", "scope")
        complete = query.get("response_type") == "code" and all(query.get(n) for n in needed)
        if account is None or not complete:
            raise meta_errors.bad_parameter("The login request is not complete.")
        code = self._threads.accounts.issue_code(
            LoginCode(
                account_id=account.account_id,
                client_id=query["client_id"],
                redirect_uri=query["redirect_uri"],
                expires_at=clock.now() + CODE_LIFETIME,
            )
        )
        state = {"state": query["state"]} if "state" in query else {}
        # The two characters at the end are no part of the code: a client must strip them.
        return redirect(f"{query['redirect_uri']}?{urlencode({'code': code} | state)}#_")

    def redeem(self) -> Any:
        """`POST /oauth/access_token`: `{access_token, user_id}`, a token for an hour."""
        form = request.form
        _need(form, "client_id", "client_secret", "grant_type", "redirect_uri", "code")
        _check_grant(form["grant_type"], "authorization_code")
        code = self._threads.accounts.redeem_code(form["code"])
        account = self._threads.accounts.get(code.account_id) if code else None
        if (
            code is None
            or account is None
            or (code.client_id, code.redirect_uri) != (form["client_id"], form["redirect_uri"])
        ):
            raise meta_errors.bad_parameter("Invalid verification code format or redirect_uri.")
        token = self._threads.accounts.issue(account, "short", SHORT_LIFETIME, _PREFIX)
        self._threads.accounts.hold(account, token)
        # A JSON number, beyond what a double holds in the world.
        return {"access_token": token.value, "user_id": int(account.external_id)}

    def exchange(self) -> Any:
        """`GET /access_token`: a short-lived token becomes a long-lived one."""
        account = self._threads.authorized()
        _need(request.args, "client_secret", "grant_type", "access_token")
        _check_grant(request.args["grant_type"], "th_exchange_token")
        token = self._presented()
        if token.kind != "short":
            raise meta_errors.bad_parameter("The access token is not a short-lived one.")
        return self._long_lived(account)

    def refresh(self) -> Any:
        """`GET /refresh_access_token`: a new token, and the old one's expiry is lifted."""
        _need(request.args, "grant_type", "access_token")
        _check_grant(request.args["grant_type"], "th_refresh_token")
        token = self._threads.accounts.token(request.args["access_token"])
        if token is not None and token.standing != "revoked":
            _check_refreshable(token)
            token.standing = "active"  # only a fault can have ended it, and this mends it
        return self._long_lived(self._threads.authorized())

    def debug(self) -> Any:
        """`GET /v1.0/debug_token`: what `input_token` is."""
        self._threads.authorized()
        _need(request.args, "input_token")
        token = self._threads.accounts.token(request.args["input_token"])
        account = self._threads.accounts.get(token.account_id) if token else None
        if token is None or account is None:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return {"data": {"is_valid": False, "error": error, "scopes": []}}
        scopes = SCOPES if account.scopes is None else tuple(sorted(account.scopes))
        ends = token.issued_at + (token.lifetime or LONG_LIFETIME)
        return {
            "data": {
                "type": "USER",
                "application": "Soku",
                "is_valid": self._threads.accounts.standing(token) == "active",
                "issued_at": int(token.issued_at.timestamp()),
                "expires_at": int(ends.timestamp()),
                "scopes": list(scopes),
                "user_id": account.external_id,
            }
        }

    def _presented(self) -> Token:
        token = self._threads.accounts.token(self._threads.presented_token())
        if token is None:
            raise meta_errors.unparsable_token()
        return token

    def _long_lived(self, account: Account) -> dict[str, Any]:
        token = self._threads.accounts.issue(account, "access", LONG_LIFETIME, _PREFIX)
        self._threads.accounts.hold(account, token)
        return {
            "access_token": token.value,
            "token_type": "bearer",
            "expires_in": int(LONG_LIFETIME.total_seconds()),
        }


def _check_refreshable(token: Token) -> None:
    if token.kind != "access":
        raise meta_errors.bad_parameter("Only a long-lived access token can be refreshed.")
    too_young = clock.now() - token.issued_at < YOUNGEST_REFRESHED
    if too_young and not token.registered:
        raise meta_errors.bad_parameter("The access token must be at least 24 hours old.")


def _need(parameters: Any, *names: str) -> None:
    for name in names:
        if not parameters.get(name):
            raise meta_errors.bad_parameter(f"The parameter {name} is required.")


def _check_grant(value: str, expected: str) -> None:
    if value != expected:
        raise meta_errors.bad_parameter(f"Param grant_type must be one of {{{expected}}}.")
