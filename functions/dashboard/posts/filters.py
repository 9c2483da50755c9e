"""The filters, the search and the order of the list of posts: all of it in the address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from functions.dashboard import filtering, words
from functions.dashboard.filtering import Chip, Option
from shared.platforms import registry
from shared.posts.history import MOST_PER_PAGE, HistoryQuery
from shared.web import strict

PAGE = 20
# Days that every time zone and the database can represent.
_YEARS = range(2000, 2200)
AT_RISK = "at_risk"
STATUSES: Mapping[str, words.State] = {
    **{name: state for name, state in words.POST_STATES.items() if name != "partially_failed"},
    AT_RISK: words.AT_RISK,
}
"""What can be chosen: `failed` includes partial failures."""
SORTS: Mapping[str, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "scheduled": "By scheduled time",
}


@dataclass(frozen=True)
class Filters(filtering.Filters):
    path: ClassVar = "/posts"
    status: str = ""
    earliest: str = ""
    """A day in the user's zone, as in 2026-12-01; the same for `latest`."""
    latest: str = ""
    sort: str = "newest"

    @property
    def is_set(self) -> bool:
        return any((self.q, self.status, self.platform, self.account, self.earliest, self.latest))

    @property
    def query(self) -> dict[str, str]:
        values = {
            "q": self.q,
            "status": self.status,
            "platform": self.platform,
            "account": self.account,
            "from": self.earliest,
            "to": self.latest,
            "sort": "" if self.sort == "newest" else self.sort,
        }
        return {name: value for name, value in values.items() if value}

    def history_query(self, zone: ZoneInfo) -> HistoryQuery:
        is_at_risk = self.status == AT_RISK
        sent = {
            "status": "" if is_at_risk else self.status,
            "scheduled": "true" if is_at_risk else "",
            "platform": self.platform,
            "accountId": self.account,
            "from": _begin(self.earliest, zone),
            "to": _end(self.latest, zone),
            "q": self.q,
            "sort": "scheduled" if is_at_risk else self.sort,
            "limit": str(MOST_PER_PAGE if is_at_risk else PAGE),
            "cursor": self.cursor,
        }
        return strict.read(HistoryQuery, {name: text for name, text in sent.items() if text})


def filters_of(args: Mapping[str, str]) -> Filters:
    """The filters in the address of a page."""

    def known(name: str, values: Mapping[str, Any], otherwise: str = "") -> str:
        value = args.get(name, "")
        return value if value in values else otherwise

    return Filters(
        **filtering.shared_values(args),
        status=known("status", STATUSES),
        earliest=_day(args.get("from", "")),
        latest=_day(args.get("to", "")),
        sort=known("sort", SORTS, "newest"),
    )


def chips(filters: Filters, names: Mapping[str, str]) -> Iterator[Chip]:
    """The filters that are set. `names`: of accounts, by id."""
    more = {
        "status": f"Status: {STATUSES[filters.status].words}" if filters.status else "",
        "earliest": f"From: {filters.earliest}",
        "latest": f"To: {filters.latest}",
    }
    return filters.chips(names, more)


def options(filters: Filters, accounts: Mapping[str, str]) -> dict[str, list[Option]]:
    """The menus, by the name of the filter."""
    statuses = [(name, state.words) for name, state in STATUSES.items()]
    return {
        "status": filters.options("status", statuses),
        "platform": filters.platform_options(registry.names()),
        "account": filters.options("account", accounts.items()),
        "sort": filters.options("sort", SORTS.items()),
    }


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-12-01") else None
    except ValueError:
        return ""
    return day.isoformat() if day and day.year in _YEARS else ""


def _begin(day: str, zone: ZoneInfo) -> str:
    return datetime.combine(date.fromisoformat(day), time.min, zone).isoformat() if day else ""


def _end(day: str, zone: ZoneInfo) -> str:
    """The last millisecond of a day."""
    if not day:
        return ""
    next_day = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time.min, zone)
    return (next_day.astimezone(UTC) - timedelta(milliseconds=1)).isoformat()
