"""Which accounts a request means: `platform`, as it was written, against what is connected."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.accounts import AccountStatus, Integration
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation


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
) -> list[ResolvedTarget]:
    """The accounts that `requested` means, in its order.

    Raises ApiError: missing_integrations (all of them at once), missing_account, or
    validation_error for a target that is named twice.
    """
    _refuse_unconnected(requested, integrations)
    resolved = [_resolve_one(target, integrations[target.platform]) for target in requested]
    _refuse_repeated(resolved)
    return resolved


def refuse_ended_authorizations(targets: Collection[ResolvedTarget]) -> None:
    """For a post that goes out now. Raises ApiError unauthorized: the person must reconnect."""
    for target in targets:
        if target.account_status is AccountStatus.RECONNECT_REQUIRED:
            platform, account_id = target.requested.platform, target.account_id
            raise ApiError(
                ErrorCode.UNAUTHORIZED,
                f"The authorization of {platform} account {account_id} has ended. Reconnect it "
                "in Settings > Integrations, then send the post again.",
                {"reason": "reconnect_required", "platform": platform, "accountId": account_id},
            )


def _refuse_unconnected(
    requested: Sequence[RequestedTarget], integrations: Mapping[str, Integration]
) -> None:
    missing = sorted({t.platform for t in requested if t.platform not in integrations})
    if missing:
        raise ApiError(
            ErrorCode.MISSING_INTEGRATIONS,
            f"The following platforms are not connected: {', '.join(missing)}. "
            "Connect them in Settings > Integrations.",
            {"missingPlatforms": missing},
        )


def _resolve_one(target: RequestedTarget, integration: Integration) -> ResolvedTarget:
    account_id = target.account_id or _implied_account(target, integration)
    summary = integration.accounts.get(account_id)
    if summary is None:
        raise ApiError(
            ErrorCode.MISSING_ACCOUNT,
            f"There is no {target.platform} account {account_id}. Connected: "
            f"{', '.join(sorted(integration.accounts))}.",
            {
                "platform": target.platform,
                "accountId": account_id,
                "connectedAccounts": sorted(integration.accounts),
            },
        )
    return ResolvedTarget(target, account_id, summary.status)


def _implied_account(target: RequestedTarget, integration: Integration) -> str:
    default = integration.default_account_id
    if default is not None and default in integration.accounts:
        return default
    if len(integration.accounts) == 1:
        return next(iter(integration.accounts))
    raise ApiError(
        ErrorCode.MISSING_ACCOUNT,
        f"Several {target.platform} accounts are connected and none is the default: name one as "
        f'{{"platform": "{target.platform}", "accountId": …}}. Connected: '
        f"{', '.join(sorted(integration.accounts))}.",
        {"platform": target.platform, "connectedAccounts": sorted(integration.accounts)},
    )


def _refuse_repeated(resolved: Sequence[ResolvedTarget]) -> None:
    seen: set[tuple[str, str]] = set()
    violations = []
    for target in resolved:
        key = (target.requested.platform, target.account_id)
        if key in seen:
            violations.append(
                Violation(
                    target.requested.path,
                    "repeated_target",
                    f"{key[0]} account {key[1]} is named twice; a post goes to an account once.",
                    key[0],
                )
            )
        seen.add(key)
    if violations:
        raise InvalidRequest(violations)
