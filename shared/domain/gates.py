"""What must still hold when a run is about to start, however long ago it was accepted."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.accounts import Account, AccountStatus, OfAccount
from shared.domain.errors import ErrorCategory
from shared.domain.run import Run, RunError
from shared.domain.subscription import Billing, Subscription, denial

_RETRY = "retry the post"


@dataclass(frozen=True)
class Gates:
    """What is read again at publish time."""

    subscription: Subscription
    account: Account | None
    """None when it is not connected."""
    platform_name: str
    """The platform's display name, for messages."""
    billing: Billing


def refusal(run: Run, gates: Gates, now: datetime) -> RunError | None:
    """Why `run` cannot continue; None when it can.

    A post that the platform has accepted is followed to its end even without a subscription.
    """
    if run.started_at is None and run.not_after is not None and now > run.not_after:
        message = (
            f"The post could not start by its notAfter ({run.not_after:%Y-%m-%d %H:%M:%S} UTC)."
        )
        return _error(ErrorCategory.EXPIRED, message)
    platform = {run.platform: gates.platform_name}
    denied = denial(gates.subscription, gates.billing, now, platform)
    if run.sent_at is None and denied:
        return _error(ErrorCategory.SUBSCRIPTION_INACTIVE, denied.message(_RETRY))
    return cannot_act(run, gates)


def refusal_to_act(
    owner: OfAccount, gates: Gates, now: datetime, *, then: str = _RETRY
) -> RunError | None:
    """Why nothing may be done for an account now: also when its user has not subscribed.

    `then`: what the user can do after connecting the account again.
    """
    denied = denial(gates.subscription, gates.billing, now)
    if denied is not None:
        return _error(ErrorCategory.SUBSCRIPTION_INACTIVE, denied.message(then))
    return cannot_act(owner, gates, then)


def cannot_act(owner: OfAccount, gates: Gates, then: str = _RETRY) -> RunError | None:
    """Why Soku cannot act for an account; None when it can."""
    if gates.account is None:
        return not_connected(owner.account_id, gates.platform_name, then)
    if gates.account.status is AccountStatus.RECONNECT_REQUIRED:
        message = (
            f"The authorization of the {gates.platform_name} account {owner.account_id} has ended. "
            f"Reconnect the account, then {then}."
        )
        return _error(ErrorCategory.AUTH_EXPIRED, message)
    return None


def not_connected(account_id: str, platform_name: str, then: str = _RETRY) -> RunError:
    message = (
        f"The {platform_name} account {account_id} is no longer connected. "
        f"Connect it again, then {then}."
    )
    return _error(ErrorCategory.ACCOUNT_DISCONNECTED, message)


def _error(category: ErrorCategory, message: str) -> RunError:
    return RunError(category=category, code=category.value, message=message, retryable=True)
