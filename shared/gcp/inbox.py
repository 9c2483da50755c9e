"""`users/{uid}/inbox/{itemId}`: comments and mentions, as the platforms showed them.

The fields of the platform are written by the collector, those of the user by the API and the pages:
neither overwrites the other's. Documents whose text or author may not be kept have a `wakeAt`, at
which the sweeper empties these fields.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.accounts import OfAccount
from shared.domain.inbox import Asked, Author, Item, Kept, Kind, Seen, State
from shared.gcp.firestore import commit, count_up_to, document, query_all, without_none
from shared.gcp.messages import REMOVED, Batch

_PAGE = 200


def inbox_path(user_id: str) -> str:
    return f"users/{user_id}/inbox"


def item_path(user_id: str, item_id: str) -> str:
    return f"{inbox_path(user_id)}/{item_id}"


def item_from(snapshot: Any) -> Item | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return Item(
        item_id=snapshot.id,
        user_id=fields["userId"],
        platform=fields["platform"],
        account_id=fields["accountId"],
        seen=_seen_from(fields),
        seen_at=fields["seenAt"],
        found_at=fields["foundAt"],
        state=State(fields["state"]),
        submission_id=fields.get("submissionId"),
        run_id=fields.get("runId"),
        read_at=fields.get("readAt"),
        done_at=fields.get("doneAt"),
        deleted_at=fields.get("deletedAt"),
        text_gone=fields.get("textGone", False),
        author_gone=fields.get("authorGone", False),
        asked=Asked(fields["asked"]) if "asked" in fields else None,
        problem=fields.get("problem"),
    )


def _seen_from(fields: Mapping[str, Any]) -> Seen:
    author = fields.get("author") or {}
    return Seen(
        comment_id=fields["commentId"],
        kind=Kind(fields["kind"]),
        created_at=fields["createdAt"],
        text=fields.get("text", ""),
        author=Author(
            author.get("id"), author.get("name"), author.get("username"), author.get("avatarUrl")
        ),
        post_id=fields.get("postId"),
        parent_id=fields.get("parentId"),
        permalink=fields.get("permalink"),
        is_own=fields["state"] == State.OWN.value,
        is_hidden=fields.get("isHidden", False),
        can_reply=fields.get("canReply", False),
        can_hide=fields.get("canHide", False),
        can_delete=fields.get("canDelete", False),
    )


def _platform_fields(item: Item, kept: Kept) -> dict[str, Any]:
    """The fields that the collector writes whenever it has read the item."""
    seen = item.seen
    author = {
        "id": seen.author.id,
        "name": seen.author.name,
        "username": seen.author.username,
        "avatarUrl": seen.author.avatar_url,
    }
    place = {
        "postId": seen.post_id,
        "parentId": seen.parent_id,
        "submissionId": item.submission_id,
        "runId": item.run_id,
    }
    until = kept.until(item)
    return {
        "text": REMOVED if item.text_gone else seen.text,
        "author": REMOVED if item.author_gone else without_none(author),
        "textGone": item.text_gone or REMOVED,
        "authorGone": item.author_gone or REMOVED,
        "permalink": REMOVED if seen.permalink is None else seen.permalink,
        "isHidden": bool(seen.is_hidden),
        "kind": seen.kind.value,
        **{name: REMOVED if value is None else value for name, value in place.items()},
        "canReply": seen.can_reply,
        "canHide": seen.can_hide,
        "canDelete": seen.can_delete,
        "seenAt": item.seen_at,
        "deletedAt": REMOVED if item.deleted_at is None else item.deleted_at,
        "wakeAt": REMOVED if until is None else until,
    }


def add_item(batch: Any, db: firestore.Client, item: Item, kept: Kept) -> None:
    """Add the creation of an item to `batch`."""
    seen = item.seen
    written = _platform_fields(item, kept)
    fields = {
        **{name: value for name, value in written.items() if value is not REMOVED},
        "userId": item.user_id,
        "platform": item.platform,
        "accountId": item.account_id,
        "commentId": seen.comment_id,
        "createdAt": seen.created_at,
        "foundAt": item.found_at,
        "state": item.state.value,
    }
    batch.create(db.document(item_path(item.user_id, item.item_id)), fields)


def update_item(
    batch: Any, db: firestore.Client, item: Item, kept: Kept, option: Any = None
) -> None:
    """Add to `batch` what was read of a stored item, or that it must be forgotten."""
    reference = db.document(item_path(item.user_id, item.item_id))
    batch.update(reference, _platform_fields(item, kept), option=option)


def move_item(batch: Any, db: firestore.Client, item: Item, option: Any = None) -> None:
    """Add to `batch` where the item is in the inbox from now on."""
    fields = {
        "state": item.state.value,
        "readAt": item.read_at or REMOVED,
        "doneAt": item.done_at or REMOVED,
    }
    reference = db.document(item_path(item.user_id, item.item_id))
    batch.update(reference, fields, option=option)


def ask_of_item(batch: Any, db: firestore.Client, item: Item, asked: Asked) -> None:
    """Add to `batch` that the user wants something to be done with the item on the platform."""
    fields = {"asked": asked.value, "problem": REMOVED}
    batch.update(db.document(item_path(item.user_id, item.item_id)), fields)


def settle_ask(batch: Any, db: firestore.Client, item: Item, problem: str | None) -> None:
    """Add to `batch` that what was asked was done, or why the platform refused it."""
    fields = {"asked": REMOVED, "problem": problem or REMOVED}
    batch.update(db.document(item_path(item.user_id, item.item_id)), fields)


def note_problem(batch: Any, db: firestore.Client, item: Item, problem: str | None) -> None:
    """Add to `batch` what the item's user must know; None: nothing any more."""
    fields = {"problem": problem or REMOVED}
    batch.update(db.document(item_path(item.user_id, item.item_id)), fields)


