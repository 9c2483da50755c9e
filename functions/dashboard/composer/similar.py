"""Warnings about the user's other posts: the same text on an account, or nearly the same time.

They never stop a post: somebody may want both.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from functions.dashboard import times, words
from functions.dashboard.captions import caption_of
from functions.dashboard.composer.desk import Desk
from functions.dashboard.composer.draft import Draft
from functions.dashboard.composer.faults import Fault
from functions.dashboard.own_accounts import account_key, name_of
from shared import clock, logs
from shared.domain.history import planned_at
from shared.domain.run import RunStatus, is_deleted
from shared.domain.submission import Submission, SubmissionStatus, Target
from shared.gcp.firestore import StoreUnavailable
from shared.platforms import registry
from shared.posts import history

log = logs.logger("dashboard")

SAME_TEXT_WITHIN = timedelta(days=3)
"""Before and after the post."""
SAME_TIME_WITHIN = timedelta(hours=1)
MOST_COMPARED = 50
"""Posts that are read from an hour before the post on, and again before that: at each check."""
_MOST_WARNINGS = 3
_LONGEST_CAPTION = 60
_NOT_LIVE = (RunStatus.FAILED, RunStatus.CANCELED)


def warnings_of(desk: Desk, draft: Draft, at: datetime | None) -> list[Fault]:
    """Warnings, for the nearest posts first. `at`: when the draft goes out, if that is known."""
    if not draft.accounts or (draft.is_empty and at is None):
        return []
    around = at or clock.now()
    try:
        others = _nearby(desk, around)
    except StoreUnavailable as error:
        log.warning("similar posts not read: %s", error)
        return []
    others.sort(key=lambda other: abs(planned_at(other) - around))
    return list(_found(others, desk, draft, at))[:_MOST_WARNINGS]


def _nearby(desk: Desk, around: datetime) -> list[Submission]:
    """The user's other posts within the days around a time. Raises StoreUnavailable."""
    # What can be at nearly the same time is read first, however many posts there are.
    middle = around - SAME_TIME_WITHIN
    spans = ((middle, around + SAME_TEXT_WITHIN), (around - SAME_TEXT_WITHIN, middle))
    user_id, own_id = desk.who.user_id, desk.submission and desk.submission.submission_id
    return [
        other
        for start, end in spans
        for other in history.planned_between(
            desk.parts, user_id, start, end, MOST_COMPARED
        ).submissions
        if other.submission_id != own_id
        and other.mode == desk.mode
        and other.status is not SubmissionStatus.DRAFT
    ]


def _found(
    others: Sequence[Submission], desk: Desk, draft: Draft, at: datetime | None
) -> Iterator[Fault]:
    for other in others:
        shared = [
            target
            for target in other.targets
            if target.target_id in draft.accounts and _is_wanted(other, target)
        ]
        same = [target for target in shared if _has_same_text(target, draft)]
        due, id_ = planned_at(other), other.submission_id
        goes = "went" if due <= clock.now() else "goes"
        said = f"on {_shown(due, draft)}"
        if same:
            message = f"The same text {goes} to {_places(same, desk)} {said}."
            yield Fault("text", message, post_id=id_)
        elif shared and at is not None and abs(due - at) < SAME_TIME_WITHIN:
            message = f"Another post {goes} to {_places(shared, desk)} {said}{_quoted(other)}."
            yield Fault("time", message, post_id=id_)


def _is_wanted(other: Submission, target: Target) -> bool:
    """Whether the post is live on this account, or will be."""
    run = (other.runs or {}).get(target.run_id)
    return run is None or not (run.status in _NOT_LIVE or is_deleted(run.deletion))


def _has_same_text(target: Target, draft: Draft) -> bool:
    """Whether the words are the same: spaces and line breaks make no difference to readers."""
    text = draft.text_of(target.target_id).split()
    return bool(text) and target.content.text.split() == text


def _places(targets: Sequence[Target], desk: Desk) -> str:
    """The accounts: "X (Corner Bakery) and Threads (Corner Bakery)"."""
    names = {account_key(each): name_of(each) for each in desk.accounts}
    places = [
        (registry.display_name(target.platform), names.get(target.target_id) or target.account_id)
        for target in targets
    ]
    return words.listed([f"{platform} ({name})" for platform, name in places])


def _shown(at: datetime, draft: Draft) -> str:
    zone = draft.wall_zone
    return f"{times.day_of(at, clock.now(), zone)} at {times.clock_of(at, zone)}"


def _quoted(other: Submission) -> str:
    caption = " ".join(caption_of(other).split())
    if not caption:
        return ""
    is_long = len(caption) > _LONGEST_CAPTION
    return f": “{caption[:_LONGEST_CAPTION]}{'…' if is_long else ''}”"
