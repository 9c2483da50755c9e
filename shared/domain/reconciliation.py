"""Whether a post whose answer was lost is live: what the platform shows, judged without I/O."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.run import MAX_VISIBLE_ATTEMPTS, Run
from shared.domain.unconfirmed import LOOK_UPS

# Longer than any sender can still live: before this, absence proves nothing.
ABSENCE_COUNTS_AFTER = timedelta(minutes=5)
# How far the platform's clock may be behind ours.
CLOCK_SLACK = timedelta(seconds=60)


class Handle(StrEnum):
    """What the platform says of the container or upload session that was to be published."""

    PUBLISHED = "published"
    NOT_PUBLISHED = "not published"
    REPEATABLE = "repeatable"
    """Sending the very same again is harmless: the platform would answer it with the first one."""


@dataclass(frozen=True)
class SeenPost:
    """One of the account's own posts that says the same as ours, as the platform lists it."""

    platform_post_id: str
    created_at: datetime
    permalink: str | None = None


@dataclass(frozen=True)
class Sighting:
    """What a platform let us see at one look-up."""

    same: tuple[SeenPost, ...] = ()
    """The account's posts since shortly before the intent whose text and media agree."""
    list_was_read: bool = False
    """The list was read back to the start of that window, so that a gap in it means something."""
    handle: Handle | None = None
    made: SeenPost | None = None
    """The post that came of the handle, where the platform names it: no other can be meant."""
    checkpoint: object | None = None
    """With NOT_PUBLISHED: where to go on. The same container if it can still be published.
    With REPEATABLE: where the repetition begins, and until when it is harmless."""


@dataclass(frozen=True)
class Found:
    platform_post_id: str | None
    """None when the platform says that it is live but does not list it."""
    permalink: str | None


@dataclass(frozen=True)
class Absent:
    """Proven not to be live; the run goes on from `checkpoint`, or fails when `exhausted`."""

    checkpoint: object | None
    """The platform's own checkpoint; None for the start."""
    exhausted: bool
    may_be_live: bool = False
    """It is not proven after all, but sending it again is harmless."""


@dataclass(frozen=True)
class Undecided:
    absent: bool
    """The list did not hold the post this time."""


LookUpResult = Found | Absent | Undecided


def window_start(run: Run) -> datetime:
    """From when on the platform's list of posts is read: an earlier lost try counts as well."""
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

    `taken`: ids of posts that other runs hold. `has_rival`: another open run of ours, with the
    same content on the same account, could equally have made what is seen.
    """
    if sighting.made is not None:
        return Found(sighting.made.platform_post_id, sighting.made.permalink)
    since = window_start(run)
    candidates = [
        post
        for post in sighting.same
        if post.created_at >= since and post.platform_post_id not in taken
    ]
    # A repetition, too, could be answered with the post that a rival has made.
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
