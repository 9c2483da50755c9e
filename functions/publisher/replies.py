"""One delivery of a reply's task: send it, or find out what became of it."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from shared import clock, logs
from shared.accounts.acting import Access, Blocked, MustRepeat, act, calling, end_authorization
from shared.domain import reply as replies
from shared.domain.errors import (
    ErrorCategory,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.gates import Gates, refusal_to_act
from shared.domain.inbox import Item, State, moved
from shared.domain.reply import Reply, ReplyError, ReplyStatus
from shared.domain.run import RunError
from shared.gcp.firestore import PreconditionFailed, read_all, retry_conflicts
from shared.gcp.inbox import item_from, item_path, move_item, note_problem
from shared.gcp.replies import StoredReply, read_reply, replies_to, save_reply
from shared.platforms import registry
from shared.platforms.comments import Comments, Replied, Target
from shared.platforms.http import ClaimLimits
from shared.platforms.metrics import Reader
from shared.wiring import Parts

log = logs.logger("publisher")

_LOOK_AGAIN_AFTER_FAILURE = timedelta(minutes=1)
_RENEWALS = 2
# The platform's clock may be so much behind ours.
_SLACK = timedelta(minutes=10)
_GONE = ReplyError(ErrorCategory.VALIDATION, "The comment is no longer in the inbox.")
_LOST = ReplyError(
    ErrorCategory.UNKNOWN,
    "Soku does not know yet whether the reply is public. It is looking it up.",
)


def deliver_reply(user_id: str, reply_id: str, parts: Parts) -> str:
    """Do what is next for a reply; returns what was done, in words.

    Raises StoreUnavailable, PreconditionFailed, DispatchFailed: deliver the task again.
    """
    with logs.bound(replyId=reply_id):
        result = retry_conflicts(
            f"reply {reply_id}",
            lambda: read_reply(parts.db, user_id, reply_id),
            lambda stored: _deliver(stored, parts),
        )
        log.info("reply task delivered", extra=logs.fields(result=result))
        return result


def _deliver(stored: StoredReply | None, parts: Parts) -> str:
    if stored is None:
        return "the reply was deleted"
    reply, now = stored.reply, clock.now()
    match reply.status:
        case ReplyStatus.SENT | ReplyStatus.FAILED:
            return "it has ended"
        case ReplyStatus.SENDING:
            if reply.lease_until is not None and reply.lease_until > now:
                return "another task is sending it"
            return _Delivery(stored, parts).save(replies.doubt(reply, _LOST, now))
    if reply.next_at is not None and reply.next_at > now:
        return "not due"
    delivery = _Delivery(stored, parts)
    return delivery.send() if reply.status is ReplyStatus.QUEUED else delivery.look_up()


class _Delivery:
    """The work of one task. Methods return what was done, in words."""

    def __init__(self, stored: StoredReply, parts: Parts) -> None:
        self._stored = stored
        self._parts = parts
        job = registry.comments(stored.reply.platform)
        assert job is not None, "a reply answers an item, and items come from such a job"
        self._job: Comments = job
        self._item = self._read_item()

    def send(self) -> str:
        """Claim the reply and send it."""
        if self._item is None:
            return self.save(replies.fail(self._reply, _GONE, clock.now()))
        may_renew = self._reply.token_renewals < _RENEWALS
        try:
            replied = act(
                self._reply, self._parts, self._send, gate=self._gate, may_renew=may_renew
            )
        except Blocked as blocked:
            return self._fail(ReplyError(blocked.error.category, blocked.error.message))
        except MustRepeat as repeat:
            return self.save(replies.repeat(self._reply, repeat.at, renewed=repeat.renewed))
        except PlatformError as failure:
            return self._after_failure(failure)
        after = replies.succeed(self._reply, replied.comment_id, replied.permalink, clock.now())
        return self.save(after)

    def look_up(self) -> str:
        """Look for the reply among those to the comment."""
        if self._item is None:
            return self.save(replies.look_again(self._reply, clock.now(), absent=False))
        may_renew = self._reply.token_renewals < _RENEWALS
        try:
            after = act(self._reply, self._parts, self._look, may_renew=may_renew)
        except MustRepeat as repeat:
            after = replies.look_after_failure(
                self._reply, max(repeat.at - clock.now(), timedelta()), clock.now()
            )
        except (ReconnectRequired, TokenExpired) as failure:
            end_authorization(self._reply, failure, self._parts)
            after = replies.look_again(self._reply, clock.now(), absent=False)
        except Blocked:
            after = replies.look_again(self._reply, clock.now(), absent=False)
        except PlatformError as failure:
            wait = failure.retry_after if isinstance(failure, RateLimited) else None
            wait = wait or _LOOK_AGAIN_AFTER_FAILURE
            after = replies.look_after_failure(self._reply, wait, clock.now())
        return self.save(after)

    @property
    def _reply(self) -> Reply:
        return self._stored.reply

    def _gate(self, gates: Gates) -> RunError | None:
        return refusal_to_act(self._reply, gates, clock.now(), then="send the reply again")

    def _send(self, access: Access) -> Replied:
        """Raises PlatformError, PreconditionFailed."""
        assert self._item is not None
        self._claim()
        reader = Reader(access.account, access.credential.tokens.access_token)
        limits = ClaimLimits(self._reply.lease_until, self._reply.intent_at)
        platform = self._reply.platform
        call = calling(platform, self._parts, "answering a comment", limits=limits, visible=True)
        with call as http:
            return self._job.reply(Target.of(self._item), self._reply.text, reader, http)

    def _claim(self) -> None:
        """One commit: the lease and the intent. Raises PreconditionFailed."""
        now = clock.now()
        claimed = replies.claim(self._reply, secrets.token_hex(8), now)
        save_reply(self._parts.db, self._stored, claimed, now)
        stored = read_reply(self._parts.db, claimed.user_id, claimed.reply_id)
        if stored is None or stored.reply.lease_owner != claimed.lease_owner:
            raise PreconditionFailed(f"reply {claimed.reply_id} was taken over")
        self._stored = stored

    def _look(self, access: Access) -> Reply:
        assert self._item is not None
        reply, parts, now = self._reply, self._parts, clock.now()
        since = (reply.first_intent_at or reply.created_at) - _SLACK
        reader = Reader(access.account, access.credential.tokens.access_token)
        target = Target.of(self._item)
        with calling(reply.platform, parts, "looking up a reply") as http:
            seen = self._job.find_replies(target, reply.text, since, reader, http)
        others = replies_to(parts.db, reply.user_id, reply.item_id)
        taken = {each.comment_id for each in others if each.reply_id != reply.reply_id}
        for found in seen.same:
            if found.platform_post_id not in taken:
                return replies.succeed(reply, found.platform_post_id, found.permalink, now)
        return replies.look_again(reply, now, absent=seen.list_was_read)

    def _after_failure(self, failure: PlatformError) -> str:
        reply, now = self._reply, clock.now()
        error = ReplyError(failure.category, failure.message)
        if isinstance(failure, OutcomeUnknown):
            return self.save(replies.doubt(reply, _LOST, now))
        if isinstance(failure, ReconnectRequired | TokenExpired):
            end_authorization(reply, failure, self._parts)
            return self._fail(error)
        if isinstance(failure, RateLimited | PlatformUnavailable):
            wait = failure.retry_after if isinstance(failure, RateLimited) else None
            return self.save(replies.send_again(reply, error, wait, now))
        return self._fail(error)

    def _fail(self, error: ReplyError) -> str:
        return self.save(replies.fail(self._reply, error, clock.now()))

    def save(self, after: Reply) -> str:
        """Store it and enqueue its next task. What became of it is seen on its item as well."""
        now = clock.now()
        try:
            save_reply(self._parts.db, self._stored, after, now, *self._item_changes(after, now))
        except PreconditionFailed:
            # The item may be gone by now. What became of the reply must be stored all the same.
            save_reply(self._parts.db, self._stored, after, now)
        if after.next_at is not None:
            self._parts.queues.dispatch_reply(after, at=after.next_at)
        reason = f" ({after.error.message})" if after.error else ""
        return f"{after.status.value}{reason}"

    def _item_changes(self, after: Reply, now: datetime) -> list[Callable[[Any], None]]:
        """A comment that was answered is read; one whose reply failed is unread and says why."""
        item, db = self._item, self._parts.db
        if item is None or not after.has_ended:
            return []
        if after.status is ReplyStatus.SENT:
            read = moved(item, State.READ, now)
            return [
                *([lambda batch: move_item(batch, db, read)] if read != item else []),
                *([lambda batch: note_problem(batch, db, item, None)] if item.problem else []),
            ]
        reason = after.error.message if after.error else ""
        unread = moved(item, State.UNREAD, now)
        return [
            lambda batch: move_item(batch, db, unread),
            lambda batch: note_problem(batch, db, item, f"Your reply was not sent. {reason}"),
        ]

    def _read_item(self) -> Item | None:
        path = item_path(self._stored.reply.user_id, self._stored.reply.item_id)
        return item_from(read_all(self._parts.db, [path])[path])
