"""One delivery of a reply's task: send it, or find out what became of it."""

import secrets
from datetime import timedelta
from functools import partial
from typing import Any

from shared import clock, logs
from shared.accounts.acting import Access, Blocked, MustRepeat, act, calling, end_authorization
from shared.domain import reply as replies
from shared.domain.errors import (
    DuplicateRejected,
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
from shared.domain.reconciliation import SeenPost, Sighting
from shared.domain.reply import Reply, ReplyError, ReplyStatus
from shared.domain.run import RunError
from shared.gcp.firestore import PreconditionFailed, commit, read_all, retry_conflicts
from shared.gcp.inbox import item_from, item_path, move_item, note_problem
from shared.gcp.messages import Batch
from shared.gcp.replies import (
    StoredReply,
    doubtful_replies,
    known_as_replies,
    read_reply,
    save_reply,
)
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
        self._item = item_from(self._item_now())

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
        before = replies.doubtful_before(reply, self._others_beside())
        if before is None:
            return replies.look_again(reply, now, absent=False)
        found = self._unknown(seen)[before:]
        if found:
            return replies.succeed(reply, found[0].platform_post_id, found[0].permalink, now)
        # While others could be what is missing, absence proves nothing.
        return replies.look_again(reply, now, absent=seen.list_was_read and not before)

    def _unknown(self, seen: Sighting) -> list[SeenPost]:
        """What was found and is no other reply of Soku, the oldest first."""
        ids = {found.platform_post_id for found in seen.same}
        known = known_as_replies(self._parts.db, self._reply, ids)
        found = [each for each in seen.same if each.platform_post_id not in known]
        return sorted(found, key=lambda each: (each.created_at, each.platform_post_id))

    def _others_beside(self) -> list[Reply]:
        """Doubtful replies that the same list of the platform can show: some platforms list all
        replies of a conversation together."""
        doubtful = doubtful_replies(self._parts.db, self._reply)
        others = [each for each in doubtful if each.reply_id != self._reply.reply_id]
        paths = {item_path(each.user_id, each.item_id) for each in others}
        snapshots = read_all(self._parts.db, paths) if paths else {}
        found = [item for each in snapshots.values() if (item := item_from(each))]
        assert self._item is not None
        top = _top_of(self._item)
        beside = {item.item_id for item in found if _top_of(item) == top}
        return [each for each in others if each.item_id in beside]

    def _after_failure(self, failure: PlatformError) -> str:
        reply, now = self._reply, clock.now()
        error = ReplyError(failure.category, failure.message)
        was_sent = isinstance(failure, DuplicateRejected) and reply.attempts > 1
        if was_sent or isinstance(failure, OutcomeUnknown):
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
        save_reply(self._parts.db, self._stored, after, clock.now())
        if after.next_at is not None:
            self._parts.queues.dispatch_reply(after, at=after.next_at)
        if after.has_ended:
            show = partial(self._show_on_item, after)
            retry_conflicts("the item of a reply", self._item_now, show)
        reason = f" ({after.error.message})" if after.error else ""
        return f"{after.status.value}{reason}"

    def _show_on_item(self, after: Reply, snapshot: Any) -> None:
        """A comment that was answered is read; one whose reply failed is unread and says why.

        In a commit of its own: the item may be gone by now, or its user may be done with it.
        """
        item, now = item_from(snapshot), clock.now()
        if item is None:
            return
        is_sent = after.status is ReplyStatus.SENT
        shown = moved(item, State.READ if is_sent else State.UNREAD, now)
        problem = None if is_sent else _problem_of(after)
        if (shown, problem) == (item, item.problem):
            return
        batch, db = Batch(self._parts.db), self._parts.db
        unchanged = db.write_option(last_update_time=snapshot.update_time)
        move_item(batch, db, shown, unchanged)
        note_problem(batch, db, item, problem)
        commit(batch, landed=lambda: False)

    def _item_now(self) -> Any:
        path = item_path(self._stored.reply.user_id, self._stored.reply.item_id)
        return read_all(self._parts.db, [path])[path]


def _top_of(item: Item) -> str:
    """The comment at the top of the conversation."""
    return item.seen.parent_id or item.seen.comment_id


def _problem_of(reply: Reply) -> str:
    return f"Your reply was not sent. {reply.error.message if reply.error else ''}"
