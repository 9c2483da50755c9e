"""`users/{uid}/replies/{replyId}`: replies to comments, and how far each has come.

While a reply has not ended, it has a `wakeAt`: whatever happens to its task, the sweeper creates
another one.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.accounts import OfAccount
from shared.domain.errors import ErrorCategory
from shared.domain.reply import TASK_LOST_AFTER, Reply, ReplyError, ReplyStatus
from shared.gcp.firestore import commit, document, query_all, read_all, without_none
from shared.gcp.messages import Batch

MOST_OF_ITEM = 100
"""Replies to one comment that are shown."""
_MOST_DOUBTFUL = 200
# Firestore's limit of values in one query.
_MOST_VALUES = 30


def replies_path(user_id: str) -> str:
    return f"users/{user_id}/replies"


def reply_path(user_id: str, reply_id: str) -> str:
    return f"{replies_path(user_id)}/{reply_id}"


class StoredReply:
    """A reply with the version of its document."""

    def __init__(self, reply: Reply, snapshot: Any) -> None:
        self.reply = reply
        self.version = snapshot.update_time
        self.sweeps: int = snapshot.to_dict().get("sweeps", 0)


def reply_from(snapshot: Any) -> StoredReply | None:
    fields = document(snapshot)
    if fields is None:
        return None
    error = fields.get("error")
    reply = Reply(
        reply_id=snapshot.id,
        user_id=fields["userId"],
        item_id=fields["itemId"],
        platform=fields["platform"],
        account_id=fields["accountId"],
        text=fields["text"],
        created_at=fields["createdAt"],
        status=ReplyStatus(fields["status"]),
        next_at=fields.get("nextAt"),
        lease_until=fields.get("leaseUntil"),
        lease_owner=fields.get("leaseOwner"),
        intent_at=fields.get("intentAt"),
        first_intent_at=fields.get("firstIntentAt"),
        attempts=fields.get("attempts", 0),
        tries=fields.get("tries", 0),
        look_ups=fields.get("lookUps", 0),
        absences=fields.get("absences", 0),
        token_renewals=fields.get("tokenRenewals", 0),
        comment_id=fields.get("commentId"),
        permalink=fields.get("permalink"),
        error=error and ReplyError(ErrorCategory(error["category"]), error["message"]),
        ended_at=fields.get("endedAt"),
    )
    return StoredReply(reply, snapshot)


def reply_fields(reply: Reply, now: datetime) -> dict[str, Any]:
    error = reply.error and {"category": reply.error.category.value, "message": reply.error.message}
    return without_none(
        {
            "userId": reply.user_id,
            "itemId": reply.item_id,
            "platform": reply.platform,
            "accountId": reply.account_id,
            "text": reply.text,
            "createdAt": reply.created_at,
            "status": reply.status.value,
            "nextAt": reply.next_at,
            "leaseUntil": reply.lease_until,
            "leaseOwner": reply.lease_owner,
            "intentAt": reply.intent_at,
            "firstIntentAt": reply.first_intent_at,
            "attempts": reply.attempts,
            "tries": reply.tries,
            "lookUps": reply.look_ups,
            "absences": reply.absences,
            "tokenRenewals": reply.token_renewals,
            "commentId": reply.comment_id,
            "permalink": reply.permalink,
            "error": error,
            "endedAt": reply.ended_at,
            "wakeAt": _wake_at(reply, now),
            "sweeps": 0,
        }
    )


def _wake_at(reply: Reply, now: datetime) -> datetime | None:
    """When the sweeper looks after it: later than its task, which is usually not lost."""
    if reply.lease_until is not None:
        return reply.lease_until
    return None if reply.next_at is None else max(reply.next_at, now) + TASK_LOST_AFTER


def add_reply(batch: Any, db: firestore.Client, reply: Reply) -> None:
    """Add the creation of a reply to `batch`."""
    reference = db.document(reply_path(reply.user_id, reply.reply_id))
    batch.create(reference, reply_fields(reply, reply.created_at))


def read_reply(db: firestore.Client, user_id: str, reply_id: str) -> StoredReply | None:
    """Raises StoreUnavailable."""
    path = reply_path(user_id, reply_id)
    return reply_from(read_all(db, [path])[path])


def save_reply(db: firestore.Client, stored: StoredReply, after: Reply, now: datetime) -> None:
    """Replace a reply. Raises PreconditionFailed when it changed meanwhile, StoreUnavailable."""
    path = reply_path(after.user_id, after.reply_id)
    fields = reply_fields(after, now)
    known = reply_fields(stored.reply, now)
    batch = Batch(db)
    changes = {**dict.fromkeys(known.keys() - fields.keys(), firestore.DELETE_FIELD), **fields}
    option = db.write_option(last_update_time=stored.version)
    batch.update(db.document(path), changes, option=option)

    def landed() -> bool:
        found = reply_from(read_all(db, [path])[path])
        return found is not None and found.reply == after

    commit(batch, landed=landed)


def replies_to(db: firestore.Client, user_id: str, item_id: str) -> list[Reply]:
    """The replies to a comment, the oldest first. Raises StoreUnavailable."""
    query = (
        db.collection(replies_path(user_id))
        .where(filter=FieldFilter("itemId", "==", item_id))
        .limit(MOST_OF_ITEM)
    )
    found = [stored.reply for each in query_all(query) if (stored := reply_from(each))]
    return sorted(found, key=lambda reply: (reply.created_at, reply.reply_id))


def known_as_replies(
    db: firestore.Client, owner: OfAccount, comment_ids: Collection[str]
) -> set[str]:
    """Those of the platform's ids that replies of the account already have.

    Raises StoreUnavailable.
    """
    known: set[str] = set()
    ids = list(comment_ids)
    for start in range(0, len(ids), _MOST_VALUES):
        some = ids[start : start + _MOST_VALUES]
        query = _of_account(db, owner).where(filter=FieldFilter("commentId", "in", some))
        known |= {snapshot.get("commentId") for snapshot in query_all(query)}
    return known


def doubtful_replies(db: firestore.Client, owner: OfAccount) -> list[Reply]:
    """Replies of an account of which nobody knows whether they are public.

    Raises StoreUnavailable.
    """
    doubtful = [ReplyStatus.SENDING.value, ReplyStatus.UNCONFIRMED.value]
    query = _of_account(db, owner).where(filter=FieldFilter("status", "in", doubtful))
    found = query_all(query.limit(_MOST_DOUBTFUL))
    return [stored.reply for each in found if (stored := reply_from(each))]


def _of_account(db: firestore.Client, owner: OfAccount) -> Any:
    return (
        db.collection(replies_path(owner.user_id))
        .where(filter=FieldFilter("platform", "==", owner.platform))
        .where(filter=FieldFilter("accountId", "==", owner.account_id))
    )
