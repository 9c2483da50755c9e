"""A user's subscription, and what it allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

PAID_STATUSES = frozenset({"trialing", "active"})
STAFF_PLAN = "staff"


@dataclass(frozen=True)
class Subscription:
    status: str
    plan_id: str | None = None
    current_period_end: datetime | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    """This user's own rate limits, by scope, which replace the configured ones."""

    def is_active(self, now: datetime) -> bool:
        """Whether posts may be published: trialing or active, within the current period."""
        return (
            self.status in PAID_STATUSES
            and self.current_period_end is not None
            and self.current_period_end > now
        )
