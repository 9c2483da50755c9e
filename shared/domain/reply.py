"""The state machine of a reply to a comment: public speech, so it is sent at most once.

    queued       waiting to be sent
    sending      a task holds it until `lease_until`; the intent was stored before the request
    unconfirmed  the platform's answer was lost; the reply is looked up among the comment's replies
    sent, failed the end

A task that dies while sending leaves an unconfirmed reply, never a second one. A reply that was
proven absent is sent once more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.content import comparable
from shared.domain.errors import ErrorCategory

LEASE = timedelta(minutes=3)
"""Longer than all requests of a reply may take. Nobody else works on it meanwhile."""
TASK_LOST_AFTER = timedelta(seconds=90)
"""A reply that has not moved for so long is woken by the sweeper."""
LOOK_UPS = tuple(timedelta(seconds=seconds) for seconds in (5, 20, 60, 300, 900, 1800))
"""From one look-up to the next. After the last one, the user must look."""
ABSENT_AFTER = timedelta(minutes=5)
"""No request can still be under way after this time, and platforms list a reply by then. Before,
absence proves nothing."""
ABSENT_READINGS = 2
"""So many look-ups after that time must not find the reply."""
MOST_ATTEMPTS = 2
"""Public requests: the first one, and one after it was proven absent."""
MOST_TRIES = 8
"""Tries that ended before the public request, such as when the platform was away."""
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)


class ReplyStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class ReplyError:
    """Why a reply failed, or is not confirmed."""

    category: ErrorCategory
    message: str


@dataclass(frozen=True)
class Reply:
    """`users/{uid}/replies/{reply_id}`."""

    reply_id: str
    user_id: str
    item_id: str
    """The item of the inbox that it answers."""
    platform: str
    account_id: str
    text: str
    created_at: datetime
    status: ReplyStatus = ReplyStatus.QUEUED
    next_at: datetime | None = None
    """When the next task is due; None at the end, and while a task holds it."""
    lease_until: datetime | None = None
    lease_owner: str | None = None
    intent_at: datetime | None = None
    """When the last public request was about to be sent."""
    first_intent_at: datetime | None = None
    attempts: int = 0
    """Public requests that may have been sent."""
    tries: int = 0
    """Tries that failed before the public request."""
    look_ups: int = 0
    absences: int = 0
    """Look-ups since the intent that count and did not find it."""
    token_renewals: int = 0
    comment_id: str | None = None
    """The platform's id of the reply."""
    permalink: str | None = None
    error: ReplyError | None = None
    ended_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        return self.status in (ReplyStatus.SENT, ReplyStatus.FAILED)


def claim(reply: Reply, owner: str, now: datetime) -> Reply:
    """A task is about to send it: what it may have sent is stored before it sends."""
    return replace(
        reply,
        status=ReplyStatus.SENDING,
        lease_owner=owner,
        lease_until=now + LEASE,
        intent_at=now,
        first_intent_at=reply.first_intent_at or now,
        attempts=reply.attempts + 1,
        look_ups=0,
        absences=0,
        next_at=None,
    )


def send_again(reply: Reply, error: ReplyError, wait: timedelta | None, now: datetime) -> Reply:
    """Nothing public was sent: wait, and try again; or fail after too many tries."""
    tries = reply.tries + 1
    if tries >= MOST_TRIES:
        return fail(_unsent(reply), error, now)
    usual = min(_FIRST_WAIT * 2**tries, _LONGEST_WAIT)
    return replace(
        _unsent(reply),
        status=ReplyStatus.QUEUED,
        tries=tries,
        error=error,
        next_at=now + (wait or usual),
    )


def repeat(reply: Reply, at: datetime, *, renewed: bool) -> Reply:
    """The tokens were renewed, or are being renewed: nothing was sent."""
    return replace(
        _unsent(reply),
        status=ReplyStatus.QUEUED,
        token_renewals=reply.token_renewals + renewed,
        next_at=at,
    )


def doubt(reply: Reply, error: ReplyError, now: datetime) -> Reply:
    """It may be public: look it up."""
    return replace(
        _released(reply),
        status=ReplyStatus.UNCONFIRMED,
        error=error,
        next_at=now + LOOK_UPS[0],
    )


def look_again(reply: Reply, now: datetime, *, absent: bool) -> Reply:
    """A look-up did not find it; `absent`: the whole list was read.

    The reply is sent once more when it is proven absent. After the last look-up, it stays
    unconfirmed and nobody looks by itself.
    """
    counts = absent and reply.intent_at is not None and now - reply.intent_at >= ABSENT_AFTER
    looked = replace(
        reply, look_ups=reply.look_ups + 1, absences=reply.absences + counts, next_at=None
    )
    if looked.absences >= ABSENT_READINGS:
        return _absent(looked, now)
    if looked.look_ups < len(LOOK_UPS):
        return replace(looked, next_at=now + LOOK_UPS[looked.look_ups])
    return replace(looked, error=_NOT_FOUND_OUT)


def doubtful_before(reply: Reply, others: Iterable[Reply]) -> int | None:
    """How many of `others` have the same text and may have become public before this one.

    None: one of them is being sent, so nobody can tell yet which one a found reply is.
    """
    text, mine = comparable(reply.text), (reply.first_intent_at, reply.reply_id)
    same = [each for each in others if comparable(each.text) == text]
    if any(each.status is ReplyStatus.SENDING for each in same):
        return None
    doubtful = [each for each in same if each.status is ReplyStatus.UNCONFIRMED]
    return sum((each.first_intent_at, each.reply_id) < mine for each in doubtful)


def look_after_failure(reply: Reply, wait: timedelta, now: datetime) -> Reply:
    """A look-up failed: it does not count, but not for ever."""
    looked = look_again(reply, now, absent=False)
    return looked if looked.next_at is None else replace(looked, next_at=now + wait)


def succeed(reply: Reply, comment_id: str | None, permalink: str | None, now: datetime) -> Reply:
    return replace(
        _released(reply),
        status=ReplyStatus.SENT,
        comment_id=comment_id,
        permalink=permalink,
        error=None,
        next_at=None,
        ended_at=now,
    )


def fail(reply: Reply, error: ReplyError, now: datetime) -> Reply:
    return replace(
        _released(reply), status=ReplyStatus.FAILED, error=error, next_at=None, ended_at=now
    )


_NOT_FOUND_OUT = ReplyError(
    ErrorCategory.UNKNOWN,
    "Soku could not find out whether the reply is public. Look at the platform before you send it "
    "again.",
)


def _absent(reply: Reply, now: datetime) -> Reply:
    if reply.attempts < MOST_ATTEMPTS:
        return replace(reply, status=ReplyStatus.QUEUED, next_at=now, error=None)
    lost = ReplyError(
        ErrorCategory.PLATFORM_UNAVAILABLE,
        "The platform's answer was lost, and the reply is not among the replies. Send it again.",
    )
    return fail(reply, lost, now)


def _released(reply: Reply) -> Reply:
    return replace(reply, lease_owner=None, lease_until=None)


def _unsent(reply: Reply) -> Reply:
    """The claimed attempt sent nothing public."""
    if reply.status is not ReplyStatus.SENDING:
        return reply
    return replace(_released(reply), attempts=reply.attempts - 1)
