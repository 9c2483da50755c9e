"""Deciding, without I/O, whether a post is live when the platform's answer was lost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.run import MAX_VISIBLE_ATTEMPTS, Run
from shared.domain.unconfirmed import LOOK_UPS, is_apart

# No sender can still be running after this. Before it, absence proves nothing.
ABSENCE_COUNTS_AFTER = timedelta(minutes=5)
# Platforms were reported to list a post minutes late: absence from a list needs this many readings,
# the last of them this long after the intent.
READINGS = 3
LISTED_WITHIN = timedelta(minutes=30)
# How exactly the platform's clock is known: its `Date` has whole seconds and took a while to us.
CLOCK_SLACK = timedelta(seconds=60)
# How far a platform's clock may be from ours. The list is read from this much earlier on, because
# the difference is known only after the reading.
LARGEST_SKEW = timedelta(minutes=10)


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
    absent: bool | None
    """The list does not contain the post (True), contains what may be it (False), or was not read
    completely (None)."""


LookUpResult = Found | Absent | Undecided


def window_start(run: Run) -> datetime:
    """The time, by our clock, from which posts can be this run's; an earlier lost try counts."""
    began = run.started_at if run.visible_attempts > 1 else None
    return (began or _intent_of(run)) - CLOCK_SLACK


def read_since(run: Run, rivals: Sequence[Run]) -> datetime:
    """The time, by any clock, from which the platform's posts must be read."""
    return min(map(window_start, (run, *rivals))) - LARGEST_SKEW


def _intent_of(run: Run) -> datetime:
    if run.intent_at is None:
        raise ValueError(f"run {run.run_id} has no intent to look for")
    return run.intent_at


def judge(
    run: Run,
    sighting: Sighting,
    *,
    taken: Collection[str],
    rivals: Sequence[Run],
    now: datetime,
) -> LookUpResult:
    """What `sighting` proves about `run`.

    `taken`: ids of posts that other runs hold. `rivals`: other open runs with the same text on the
    same account, which could also have created what was seen.
    """
    if sighting.made is not None:
        return Found(sighting.made.platform_post_id, sighting.made.permalink)
    if sighting.handle is Handle.NOT_PUBLISHED:
        # The platform's word about our own container: a post that looks alike is another one.
        return _absence(run, sighting, now)
    candidates = _candidates(sighting, taken, now)
    ours, is_shared = _match(run, rivals, candidates)
    # A repeated request could also return the post of a rival.
    if is_shared or (rivals and sighting.handle is Handle.REPEATABLE):
        return Undecided(absent=False)
    if ours is not None:
        return Found(ours.platform_post_id, ours.permalink)
    if sighting.handle is Handle.PUBLISHED:
        is_last = not run.is_asked and run.look_ups + 1 >= len(LOOK_UPS)
        return Found(None, None) if is_last else Undecided(absent=False)
    if sighting.platform_now is None and _could_be_ours(run, candidates):
        return Undecided(absent=False)
    return _absence(run, sighting, now)


def _candidates(sighting: Sighting, taken: Collection[str], now: datetime) -> list[SeenPost]:
    """The posts that no other run holds, with their times by our clock, oldest first."""
    ahead = _skew(sighting, now)
    return sorted(
        (
            replace(post, created_at=post.created_at - ahead)
            for post in sighting.same
            if post.platform_post_id not in taken
        ),
        key=lambda post: (post.created_at, post.platform_post_id),
    )


def _skew(sighting: Sighting, now: datetime) -> timedelta:
    """How far the platform's clock is ahead of ours."""
    return sighting.platform_now - now if sighting.platform_now else timedelta(0)


def _could_be_ours(run: Run, candidates: Sequence[SeenPost]) -> bool:
    """Whether one of them is ours if the platform's clock, which is unknown, is behind ours."""
    return any(post.created_at >= window_start(run) - LARGEST_SKEW for post in candidates)


def _match(
    run: Run, rivals: Sequence[Run], candidates: Sequence[SeenPost]
) -> tuple[SeenPost | None, bool]:
    """Which candidate is the post of `run`, and whether the open runs have fewer posts than runs.

    Runs that could have created none of the candidates do not compete. The others are matched to
    the candidates in the order of time: their content is the same, so what counts is that there is
    one post for each.
    """
    runs = sorted(
        (run, *rivals), key=lambda one: (window_start(one), one.submission_id, one.run_id)
    )
    free, matched = list(candidates), {}
    competing = [one for one in runs if any(p.created_at >= window_start(one) for p in candidates)]
    for one in competing:
        post = next((post for post in free if post.created_at >= window_start(one)), None)
        if post is None:
            return None, run in competing
        free.remove(post)
        matched[one.submission_id, one.run_id] = post
    return matched.get((run.submission_id, run.run_id)), False


def _absence(run: Run, sighting: Sighting, now: datetime) -> LookUpResult:
    reads_window = abs(_skew(sighting, now)) <= LARGEST_SKEW
    listed = sighting.list_was_read and reads_window
    absent = True if listed else None
    if run.refused_as_duplicate or not (
        _by_handle(run, sighting, now) or (listed and _by_list(run, now))
    ):
        return Undecided(absent=absent)
    return Absent(
        checkpoint=sighting.checkpoint,
        exhausted=run.visible_attempts >= MAX_VISIBLE_ATTEMPTS,
        may_be_live=sighting.handle is Handle.REPEATABLE,
    )


def _by_handle(run: Run, sighting: Sighting, now: datetime) -> bool:
    is_absent = sighting.handle in (Handle.NOT_PUBLISHED, Handle.REPEATABLE)
    return is_absent and now >= _intent_of(run) + ABSENCE_COUNTS_AFTER


def _by_list(run: Run, now: datetime) -> bool:
    """Whether this reading is the last of those that prove absence."""
    is_late_enough = now >= _intent_of(run) + LISTED_WITHIN
    return is_late_enough and is_apart(run, now) and run.absences + 1 >= READINGS
