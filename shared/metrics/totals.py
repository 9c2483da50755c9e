"""How the numbers of a user's posts grew, by day, platform or account.

From the daily sums that the collector keeps, so the cost depends on the days and the accounts, not
on the posts.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from shared import clock
from shared.domain.errors import InvalidRequest, Violation
from shared.domain.metrics import SUMMED, Metric, totals
from shared.gcp.readings import Day, days_of
from shared.posts.request import PlatformName
from shared.web.strict import Strict
from shared.wiring import Parts

MOST_DAYS = 366
MOST_READ = 20_000
"""Documents, each of which Firestore charges: one for each day and account."""
_USUAL_DAYS = 30
# No post is older, and every sum of a date and a length is a date.
_EARLIEST, _LATEST = date(2020, 1, 1), date(9000, 1, 1)
_FOLLOWERS = "followers"


class Group(StrEnum):
    DAY = "day"
    PLATFORM = "platform"
    ACCOUNT = "account"


class TotalsQuery(Strict):
    """The parameters of GET /v1/metrics."""

    first: date | None = Field(None, alias="from", strict=False, ge=_EARLIEST, le=_LATEST)
    """The first day, in UTC: YYYY-MM-DD. By default, 30 days are shown."""
    last: date | None = Field(None, alias="to", strict=False, ge=_EARLIEST, le=_LATEST)
    """The last day, in UTC: YYYY-MM-DD. By default, today. At most 366 days can be read at once."""
    platform: PlatformName | None = None
    """Only posts on this platform."""
    account_id: str | None = Field(None, min_length=1, max_length=300)
    """Only posts of this account."""
    group_by: Group = Field(Group.DAY, strict=False)
    """What each entry is about."""


@dataclass(frozen=True)
class Entry:
    """The growth of one day, platform or account."""

    key: Mapping[str, str]
    numbers: Mapping[Metric, int]
    followers: int | None
    """At the last count within the time; None where nobody counts them."""


@dataclass(frozen=True)
class Growth:
    first: date
    last: date
    entries: tuple[Entry, ...]
    sums: Mapping[Metric, int]


@dataclass(frozen=True)
class Collected:
    """What was collected from `first` to `last`, which can be grouped in several ways."""

    first: date
    last: date
    days: tuple[Day, ...]


def read(user_id: str, query: TotalsQuery, parts: Parts) -> Growth:
    """The growth that `query` asks for. Raises InvalidRequest, StoreUnavailable."""
    return grouped(collected(user_id, query, parts), query.group_by)


def collected(user_id: str, query: TotalsQuery, parts: Parts) -> Collected:
    """What `query` is about, not grouped yet. Raises InvalidRequest, StoreUnavailable."""
    first, last = range_of(query)
    days = days_of(parts.db, user_id, first, last, MOST_READ + 1)
    if len(days) > MOST_READ:
        message = "These are too many days for so many accounts. Ask for fewer days."
        raise InvalidRequest([Violation("from", "invalid", message)])
    wanted = tuple(
        day
        for day in days
        if query.platform in (None, day.platform) and query.account_id in (None, day.account_id)
    )
    return Collected(first, last, wanted)


def grouped(found: Collected, group: Group) -> Growth:
    """The growth by day, platform or account."""
    keys = _keys(group, found.days, found.first, found.last)
    groups: dict[tuple[str, ...], list[Day]] = {tuple(key.values()): [] for key in keys}
    for day in found.days:
        groups[tuple(_key_of(group, day).values())].append(day)
    entries = tuple(_entry(key, groups[tuple(key.values())]) for key in keys)
    sums = totals(day.numbers for day in found.days)
    return Growth(found.first, found.last, entries, sums)


def as_json(growth: Growth) -> dict[str, Any]:
    return {
        "from": growth.first.isoformat(),
        "to": growth.last.isoformat(),
        "totals": _all(growth.sums),
        "data": [
            {**each.key, "metrics": _all(each.numbers), _FOLLOWERS: each.followers}
            for each in growth.entries
        ],
    }


def as_csv(growth: Growth, group: Group) -> str:
    """One line for each entry, with a line of names above."""
    written = io.StringIO()
    names = list(_names_of(group)) + [name.value for name in SUMMED] + [_FOLLOWERS]
    lines = csv.writer(written)
    lines.writerow(names)
    for each in growth.entries:
        followers = "" if each.followers is None else each.followers
        keys = map(_harmless, each.key.values())
        lines.writerow([*keys, *_all(each.numbers).values(), followers])
    return written.getvalue()


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _all(numbers: Mapping[Metric, int]) -> dict[str, int]:
    """Growth by every name: what did not grow grew by 0."""
    return {name.value: numbers.get(name, 0) for name in SUMMED}


def range_of(query: TotalsQuery) -> tuple[date, date]:
    """The first and the last day. Raises InvalidRequest."""
    last = query.last or clock.now().date()
    first = query.first or last - timedelta(days=_USUAL_DAYS - 1)
    if first > last:
        message = "from must not be after to."
        raise InvalidRequest([Violation("from", "invalid", message)])
    if (last - first).days >= MOST_DAYS:
        message = f"At most {MOST_DAYS} days can be read at once."
        raise InvalidRequest([Violation("from", "invalid", message)])
    return first, last


def _names_of(group: Group) -> tuple[str, ...]:
    match group:
        case Group.DAY:
            return ("day",)
        case Group.PLATFORM:
            return ("platform",)
        case Group.ACCOUNT:
            return ("platform", "accountId")


def _key_of(group: Group, day: Day) -> dict[str, str]:
    known = {"day": day.day, "platform": day.platform, "accountId": day.account_id}
    return {name: known[name] for name in _names_of(group)}


def _keys(group: Group, days: Sequence[Day], first: date, last: date) -> list[Mapping[str, str]]:
    """The keys of the entries, in order: every day, or what has numbers."""
    if group is Group.DAY:
        length = (last - first).days + 1
        return [{"day": (first + timedelta(days=n)).isoformat()} for n in range(length)]
    found = {tuple(_key_of(group, day).values()): _key_of(group, day) for day in days}
    return [found[key] for key in sorted(found)]


def _entry(key: Mapping[str, str], days: Sequence[Day]) -> Entry:
    """Followers are those at the last count of each account."""
    latest: dict[tuple[str, str], int] = {}
    for day in sorted(days, key=lambda each: each.day):
        if day.followers is not None:
            latest[day.platform, day.account_id] = day.followers
    followers = sum(latest.values()) if latest else None
    return Entry(key, totals(day.numbers for day in days), followers)
