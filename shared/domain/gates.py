"""What must still hold when a run is about to start, however long ago it was accepted."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.accounts import Account, AccountStatus
from shared.domain.errors import ErrorCategory
from shared.domain.run import Run, RunError
from shared.domain.subscription import Subscription


@dataclass(frozen=True)
class Gates:
    """What is read again at publish time."""

    subscription: Subscription
    account: Account | None


def refusal(run: Run, gates: Gates, now: datetime) -> RunError | None:
    """Why `run` cannot go any more; None when it can.

    What the platform has taken already is followed to its end whatever is paid for.
    """
    if run.started_at is None and run.not_after is not None and now > run.not_after:
        message = f"It could not start by its notAfter ({run.not_after:%Y-%m-%d %H:%M:%S} UTC)."
        return _error(ErrorCategory.EXPIRED, message)
    if run.sent_at is None and not gates.subscription.is_active(now):
        message = "The subscription is not active. Renew it in Settings > Billing, then retry."
        return _error(ErrorCategory.SUBSCRIPTION_INACTIVE, message)
    return cannot_act(run, gates.account)


def cannot_act(run: Run, account: Account | None) -> RunError | None:
    """Why nobody can act for the account of `run`; None when `account` can."""
    if account is None:
        return not_connected(run)
    if account.status is AccountStatus.RECONNECT_REQUIRED:
        message = (
            f"The authorization of {run.platform} account {run.account_id} has ended. "
            "Reconnect it in Settings > Integrations, then retry."
        )
        return _error(ErrorCategory.AUTH_EXPIRED, message)
    return None


def not_connected(run: Run) -> RunError:
    message = (
        f"The {run.platform} account {run.account_id} is no longer connected. "
        "Connect it in Settings > Integrations, then retry."
    )
    return _error(ErrorCategory.ACCOUNT_DISCONNECTED, message)


def _error(category: ErrorCategory, message: str) -> RunError:
    return RunError(category=category, code=category.value, message=message, retryable=True)
