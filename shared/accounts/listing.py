"""A user's connected accounts, as the API and the pages show them, and their settings."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared import clock
from shared.accounts.disconnecting import account_not_found
from shared.domain.accounts import EXPIRING_BEFORE, Account, AccountStatus
from shared.gcp.accounts import account_from, account_path, integration_from, integration_path
from shared.gcp.firestore import commit, read_all, retry_conflicts
from shared.gcp.messages import REMOVED, Batch
from shared.platforms import registry
from shared.web.envelope import time_text
from shared.wiring import Parts


def integration_paths(user_id: str) -> list[str]:
    """The documents that say which accounts a user has."""
    return [integration_path(user_id, platform) for platform in registry.names()]


def accounts_of(user_id: str, integrations: Iterable[Any], parts: Parts) -> list[dict[str, Any]]:
    """The accounts in the snapshots of `integration_paths`, by platform and id."""
    return [as_json(*listed) for listed in stored_accounts(user_id, integrations, parts)]


def stored_accounts(
    user_id: str, integrations: Iterable[Any], parts: Parts
) -> list[tuple[Account, str | None]]:
    """The same accounts, each with the id of its platform's default account."""
    summaries = list(filter(None, map(integration_from, integrations)))
    owners = [
        (summary.platform, account_id)
        for summary in sorted(summaries, key=lambda summary: summary.platform)
        for account_id in sorted(summary.accounts)
    ]
    defaults = {summary.platform: summary.default_account_id for summary in summaries}
    paths = [account_path(user_id, platform, account_id) for platform, account_id in owners]
    snapshots = read_all(parts.db, paths) if paths else {}
    accounts = [account_from(snapshots[path], user_id) for path in paths]
    return [(account, defaults[account.platform]) for account in accounts if account]


def health_of(account: Account, now: datetime) -> AccountStatus:
    """The account's status now: an authorization that is about to end is expiring."""
    if account.status is not AccountStatus.CONNECTED or account.ends_at is None:
        return account.status
    if now >= account.ends_at:
        return AccountStatus.RECONNECT_REQUIRED
    ends_soon = account.ends_at - now <= EXPIRING_BEFORE
    return AccountStatus.EXPIRING if ends_soon else AccountStatus.CONNECTED


def as_json(account: Account, default_account_id: str | None) -> dict[str, Any]:
    """An account as the API shows it."""
    health = health_of(account, clock.now())
    return {
        "platform": account.platform,
        "accountId": account.account_id,
        "kind": account.kind,
        "username": account.username,
        "displayName": account.display_name,
        "avatarUrl": account.avatar_url,
        "label": account.label,
        "default": account.account_id == default_account_id,
        "status": health.value,
        "reason": _reason(account, health),
        "expiresAt": time_text(account.ends_at) if account.ends_at else None,
        "missingScopes": list(account.missing_scopes),
        "connectedAt": time_text(account.connected_at) if account.connected_at else None,
    }


@dataclass(frozen=True)
class Settings:
    """What a user can change of an account; None leaves it as it is."""

    label: str | None = None
    """"" removes the label."""
    is_default: bool | None = None


def change(
    user_id: str, platform: str, account_id: str, settings: Settings, parts: Parts
) -> dict[str, Any]:
    """Change an account's settings; returns it as the API shows it.

    Raises ApiError not_found, PreconditionFailed, StoreUnavailable.
    """
    paths = [account_path(user_id, platform, account_id), integration_path(user_id, platform)]
    return retry_conflicts(
        paths[0],
        lambda: [read_all(parts.db, paths)[path] for path in paths],
        lambda snapshots: _change(snapshots, user_id, settings, parts),
    )


def _change(snapshots: list[Any], user_id: str, settings: Settings, parts: Parts) -> dict[str, Any]:
    own, summary = snapshots
    platform, account_id = summary.id, own.id
    account, integration = account_from(own, user_id), integration_from(summary)
    if account is None or integration is None:
        raise account_not_found(platform, account_id)
    default, batch = integration.default_account_id, Batch(parts.db)
    summarized: dict[str, Any] = {}
    if settings.label is not None:
        account = replace(account, label=settings.label or None)
        unchanged = parts.db.write_option(last_update_time=own.update_time)
        batch.update(own.reference, {"label": account.label}, option=unchanged)
        summarized[parts.db.field_path("accounts", account_id, "label")] = account.label
    if settings.is_default is True:
        default = account_id
    elif settings.is_default is False and default == account_id:
        default = None
    if default != integration.default_account_id:
        summarized["defaultAccountId"] = default or REMOVED
    if summarized:
        unchanged = parts.db.write_option(last_update_time=summary.update_time)
        batch.update(summary.reference, summarized, option=unchanged)
        # Written again, it says the same.
        commit(batch, landed=lambda: False)
    return as_json(account, default)


def _reason(account: Account, health: AccountStatus) -> str | None:
    """What the owner should know and do; None while all is well."""
    name = registry.display_name(account.platform)
    match health:
        case AccountStatus.EXPIRING:
            return f"{name} ends this authorization soon and lets only you renew it. Reconnect it."
        case AccountStatus.RECONNECT_REQUIRED:
            return account.status_reason or registry.about(account.platform).reconnect
    if account.missing_scopes:
        login = registry.connecting(account.platform, account.kind).login
        uses = [s.needed_for for s in login.scopes if s.name in account.missing_scopes]
        lost = ", ".join(dict.fromkeys(uses)) or "do everything"
        return (
            f"Soku cannot {lost}, because permissions are missing. "
            "Reconnect the account, and leave all permissions selected."
        )
    return None
