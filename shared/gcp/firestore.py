"""Reading and committing documents: in batches, with preconditions, never in transactions.

A transaction locks; two of them on one document stall for seconds. A batch whose writes carry
preconditions applies as a whole or not at all, and costs one call. Firestore's client repeats a
commit that returned UNAVAILABLE, so our own first try can make the second one fail. `commit`
therefore calls `landed` before it reports a conflict.

The client wraps each value of a message in a Python object, which takes most of the processor time
of a call. So `Batch` and `read_all` fill and read the protobuf messages themselves, and send them
through the client.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from google.api_core import exceptions, retry
from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.field_path import FieldPath

from shared import logs

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


# As the value of a field in an update: the field is removed.
REMOVED = firestore.DELETE_FIELD

# How often a change is tried that others keep overtaking.
CONFLICT_TRIES = 20

# A name that a field path contains as it is; others are quoted.
_SIMPLE = re.compile("[A-Za-z_][A-Za-z_0-9]*")

_SCALARS: Mapping[type, str] = {
    bool: "boolean_value",
    int: "integer_value",
    float: "double_value",
    str: "string_value",
    bytes: "bytes_value",
}
# The messages without the client's wrapper.
_BatchGet, _Commit, _Write = (
    kind.pb() for kind in (types.BatchGetDocumentsRequest, types.CommitRequest, types.Write)
)

S = TypeVar("S")
T = TypeVar("T")


class PreconditionFailed(Exception):
    """Someone else changed a document first; nothing of the batch was stored."""


class StoreRefused(Exception):
    """Firestore will never accept this commit; nothing of it was stored."""


class StoreUnavailable(Exception):
    """Firestore did not answer. A commit may or may not have taken effect."""


@dataclass(frozen=True)
class Snapshot:
    """A document as it was read, with the attributes of the client's own snapshots."""

    _db: firestore.Client
    path: str
    _fields: dict[str, Any] | None = None
    update_time: Any = None

    @property
    def exists(self) -> bool:
        return self._fields is not None

    @property
    def id(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def reference(self) -> Any:
        return self._db.document(self.path)

    def to_dict(self) -> Any:
        """The fields, not a copy of them; None for a document that does not exist."""
        return self._fields


class Batch(firestore.WriteBatch):
    """Builds the same writes as the client's own batch, from the values that Soku stores.

    `update` and a merging `set` also accept Increment and DELETE_FIELD, `update` only as the value
    of a whole field. Raises TypeError or ValueError for what Firestore does not store.
    """

    def create(self, reference: Any, document_data: dict[str, Any]) -> None:
        write = self._add(reference)
        write.current_document.exists = False
        _encode_fields(write.update.fields, document_data)

    def set(
        self, reference: Any, document_data: dict[str, Any], merge: bool | list[str] = False
    ) -> None:
        if isinstance(merge, list):
            raise TypeError("merge all fields or none")
        write = self._add(reference)
        if merge:
            paths: list[tuple[str, ...]] = []
            document_data = _split(write, document_data, (), paths)
            write.update_mask.field_paths.extend(map(_rendered, paths))
            write.update_mask.SetInParent()
        _encode_fields(write.update.fields, document_data)

    def update(self, reference: Any, field_updates: dict[str, Any], option: Any = None) -> None:
        """The names are field paths, as `firestore.Client.field_path` quotes them."""
        write = self._add(reference)
        write.update_mask.SetInParent()
        for name, value in field_updates.items():
            parents: Sequence[str] = ()
            path, field = name, name
            if not _SIMPLE.fullmatch(name):
                parsed = FieldPath.from_string(name)
                path, (*parents, field) = parsed.to_api_repr(), parsed.parts
            if isinstance(value, firestore.Increment):
                _add_increment(write, path, value)
                continue
            write.update_mask.field_paths.append(path)
            if value is not REMOVED:
                fields = write.update.fields
                for parent in parents:
                    fields = fields[parent].map_value.fields
                _encode(fields[field], value)
        if option is None:
            write.current_document.exists = True
        else:
            option.modify_write(types.Write.wrap(write))

    def _add(self, reference: Any) -> Any:
        write = _Write()
        write.update.name = reference._document_path
        self._write_pbs.append(types.Write.wrap(write))
        return write

    def commit(self, retry: Any = None, timeout: float | None = None) -> list[Any]:
        """The results of the writes, in their order."""
        request = _Commit(database=self._client._database_string)
        request.writes.extend(types.Write.pb(write) for write in self._write_pbs)
        response = self._client._firestore_api.commit(
            request=types.CommitRequest.wrap(request),
            metadata=self._client._rpc_metadata,
            retry=retry,
            timeout=timeout,
        )
        return list(response.write_results)


def _split(
    write: Any, fields: Mapping[str, Any], parents: tuple[str, ...], paths: list[tuple[str, ...]]
) -> dict[str, Any]:
    """The plain values among `fields`, to be merged at `paths`; increments go into `write`."""
    plain: dict[str, Any] = {}
    for name, value in fields.items():
        path = (*parents, name)
        if isinstance(value, firestore.Increment):
            _add_increment(write, _rendered(path), value)
        elif isinstance(value, dict) and value:
            inner = _split(write, value, path, paths)
            if inner:
                plain[name] = inner
        else:
            paths.append(path)
            if value is not REMOVED:
                plain[name] = value
    return plain


def _rendered(path: Iterable[str]) -> str:
    return ".".join(
        name if _SIMPLE.fullmatch(name) else firestore.Client.field_path(name) for name in path
    )


def _add_increment(write: Any, path: str, increment: Any) -> None:
    _encode(write.update_transforms.add(field_path=path).increment, increment.value)


def _encode_fields(target: Any, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        _encode(target[name], value)


def _encode(target: Any, value: Any) -> None:
    """Put `value` into the message `target`. Raises TypeError or ValueError."""
    scalar = _SCALARS.get(type(value))
    if scalar is not None:
        setattr(target, scalar, value)
    elif value is None:
        target.null_value = 0
    elif isinstance(value, datetime):
        target.timestamp_value.FromDatetime(value)
    elif isinstance(value, dict):
        # An empty one, too, is a value.
        target.map_value.SetInParent()
        _encode_fields(target.map_value.fields, value)
    elif isinstance(value, list | tuple):
        target.array_value.SetInParent()
        for element in value:
            _encode(target.array_value.values.add(), element)
    elif isinstance(value, str):
        target.string_value = value
    else:
        raise TypeError(f"Firestore does not store a {type(value).__name__}")


def _decoded(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _decode(value) for name, value in fields.items()}


def _decode(value: Any) -> Any:
    """The value of a message, as `_encode` put it there; times have microseconds, in UTC."""
    kind = value.WhichOneof("value_type")
    match kind:
        case "null_value":
            return None
        case "timestamp_value":
            return value.timestamp_value.ToDatetime(UTC)
        case "map_value":
            return _decoded(value.map_value.fields)
        case "array_value":
            return [_decode(element) for element in value.array_value.values]
        case "reference_value" | "geo_point_value":
            raise TypeError(f"Soku stores no {kind}")
    return getattr(value, kind)


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
            fields = _decoded(answer.found.fields)
            snapshots[path] = Snapshot(db, path, fields, response.found.update_time)
    except _LOST as error:
        raise StoreUnavailable(f"reading {len(names)} documents: {error}") from error
    return snapshots


def query_all(query: Any) -> list[Any]:
    """All snapshots of a query. Raises StoreUnavailable."""
    try:
        return list(query.stream(retry=_AGAIN, timeout=READ_SECONDS))
    except _LOST as error:
        raise StoreUnavailable(f"running a query: {error}") from error


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


def commit(batch: firestore.WriteBatch, landed: Callable[[], bool]) -> list[Any] | None:
    """Commit `batch`. Returns its write results, or None if it took effect but the answer was lost.

    `landed` reads back whether the batch took effect; it is called only after a failure.
    Raises PreconditionFailed or StoreRefused (nothing was stored), StoreUnavailable (unknown).
    """
    try:
        return list(batch.commit(retry=_AGAIN, timeout=COMMIT_SECONDS))
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
