"""The numbers of one post as its page shows them: sums, each account, and how they grew."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from functions.dashboard import times, words
from functions.dashboard.charts import Chart, Value, line_chart
from shared import clock
from shared.domain.metrics import SUMMED, Metric, Numbers, totals
from shared.domain.submission import Submission
from shared.metrics import of_post
from shared.metrics.of_post import Availability, OnAccount
from shared.wiring import Parts

_CHART_HEIGHT = 72
_READABLE = (Availability.AVAILABLE, Availability.PENDING)
# The collector reads within seconds. A page that waits for it longer does not ask any more.
_LONGEST_READING = timedelta(minutes=1)


@dataclass(frozen=True)
class Grown:
    """How one number of the post, summed over its accounts, has grown."""

    name: str
    readings: tuple[tuple[datetime, int], ...]
    chart: Chart


@dataclass(frozen=True)
class ShownNumbers:
    sums: Mapping[str, int]
    """By name, where they say more than the numbers of an account."""
    accounts: Sequence[OnAccount]
    grown: Grown | None
    is_readable: bool
    """Whether some account gives numbers."""
    wait: int
    """Minutes until they can be read again; 0: now."""
    is_reading: bool
    """They were asked for and are not there yet."""


def numbers_of(submission: Submission, zone: ZoneInfo, parts: Parts) -> ShownNumbers:
    """The numbers of a post that is live. Raises StoreUnavailable."""
    accounts, now = of_post.read(submission, parts), clock.now()
    readable = [each.measured for each in accounts if each.availability in _READABLE]
    latest = [each.latest.numbers for each in accounts if each.latest]
    wait = of_post.wait_of(readable, now) if readable else timedelta(0)
    return ShownNumbers(
        sums=words.numbers(totals(latest)) if len(latest) > 1 else {},
        accounts=accounts,
        grown=_grown(accounts, now, zone),
        is_readable=bool(readable),
        wait=max(0, math.ceil(wait / timedelta(minutes=1))),
        is_reading=any(_is_being_read(each, now) for each in accounts),
    )


def _is_being_read(each: OnAccount, now: datetime) -> bool:
    asked, latest = each.measured.asked_at, each.latest
    if asked is None or each.availability not in _READABLE:
        return False
    return now - asked < _LONGEST_READING and (latest is None or latest.at < asked)


def _grown(accounts: Sequence[OnAccount], now: datetime, zone: ZoneInfo) -> Grown | None:
    """The growth of the most telling number; None before a second reading."""
    moments = list(_moments(accounts))
    if len(moments) < 2:
        return None
    last = moments[-1][1]
    metric = next((name for name in SUMMED if last.get(name)), None)
    if metric is None:
        return None
    readings = tuple((at, sums.get(metric, 0)) for at, sums in moments)
    begin, end = readings[0][0], readings[-1][0]
    values = [
        Value((at - begin) / (end - begin), number, times.shown(at, now, zone).exact)
        for at, number in readings
    ]
    dates = [times.day_of(at, now, zone) for at in (begin, end)]
    chart = line_chart(values, list(dict.fromkeys(dates)), _CHART_HEIGHT)
    return Grown(words.METRICS[metric], readings, chart)


def _moments(accounts: Sequence[OnAccount]) -> Iterator[tuple[datetime, Mapping[Metric, int]]]:
    """The sums after each reading, in the order of time."""
    readings = sorted(
        (reading.at, number, reading.numbers)
        for number, account in enumerate(accounts)
        for reading in account.measured.series
    )
    known: dict[int, Numbers] = {}
    complete = len({number for _, number, _ in readings})
    for at, number, numbers in readings:
        known[number] = numbers
        # An account that is read for the first time is no growth.
        if len(known) == complete:
            yield at, totals(known.values())
