"""The filters, the search and the order of the list of posts: all of it in the address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from functions.dashboard import words
from functions.dashboard.visitor import url_of
from shared.domain.accounts import MAX_ACCOUNT_ID
from shared.domain.captions import words_of
from shared.platforms import registry
from shared.posts.history import LONGEST_CURSOR, LONGEST_SEARCH, MOST_PER_PAGE, HistoryQuery
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
class Chip:
    """A filter that is set, with the address of the list without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Option:
    """A value that can be chosen, with the address of the list with it."""

    words: str
    href: str
    is_chosen: bool
    value: str = ""


@dataclass(frozen=True)
class Filters:
    """What the address asks for. What is not valid is left out, like an empty field of a form."""

    q: str = ""
    status: str = ""
    platform: str = ""
    account: str = ""
    earliest: str = ""
    """A day in the user's zone, as in 2026-12-01; the same for `latest`."""
    latest: str = ""
    sort: str = "newest"
    cursor: str = ""

    @property
    def is_set(self) -> bool:
        return any((self.q, self.status, self.platform, self.account, self.earliest, self.latest))

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address, without the cursor."""
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

    @property
    def href(self) -> str:
        return url_of("/posts", **self.query)

    @property
    def back(self) -> str:
        """The path of the list, to return to after a form."""
        return f"/posts?{urlencode(self.query)}" if self.query else "/posts"

    def after(self, cursor: str) -> str:
        """The address of the next page."""
        return url_of("/posts", **self.query, cursor=cursor)

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

    def known(name: str, values: Mapping[str, Any] | tuple[str, ...], otherwise: str = "") -> str:
        value = args.get(name, "")
        return value if value in values else otherwise

    q, account, cursor = (args.get(name, "").strip() for name in ("q", "account", "cursor"))
    q = q[:LONGEST_SEARCH]
    return Filters(
        q=q if any(words_of(q)) else "",
        status=known("status", STATUSES),
        platform=known("platform", registry.names()),
        account=account if len(account) <= MAX_ACCOUNT_ID else "",
        earliest=_day(args.get("from", "")),
        latest=_day(args.get("to", "")),
        sort=known("sort", SORTS, "newest"),
        cursor=cursor if len(cursor) <= LONGEST_CURSOR else "",
    )


def chips(filters: Filters, names: Mapping[str, str]) -> Iterator[Chip]:
    """The filters that are set. `names`: of accounts, by id."""
    texts = {
        "q": f"Search: {filters.q}",
        "status": f"Status: {STATUSES[filters.status].words}" if filters.status else "",
        "platform": f"Platform: {registry.display_name(filters.platform)}"
        if filters.platform
        else "",
        "account": f"Account: {names.get(filters.account, filters.account)}",
        "earliest": f"From: {filters.earliest}",
        "latest": f"To: {filters.latest}",
    }
    for name, text in texts.items():
        if getattr(filters, name):
            yield Chip(text, _with(filters, **{name: ""}))


def options(filters: Filters, accounts: Mapping[str, str]) -> dict[str, list[Option]]:
    """The menus, by the name of the filter."""
    return {
        "status": [
            Option(state.words, _with(filters, status=name), name == filters.status, name)
            for name, state in STATUSES.items()
        ],
        "platform": [
            Option(
                registry.display_name(name),
                _with(filters, platform=name),
                name == filters.platform,
                name,
            )
            for name in registry.names()
        ],
        "account": [
            Option(name, _with(filters, account=account), account == filters.account, account)
            for account, name in accounts.items()
        ],
        "sort": [
            Option(text, _with(filters, sort=name), name == filters.sort, name)
            for name, text in SORTS.items()
        ],
    }


def _with(filters: Filters, **changes: str) -> str:
    # A cursor belongs to one list only.
    return replace(filters, cursor="", **changes).href


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
