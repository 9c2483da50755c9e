"""Deciding, without I/O, whether a post is live when the platform's answer was lost."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.run import MAX_VISIBLE_ATTEMPTS, Run
from shared.domain.unconfirmed import LOOK_UPS

# No sender can still be running after this. Before it, absence proves nothing.
ABSENCE_COUNTS_AFTER = timedelta(minutes=5)
# How far the platform's clock may be behind ours.
CLOCK_SLACK = timedelta(seconds=60)


class Handle(StrEnum):
    """What the platform reports about the container or upload session of the post."""

    PUBLISHED = "published"
    NOT_PUBLISHED = "not published"
    REPEATABLE = "repeatable"
    """Sending the same request again is harmless: the platform would return the first post."""


@dataclass(frozen=True)
class SeenPost:
    """One of the account's own posts with the same content as ours, as the platform lists it."""

    platform_post_id: str
    created_at: datetime
    permalink: str | None = None


@dataclass(frozen=True)
class Sighting:
    """What one look-up saw on the platform."""

    same: tuple[SeenPost, ...] = ()
    """The account's posts since shortly before the intent with the same text and media."""
    list_was_read: bool = False
    """The list was read back to the start of that window, so that absence from it counts."""
    handle: Handle | None = None
    made: SeenPost | None = None
    """The post that the platform names for the handle: it is certainly ours."""
    checkpoint: object | None = None
    """With NOT_PUBLISHED: where to continue, with the same container if it can still be published.
    With REPEATABLE: where the repetition starts, and until when it is harmless."""
    platform_now: datetime | None = field(default=None, compare=False)
    """The platform's own time when it was read; None where its answers have none."""


@dataclass(frozen=True)
class Found:
    platform_post_id: str | None
    """None when the platform reports that it is live but does not list it."""
    permalink: str | None


@dataclass(frozen=True)
class Absent:
    """Proven not to be live; the run continues from `checkpoint`, or fails when `exhausted`."""

    checkpoint: object | None
    """The platform's own checkpoint; None for the start."""
    exhausted: bool
    may_be_live: bool = False
    """Absence is not proven, but sending the post again is harmless."""


@dataclass(frozen=True)
class Undecided:
    absent: bool
    """The list did not contain the post this time."""


LookUpResult = Found | Absent | Undecided


def window_start(run: Run) -> datetime:
    """The time from which the platform's posts are read; an earlier lost try counts, too."""
    began = run.started_at if run.visible_attempts > 1 else None
    return (began or _intent_of(run)) - CLOCK_SLACK


def _intent_of(run: Run) -> datetime:
    if run.intent_at is None:
        raise ValueError(f"run {run.run_id} has no intent to look for")
    return run.intent_at


def judge(
    run: Run,
    sighting: Sighting,
    *,
    taken: Collection[str],
    has_rival: bool,
    now: datetime,
) -> LookUpResult:
    """What `sighting` proves about `run`.

    `taken`: ids of posts of other runs. `has_rival`: another open run with the same content on the
    same account could also have created what was seen.
    """
    if sighting.made is not None:
        return Found(sighting.made.platform_post_id, sighting.made.permalink)
    since = window_start(run)
    candidates = [
        post
        for post in sighting.same
        if post.created_at >= since and post.platform_post_id not in taken
    ]
    # A repeated request could also return the post of a rival.
    if has_rival and (candidates or sighting.handle is Handle.REPEATABLE):
        return Undecided(absent=False)
    if candidates:
        oldest = min(candidates, key=lambda post: post.created_at)
        return Found(oldest.platform_post_id, oldest.permalink)
    if sighting.handle is Handle.PUBLISHED:
        is_last = run.look_ups + 1 >= len(LOOK_UPS)
        return Found(None, None) if is_last else Undecided(absent=False)
    return _absence(run, sighting, now)


def _absence(run: Run, sighting: Sighting, now: datetime) -> LookUpResult:
    long_enough = now >= _intent_of(run) + ABSENCE_COUNTS_AFTER
    by_handle = sighting.handle in (Handle.NOT_PUBLISHED, Handle.REPEATABLE)
    by_list = sighting.list_was_read and run.absent_since is not None
    if run.refused_as_duplicate or not long_enough or not (by_handle or by_list):
        return Undecided(absent=sighting.list_was_read)
    return Absent(
        checkpoint=sighting.checkpoint,
        exhausted=run.visible_attempts >= MAX_VISIBLE_ATTEMPTS,
        may_be_live=sighting.handle is Handle.REPEATABLE,
    )
