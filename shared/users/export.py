"""Everything that a user has put into Soku and that Soku has recorded for them, without secrets."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.gcp.firestore import document, read_all
from shared.gcp.owned import all_below, all_owned, collection_of
from shared.gcp.usage import usage_from, usage_path
from shared.gcp.users import user_path
from shared.web.envelope import time_text
from shared.wiring import Parts

NOT_EXPORTED = frozenset(
    {
        # Tokens.
        "private",
        # For a day: copies of files' documents, and uploads, whose files are media afterwards.
        "mediaSources",
        "uploads",
        # For minutes: what is left to deliver.
        "webhookWork",
    }
)
"""Collections below a user that are left out."""
# Fields of documents that are no data of the user: tokens, where a step of a run stands, and what
# tells writers apart. What is encrypted is left out by its type.
_INTERNAL = frozenset(
    {"keyHash", "checkpoint", "writeId", "leaseOwner", "leaseUntil"}
    | {"refreshOwner", "refreshLeaseUntil", "found", "keysChangedAt"}
)
# Documents whose id is the hash of a secret: they are numbered.
_NUMBERED = ("sessions", "apiKeys")


def export(user_id: str, parts: Parts) -> Iterator[dict[str, Any]]:
    """One {"path", "fields"} for each document, read page by page; JSON types only.

    Raises StoreUnavailable.
    """
    db, user, usage_at = parts.db, user_path(user_id), usage_path(user_id)
    snapshots = read_all(db, [user, usage_at])
    yield _line(user, document(snapshots[user]) or {})
    numbers = dict.fromkeys(_NUMBERED, 0)
    for snapshot in all_below(db, user):
        path, collection = snapshot.path, collection_of(snapshot.path)
        if collection in _NUMBERED:
            numbers[collection] += 1
            path = f"{path.rpartition('/')[0]}/{numbers[collection]}"
        if collection not in NOT_EXPORTED:
            yield _line(path, snapshot.to_dict())
    last_used = usage_from(snapshots[usage_at]).last_used
    for number, key in enumerate(all_owned(db, "apiKeys", user_id), start=1):
        used = {"lastUsedAt": last_used[key.id]} if key.id in last_used else {}
        yield _line(f"apiKeys/{number}", {**key.to_dict(), **used})
    for post in all_owned(db, "postSubmissions", user_id):
        path = post.reference.path
        yield _line(path, post.to_dict())
        for snapshot in all_below(db, path):
            yield _line(snapshot.path, snapshot.to_dict())


def _line(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in fields.items() if name not in _INTERNAL}
    return {"path": path, "fields": _plain(own)}


def _plain(value: Any) -> Any:
    """`value` in JSON types, without bytes: everything that is encrypted is bytes."""
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items() if not isinstance(v, bytes)}
    if isinstance(value, list):
        return [_plain(each) for each in value if not isinstance(each, bytes)]
    return value
