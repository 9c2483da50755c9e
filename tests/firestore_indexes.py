"""What firestore.indexes.json serves. The emulator answers every query; Firestore does not.

`enforce` makes a query fail in tests as it would fail in production.
(firebase.google.com/docs/firestore/query-data/index-overview)
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.api_core.exceptions import FailedPrecondition
from google.cloud.firestore_v1.base_query import BaseQuery
from google.cloud.firestore_v1.types import StructuredQuery

FILE = Path(__file__).parent.parent / "firestore.indexes.json"

_Operator = StructuredQuery.FieldFilter.Operator
_EQUAL = {_Operator.EQUAL, _Operator.IN}
_CONTAINS = {_Operator.ARRAY_CONTAINS, _Operator.ARRAY_CONTAINS_ANY}
_DIRECTIONS = {
    StructuredQuery.Direction.ASCENDING: "ASCENDING",
    StructuredQuery.Direction.DESCENDING: "DESCENDING",
}


@dataclass(frozen=True)
class Index:
    """`prefix` in any order, then `orders` exactly."""

    collection: str
    scope: str
    prefix: frozenset[tuple[str, str]]
    """(field, EQUAL or CONTAINS)."""
    orders: tuple[tuple[str, str], ...]
    """(field, direction)."""

    @property
    def fields(self) -> list[tuple[str, str]]:
        return [*sorted(self.prefix), *self.orders]

    @property
    def is_composite(self) -> bool:
        return len(self.fields) > 1


def wanted_by(query: StructuredQuery) -> Index:
    """The one index that serves a query alone."""
    [source] = query.from_
    filters = list(_filters(query.where)) if "where" in query else []
    equal = {(path, "EQUAL") for path, operator in filters if operator in _EQUAL}
    contains = {(path, "CONTAINS") for path, operator in filters if operator in _CONTAINS}
    ranges = {path for path, operator in filters if operator not in _EQUAL | _CONTAINS}
    orders = [(order.field.field_path, _DIRECTIONS[order.direction]) for order in query.order_by]
    orders = orders or [(path, "ASCENDING") for path in sorted(ranges)]
    assert ranges <= {orders[0][0]} if orders else not ranges, "a range is what is sorted by first"
    if len(orders) > 1 and orders[-1] == ("__name__", orders[-2][1]):
        orders.pop()
    if (equal or contains) and orders == [("__name__", "ASCENDING")]:
        # Every index sorts by name at its end.
        orders = []
    scope = "COLLECTION_GROUP" if source.all_descendants else "COLLECTION"
    prefix = frozenset(equal | contains)
    return Index(source.collection_id, scope, prefix, tuple(orders))


def _filters(where: Any) -> Iterator[tuple[str, Any]]:
    if "composite_filter" in where:
        for part in where.composite_filter.filters:
            yield from _filters(part)
    elif "unary_filter" in where:
        # `is null` is an equality.
        assert where.unary_filter.op == StructuredQuery.UnaryFilter.Operator.IS_NULL
        yield where.unary_filter.field.field_path, _Operator.EQUAL
    else:
        yield where.field_filter.field.field_path, where.field_filter.op


class Indexes:
    """The indexes of a file, and those that Firestore makes by itself."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._composite = [
            (index["collectionGroup"], index["queryScope"], [_kind(f) for f in index["fields"]])
            for index in content["indexes"]
        ]
        self._overrides = {
            (override["collectionGroup"], override["fieldPath"]): [
                (kind["queryScope"], kind.get("order") or kind["arrayConfig"])
                for kind in override["indexes"]
            ]
            for override in content["fieldOverrides"]
        }

    @classmethod
    def of_file(cls) -> "Indexes":
        return cls(json.loads(FILE.read_text()))

    def serve(self, wanted: Index) -> bool:
        if not wanted.fields or wanted.fields == [("__name__", "ASCENDING")]:
            return True
        if not wanted.is_composite:
            [field] = wanted.fields
            return self._has_single(wanted, *field)
        return self.is_merged(wanted) or any(self._is(wanted, each) for each in self._composite)

    def is_merged(self, wanted: Index) -> bool:
        """Equalities alone are merged from the indexes of their single fields."""
        return (
            not wanted.orders
            and all(kind == "EQUAL" for _, kind in wanted.prefix)
            and all(self._has_single(wanted, *field) for field in wanted.fields)
        )

    def _has_single(self, wanted: Index, path: str, kind: str) -> bool:
        key = (wanted.collection, path)
        by_itself = [("COLLECTION", each) for each in ("ASCENDING", "DESCENDING", "CONTAINS")]
        there = self._overrides.get(key, by_itself)
        return (wanted.scope, "ASCENDING" if kind == "EQUAL" else kind) in there

    def _is(self, wanted: Index, index: tuple[str, str, list[tuple[str, str]]]) -> bool:
        collection, scope, fields = index
        if (collection, scope) != (wanted.collection, wanted.scope):
            return False
        split = len(wanted.prefix)
        head = {(path, "CONTAINS" if k == "CONTAINS" else "EQUAL") for path, k in fields[:split]}
        return head == wanted.prefix and tuple(fields[split:]) == wanted.orders


def _kind(field: Mapping[str, str]) -> tuple[str, str]:
    return field["fieldPath"], field.get("order") or field["arrayConfig"]


@contextmanager
def enforce(indexes: Indexes, seen: set[Index] | None = None) -> Iterator[None]:
    """Within it, a query that no index serves fails. What is asked for goes into `seen`."""
    plain = BaseQuery._to_protobuf

    def checked(query: BaseQuery) -> StructuredQuery:
        built = plain(query)
        wanted = wanted_by(built)
        if seen is not None:
            seen.add(wanted)
        if not indexes.serve(wanted):
            raise FailedPrecondition(f"The query requires an index: {wanted}")
        return built

    BaseQuery._to_protobuf = checked  # type: ignore[method-assign]
    try:
        yield
    finally:
        BaseQuery._to_protobuf = plain  # type: ignore[method-assign]
