"""A conversation as its page shows it: comments, and replies that were sent from Soku."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.dashboard.inbox.rows import Row, https_of
from functions.dashboard.words import State
from shared.domain.inbox import Item, item_id
from shared.domain.reply import Reply, ReplyStatus

_SENDING = State("Being sent", "loader", "info")
_STATES: Mapping[ReplyStatus, State] = {
    ReplyStatus.QUEUED: _SENDING,
    ReplyStatus.SENDING: _SENDING,
    ReplyStatus.UNCONFIRMED: State("Not confirmed", "circle-question-mark", "warning"),
    ReplyStatus.SENT: State("Sent", "circle-check", "success"),
    ReplyStatus.FAILED: State("Not sent", "circle-x", "danger"),
}
_WAITING = State("Waiting", "clock", "info")


@dataclass(frozen=True)
class Sent:
    """A reply that was sent from Soku."""

    reply: Reply
    state: State
    reason: str
    """Why it failed, waits or is not confirmed."""
    next_at: datetime | None
    """When Soku tries or looks again."""
    link: str

    @property
    def can_be_repeated(self) -> bool:
        """It failed, or Soku has given up looking for it."""
        reply = self.reply
        is_given_up = reply.status is ReplyStatus.UNCONFIRMED and reply.next_at is None
        return reply.status is ReplyStatus.FAILED or is_given_up


@dataclass(frozen=True)
class Turn:
    """One contribution: a comment, or a reply that is not among the comments yet."""

    at: datetime
    row: Row | None = None
    sent: Sent | None = None
    is_chosen: bool = False
    """The page is about this comment."""
    is_answer: bool = False
    answered: str = ""
    """Whom it answers, unless that is the comment at the top."""


def turns_of(chosen: Item, rows: Sequence[Row], replies: Sequence[Reply]) -> list[Turn]:
    """`rows`: the comments in the order in which they are shown."""
    by_comment = {row.item.seen.comment_id: row for row in rows}
    top = rows[0].item.seen.comment_id
    turns = [
        Turn(
            row.item.seen.created_at,
            row=row,
            is_chosen=row.item.item_id == chosen.item_id,
            is_answer=row.item.seen.comment_id != top,
            answered=_answered(row, by_comment, top),
        )
        for row in rows
    ]
    known = {row.item.item_id for row in rows}
    for reply in replies:
        # Once the collector has seen it, it is among the comments.
        if reply.comment_id is None or item_id(chosen, reply.comment_id) not in known:
            turns.append(Turn(reply.created_at, sent=sent_of(reply), is_answer=True))
    first, *others = turns
    return [first, *sorted(others, key=lambda turn: turn.at)]


def sent_of(reply: Reply) -> Sent:
    is_waiting = reply.status is ReplyStatus.QUEUED and reply.error is not None
    return Sent(
        reply,
        _WAITING if is_waiting else _STATES[reply.status],
        reply.error.message if reply.error else "",
        None if reply.has_ended else reply.next_at,
        https_of(reply.permalink),
    )


def _answered(row: Row, by_comment: Mapping[str, Row], top: str) -> str:
    parent = row.item.seen.parent_id
    if parent is None or parent == top or parent not in by_comment:
        return ""
    return by_comment[parent].author
