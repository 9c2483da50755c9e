"""Items of a user's inbox, as the collector stores them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from google.cloud import firestore

from shared import clock
from shared.domain.accounts import OfAccount
from shared.domain.inbox import Author, Item, Kept, Kind, Seen, State, item_id
from shared.domain.reply import Reply, ReplyStatus
from shared.gcp.inbox import add_item, settle_ask
from shared.gcp.messages import Batch
from shared.gcp.replies import add_reply

FOR_EVER = Kept(None, None)
BEA = Author("p1", "Bea Baker", "bea")


@dataclass(frozen=True)
class Owner:
    """The account that an item belongs to."""

    user_id: str
    platform: str
    account_id: str


def item_of(account: OfAccount, number: int = 1, **more: Any) -> Item:
    """An unread comment of Bea, so many minutes old. `more`: fields of the item or what is seen."""
    now = clock.now()
    of_item = {name: more.pop(name) for name in [*more] if name in Item.__dataclass_fields__}
    usual: Mapping[str, Any] = {
        "kind": Kind.REPLY if "parent_id" in more else Kind.COMMENT,
        "created_at": now - timedelta(minutes=number),
        "text": f"Comment {number}",
        "author": BEA,
        "permalink": f"https://platform.test/c{number}",
        "can_hide": True,
        "can_delete": True,
    }
    seen = Seen(f"c{number}", **{**usual, **more})
    item = Item(
        item_id=item_id(account, seen.comment_id),
        user_id=account.user_id,
        platform=account.platform,
        account_id=account.account_id,
        seen=seen,
        seen_at=now,
        found_at=now,
        state=State.OWN if seen.is_own else State.UNREAD,
    )
    return replace(item, **of_item)


def write_items(db: firestore.Client, items: Sequence[Item]) -> list[str]:
    """Store items; returns their ids."""
    batch = Batch(db)
    for item in items:
        add_item(batch, db, item, FOR_EVER)
    batch.commit()
    batch = Batch(db)
    for item in items:
        if item.problem:
            settle_ask(batch, db, item, item.problem)
    batch.commit()
    return [item.item_id for item in items]


def write_reply(
    db: firestore.Client, item: Item, text: str, status: ReplyStatus, **more: Any
) -> str:
    """Store a reply to an item; returns its id."""
    reply = Reply(
        reply_id=sha256(text.encode()).hexdigest()[:32],
        user_id=item.user_id,
        item_id=item.item_id,
        platform=item.platform,
        account_id=item.account_id,
        text=text,
        created_at=clock.now(),
        status=status,
        **more,
    )
    batch = Batch(db)
    add_reply(batch, db, reply)
    batch.commit()
    return reply.reply_id
