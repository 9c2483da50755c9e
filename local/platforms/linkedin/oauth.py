"""Tokens of the twin of LinkedIn (section 3 of the notes on LinkedIn)."""

from datetime import timedelta
from typing import Any

from flask import request

from local.platforms.linkedin import errors
from local.platforms.linkedin.state import State
from local.platforms.simulation import Refusal
from shared import clock

ACCESS_LIFETIME = timedelta(days=60)
REFRESH_LIFETIME = timedelta(days=365)
_FORM = "application/x-www-form-urlencoded"


class OAuth:
    """The token endpoint, which is on www.linkedin.com in reality."""

    def __init__(self, state: State) -> None:
        self._state = state

    def access_token(self) -> Any:
        """A new access token; the refresh token stays, and its year is not extended."""
        _check_form()
        accounts = self._state.platform.accounts
        refresh = accounts.token(request.form["refresh_token"])
        account = accounts.get(refresh.account_id) if refresh else None
        if refresh is None or account is None or refresh.kind != "refresh":
            raise _dead()
        if account.client_id not in (None, request.form["client_id"]):
            raise errors.oauth(401, "invalid_client", "Client authentication failed")
        left = refresh.issued_at + REFRESH_LIFETIME - clock.now()
        has_ended = accounts.enforce_lifetimes and left <= timedelta(0)
        if accounts.standing(refresh) != "active" or has_ended:
            raise _dead()
        access = accounts.issue(account, "access", ACCESS_LIFETIME, prefix="AQX")
        accounts.hold(account, access, refresh)
        return {
            "access_token": access.value,
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "refresh_token": refresh.value,
            "refresh_token_expires_in": max(0, int(left.total_seconds())),
        }


def _check_form() -> None:
    if request.mimetype != _FORM:
        raise errors.oauth(400, "invalid_request", 'A required parameter "grant_type" is missing')
    for name in ("grant_type", "refresh_token", "client_id", "client_secret"):
        if not request.form.get(name):
            description = f'A required parameter "{name}" is missing'
            raise errors.oauth(400, "invalid_request", description)
    if request.form["grant_type"] != "refresh_token":
        raise errors.oauth(400, "unsupported_grant_type", "The grant type is not supported")


def _dead() -> Refusal:
    return errors.oauth(400, "invalid_grant", "The provided refresh token is not valid")
