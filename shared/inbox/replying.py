"""Answering a comment: the reply is stored before anything is sent, and sent at most once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from shared import clock
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.idempotency import DERIVED_FOR, IdempotencyKey
from shared.domain.inbox import Item
from shared.domain.reply import Reply, ReplyStatus
from shared.gcp.accounts import account_from, account_path
from shared.gcp.firestore import commit, read_all, retry_conflicts
from shared.gcp.messages import Batch
from shared.gcp.replies import add_reply, read_reply, reply_path
from shared.inbox.view import can_reply
from shared.platforms import registry
from shared.posts.dispatch import dispatch
from shared.wiring import Parts

# Repetitions of a text without a key, each after the key of the one before has expired.
_MOST_SAME = 100


@dataclass(frozen=True)
class Answered:
    reply: Reply
    replayed: bool
    """An earlier request with the same key has created it."""


def answer(item: Item, text: str, key: IdempotencyKey, parts: Parts) -> Answered:
    """Answer a comment. Raises ApiError, PreconditionFailed, StoreUnavailable."""
    check(item, text, parts)
    answered = retry_conflicts(
        "a reply",
        lambda: _first_free(item, key, parts),
        lambda found: _create(item, text, found, parts),
    )
    if not answered.replayed:
        dispatch(partial(parts.queues.dispatch_reply, answered.reply))
    return answered


def check(item: Item, text: str, parts: Parts) -> None:
    """Raises ApiError when the comment cannot be answered, or not with this text."""
    job, name = registry.comments(item.platform), registry.display_name(item.platform)
    if item.deleted_at is not None:
        raise ApiError(ErrorCode.INVALID_STATE, f"This comment was deleted on {name}.")
    if job is None or not can_reply(item):
        message = f"{name} does not let Soku answer this comment."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    if not text.strip():
        raise InvalidRequest([Violation("text", "missing", "A reply needs a text.")])
    length = job.length(text)
    if length > job.max_length:
        message = (
            f"The text has {length} characters, as {name} counts them. "
            f"At most {job.max_length} are allowed."
        )
        raise InvalidRequest([Violation("text", "too_long", message)])
    path = account_path(item.user_id, item.platform, item.account_id)
    account = account_from(read_all(parts.db, [path])[path], item.user_id)
    missing = set(job.reply_scopes) & set(account.missing_scopes) if account else set()
    if missing:
        message = (
            f"The permission {min(missing)} is missing. Connect the {name} account again, and "
            "allow it."
        )
        raise ApiError(ErrorCode.INVALID_STATE, message)


def _first_free(item: Item, key: IdempotencyKey, parts: Parts) -> tuple[str, Reply | None]:
    """The id of the reply that the key stands for, and that reply if it exists."""
    now = clock.now()
    for number in range(_MOST_SAME):
        reply_id = hashlib.sha256(f"{key.record_id}/{number}".encode()).hexdigest()[:32]
        stored = read_reply(parts.db, item.user_id, reply_id)
        if stored is None:
            return reply_id, None
        if not key.derived or _counts(stored.reply, now):
            return reply_id, stored.reply
    message = "The same reply was sent too often. Send an Idempotency-Key."
    raise ApiError(ErrorCode.INVALID_STATE, message)


def _counts(reply: Reply, now: datetime) -> bool:
    """Whether the same text again means this reply, and not a new one."""
    return reply.status is not ReplyStatus.FAILED and now - reply.created_at < DERIVED_FOR


def _create(item: Item, text: str, found: tuple[str, Reply | None], parts: Parts) -> Answered:
    reply_id, existing = found
    if existing is not None:
        if (existing.item_id, existing.text) != (item.item_id, text):
            message = "This Idempotency-Key was sent before with another reply. Send another key."
            raise ApiError(ErrorCode.IDEMPOTENCY_CONFLICT, message)
        return Answered(existing, replayed=True)
    now = clock.now()
    reply = Reply(
        reply_id=reply_id,
        user_id=item.user_id,
        item_id=item.item_id,
        platform=item.platform,
        account_id=item.account_id,
        text=text,
        created_at=now,
        next_at=now,
    )
    batch = Batch(parts.db)
    add_reply(batch, parts.db, reply)
    path = reply_path(item.user_id, reply_id)
    commit(batch, landed=lambda: read_all(parts.db, [path])[path].exists)
    return Answered(reply, replayed=False)
