"""The tokens of Instagram and Threads: for a code, and for another token.

developers.facebook.com/docs/threads/get-started (long-lived-tokens) and
docs/instagram-platform (business login). The paths have no version.
"""

from abc import abstractmethod
from datetime import timedelta
from typing import Any, ClassVar

from flask import request

from local.platforms import clock
from local.platforms.accounts import Grant, Token
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.state import S
from local.platforms.simulation import Endpoints, Refusal

LONG_LIFETIME = timedelta(seconds=5_183_944)  # 60 days, as the example has it
SHORT_LIFETIME = timedelta(hours=1)
YOUNGEST_REFRESHED = timedelta(hours=24)
DATA_ACCESS = timedelta(days=90)
_CODE_FIELDS = ("client_id", "client_secret", "grant_type", "redirect_uri", "code")
# Also the answer to another secret, as other clients report.
_NOT_IDENTICAL = (
    "Error validating verification code. Please make sure your redirect_uri is identical to the "
    "one you used in the OAuth dialog request"
)


class TokenEndpoints(Endpoints[S]):
    exchange_grant: ClassVar[str]
    refresh_grant: ClassVar[str]
    prefix: ClassVar[str]
    """How the values of tokens begin."""

    @abstractmethod
    def short_lived(self, grant: Grant, value: str) -> dict[str, Any]:
        """The answer with a token for an hour."""

    def redeem(self) -> Any:
        """`POST /oauth/access_token`: a token for a code, which works once. Only forms."""
        form, clients = request.form, self._platform.clients
        for name in _CODE_FIELDS:
            if not form.get(name):
                raise _refused(f"Missing required field {name}")
        if not clients.knows(form["client_id"]):
            raise _refused("Invalid platform app")
        if form["grant_type"] != "authorization_code":
            raise _refused("Invalid grant_type")
        if not clients.authenticates(form["client_id"], form["client_secret"]):
            raise _refused(_NOT_IDENTICAL)
        code = self._accounts.redeem_code(form["code"])
        if code is None:
            raise _refused("Matching code was not found or was already used")
        if code.is_late or code.grant.client_id != form["client_id"]:
            raise _refused("Invalid authorization code")
        if code.query["redirect_uri"] != form["redirect_uri"]:
            raise _refused(_NOT_IDENTICAL)
        token = self._accounts.issue(code.grant, "short", SHORT_LIFETIME, self.prefix)
        code.grant.held = [token.value]
        return self.short_lived(code.grant, token.value)

    def exchange(self) -> Any:
        """`GET /access_token`: a short-lived token becomes a long-lived one."""
        self._check_query("client_secret", grant_type=self.exchange_grant)
        self._state.authorized()
        token = self._state.token()
        if token.kind != "short":
            raise self._state.unsupported(request.method)
        client_id = token.grant.client_id or ""
        if not self._platform.clients.authenticates(client_id, request.args["client_secret"]):
            raise meta_errors.wrong_secret()
        return self.long_lived(token.grant)

    def refresh(self) -> Any:
        """`GET /refresh_access_token`: a new token; the old one stays valid until its own end."""
        self._check_query(grant_type=self.refresh_grant)
        token = self._accounts.token(request.args["access_token"])
        if token is not None and token.standing != "revoked":
            self._check_refreshable(token)
            token.standing = "active"  # only a fault can have ended it, and this undoes that
        self._state.authorized()
        return self.long_lived(self._state.token().grant)

    def long_lived(self, grant: Grant) -> dict[str, Any]:
        """A new token for 60 days, as the platform returns it."""
        token = self._accounts.issue(grant, "access", LONG_LIFETIME, self.prefix)
        grant.held = [token.value]
        return {
            "access_token": token.value,
            "token_type": "bearer",
            "expires_in": int(LONG_LIFETIME.total_seconds()),
        }

    def _check_query(self, *names: str, grant_type: str) -> None:
        meta_errors.need(request.args, "grant_type", "access_token", *names)
        if request.args["grant_type"] != grant_type:
            raise meta_errors.bad_parameter(f"Param grant_type must be one of {{{grant_type}}}.")

    def _check_refreshable(self, token: Token) -> None:
        if token.kind != "access":
            raise self._state.unsupported(request.method)
        too_young = clock.now() - token.issued_at < YOUNGEST_REFRESHED
        if too_young and not token.registered:
            raise meta_errors.bad_parameter("The access token must be at least 24 hours old.")


def _refused(message: str) -> Refusal:
    """The refusal of a code, in another form than all other errors."""
    return Refusal(400, {"error_type": "OAuthException", "code": 400, "error_message": message})
