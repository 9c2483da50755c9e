"""Where the documents of a user are: below `users/{uid}`, and in collections with a `userId`."""

from collections.abc import Iterator
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.gcp.firestore import descendants, query_all

PAGE = 200
"""Documents of one query and of one commit. A post with a long text for each of 20 accounts has
about 100 KB, so a page fits into the memory of the smallest function."""

GROUPS = ("runs", "attempts")
"""Collections below each post, whose documents have a `userId`. A task that is under way writes an
attempt also after its post was removed, so they are not only found below posts."""


def owned(db: firestore.Client, collection: str, user_id: str, after: Any = None) -> list[Any]:
    """A page of a user's documents of a collection. Raises StoreUnavailable.

    `after`: the last snapshot of the page before.
    """
    query = _of_user(db.collection(collection), user_id).order_by("__name__")
    return query_all((query.start_after(after) if after else query).limit(PAGE))


def owned_names(db: firestore.Client, collection: str, user_id: str) -> list[Any]:
    """The same without the fields; also of one of `GROUPS`. Raises StoreUnavailable."""
    is_group = collection in GROUPS
    documents = db.collection_group(collection) if is_group else db.collection(collection)
    return query_all(_of_user(documents, user_id).select([]).limit(PAGE))


def all_owned(db: firestore.Client, collection: str, user_id: str) -> Iterator[Any]:
    """All documents of a user in a collection, read page by page. Raises StoreUnavailable."""
    last = None
    while page := owned(db, collection, user_id, last):
        yield from page
        last = page[-1]


def all_below(db: firestore.Client, path: str) -> Iterator[Any]:
    """All documents below a document, read page by page. Raises StoreUnavailable."""
    last = None
    while page := descendants(db, path, PAGE, after=last):
        yield from page
        last = page[-1].path


def collection_of(path: str) -> str:
    """The name of the collection that a document is in."""
    return path.split("/")[-2]


def _of_user(documents: Any, user_id: str) -> Any:
    return documents.where(filter=FieldFilter("userId", "==", user_id))
