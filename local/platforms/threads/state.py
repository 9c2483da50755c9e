"""The state of the twin of Threads, and the account that a request acts for."""

from dataclasses import dataclass, field
from datetime import datetime

from local.platforms.accounts import Account
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.containers import ContainerState
from local.platforms.meta.state import require
from local.platforms.threads.drafts import Draft


@dataclass
class Usage:
    """When an account did what the quotas count."""

    deletes: list[datetime] = field(default_factory=list)
    publications: list[tuple[datetime, bool]] = field(default_factory=list)  # with "is a reply"


class State(ContainerState[Draft]):
    first_id = 17_889_615_691_921_648  # of the size that the documentation shows
    error_type = "THApiException"

    def clear(self) -> None:
        super().clear()
        self._usage: dict[str, Usage] = {}

    def authorized(self, *scopes: str) -> Account:
        """The account whose token the request has. Raises Refusal."""
        grant = self.token().grant
        require(grant, "threads_basic", *scopes)
        return grant.account

    def owner(self, user_id: str, *scopes: str) -> Account:
        """The account in the path, by its id or as `me`; it must be the token's. Raises Refusal."""
        account = self.authorized(*scopes)
        if user_id not in ("me", account.external_id):
            raise meta_errors.media_not_found(user_id)
        return account

    def usage_of(self, account: Account) -> Usage:
        """What an account has done since the last reset."""
        return self._usage.setdefault(account.account_id, Usage())
