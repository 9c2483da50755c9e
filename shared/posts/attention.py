"""What needs its owner: posts that failed, that may be live, or that will probably fail."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import clock
from shared.domain.history import STATUS_PHASES, Sort
from shared.domain.submission import Submission
from shared.gcp.history import Selection, count
from shared.posts import history
from shared.posts.history import HistoryQuery
from shared.web import strict
from shared.wiring import Parts

MOST_COUNTED = 100
"""More are not told apart. Counting costs a read for each thousand."""
FAILED_FOR = timedelta(days=30)
"""Older failures are not offered for a retry."""
MOST_SCHEDULED = 20
"""How many of the next scheduled posts are checked for risks. Each costs a read."""


@dataclass(frozen=True)
class Attention:
    """How many posts need their owner."""

    failed: int
    """In the last FAILED_FOR."""
    unconfirmed: int
    at_risk: int
    """Of the next MOST_SCHEDULED."""


def counted(parts: Parts, user_id: str) -> Attention:
    """Raises StoreUnavailable."""
    with ThreadPoolExecutor(3) as pool:
        failed = pool.submit(_count, parts, user_id, "failed", failed_since())
        unconfirmed = pool.submit(_count, parts, user_id, "unconfirmed", None)
        at_risk = pool.submit(_at_risk, parts, user_id)
        return Attention(failed.result(), unconfirmed.result(), at_risk.result())


def failed_since() -> datetime:
    return clock.now() - FAILED_FOR


def is_at_risk(submission: Submission) -> bool:
    """It waits for its time, and will probably fail on a target."""
    return submission.is_scheduled and any(target.risk for target in submission.targets)


def _count(parts: Parts, user_id: str, status: str, earliest: datetime | None) -> int:
    phases = STATUS_PHASES[status]
    return count(parts.db, Selection(user_id, Sort.NEWEST, phases, earliest=earliest), MOST_COUNTED)


def _at_risk(parts: Parts, user_id: str) -> int:
    sent = {"scheduled": "true", "sort": "scheduled", "limit": str(MOST_SCHEDULED)}
    page = history.read(parts, user_id, strict.read(HistoryQuery, sent))
    return sum(map(is_at_risk, page.submissions))
