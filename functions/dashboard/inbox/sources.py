"""Which of a user's accounts show comments, and why the others do not."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.dashboard.own_accounts import integration_snapshots
from functions.dashboard.visitor import Visitor
from shared.accounts import listing
from shared.domain.accounts import Account, AccountStatus
from shared.platforms import registry
from shared.wiring import Parts

_PATH = "/settings/integrations"
_MOST_NAMED = 2


@dataclass(frozen=True)
class Obstacle:
    """Why Soku cannot read the comments of an account at present, or of several."""

    words: str
    path: str
    """The page where it is reconnected."""


@dataclass(frozen=True)
class Sources:
    has_accounts: bool
    shows_any: bool
    """Some account shows comments, or will once it is connected again."""
    obstacles: Sequence[Obstacle]
    silent: Sequence[str]
    """Sentences about accounts and platforms that show none."""


def sources_of(who: Visitor, parts: Parts) -> Sources:
    """The page read `listing.integration_paths`. Raises StoreUnavailable."""
    stored = listing.stored_accounts(who.user_id, integration_snapshots(who), parts)
    reasons = [(account, _silence(account, parts)) for account, _ in stored]
    able = [account for account, reason in reasons if not reason]
    without = [each for each in registry.names() if not registry.shows_comments(each)]
    said = [*(reason for _, reason in reasons if reason), *map(_gives_none, without)]
    return Sources(
        has_accounts=bool(stored),
        shows_any=bool(able),
        obstacles=_obstacles(able),
        silent=list(dict.fromkeys(said)),
    )


def _silence(account: Account, parts: Parts) -> str | None:
    """Why an account shows no comments, as a sentence."""
    platform, job = account.platform, registry.comments(account.platform)
    if job is None:
        return _gives_none(platform)
    if parts.settings.collect_budgets.get(platform, job.daily_budget) == 0:
        name = registry.display_name(platform)
        return f"The operator has not turned on reading the comments of {name}."
    return job.refusal(account)


def _gives_none(platform: str) -> str:
    return f"{registry.display_name(platform)} gives apps no comments."


def _obstacles(accounts: Sequence[Account]) -> Sequence[Obstacle]:
    """One line for each account, or one for all of many."""
    found = [obstacle for account in accounts if (obstacle := _obstacle(account))]
    if len(found) <= _MOST_NAMED:
        return found
    return [Obstacle(f"Soku cannot read the comments of {len(found)} accounts at present.", _PATH)]


def _obstacle(account: Account) -> Obstacle | None:
    job, name = registry.comments(account.platform), registry.display_name(account.platform)
    called = f"{name} account {account.label or account.display_name or account.username}"
    path = f"{_PATH}/{account.platform}/{account.account_id}"
    if account.status is AccountStatus.RECONNECT_REQUIRED:
        return Obstacle(f"The {called} must be reconnected before its comments can be read.", path)
    if job is not None and set(job.scopes) & set(account.missing_scopes):
        text = f"The {called} was connected without the permission to read comments."
        return Obstacle(text, path)
    return None
