"""The state of the twins of Meta's platforms, and the token of a request."""

import itertools
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import ClassVar

from local.platforms import simulation
from local.platforms.accounts import Account, Token
from local.platforms.meta import errors as meta_errors
from local.platforms.simulation import SimulatedPlatform
from shared import clock


class State(simulation.State, ABC):
    first_id: ClassVar[int]

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
        accounts, value = self.platform.accounts, self.platform.presented_token()
        if value is None:
            raise meta_errors.missing_token()
        token = accounts.token(value)
        if token is None:
            raise meta_errors.unparsable_token()
        standing = accounts.standing(token)
        if standing == "expired":
            raise meta_errors.expired_token(clock.now() - timedelta(minutes=1))
        if standing == "revoked":
            raise meta_errors.revoked_token()
        return token


def require(account: Account, *scopes: str) -> None:
    """Refuse with code 10 unless all of `scopes` were granted. Raises Refusal."""
    for scope in scopes:
        if not account.may(scope):
            message = f"(#10) Application does not have permission for this action: {scope}"
            raise meta_errors.meta_error(message, 10, status=403)
