"""What reading numbers has in common on Meta's platforms: the rows of insights, objects that are
gone.

developers.facebook.com/docs/graph-api/reference/page/insights, docs/instagram-platform/reference/
instagram-media/insights and docs/threads/insights, read 2026-11-28. A missing row means that there
is no number yet, never 0.
"""

from abc import abstractmethod
from datetime import timedelta
from typing import Any

from shared.domain.errors import PlatformUnavailable
from shared.platforms import metrics
from shared.platforms.http import Reading, Reply
from shared.platforms.wire import mapping, mappings, words

STORIES_LIVE_FOR = timedelta(days=1)


class MetaMetrics(metrics.Metrics):
    @abstractmethod
    def is_missing(self, answer: Reply) -> bool:
        """Whether the object is gone, or is hidden from the token."""

    def answered(self, reading: Reading) -> dict[str, Any]:
        """As `shown`; a page that is no answer of the API is no answer without numbers either."""
        fields = self.shown(reading)
        if not fields:
            raise PlatformUnavailable(f"{self.about.display_name} returned no usable answer.")
        return fields

    def rows(self, reading: Reading) -> dict[str, Any] | None:
        """The values of insights by their names; None if the object is missing. Raises as `read`.

        A value is anything that JSON has.
        """
        return None if self.is_missing(reading) else rows_of(self.answered(reading))


def rows_of(insights: object) -> dict[str, Any]:
    """`{data: [{name, values: [{value}]}]}` by name; some rows have `total_value` instead."""
    rows = mappings(mapping(insights).get("data"))
    return {words(row.get("name")): _value_of(row) for row in rows}


def _value_of(row: dict[str, Any]) -> Any:
    values = mappings(row.get("values"))
    return (values[0] if values else mapping(row.get("total_value"))).get("value")
