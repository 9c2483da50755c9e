"""What the twins of Meta's platforms keep, and the account that a request acts for."""

import itertools
from abc import ABC, abstractmethod
from datetime import timedelta

from local.platforms.accounts import Account, Token
from local.platforms.meta import errors as meta_errors
from local.platforms.simulation import SimulatedPlatform
from shared import clock


class State(ABC):
    """The state of one twin, shared by its endpoints; accounts and posts are in `platform`."""

    def __init__(self, platform: SimulatedPlatform, first_id: int) -> None:
        self.platform = platform
        self._ids = itertools.count(first_id, 7)

    def next_id(self) -> str:
        """An id that nothing has yet."""
        return str(next(self._ids))

    @abstractmethod
    def clear(self) -> None:
        """Forget everything."""

    @abstractmethod
    def authorized(self) -> Account:
        """The account whose token the request has. Raises Refusal."""

    def presenter(self) -> tuple[Account, Token]:
        """The account whose valid token the request has, and the token. Raises Refusal."""
        accounts, value = self.platform.accounts, self.platform.presented_token()
        if value is None:
            raise meta_errors.missing_token()
        token = accounts.token(value)
        account = accounts.get(token.account_id) if token else None
        if token is None or account is None:
            raise meta_errors.unparsable_token()
        standing = accounts.standing(token)
        if standing == "expired":
            raise meta_errors.expired_token(clock.now() - timedelta(minutes=1))
        if standing == "revoked":
            raise meta_errors.revoked_token()
        return account, token


def require(account: Account, *scopes: str) -> None:
    """Refuse with code 10 unless all of `scopes` were granted. Raises Refusal."""
    for scope in scopes:
        if not account.may(scope):
            message = f"(#10) Application does not have permission for this action: {scope}"
            raise meta_errors.meta_error(message, 10, status=403)
