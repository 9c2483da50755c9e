"""The user's accounts: their names, and how forms name them.

The page read `listing.integration_paths`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.dashboard.visitor import Visitor
from shared.accounts import listing
from shared.domain.accounts import AccountStatus, AccountSummary, Integration
from shared.gcp.accounts import integration_from


def integration_snapshots(who: Visitor) -> list[Any]:
    return [who.documents[path] for path in listing.integration_paths(who.user_id)]


def integrations_of(who: Visitor) -> list[Integration]:
    return list(filter(None, map(integration_from, integration_snapshots(who))))


def account_names(who: Visitor) -> dict[tuple[str, str], str]:
    """What the user's accounts are called, by platform and id."""
    return {
        (integration.platform, account_id): (
            account.label or account.display_name or account.username or account_id
        )
        for integration in integrations_of(who)
        for account_id, account in sorted(integration.accounts.items())
    }


def names_by_id(who: Visitor) -> dict[str, str]:
    """The same by id alone, which is how the list of posts filters."""
    return {account_id: name for (_, account_id), name in account_names(who).items()}


def must_be_reconnected(account: AccountSummary, now: datetime) -> bool:
    """Its authorization has ended."""
    has_ended = account.ends_at is not None and account.ends_at <= now
    return has_ended or account.status is AccountStatus.RECONNECT_REQUIRED


def account_key(account: Mapping[str, Any]) -> str:
    """`platform:id` of an account as the API shows it."""
    return f"{account['platform']}:{account['accountId']}"


def name_of(account: Mapping[str, Any]) -> str:
    """What an account, as the API shows it, is called; "" without any name."""
    return account["label"] or account["displayName"] or account["username"] or ""
