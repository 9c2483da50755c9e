"""What a pass of comments leaves for the next one, and which lists the next one reads."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.collector.unread import Unread, planned
from shared.gcp.collecting import seconds_of
from shared.platforms.comments import Comments, Survey

MOST_WATCHED = 200
"""Posts whose comments are read, the newest ones; their ids are in one document."""
WATCHED_FOR = timedelta(days=90)
BUSY_FOR = timedelta(days=7)
"""With a post younger than this, an account is read as often as the platform allows."""
SWEEP_EVERY = timedelta(hours=1)


@dataclass
class Memory:
    """Times are in seconds."""

    watched: dict[str, int] = field(default_factory=dict)
    """When each post that is watched was published."""
    position: dict[str, str | int] = field(default_factory=dict)
    left: list[Unread] = field(default_factory=list)
    """Lists that are still to be read."""
    complete_until: int = 0
    """The end of the last pass that was read to its end: what was found before is known."""
    refused: dict[str, int] = field(default_factory=dict)
    """Kinds of lists that need a permission which is missing, and until when none is asked for."""
    swept_at: int = 0
    next_at: int = 0
    """When the next pass is due."""
    tries: dict[str, int] = field(default_factory=dict)
    """How often what was asked of an item has failed."""
    retry_at: int = 0
    """When it is tried again."""

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "Memory":
        return cls(**{**fields, "left": list(map(Unread.of, fields.get("left", ())))})

    def fields(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @property
    def is_interrupted(self) -> bool:
        """The last pass has left lists that can be read."""
        return any(not unread.failed_at for unread in self.left)

    def watch(
        self, known: Mapping[str, int], new: Mapping[str, int], every: timedelta, now: datetime
    ) -> None:
        """Watch these posts, unless they are too many or too old."""
        if new:
            # An account that was quiet is busy again: it does not wait until its hour is over.
            soon = min(new.values()) + int(every.total_seconds())
            self.next_at = min(self.next_at, soon)
        watched = {**known, **new}
        oldest = seconds_of(now - WATCHED_FOR)
        newest = sorted(watched, key=lambda post: watched[post], reverse=True)[:MOST_WATCHED]
        self.watched = {post: watched[post] for post in newest if watched[post] > oldest}

    def sweeps_at(self, now: datetime) -> bool:
        """Whether a pass also lists young posts as a whole."""
        return now >= moment_of(self.swept_at) + SWEEP_EVERY

    def begin(self, survey: Survey, sweeps: bool, job: Comments, now: datetime) -> None:
        """Plan a pass after its survey, and when the next one is due."""
        self.position = dict(survey.position)
        sources = [
            source
            for source in survey.sources
            if moment_of(self.refused.get(source.name, 0)) <= now
        ]
        self.left = planned(sources, self.left, self.complete_until, now)
        if sweeps:
            self.swept_at = seconds_of(now)
        is_busy = any(at > seconds_of(now - BUSY_FOR) for at in self.watched.values())
        self.next_at = seconds_of(now + (job.every if is_busy else job.quiet_every))


def moment_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
