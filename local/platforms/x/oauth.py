"""Logging in to X, and its tokens: OAuth 2.0 (docs.x.com/fundamentals/authentication)."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import redirect, request

from local.platforms.accounts import Account
from local.platforms.oauth import TokenEndpoint, grant_code
from local.platforms.x.state import State

CODE_LIFETIME = timedelta(seconds=30)


class OAuth(TokenEndpoint[State]):
    allows_public_clients = True
    lifetimes = (timedelta(seconds=7200), timedelta(days=180))  # about 6 months
    scopes = (
        "tweet.read",
        "users.read",
        "tweet.write",
        "media.write",
        "offline.access",
        "tweet.moderate.write",
    )
    refusals: ClassVar = {
        "missing": (400, "invalid_request", "Missing required parameter [{}]."),
        "client": (401, "unauthorized_client", "Missing valid authorization header"),
        "grant_type": (400, "unsupported_grant_type", "The grant_type is not supported."),
        "grant": (400, "invalid_request", "Value passed for the {} was invalid."),
        "login": (400, "invalid_request", "Something went wrong."),
    }

    def authorize(self) -> Any:
        """Grant at once, as `account` (Soku's id) or as the account registered first."""
        query = request.args
        required = ("client_id", "redirect_uri", "scope", "state", "code_challenge")
        is_known = query.get("code_challenge_method", "plain") in ("S256", "plain")
        code = grant_code(self._accounts, required, CODE_LIFETIME) if is_known else None
        if code is None:
            raise self.refused("login")
        answer = urlencode({"state": query["state"], "code": code})
        return redirect(f"{query['redirect_uri']}?{answer}")

    def grants(self) -> dict[str, Callable[[str], dict[str, Any]]]:
        return super().grants() | {"authorization_code": self._exchange}

    def rotates(self) -> bool:
        return True

    def may_refresh(self, account: Account) -> bool:
        return account.may("offline.access")

    def issue(self, account: Account, refresh_token: str = "") -> dict[str, Any]:
        return super().issue(account, refresh_token) | {"token_type": "bearer"}

    def revoke(self) -> Any:
        """`POST /2/oauth2/revoke`: `{revoked: true}`, for an unknown token as well."""
        self.client_id()
        if "token" not in request.form:
            raise self.refused("missing", "token")
        token = self._accounts.token(request.form["token"])
        if token is not None:
            token.standing = "revoked"
        return {"revoked": True}

    def _exchange(self, client_id: str) -> dict[str, Any]:
        form = request.form
        for name in ("code", "redirect_uri", "code_verifier"):
            if not form.get(name):
                raise self.refused("missing", name)
        code = self._accounts.redeem_code(form["code"], client_id, form["redirect_uri"])
        if code is None or code.query["code_challenge"] != _challenge(code.query):
            raise self.refused("grant", "authorization code")
        code.account.client_id = client_id
        return self.issue(code.account)


def _challenge(login: Mapping[str, str]) -> str:
    """The challenge for the verifier in the request, by the method of the login."""
    verifier = request.form["code_verifier"]
    if login.get("code_challenge_method") != "S256":
        return verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
