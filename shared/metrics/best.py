"""The posts of some days that have most of a number, by their latest numbers.

At most MOST_READ posts are read, the newest of those days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from shared.domain.history import STATUS_PHASES, Sort
from shared.domain.metrics import Metric
from shared.domain.submission import Submission
from shared.gcp.history import Selection, select
from shared.gcp.readings import reading_from
from shared.gcp.submissions import submission_from
from shared.metrics.totals import TotalsQuery, range_of
from shared.wiring import Parts

MOST_READ = 300
"""Firestore charges a read for each."""
_PHASES = STATUS_PHASES["published"] | STATUS_PHASES["partially_failed"]


@dataclass(frozen=True)
class Ranked:
    submission: Submission
    value: int


def best_posts(
    user_id: str, query: TotalsQuery, metric: Metric, count: int, parts: Parts
) -> list[Ranked]:
    """At most `count` posts that were created within the days of `query`, the best first.

    Raises InvalidRequest, StoreUnavailable.
    """
    first, last = range_of(query)
    start = datetime.combine(first, time(), UTC)
    end = datetime.combine(last + timedelta(days=1), time(), UTC)
    selection = Selection(user_id, Sort.NEWEST, _PHASES, None, start, end)
    found = [_ranked(each, query, metric) for each in select(parts.db, selection, None, MOST_READ)]
    ranked = [each for each in found if each is not None and each.value]
    return sorted(ranked, key=lambda each: each.value, reverse=True)[:count]


def _ranked(snapshot: Any, query: TotalsQuery, metric: Metric) -> Ranked | None:
    stored = submission_from(snapshot)
    if stored is None:
        return None
    numbers: Mapping[str, Any] = snapshot.to_dict().get("metrics") or {}
    value = sum(
        reading_from(numbers[target.run_id]).numbers.get(metric) or 0
        for target in stored.submission.targets
        if target.run_id in numbers
        and query.platform in (None, target.platform)
        and query.account_id in (None, target.account_id)
    )
    return Ranked(stored.submission, value)
