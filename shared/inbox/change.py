"""What users do with items of their inbox, except answering them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from shared import clock
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.inbox import Asked, Item, State, moved
from shared.gcp.collecting import INBOX, Collecting, collecting_from, collecting_path, note_due
from shared.gcp.firestore import PreconditionFailed, commit, read_all, retry_conflicts
from shared.gcp.inbox import ask_of_item, item_from, item_path, move_item
from shared.gcp.messages import Batch
from shared.platforms import registry
from shared.posts.dispatch import dispatch
from shared.wiring import Parts

MOST_AT_ONCE = 200
"""Items of one request."""
_READ_AGAIN_AFTER = timedelta(minutes=1)
MOST_ASKED = 500
"""Changes on a platform that can wait for one account; they are in one document."""


def read_items(item_ids: Sequence[str], user_id: str, parts: Parts) -> list[Item]:
    """The items with these ids, without those that do not exist. Raises StoreUnavailable."""
    paths = [item_path(user_id, each) for each in dict.fromkeys(item_ids)]
    found = read_all(parts.db, paths) if paths else {}
    return [item for path in paths if (item := item_from(found[path]))]


def move(items: Sequence[Item], state: State, parts: Parts) -> list[Item]:
    """Mark items as read or done, or as unread again.

    Those that are removed meanwhile are left out. Raises PreconditionFailed, StoreUnavailable.
    """
    ids = [item.item_id for item in items]
    return retry_conflicts(
        "items of the inbox",
        lambda: read_items(ids, items[0].user_id, parts),
        lambda present: _move(present, state, parts),
        first=list(items),
    )


def _move(items: Sequence[Item], state: State, parts: Parts) -> list[Item]:
    now = clock.now()
    after = [moved(item, state, now) for item in items]
    batch = Batch(parts.db)
    changed = [each for before, each in zip(items, after, strict=True) if each != before]
    for item in changed:
        move_item(batch, parts.db, item)
    if changed:
        # Written again, it says the same.
        commit(batch, landed=lambda: False)
    return after


def ask(items: Sequence[Item], asked: Asked, parts: Parts) -> None:
    """Have something done with comments of one account on their platform, within seconds.

    Raises ApiError, StoreUnavailable.
    """
    for item in items:
        _require_possible(item, asked)
    now = clock.now()
    if asked is Asked.READ:
        items = [item for item in items if _is_worth_reading(item, now)]
    if not items:
        return
    first = items[0]
    path = collecting_path(first, INBOX)
    waiting = collecting_from(read_all(parts.db, [path])[path])
    if waiting is not None and len(waiting.requests.get("items", ())) + len(items) > MOST_ASKED:
        message = "Too many changes of this account's comments are waiting. Try again later."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    batch = Batch(parts.db)
    for item in items:
        ask_of_item(batch, parts.db, item, asked)
    # With the time, so that a task which is just doing the same sees that it is asked for again.
    wanted = {item.item_id: [asked.value, now] for item in items}
    note_due(batch, parts.db, first, INBOX, now, items=wanted)
    try:
        # Written again, it says the same.
        commit(batch, landed=lambda: False)
    except PreconditionFailed as error:
        message = "This comment is no longer in the inbox."
        raise ApiError(ErrorCode.NOT_FOUND, message) from error
    work = Collecting(first.user_id, first.platform, first.account_id, INBOX, now)
    dispatch(partial(parts.queues.dispatch_collection, work))


def _is_worth_reading(item: Item, now: datetime) -> bool:
    is_complete = not item.text_gone and not item.author_gone
    return not is_complete or now - item.seen_at >= _READ_AGAIN_AFTER


def _require_possible(item: Item, asked: Asked) -> None:
    """Raises ApiError."""
    name, seen = registry.display_name(item.platform), item.seen
    if item.deleted_at is not None and asked is not Asked.READ:
        raise ApiError(ErrorCode.INVALID_STATE, f"This comment was deleted on {name}.")
    if asked in (Asked.HIDE, Asked.SHOW) and not seen.can_hide:
        message = f"{name} does not let Soku hide this comment."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    if asked is Asked.DELETE and not seen.can_delete:
        message = f"{name} does not let Soku delete this comment."
        raise ApiError(ErrorCode.INVALID_STATE, message)
