"""A post as the list shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.dashboard import words
from functions.dashboard.captions import caption_of
from functions.dashboard.own_posts import version_of
from functions.dashboard.posts import possible
from functions.dashboard.posts.possible import Remedy
from functions.dashboard.words import State
from shared import clock
from shared.domain.media import MediaAsset
from shared.domain.run import RunStatus
from shared.domain.submission import Submission
from shared.posts import view

MOST_MARKS = 6
# A run that waits longer than this is not asked for again and again.
_SOON = timedelta(seconds=5)


@dataclass(frozen=True)
class Mark:
    """A platform's mark with the state of its run."""

    platform: str
    state: State


@dataclass(frozen=True)
class Row:
    """A post in the list."""

    id: str
    post: Mapping[str, Any]
    """As `view.in_list` returns it."""
    caption: str
    thumb: MediaAsset | None
    more_media: int
    marks: list[Mark]
    more_marks: int
    accounts: str
    runs: list[Mapping[str, Any]]
    """What needs the user first."""
    state: State
    at: str
    next_try: datetime | None
    """Of a run that waits after a failure."""
    remedy: Remedy | None
    actions: list[str]
    version: str
    look_at: int | None
    """When the row changes next, in milliseconds since 1970; 0: at any moment; None: never."""


def row_of(submission: Submission, names: Mapping[str, str]) -> Row:
    """`names`: of accounts, by id."""
    post = view.in_list(submission)
    runs, media = possible.by_need(post["runs"]), _media_of(submission)
    marks = [Mark(run["platform"], words.RUN_STATES[run["status"]]) for run in runs]
    if not runs:
        state = words.POST_STATES[post["displayStatus"]]
        marks = [Mark(target.platform, state) for target in submission.targets]
    accounts = dict.fromkeys(names.get(t.account_id, t.account_id) for t in submission.targets)
    return Row(
        id=submission.submission_id,
        post=post,
        caption=caption_of(submission),
        thumb=media[0] if media else None,
        more_media=max(0, len(media) - 1),
        marks=marks[:MOST_MARKS],
        more_marks=max(0, len(marks) - MOST_MARKS),
        accounts=", ".join(accounts),
        runs=runs,
        state=words.state_of_post(post),
        at=post["scheduledTime"] or post["createdAt"],
        next_try=_next_try(submission),
        remedy=possible.first_remedy(post),
        actions=possible.actions_of(post),
        version=version_of(post),
        look_at=look_at(submission, post),
    )


def look_at(submission: Submission, post: Mapping[str, Any]) -> int | None:
    """When the post changes next, as `Row.look_at`."""
    if not is_moving(post):
        return None
    times = [run.next_attempt_at for run in (submission.runs or {}).values() if not run.finished_at]
    waits = [at for at in times if at is not None and at > clock.now() + _SOON]
    return _milliseconds(min(waits)) if times and len(waits) == len(times) else 0


def is_moving(post: Mapping[str, Any]) -> bool:
    """It is being published, or being deleted from its platforms."""
    deletions = (run.get("deletion") or {} for run in post["runs"])
    return post["displayStatus"] == "publishing" or any(
        deletion.get("status") == "pending" for deletion in deletions
    )


def _next_try(submission: Submission) -> datetime | None:
    """When a run that waits after a failure tries again, unless that is any moment."""
    waits = [
        run.next_attempt_at
        for run in (submission.runs or {}).values()
        if run.next_attempt_at and run.error and run.status is RunStatus.PROCESSING
    ]
    soon = clock.now() + _SOON
    return min((at for at in waits if at > soon), default=None)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _media_of(submission: Submission) -> tuple[MediaAsset, ...]:
    own = (target.content.media for target in submission.targets if target.content.media)
    return submission.media or next(own, ())
