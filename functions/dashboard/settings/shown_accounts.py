"""The user's accounts as the pages show them: their health, and what depends on it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.dashboard import times
from functions.dashboard.own_accounts import integration_snapshots
from functions.dashboard.visitor import Visitor
from functions.dashboard.words import State
from shared import clock
from shared.accounts import listing
from shared.domain.accounts import Account, AccountStatus
from shared.platforms import registry
from shared.posts.risks import Waiting, waiting_by_account
from shared.wiring import Parts

PATH = "/settings/integrations"
_RECONNECT = State("Reconnect required", "unplug", "danger")
_EXPIRING = State("Expires soon", "triangle-alert", "warning")
_INCOMPLETE = State("Permissions missing", "triangle-alert", "warning")
_CONNECTED = State("Connected", "circle-check", "success")
# Worst first.
_ORDER = (_RECONNECT, _EXPIRING, _INCOMPLETE, _CONNECTED)


@dataclass(frozen=True)
class Shown:
    """An account as the pages show it."""

    account: Account
    name: str
    is_default: bool
    health: State
    note: str
    """The date that goes with the health."""
    reason: str
    """What has happened and what to do; "" while all is well."""
    missing: Sequence[tuple[str, str]]
    """Permissions that are missing, each with what it is needed for."""
    waiting: Waiting | None = None
    others: tuple[str, ...] = ()
    """Accounts that need reconnecting, too, and are renewed together with this one."""
    renewed_with: str = ""
    """The account whose row has the button for this one, too."""

    @property
    def needs_action(self) -> bool:
        return self.health != _CONNECTED

    @property
    def path(self) -> str:
        return f"{PATH}/{self.account.platform}/{self.account.account_id}"


def shown_accounts(who: Visitor, parts: Parts) -> list[Shown]:
    """The accounts, worst health first, with what depends on each."""
    stored = listing.stored_accounts(who.user_id, integration_snapshots(who), parts)
    waiting = waiting_by_account(who.user_id, parts) if stored else {}
    shown = [shown_account(account, default, who, waiting) for account, default in stored]
    shown.sort(key=lambda each: _ORDER.index(each.health))
    return _one_button_for_each_grant(shown)


def shown_account(
    account: Account,
    default: str | None,
    who: Visitor,
    waiting: Mapping[tuple[str, str], Waiting],
) -> Shown:
    described = listing.as_json(account, default)
    login = registry.connecting(account.platform, account.kind).login
    uses = {scope.name: scope.needed_for for scope in login.scopes}
    health = _health_of(account)
    return Shown(
        account,
        name=account.label or account.display_name or account.username,
        is_default=described["default"],
        health=health,
        note=_note(account, health, who),
        reason=described["reason"] or "",
        missing=[(name, uses.get(name, "")) for name in account.missing_scopes],
        waiting=waiting.get((account.platform, account.account_id)),
    )


def _health_of(account: Account) -> State:
    match listing.health_of(account, clock.now()):
        case AccountStatus.RECONNECT_REQUIRED:
            return _RECONNECT
        case AccountStatus.EXPIRING:
            return _EXPIRING
    return _INCOMPLETE if account.missing_scopes else _CONNECTED


def _note(account: Account, health: State, who: Visitor) -> str:
    def day(at: datetime) -> str:
        return times.day_of(at, clock.now(), times.zone_of(who.timezone))

    if health == _EXPIRING and account.ends_at:
        return f"by {day(account.ends_at)}"
    if health == _RECONNECT and account.ends_at and account.ends_at <= clock.now():
        return f"since {day(account.ends_at)}"
    if health == _CONNECTED and account.connected_at:
        return f"since {day(account.connected_at)}"
    return ""


def _one_button_for_each_grant(shown: Sequence[Shown]) -> list[Shown]:
    """One authorization that has ended is one message, however many accounts it had."""
    groups: dict[tuple[str, str], list[Shown]] = defaultdict(list)
    for each in shown:
        if each.health in (_RECONNECT, _EXPIRING):
            groups[each.account.platform, each.account.grant_id].append(each)
    changed: dict[str, Shown] = {}
    for first, *rest in groups.values():
        changed[first.path] = replace(first, others=tuple(other.name for other in rest))
        changed |= {other.path: replace(other, renewed_with=first.name) for other in rest}
    return [changed.get(each.path, each) for each in shown]
