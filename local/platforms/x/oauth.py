"""Logging in to X and keeping its tokens: OAuth 2.0 (section 2 of the notes on X)."""

import base64
import binascii
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request

from local.platforms.accounts import Account, LoginCode, Token
from local.platforms.simulation import Refusal
from local.platforms.x import errors as x_errors
from local.platforms.x.state import State
from shared import clock

ACCESS_LIFETIME = timedelta(seconds=7200)  # section 2.2
REFRESH_LIFETIME = timedelta(days=180)  # section 2.2: about 6 months
CODE_LIFETIME = timedelta(seconds=30)  # section 2.1
SCOPES = "tweet.read users.read tweet.write media.write offline.access tweet.moderate.write"
_FORM = "application/x-www-form-urlencoded"


class OAuthEndpoints:
    """The token half of the twin of X."""

    def __init__(self, state: State) -> None:
        self._accounts = state.platform.accounts

    def authorize(self) -> Any:
        """Grant at once, as `account` (Soku's id) or as the account registered first."""
        query = request.args
        wanted = query.get("account")
        account = self._accounts.get(wanted) if wanted else next(iter(self._accounts.all()), None)
        needed = ("client_id", "redirect_uri", "scope", "state", "code_challenge")
        method = query.get("code_challenge_method", "plain")
        if (
            account is None
            or query.get("response_type") != "code"
            or not all(query.get(name) for name in needed)
            or method not in ("S256", "plain")
        ):
            raise x_errors.oauth(400, "invalid_request", "Something went wrong.")
        code = self._accounts.issue_code(
            LoginCode(
                account_id=account.account_id,
                client_id=query["client_id"],
                redirect_uri=query["redirect_uri"],
                expires_at=clock.now() + CODE_LIFETIME,
                challenge=query["code_challenge"],
                challenge_method=method,
            )
        )
        answer = urlencode({"state": query["state"], "code": code})
        return redirect(f"{query['redirect_uri']}?{answer}")

    def token(self) -> Any:
        """`POST /2/oauth2/token`: a new pair, out of a code or a refresh token."""
        if request.mimetype != _FORM:
            raise _missing("grant_type")
        client_id = _client_id()
        match request.form.get("grant_type"):
            case "authorization_code":
                return self._exchange(client_id)
            case "refresh_token":
                return self._refresh(client_id)
            case None:
                raise _missing("grant_type")
            case _:
                raise x_errors.oauth(
                    400, "unsupported_grant_type", "The grant_type is not supported."
                )

    def revoke(self) -> Any:
        """`POST /2/oauth2/revoke`: `{revoked: true}`, for a token that is unknown as well."""
        _client_id()
        if "token" not in request.form:
            raise _missing("token")
        token = self._accounts.token(request.form["token"])
        if token is not None:
            token.standing = "revoked"
        return {"revoked": True}

    def _exchange(self, client_id: str) -> Any:
        for name in ("code", "redirect_uri", "code_verifier"):
            if not request.form.get(name):
                raise _missing(name)
        code = self._accounts.redeem_code(request.form["code"])
        account = self._accounts.get(code.account_id) if code else None
        if (
            code is None
            or account is None
            or code.client_id != client_id
            or code.redirect_uri != request.form["redirect_uri"]
            or code.challenge != _challenge(code.challenge_method, request.form["code_verifier"])
        ):
            raise _bad_value("authorization code")
        account.client_id = client_id
        return self._pair(account)

    def _refresh(self, client_id: str) -> Any:
        if not request.form.get("refresh_token"):
            raise _missing("refresh_token")
        spent = request.form["refresh_token"]
        account = self._accounts.holder(spent, "refresh")
        if account is None or account.client_id not in (None, client_id):
            raise _bad_value("token")
        self._accounts.forget(spent)
        return self._pair(account)

    def _pair(self, account: Account) -> dict[str, Any]:
        access = self._accounts.issue(account, "access", ACCESS_LIFETIME, prefix="")
        answer: dict[str, Any] = {
            "token_type": "bearer",
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "access_token": access.value,
            "scope": SCOPES if account.scopes is None else " ".join(sorted(account.scopes)),
        }
        held: list[Token] = [access]
        if account.may("offline.access"):
            refresh = self._accounts.issue(account, "refresh", REFRESH_LIFETIME, prefix="")
            answer["refresh_token"] = refresh.value
            held.append(refresh)
        self._accounts.hold(account, *held)
        return answer


def _client_id() -> str:
    """The client: by a Basic header (confidential) or in the body (public). Raises Refusal."""
    header = request.headers.get("Authorization")
    body = request.form.get("client_id", "")
    client_id = body if header is None else _basic_client_id(header)
    if not client_id:
        raise x_errors.oauth(401, "unauthorized_client", "Missing valid authorization header")
    return client_id


def _basic_client_id(header: str) -> str:
    """The client id in a Basic header; empty when the header is not well formed."""
    scheme, _, value = header.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return client_id if scheme.lower() == "basic" and colon and secret else ""


def _challenge(method: str, verifier: str) -> str:
    if method == "plain":
        return verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _missing(parameter: str) -> Refusal:
    return x_errors.oauth(400, "invalid_request", f"Missing required parameter [{parameter}].")


def _bad_value(what: str) -> Refusal:
    return x_errors.oauth(400, "invalid_request", f"Value passed for the {what} was invalid.")
