"""Lists that a pass has found worth reading, and that are still to be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.gcp.collecting import seconds_of
from shared.platforms.comments import Source

FAILED_FOR = timedelta(days=7)
"""A list that could not be read for so long is given up."""


@dataclass
class Unread:
    """A list, and how far it was read. Times are in seconds."""

    source: Source
    known_until: int
    """What was found before is known: the end of the last pass when the list was planned."""
    cursor: str | None = None
    pages: int = 0
    failed_at: int = 0
    """When it failed for the first time. It is read after all others, and stops no pass."""
    is_restarted: bool = False
    """The platform did not accept the cursor of an earlier task, so it is read from the start."""

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "Unread":
        return cls(**{**fields, "source": Source(**fields["source"])})

    @property
    def key(self) -> tuple[str, str]:
        return self.source.name, self.source.post_id

    def fail(self, now: datetime) -> None:
        self.failed_at = self.failed_at or seconds_of(now)

    def restart(self) -> None:
        self.cursor, self.is_restarted = None, True


def planned(
    sources: Iterable[Source], left: Iterable[Unread], known_until: int, now: datetime
) -> list[Unread]:
    """What a pass reads: its own lists, and then those of earlier passes that failed."""
    oldest = seconds_of(now - FAILED_FOR)
    failed = {unread.key: unread for unread in left if unread.failed_at > oldest}
    new = []
    for source in sources:
        unread = Unread(source, known_until)
        before = failed.get(unread.key)
        if before is None:
            new.append(unread)
            continue
        is_whole = source.is_whole or before.source.is_whole
        longer = replace(source, since=before.source.since, is_whole=is_whole)
        failed[unread.key] = replace(before, source=longer, cursor=None, pages=0)
    return [*new, *failed.values()]
