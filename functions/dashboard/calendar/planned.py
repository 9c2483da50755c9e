"""Posts as the calendar and the list of scheduled posts show them: when, and what can be done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from functions.dashboard.captions import caption_of
from functions.dashboard.times import fold_of, local, wall_text, wall_time
from functions.dashboard.zones import ShownZone
from shared.domain.history import planned_at
from shared.domain.media import MediaAsset, MediaKind
from shared.domain.schedule import SOONEST
from shared.domain.submission import Submission, SubmissionStatus
from shared.posts import view

_QUARTER = timedelta(minutes=15)
_USUAL_TIME = time(9)


@dataclass(frozen=True)
class PlannedPost:
    """A post with its time in the zone of the page."""

    post: Mapping[str, Any]
    """As `shared.posts.view` shows it."""
    caption: str
    at: datetime
    day: date
    wall: str
    """The time there, as a form sends it."""
    fold: int
    obstacle: str | None
    """Why it cannot be moved; None if it can."""
    picture: str | None
    """The URL of the first picture."""
    files: int
    has_video: bool

    @property
    def hour(self) -> int:
        return int(self.wall[11:13])


def planned(submission: Submission, shown: ShownZone) -> PlannedPost:
    at = planned_at(submission)
    wall = wall_text(at, shown.zone)
    pictures = [asset.url for asset in submission.media if asset.kind is MediaKind.IMAGE]
    return PlannedPost(
        post=view.in_list(submission),
        caption=caption_of(submission),
        at=at,
        day=date.fromisoformat(wall[:10]),
        wall=wall,
        fold=fold_of(at, shown.zone),
        obstacle=obstacle(submission),
        picture=pictures[0] if pictures else None,
        files=len(submission.media),
        has_video=_has_video(submission.media),
    )


def obstacle(submission: Submission) -> str | None:
    """Why the post cannot be moved; None if it has a time that can still be changed."""
    match submission.status:
        case SubmissionStatus.DRAFT if submission.scheduled_time is None:
            return "This draft has no time yet. Edit it to give it one."
        case SubmissionStatus.DRAFT:
            return None
        case SubmissionStatus.QUEUED if submission.is_scheduled:
            return None
        case SubmissionStatus.CANCELED:
            return "This post is canceled. Duplicate it instead."
        case SubmissionStatus.QUEUED | SubmissionStatus.ORCHESTRATING | SubmissionStatus.DISPATCHED:
            return "This post is being published and cannot be moved any more."
    return "A post that was published cannot be moved. Duplicate it instead."


def by_day(posts: Iterable[PlannedPost]) -> dict[date, list[PlannedPost]]:
    days: dict[date, list[PlannedPost]] = {}
    for post in posts:
        days.setdefault(post.day, []).append(post)
    return days


def usual_times(submissions: Iterable[Submission], shown: ShownZone) -> dict[int, time]:
    """The time of the post that was made last for each weekday."""
    latest = sorted(submissions, key=lambda submission: submission.created_at)
    walls = [
        local(submission.scheduled_time, shown.zone)
        for submission in latest
        if submission.scheduled_time is not None
    ]
    return {wall.weekday(): wall.time().replace(second=0, microsecond=0) for wall in walls}


def new_post_at(
    day: date, usual: Mapping[int, time], shown: ShownZone, now: datetime
) -> str | None:
    """The time that a new post on this day starts with, in the user's own zone.

    Today, when the usual time has passed, the next quarter of an hour. None when the day is over.
    """
    wanted = datetime.combine(day, usual.get(day.weekday(), _USUAL_TIME))
    at = wall_time(f"{wanted:%Y-%m-%dT%H:%M}", shown.zone).at
    if at < now + SOONEST:
        at = _next_quarter(now)
        if at.astimezone(shown.zone).date() != day:
            return None
    return wall_text(at, shown.own)


def _next_quarter(now: datetime) -> datetime:
    # Half of a quarter is left for writing.
    later = now + _QUARTER * 1.5
    return later - (later - datetime.min.replace(tzinfo=later.tzinfo)) % _QUARTER


def _has_video(media: Iterable[MediaAsset]) -> bool:
    return any(asset.kind is MediaKind.VIDEO for asset in media)
