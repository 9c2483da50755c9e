"""Which accounts a request means: its `platform`, matched with the connected accounts.

For messages, functions take `display_name`: a platform's name -> its own spelling.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.accounts import AccountStatus, Integration
from shared.domain.errors import ApiError, ErrorCode, Violation
from shared.domain.submission import Risk

DisplayName = Callable[[str], str]


@dataclass(frozen=True)
class RequestedTarget:
    """One element of `post.content.platform`."""

    path: str
    """Its path in the request."""
    platform: str
    account_id: str | None = None
    text: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ResolvedTarget:
    """A requested target with the account it means."""

    requested: RequestedTarget
    account_id: str
    account_status: AccountStatus
    ends_at: datetime | None = None
    """When the account's authorization ends unless its owner renews it."""


def resolve(
    requested: Sequence[RequestedTarget],
    integrations: Mapping[str, Integration],
    display_name: DisplayName,
) -> list[ResolvedTarget | ApiError]:
    """The account of each of `requested`, in the same order.

    An ApiError where there is none: missing_integrations or missing_account.
    """
    return [
        _resolve_one(target, integrations.get(target.platform), display_name)
        for target in requested
    ]


def unconnected(platforms: Iterable[str], display_name: DisplayName) -> ApiError:
    """missing_integrations, for all of `platforms` at once."""
    missing = sorted(set(platforms))
    return ApiError(
        ErrorCode.MISSING_INTEGRATIONS,
        f"The following platforms are not connected: {', '.join(map(display_name, missing))}. "
        "Connect an account on each, or leave these platforms out.",
        {"missingPlatforms": missing},
    )


def ended_authorization(target: ResolvedTarget, display_name: DisplayName) -> ApiError | None:
    """unauthorized, if the user must reconnect the account before a post can be published now."""
    if target.account_status is not AccountStatus.RECONNECT_REQUIRED:
        return None
    platform, account_id = target.requested.platform, target.account_id
    return ApiError(
        ErrorCode.UNAUTHORIZED,
        f"The authorization of the {display_name(platform)} account {account_id} has ended. "
        "Reconnect the account, then send the post again.",
        {"reason": "reconnect_required", "platform": platform, "accountId": account_id},
    )


def risk_of(
    target: ResolvedTarget, scheduled_time: datetime | None, name: str, now: datetime
) -> Risk | None:
    """Why a scheduled post will fail on this target unless the user reconnects the account.

    `name`: the platform's display name.
    """
    if scheduled_time is None:
        return None
    if target.account_status is AccountStatus.RECONNECT_REQUIRED:
        return ended_risk(target.account_id, name, now)
    if target.ends_at is None or target.ends_at > scheduled_time:
        return None
    message = (
        f"The authorization of the {name} account {target.account_id} ends on "
        f"{target.ends_at:%Y-%m-%d %H:%M} UTC, before the post is due. Reconnect the account."
    )
    return Risk("authorization_ends", message, now)


def ended_risk(account_id: str, name: str, now: datetime) -> Risk:
    message = (
        f"The authorization of the {name} account {account_id} has ended. Reconnect the account "
        "before the post is due."
    )
    return Risk("reconnect_required", message, now)


def repetitions(
    resolved: Iterable[ResolvedTarget], display_name: DisplayName
) -> dict[str, Violation]:
    """A violation for each target with the same account as an earlier one, by its path."""
    earlier: set[tuple[str, str]] = set()
    faults = {}
    for target in resolved:
        platform, account_id = target.requested.platform, target.account_id
        if (platform, account_id) in earlier:
            message = (
                f"{display_name(platform)} account {account_id} is named more than once. "
                "A post can go to each account only once."
            )
            path = target.requested.path
            faults[path] = Violation(path, "repeated_target", message, platform)
        earlier.add((platform, account_id))
    return faults


def _resolve_one(
    target: RequestedTarget, integration: Integration | None, display_name: DisplayName
) -> ResolvedTarget | ApiError:
    if integration is None:
        return unconnected([target.platform], display_name)
    account_id = target.account_id or _implied_account(integration)
    if account_id is None:
        return _ambiguous(target, integration, display_name(target.platform))
    summary = integration.accounts.get(account_id)
    if summary is None:
        return _unknown(target, account_id, integration, display_name(target.platform))
    return ResolvedTarget(target, account_id, summary.status, summary.ends_at)


def _implied_account(integration: Integration) -> str | None:
    """The account when only the platform is named: the default, or the only one."""
    default = integration.default_account_id
    if default is not None and default in integration.accounts:
        return default
    return next(iter(integration.accounts)) if len(integration.accounts) == 1 else None


def _unknown(
    target: RequestedTarget, account_id: str, integration: Integration, name: str
) -> ApiError:
    return ApiError(
        ErrorCode.MISSING_ACCOUNT,
        f"{name} account {account_id} is not connected. Connected accounts: "
        f"{', '.join(sorted(integration.accounts))}.",
        {
            "platform": target.platform,
            "accountId": account_id,
            "connectedAccounts": sorted(integration.accounts),
        },
    )


def _ambiguous(target: RequestedTarget, integration: Integration, name: str) -> ApiError:
    return ApiError(
        ErrorCode.MISSING_ACCOUNT,
        f"Several {name} accounts are connected and none is the default. Name one as "
        f'{{"platform": "{target.platform}", "accountId": …}}. Connected accounts: '
        f"{', '.join(sorted(integration.accounts))}.",
        {"platform": target.platform, "connectedAccounts": sorted(integration.accounts)},
    )
