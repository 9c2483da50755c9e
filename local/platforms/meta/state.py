"""The state of the twins of Meta's platforms, and the token of a request."""

import itertools
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import ClassVar, TypeVar

from local.platforms import clock, simulation
from local.platforms.accounts import Account, Grant, Token
from local.platforms.meta import errors as meta_errors
from local.platforms.simulation import Refusal, SimulatedPlatform

_PACIFIC_STANDARD = timedelta(hours=-8)


class State(simulation.State, ABC):
    first_id: ClassVar[int]
    error_type: ClassVar[str] = "OAuthException"
    """The type of the errors that are about paths and methods."""

    def __init__(self, platform: SimulatedPlatform) -> None:
        self._ids = itertools.count(self.first_id, 7)
        super().__init__(platform)

    def next_id(self) -> str:
        """An id that nothing has yet."""
        return str(next(self._ids))

    @abstractmethod
    def authorized(self) -> Account:
        """The account whose token the request has. Raises Refusal."""

    def token(self) -> Token:
        """The valid token that the request has. Raises Refusal."""
        value = self.platform.presented_token()
        if value is None:
            message = "An access token is required to request this resource."
            raise meta_errors.meta_error(message, 104)
        return self.valid(value)

    def valid(self, value: str) -> Token:
        """The token with this value, which works now. Raises Refusal."""
        accounts = self.platform.accounts
        token = accounts.token(value)
        if token is None:
            message = "Invalid OAuth access token - Cannot parse access token"
            raise meta_errors.meta_error(message, 190, status=401)
        standing, invalid = accounts.standing(token), "Error validating access token:"
        if standing == "expired":
            since = clock.now() - timedelta(minutes=1) + _PACIFIC_STANDARD
            message = f"{invalid} Session has expired on {since:%A, %d-%b-%y %H:%M:%S} PST."
            raise meta_errors.meta_error(message, 190, subcode=463)
        if standing == "revoked":
            message = f"{invalid} The user has not authorized application."
            raise meta_errors.meta_error(message, 190, subcode=458)
        return token

    def unsupported(self, method: str) -> Refusal:
        """The refusal of a token, a version or a method that a path does not accept."""
        message = f"Unsupported request - method type: {method.lower()}"
        return meta_errors.meta_error(message, 100, kind=self.error_type)


S = TypeVar("S", bound=State)


def require(grant: Grant, *scopes: str) -> None:
    """Refuse with code 10 unless all of `scopes` were granted. Raises Refusal."""
    for scope in scopes:
        if not grant.may(scope):
            message = f"(#10) Application does not have permission for this action: {scope}"
            raise meta_errors.meta_error(message, 10, status=403)
