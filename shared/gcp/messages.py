"""Firestore's protobuf messages: the writes of a batch, and the documents that were read.

Google's client wraps each value of a message in a Python object, which takes most of the processor
time of a call. Soku fills and reads the messages itself and sends them through the client;
`tests/gcp/test_batch.py` compares both.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.field_path import FieldPath

# As the value of a field in an update: the field is removed.
REMOVED = firestore.DELETE_FIELD

# As the value of a field: Firestore computes it from the stored one.
_TRANSFORMS = (firestore.Increment, firestore.Minimum)

# A name that a field path contains as it is; others are quoted.
_SIMPLE = re.compile("[A-Za-z_][A-Za-z_0-9]*")

_SCALARS: Mapping[type, str] = {
    bool: "boolean_value",
    int: "integer_value",
    float: "double_value",
    str: "string_value",
    bytes: "bytes_value",
}
# Without the client's wrapper.
_Commit, _Write = types.CommitRequest.pb(), types.Write.pb()


@dataclass(frozen=True)
class Snapshot:
    """A document as it was read, with the attributes of the client's own snapshots."""

    _db: firestore.Client
    path: str
    _fields: dict[str, Any] | None = None
    _document: Any = None

    @property
    def update_time(self) -> Any:
        """With nanoseconds, as a precondition needs it; None for one that does not exist."""
        return types.Document.wrap(self._document).update_time if self._document else None

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

    `update` and a merging `set` also accept Increment, Minimum and DELETE_FIELD, `update` only as
    the value of a whole field. Raises TypeError or ValueError for what Firestore does not store.
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
            if isinstance(value, _TRANSFORMS):
                _add_transform(write, path, value)
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

    def commit(self, retry: Any = None, timeout: float | None = None) -> Any:
        """The results of the writes, in their order."""
        request = _Commit(database=self._client._database_string)
        request.writes.extend(types.Write.pb(write) for write in self._write_pbs)
        response = self._client._firestore_api.commit(
            request=types.CommitRequest.wrap(request),
            metadata=self._client._rpc_metadata,
            retry=retry,
            timeout=timeout,
        )
        return response.write_results


def _split(
    write: Any, fields: Mapping[str, Any], parents: tuple[str, ...], paths: list[tuple[str, ...]]
) -> dict[str, Any]:
    """The plain values among `fields`, to be merged at `paths`; transforms go into `write`."""
    plain: dict[str, Any] = {}
    for name, value in fields.items():
        path = (*parents, name)
        if isinstance(value, _TRANSFORMS):
            _add_transform(write, _rendered(path), value)
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


def _add_transform(write: Any, path: str, value: Any) -> None:
    transform = write.update_transforms.add(field_path=path)
    is_minimum = isinstance(value, firestore.Minimum)
    _encode(transform.minimum if is_minimum else transform.increment, value.value)


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


def decoded(fields: Mapping[str, Any]) -> dict[str, Any]:
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
            return decoded(value.map_value.fields)
        case "array_value":
            return [_decode(element) for element in value.array_value.values]
        case "reference_value" | "geo_point_value":
            raise TypeError(f"Soku stores no {kind}")
    return getattr(value, kind)