@dataclass(frozen=True)
class InboxSelection:
    """What to query: the items of a post, else those in `states`, else all."""

    user_id: str
    submission_id: str | None = None
    states: Sequence[State] = ()


def select_items(
    db: firestore.Client,
    selection: InboxSelection,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Item]:
    """At most `limit` items, the newest first, from `after` on: a time and an id.

    Raises StoreUnavailable.
    """
    items = db.collection(inbox_path(selection.user_id))
    down = firestore.Query.DESCENDING
    query = _selected(items, selection).order_by("createdAt", direction=down)
    query = query.order_by("__name__", direction=down).limit(limit)
    if after is not None:
        query = query.start_after([after[0], items.document(after[1])])
    return _items(query_all(query))


def count_unread(db: firestore.Client, user_id: str, most: int) -> int:
    """How many items nobody has read, at most `most`. Raises StoreUnavailable."""
    selection = InboxSelection(user_id, states=(State.UNREAD,))
    return count_up_to(_selected(db.collection(inbox_path(user_id)), selection), most)


def _selected(query: Any, selection: InboxSelection) -> Any:
    if selection.submission_id is not None:
        return query.where(filter=FieldFilter("submissionId", "==", selection.submission_id))
    if len(selection.states) == 1:
        return query.where(filter=FieldFilter("state", "==", selection.states[0].value))
    if selection.states:
        states = [state.value for state in selection.states]
        return query.where(filter=FieldFilter("state", "in", states))
    return query


def answers_to(db: firestore.Client, owner: OfAccount, comment_id: str, limit: int) -> list[Item]:
    """The newest answers to a comment, its account's own ones included, at most `limit`.

    Raises StoreUnavailable.
    """
    query = (
        db.collection(inbox_path(owner.user_id))
        .where(filter=FieldFilter("parentId", "==", comment_id))
        .order_by("createdAt", direction=firestore.Query.DESCENDING)
        .limit(limit)
    )
    place = (owner.platform, owner.account_id)
    return [item for item in _items(query_all(query)) if (item.platform, item.account_id) == place]


def items_of_post(
    db: firestore.Client, owner: OfAccount, post_id: str, limit: int
) -> list[Item] | None:
    """What is stored of the comments of a post; None if there are more than `limit`.

    Raises StoreUnavailable.
    """
    query = _of_account(db, owner).where(filter=FieldFilter("postId", "==", post_id))
    found = query_all(query.limit(limit + 1))
    return None if len(found) > limit else _items(found)


def pages_of_account(db: firestore.Client, owner: OfAccount) -> Iterator[list[Any]]:
    """References to all items of an account, page by page; they may be removed meanwhile.

    Raises StoreUnavailable.
    """
    query = _of_account(db, owner).select([]).limit(_PAGE)
    while page := query_all(query):
        yield [snapshot.reference for snapshot in page]


def forget_items(db: firestore.Client, owner: OfAccount) -> None:
    """Remove all items of an account. Raises StoreUnavailable."""
    for page in pages_of_account(db, owner):
        batch = Batch(db)
        for reference in page:
            batch.delete(reference)
        commit(batch, landed=lambda: False)


def _of_account(db: firestore.Client, owner: OfAccount) -> Any:
    return (
        db.collection(inbox_path(owner.user_id))
        .where(filter=FieldFilter("platform", "==", owner.platform))
        .where(filter=FieldFilter("accountId", "==", owner.account_id))
    )


def _items(snapshots: Iterable[Any]) -> list[Item]:
    return [item for snapshot in snapshots if (item := item_from(snapshot))]
