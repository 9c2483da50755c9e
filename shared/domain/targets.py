"""Which accounts a request means: `platform`, as it was written, against what is connected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.accounts import AccountStatus, Integration
from shared.domain.errors import ApiError, ErrorCode, Violation


@dataclass(frozen=True)
class RequestedTarget:
    """One element of `post.content.platform`."""

    path: str
    """Where it stands in the request."""
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


def resolve(
    requested: Sequence[RequestedTarget], integrations: Mapping[str, Integration]
) -> list[ResolvedTarget | ApiError]:
    """What each of `requested` comes to, in its order.

    The account that it means, or why it means none: missing_integrations or missing_account.
    """
    return [_resolve_one(target, integrations.get(target.platform)) for target in requested]


def unconnected(platforms: Iterable[str]) -> ApiError:
    """missing_integrations, for all of `platforms` at once."""
    missing = sorted(set(platforms))
    return ApiError(
        ErrorCode.MISSING_INTEGRATIONS,
        f"The following platforms are not connected: {', '.join(missing)}. "
        "Connect them in Settings > Integrations.",
        {"missingPlatforms": missing},
    )


def ended_authorization(target: ResolvedTarget) -> ApiError | None:
    """unauthorized, if a post that goes out now cannot go there: the person must reconnect."""
    if target.account_status is not AccountStatus.RECONNECT_REQUIRED:
        return None
    platform, account_id = target.requested.platform, target.account_id
    return ApiError(
        ErrorCode.UNAUTHORIZED,
        f"The authorization of {platform} account {account_id} has ended. Reconnect it "
        "in Settings > Integrations, then send the post again.",
        {"reason": "reconnect_required", "platform": platform, "accountId": account_id},
    )


def repetitions(resolved: Iterable[ResolvedTarget]) -> dict[str, Violation]:
    """The fault of each target that means the account of an earlier one, by its path."""
    seen: set[tuple[str, str]] = set()
    faults = {}
    for target in resolved:
        platform, account_id = target.requested.platform, target.account_id
        if (platform, account_id) in seen:
            message = (
                f"{platform} account {account_id} is named twice; a post goes to an account once."
            )
            path = target.requested.path
            faults[path] = Violation(path, "repeated_target", message, platform)
        seen.add((platform, account_id))
    return faults


def _resolve_one(
    target: RequestedTarget, integration: Integration | None
) -> ResolvedTarget | ApiError:
    if integration is None:
        return unconnected([target.platform])
    account_id = target.account_id or _implied_account(integration)
    if account_id is None:
        return _ambiguous(target, integration)
    summary = integration.accounts.get(account_id)
    if summary is None:
        return _unknown(target, account_id, integration)
    return ResolvedTarget(target, account_id, summary.status)


def _implied_account(integration: Integration) -> str | None:
    """The account that a platform's name alone means: the default, or the only one."""
    default = integration.default_account_id
    if default is not None and default in integration.accounts:
        return default
    return next(iter(integration.accounts)) if len(integration.accounts) == 1 else None


def _unknown(target: RequestedTarget, account_id: str, integration: Integration) -> ApiError:
    return ApiError(
        ErrorCode.MISSING_ACCOUNT,
        f"There is no {target.platform} account {account_id}. Connected: "
        f"{', '.join(sorted(integration.accounts))}.",
        {
            "platform": target.platform,
            "accountId": account_id,
            "connectedAccounts": sorted(integration.accounts),
        },
    )


def _ambiguous(target: RequestedTarget, integration: Integration) -> ApiError:
    return ApiError(
        ErrorCode.MISSING_ACCOUNT,
        f"Several {target.platform} accounts are connected and none is the default: name one as "
        f'{{"platform": "{target.platform}", "accountId": …}}. Connected: '
        f"{', '.join(sorted(integration.accounts))}.",
        {"platform": target.platform, "connectedAccounts": sorted(integration.accounts)},
    )
