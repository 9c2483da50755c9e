"""The state of the twin of Instagram, and the account that a request acts for."""

from flask import request

from local.platforms.accounts import Account
from local.platforms.instagram.drafts import Draft
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.containers import ContainerState
from local.platforms.meta.state import require


class State(ContainerState[Draft]):
    first_id = 17_889_455_560_051_444  # of the size that the documentation shows
    error_type = "IGApiException"

    def clear(self) -> None:
        super().clear()
        self.nests = False
        """Some answers are wrapped in a list, as in the documentation."""

    def authorized(self, scope: str = "instagram_business_basic") -> Account:
        """The account whose token the request has. Raises Refusal."""
        grant = self.token().grant
        require(grant, scope)
        return grant.account

    def owner(self, user_id: str, scope: str = "instagram_business_basic") -> Account:
        """The account in the path, which must be the token's. Raises Refusal."""
        account = self.authorized(scope)
        if user_id not in (account.external_id, "me"):
            raise meta_errors.no_such_object(request.method, user_id)
        return account


def scoped_id(account: Account) -> str:
    """The id of an account for one app; paths need the other one."""
    return f"9{account.external_id[1:]}"
