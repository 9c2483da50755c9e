"""What the analytics show: the days, the accounts and the number, all of it in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from functions.dashboard.visitor import url_of
from shared.domain.accounts import MAX_ACCOUNT_ID
from shared.domain.errors import InvalidRequest
from shared.domain.metrics import SUMMED, Metric
from shared.metrics import totals
from shared.metrics.totals import MOST_DAYS, TotalsQuery
from shared.platforms import registry
from shared.web import strict

RANGES = (7, 30, 90)
_USUAL = 30
_WRONG_DAYS = f"Choose at most {MOST_DAYS} days, and the first of them before the last."


@dataclass(frozen=True)
class Choice:
    """What the address asks for. What is not valid is left out, like an empty field of a form."""

    today: date
    """In UTC, as all days here."""
    first: date
    last: date
    length: int = 0
    """The number of days until today; 0 when the user chose both ends."""
    platform: str = ""
    account: str = ""
    """Only together with its platform."""
    metric: Metric | None = None
    fault: str = ""
    """Why the days are not those of the address."""

    @property
    def query(self) -> TotalsQuery:
        sent = {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "platform": self.platform,
            "accountId": self.account,
        }
        return strict.read(TotalsQuery, {name: text for name, text in sent.items() if text})

    @property
    def parameters(self) -> dict[str, str]:
        own = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        days = {"days": "" if self.length == _USUAL else str(self.length)} if self.length else own
        values = {
            **days,
            "platform": self.platform,
            "account": self.account,
            "metric": self.metric.value if self.metric else "",
        }
        return {name: text for name, text in values.items() if text}

    @property
    def href(self) -> str:
        return url_of("/analytics", **self.parameters)

    def file(self, group: str) -> str:
        """The address of the same numbers as a file."""
        return url_of("/analytics.csv", **self.parameters, by=group)

    def with_platform(self, platform: str) -> "Choice":
        return replace(self, platform=platform, account="")

    def with_account(self, platform: str, account: str) -> "Choice":
        return replace(self, platform=platform, account=account)

    def with_metric(self, metric: Metric) -> "Choice":
        return replace(self, metric=metric)

    def with_length(self, length: int) -> "Choice":
        first = self.today - timedelta(days=length - 1)
        return replace(self, first=first, last=self.today, length=length, fault="")


def choice_of(args: Mapping[str, str], today: date) -> Choice:
    """What an address asks for."""
    platform, account, metric = (args.get(name, "") for name in ("platform", "account", "metric"))
    platform = platform if platform in registry.names() else ""
    usual = Choice(
        today=today,
        first=today,
        last=today,
        platform=platform,
        account=account if platform and len(account) <= MAX_ACCOUNT_ID else "",
        metric=Metric(metric) if metric in SUMMED else None,
    ).with_length(next((each for each in RANGES if args.get("days") == str(each)), _USUAL))
    own = {name: args[name] for name in ("from", "to") if args.get(name)}
    if not own:
        return usual
    try:
        first, last = totals.range_of(strict.read(TotalsQuery, own))
    except InvalidRequest:
        return replace(usual, fault=_WRONG_DAYS)
    if first > today:
        return replace(usual, fault=_WRONG_DAYS)
    return replace(usual, first=first, last=min(last, today), length=0)
