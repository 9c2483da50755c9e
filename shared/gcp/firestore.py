"""Reading and committing documents: in batches, with preconditions, never in transactions.

A transaction locks; two of them on one document stall for seconds. A batch whose writes carry
preconditions applies as a whole or not at all, and costs one call. Firestore's client repeats a
commit that returned UNAVAILABLE, so our own first try can make the second one fail. `commit`
therefore calls `landed` before it reports a conflict.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from google.api_core import exceptions, retry
from google.cloud import firestore
from google.cloud.firestore_v1 import types

from shared import logs
from shared.gcp.messages import Snapshot, decoded

log = logs.logger("firestore")

COMMIT_SECONDS = 20.0
READ_SECONDS = 20.0

_REFUSED = (exceptions.AlreadyExists, exceptions.FailedPrecondition, exceptions.NotFound)
_LOST = (
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.Unknown,
    exceptions.Cancelled,
    exceptions.Aborted,
    exceptions.ResourceExhausted,
    exceptions.RetryError,
)
# The client's own policy repeats reads and commits for up to a minute. That is too long for an HTTP
# caller, and a task is delivered again anyway.
_AGAIN = retry.Retry(
    predicate=retry.if_exception_type(exceptions.ServiceUnavailable),
    initial=0.1,
    maximum=2.0,
    multiplier=2.0,
    timeout=10.0,
)


# How often a change is tried that others keep overtaking.
CONFLICT_TRIES = 20
# How often a document is read while a request waits for it, besides listening to it.
_READ_AGAIN_AFTER = timedelta(seconds=3)

# Without the client's wrapper, as in `shared.gcp.messages`.
_BatchGet = types.BatchGetDocumentsRequest.pb()

S = TypeVar("S")
T = TypeVar("T")


class PreconditionFailed(Exception):
    """Someone else changed a document first; nothing of the batch was stored."""


class StoreRefused(Exception):
    """Firestore will never accept this commit; nothing of it was stored."""


class StoreUnavailable(Exception):
    """Firestore did not answer. A commit may or may not have taken effect."""


def document(snapshot: Any) -> dict[str, Any] | None:
    """The fields of a snapshot, None when the document does not exist."""
    fields: dict[str, Any] | None = snapshot.to_dict() if snapshot.exists else None
    return fields


def read_all(db: firestore.Client, paths: Iterable[str]) -> dict[str, Snapshot]:
    """Snapshots of several documents by path, in one call. Raises StoreUnavailable."""
    prefix = f"{db._database_string}/documents/"
    names = [f"{prefix}{path}" for path in paths]
    request = _BatchGet(database=db._database_string, documents=names)
    snapshots = {}
    try:
        responses = db._firestore_api.batch_get_documents(
            request=types.BatchGetDocumentsRequest.wrap(request),
            metadata=db._rpc_metadata,
            retry=_AGAIN,
            timeout=READ_SECONDS,
        )
        for response in responses:
            answer = types.BatchGetDocumentsResponse.pb(response)
            if answer.WhichOneof("result") == "missing":
                path = answer.missing.removeprefix(prefix)
                snapshots[path] = Snapshot(db, path)
                continue
            path = answer.found.name.removeprefix(prefix)
            snapshots[path] = Snapshot(db, path, decoded(answer.found.fields), answer.found)
    except _LOST as error:
        raise StoreUnavailable(f"reading {len(names)} documents: {error}") from error
    return snapshots


def document_once(
    db: firestore.Client,
    path: str,
    read: Callable[[Any], T | None],
    condition: Callable[[T | None], bool],
    patience: timedelta,
) -> T | None:
    """What `read` makes of a document once `condition` is true for it, or after `patience`.

    Raises StoreUnavailable.
    """
    met = threading.Event()

    def changed(snapshots: Any, *_: Any) -> None:
        if condition(read(snapshots[0]) if snapshots else None):
            met.set()

    end = time.monotonic() + patience.total_seconds()
    # A listener receives each change once, which is cheaper than reading again and again. But its
    # connection may break without notice, so the document is also read now and then.
    watch = db.document(path).on_snapshot(changed)
    try:
        while True:
            left = end - time.monotonic()
            met.wait(min(max(left, 0), _READ_AGAIN_AFTER.total_seconds()))
            met.clear()
            stored = read(read_all(db, [path])[path])
            if condition(stored) or left <= 0:
                return stored
    finally:
        watch.unsubscribe()  # type: ignore[no-untyped-call]


def query_all(query: Any) -> list[Any]:
    """All snapshots of a query. Raises StoreUnavailable."""
    return list(each_of(query))


def each_of(query: Any) -> Iterator[Any]:
    """The snapshots of a query, one after the other as they arrive. Raises StoreUnavailable."""
    try:
        yield from query.stream(retry=_AGAIN, timeout=READ_SECONDS)
    except _LOST as error:
        raise StoreUnavailable(f"running a query: {error}") from error


def descendants(
    db: firestore.Client, path: str, limit: int, *, after: str | None = None
) -> list[Snapshot]:
    """The documents at any depth below that at `path`, whether that exists or not, by path.

    One query without a collection name: it also finds collections that are not listed. `after`: the
    path at which the page before ended. Raises StoreUnavailable.
    """
    prefix = f"{db._database_string}/documents/"
    query = types.StructuredQuery(
        from_=[types.StructuredQuery.CollectionSelector(all_descendants=True)],
        order_by=[types.StructuredQuery.Order(field={"field_path": "__name__"}, direction=1)],
        limit=limit,
    )
    if after is not None:
        last = types.Value(reference_value=f"{prefix}{after}")
        query.start_at = types.Cursor(values=[last], before=False)
    request = types.RunQueryRequest(parent=f"{prefix}{path}", structured_query=query)
    snapshots = []
    try:
        responses = db._firestore_api.run_query(
            request=request, metadata=db._rpc_metadata, retry=_AGAIN, timeout=READ_SECONDS
        )
        for response in responses:
            answer = types.RunQueryResponse.pb(response)
            if answer.HasField("document"):
                name = answer.document.name.removeprefix(prefix)
                fields = decoded(answer.document.fields)
                snapshots.append(Snapshot(db, name, fields, answer.document))
    except _LOST as error:
        raise StoreUnavailable(f"reading below a document: {error}") from error
    # The document itself may be among its descendants.
    return [snapshot for snapshot in snapshots if snapshot.path != path]


def count_up_to(query: Any, most: int) -> int:
    """How many documents a query finds, at most `most`. Raises StoreUnavailable."""
    try:
        counted = query.limit(most).count().get(retry=_AGAIN, timeout=READ_SECONDS)
    except _LOST as error:
        raise StoreUnavailable(f"counting: {error}") from error
    return int(counted[0][0].value)


def summed(query: Any, field: str) -> int:
    """The sum of a field of all documents that a query finds. Raises StoreUnavailable."""
    try:
        result = query.sum(field).get(retry=_AGAIN, timeout=READ_SECONDS)
    except _LOST as error:
        raise StoreUnavailable(f"adding up: {error}") from error
    return int(result[0][0].value or 0)


def commit(batch: firestore.WriteBatch, landed: Callable[[], bool]) -> Sequence[Any] | None:
    """Commit `batch`. Returns its write results, or None if it took effect but the answer was lost.

    `landed` reads back whether the batch took effect; it is called only after a failure.
    Raises PreconditionFailed or StoreRefused (nothing was stored), StoreUnavailable (unknown).
    """
    try:
        results: Sequence[Any] = batch.commit(retry=_AGAIN, timeout=COMMIT_SECONDS)
        return results
    except _REFUSED as error:
        if landed():
            return None
        raise PreconditionFailed(str(error)) from error
    except _LOST as error:
        if landed():
            return None
        raise StoreUnavailable(f"committing: {error}") from error
    except exceptions.GoogleAPICallError as error:
        raise StoreRefused(str(error)) from error


def retry_conflicts(
    name: str, read: Callable[[], S], change: Callable[[S], T], *, first: S | None = None
) -> T:
    """Return `change(read())`, again and again while it raises PreconditionFailed.

    `name` says in the log what is changed. `first` saves the first reading. Raises
    PreconditionFailed when every try conflicts, and whatever `read` raises.
    """
    for number in range(CONFLICT_TRIES):
        current = first if number == 0 and first is not None else read()
        try:
            return change(current)
        except PreconditionFailed:
            log.info("write conflict", extra=logs.fields(on=name, tries=number + 1))
    raise PreconditionFailed(f"{name} changed during each of {CONFLICT_TRIES} tries")


def incremented(result: Any) -> int | None:
    """The value after the write's one `Increment`; None when it has none."""
    values = [value.integer_value for value in result.transform_results]
    return values[0] if values else None


def without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` without those that are None: an absent field costs no index entry."""
    return {name: value for name, value in fields.items() if value is not None}


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an update must write, or delete, to turn `before` into `after`."""
    changed = {field: value for field, value in after.items() if before.get(field) != value}
    return {**changed, **dict.fromkeys(before.keys() - after.keys(), firestore.DELETE_FIELD)}
