"""The conversation around an item of the inbox, from what is stored of it."""

from dataclasses import dataclass

from shared.domain.inbox import Item, item_id
from shared.gcp.firestore import read_all
from shared.gcp.inbox import answers_to, item_from, item_path
from shared.wiring import Parts

MOST_ABOVE = 4
"""Comments that the item answers, each of which answers the one before; most platforms have one."""
MOST_ANSWERS = 50
"""Answers to one comment, the newest ones."""


@dataclass(frozen=True)
class Thread:
    items: list[Item]
    """The comments that the item answers, then the others with the oldest first. The item and the
    account's own comments are among them."""
    is_cut: bool
    """There are more than are shown."""


def read(item: Item, parts: Parts) -> Thread:
    """The item, what it answers, and what answers either of them. Raises StoreUnavailable."""
    above = _above(item, parts)
    parents = [parent for parent in (item.seen.parent_id, item.seen.comment_id) if parent]
    lists = [answers_to(parts.db, item, parent, MOST_ANSWERS + 1) for parent in parents]
    known = {each.item_id for each in above}
    beside = {each.item_id: each for found in lists for each in found[:MOST_ANSWERS]}
    beside[item.item_id] = item
    others = [each for each in beside.values() if each.item_id not in known]
    others.sort(key=lambda each: (each.seen.created_at, each.item_id))
    return Thread([*above, *others], any(len(found) > MOST_ANSWERS for found in lists))


def _above(item: Item, parts: Parts) -> list[Item]:
    """The comments that lead to the item, the first one first, as far as they are stored."""
    found: list[Item] = []
    below = item
    while below.seen.parent_id and len(found) < MOST_ABOVE:
        path = item_path(item.user_id, item_id(item, below.seen.parent_id))
        parent = item_from(read_all(parts.db, [path])[path])
        if parent is None or parent in (item, *found):
            break
        found.insert(0, parent)
        below = parent
    return found
