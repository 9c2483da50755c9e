"""The sums of each platform and account, as one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.metrics import SUMMED, Metric
from shared.metrics import totals
from shared.metrics.totals import Collected, Entry, Group
from shared.platforms import registry


@dataclass(frozen=True)
class Line:
    """A platform or an account; None for what its platform does not offer."""

    words: str
    numbers: Sequence[int | None]
    """In the order of `SUMMED`."""
    followers: int | None


@dataclass(frozen=True)
class OfPlatform:
    platform: str
    line: Line
    accounts: Sequence[Line]


def by_account(found: Collected, names: Mapping[tuple[str, str], str]) -> list[OfPlatform]:
    """Each platform, followed by its accounts."""
    accounts: dict[str, list[Line]] = {}
    for entry in totals.grouped(found, Group.ACCOUNT).entries:
        platform, account_id = entry.key["platform"], entry.key["accountId"]
        name = names.get((platform, account_id), account_id)
        accounts.setdefault(platform, []).append(_line(name, platform, entry))
    return [
        OfPlatform(
            platform := entry.key["platform"],
            _line(registry.display_name(platform), platform, entry),
            accounts[platform],
        )
        for entry in totals.grouped(found, Group.PLATFORM).entries
    ]


def is_offered(platform: str, metric: Metric) -> bool:
    job = registry.metrics(platform)
    return job is not None and metric in job.offered_metrics


def _line(name: str, platform: str, entry: Entry) -> Line:
    known = {metric: 0 for metric in SUMMED if is_offered(platform, metric)} | dict(entry.numbers)
    return Line(name, [known.get(metric) for metric in SUMMED], entry.followers)
