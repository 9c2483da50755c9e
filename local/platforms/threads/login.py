"""Logging in to Threads, and its tokens: developers.facebook.com/docs/threads/get-started."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

from flask import Response, abort, request

from local.platforms.accounts import Grant
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.login import MetaLogin
from local.platforms.meta.tokens import DATA_ACCESS, LONG_LIFETIME, TokenEndpoints
from local.platforms.threads.state import State

SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_delete",
    "threads_read_replies",
    "threads_manage_replies",
    "threads_manage_insights",
    "threads_manage_mentions",
    "threads_keyword_search",
    "threads_location_tagging",
    "threads_profile_discovery",
)
_NO_APP = "No app ID was provided in the request."
_OTHER_APP = "No application data was given."
_CODES: Mapping[str, int] = {_NO_APP: 4476002, _OTHER_APP: 1349026}
_OTHER_CODE = 100  # not documented


class Login(MetaLogin[State]):
    """`/oauth/authorize`, on threads.com in reality, which shows what is wrong as JSON."""

    scopes = SCOPES
    always_granted = ("threads_basic",)
    stops: ClassVar = {
        "client": (400, _OTHER_APP),
        "redirect": (400, "Blocked redirect URI."),
        "missing": (400, "The parameter {} is required."),
        "type": (400, "Invalid response_type."),
        "scope": (400, "Invalid scope."),
    }

    def stop(self, status: int, text: str) -> NoReturn:
        if text == _OTHER_APP and not request.values.get(self.client_id_field):
            text = _NO_APP
        shown = {"error_message": text, "error_code": _CODES.get(text, _OTHER_CODE)}
        abort(Response(json.dumps(shown), status, mimetype="application/json"))


class Tokens(TokenEndpoints[State]):
    exchange_grant = "th_exchange_token"
    refresh_grant = "th_refresh_token"
    prefix = "THQVJ"

    def short_lived(self, grant: Grant, value: str) -> dict[str, Any]:
        # A JSON number; in reality it exceeds what a double can hold.
        return {"access_token": value, "user_id": int(grant.account.external_id)}

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
                "data_access_expires_at": int((token.issued_at + DATA_ACCESS).timestamp()),
                "scopes": list(SCOPES) if scopes is None else sorted(scopes),
                "user_id": token.account.external_id,
            }
        }
