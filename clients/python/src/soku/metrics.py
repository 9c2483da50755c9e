"""The numbers of posts, such as impressions and likes."""

from datetime import date
from typing import Any, TypedDict, Unpack

from soku import models
from soku.paths import part
from soku.transport import Transport


class Selection(TypedDict, total=False):
    """Which numbers are read, and what each entry is about."""

    since: date | str
    """The first UTC day, such as 2030-01-05; by default, 30 days are read."""
    until: date | str
    """The last UTC day; by default, today."""
    platform: str
    account_id: str
    group_by: str
    """day (the default), platform or account."""


class Metrics:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def of_post(self, post_id: str) -> models.PostMetrics:
        """The numbers of a post on each account where it is live.

        A number that the platform does not offer is absent, and None means that there is none yet.
        """
        path = f"/v1/posts/{part(post_id)}/metrics"
        return self._transport.call("GET", path, models.PostMetrics)

    def refresh(self, post_id: str) -> models.PostMetrics:
        """Let Soku read the numbers of a post again from its platforms, within seconds.

        The result still has those from before. At most once in 15 minutes.
        """
        path = f"/v1/posts/{part(post_id)}/metrics/refresh"
        return self._transport.call("POST", path, models.PostMetrics)

    def over_time(self, **selected: Unpack[Selection]) -> models.MetricsOverTime:
        """By how much the numbers of your posts grew, by day, platform or account."""
        return self._transport.call(
            "GET", "/v1/metrics", models.MetricsOverTime, query=_query(selected)
        )

    def over_time_as_csv(self, **selected: Unpack[Selection]) -> str:
        """The same as a table for a spreadsheet."""
        return self._transport.text("/v1/metrics", _query(selected), "text/csv")


def _query(selected: Selection) -> dict[str, Any]:
    return {
        "from": _day(selected.get("since")),
        "to": _day(selected.get("until")),
        "platform": selected.get("platform"),
        "accountId": selected.get("account_id"),
        "groupBy": selected.get("group_by"),
    }


def _day(day: date | str | None) -> str | None:
    return None if day is None else str(day)
