"""What the collector's jobs have in common: how they end, and what a day may cost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import clock
from shared.domain.metrics import next_pass
from shared.gcp import budgets
from shared.gcp.collecting import Collecting, account_key
from shared.wiring import Parts

DAY = timedelta(days=1)
# A task begins no call after this time, so that it ends before the sweeper enqueues another one.
# The function itself may take 9 minutes, and one call of a platform's job is many requests at most.
LONGEST = timedelta(seconds=75)
LONGEST_CALL = timedelta(minutes=5)


class Pause(Exception):
    """Nothing more can be read before `until`."""

    def __init__(self, reason: str, until: datetime) -> None:
        super().__init__(reason)
        self.until = until


@dataclass(frozen=True)
class Done:
    """What a task did; `collecting` is None when nothing is left that will be read."""

    result: str
    collecting: Collecting | None
    is_pass: bool = True
    """It read what was due; what failed before works again."""


@dataclass
class Progress:
    """A task's work: what was stored, with what the task has done so far, however it ends."""

    collecting: Collecting


@dataclass(frozen=True)
class Job:
    """What the collector does for an account. Each function raises StoreUnavailable and
    PreconditionFailed, `collect` also Blocked, MustRepeat, Pause and PlatformError."""

    collect: Callable[[Progress, Parts], Done]
    forget_account: Callable[[Collecting, Parts], None]
    """The account is not connected any more: keep nothing that must not be kept."""
    forget_what_is_too_old: Callable[[Collecting, Parts, datetime], None]
    """Nothing can be read before a time: remove what the platform does not let be kept so long."""


@dataclass(frozen=True)
class Budget:
    """What may be spent on a platform within a UTC day, by all jobs and accounts together."""

    stored: Collecting
    usual: int | None
    """What the platform's module allows, unless the operator has set something else."""
    parts: Parts

    @property
    def limit(self) -> int | None:
        return self.parts.settings.collect_budgets.get(self.stored.platform, self.usual)

    def require_any(self, what: str) -> None:
        """Raises Pause if the operator has not turned `what` on."""
        if self.limit == 0:
            raise Pause(f"{what} are off", self.tomorrow())

    def left(self) -> int | None:
        """What is left today; None: there is no limit."""
        if self.limit is None:
            return None
        return self.limit - budgets.spent(self.parts.db, self.stored.platform, clock.now())

    def spend(self, cost: int, left: int | None) -> None:
        """Raises Pause when it is more than what is left."""
        self.require(cost, left)
        self.charge(cost)

    def require(self, cost: int, left: int | None) -> None:
        """Raises Pause when it is more than what is left."""
        if left is not None and cost > left:
            raise Pause("the budget of the day is used up", self.tomorrow())

    def charge(self, cost: int) -> None:
        """Count what was spent."""
        if self.limit is not None and cost:
            budgets.spend(self.parts.db, self.stored.platform, cost, clock.now())

    def tomorrow(self) -> datetime:
        return next_pass(account_key(self.stored), clock.now(), DAY)
