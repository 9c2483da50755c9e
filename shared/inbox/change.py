"""What users do with items of their inbox, except answering them."""

from collections.abc import Sequence
from functools import partial

from shared import clock
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.inbox import Asked, Item, State, moved
from shared.gcp.collecting import INBOX, Collecting, collecting_from, collecting_path, note_due
from shared.gcp.firestore import commit, read_all
from shared.gcp.inbox import ask_of_item, item_from, item_path, move_item
from shared.gcp.messages import Batch
from shared.platforms import registry
from shared.posts.dispatch import dispatch
from shared.wiring import Parts

MOST_AT_ONCE = 200
"""Items of one request."""
MOST_ASKED = 500
"""Changes on a platform that can wait for one account; they are in one document."""


def read_items(item_ids: Sequence[str], user_id: str, parts: Parts) -> list[Item]:
    """The items with these ids, without those that do not exist. Raises StoreUnavailable."""
    paths = [item_path(user_id, each) for each in dict.fromkeys(item_ids)]
    found = read_all(parts.db, paths) if paths else {}
    return [item for path in paths if (item := item_from(found[path]))]


def move(items: Sequence[Item], state: State, parts: Parts) -> list[Item]:
    """Mark items as read or done, or as unread again. Raises PreconditionFailed,
    StoreUnavailable."""
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

    Raises ApiError, PreconditionFailed, StoreUnavailable.
    """
    first = items[0]
    for item in items:
        _require_possible(item, asked)
    path = collecting_path(first, INBOX)
    waiting = collecting_from(read_all(parts.db, [path])[path])
    if waiting is not None and len(waiting.requests.get("items", ())) + len(items) > MOST_ASKED:
        message = "Too many changes of this account's comments are waiting. Try again later."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    now, batch = clock.now(), Batch(parts.db)
    for item in items:
        ask_of_item(batch, parts.db, item, asked)
    wanted = {item.item_id: asked.value for item in items}
    note_due(batch, parts.db, first, INBOX, now, items=wanted)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)
    work = Collecting(first.user_id, first.platform, first.account_id, INBOX, now)
    dispatch(partial(parts.queues.dispatch_collection, work))


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
