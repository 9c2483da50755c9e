"""What Google would bill for this process, counted at the gRPC channels.

A requested document is a read, whether or not it exists. So is each document in a query's result;
a query without results costs one read. Each document of a commit is a write or a delete.
(cloud.google.com/firestore/pricing, cloud.google.com/tasks/pricing)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

# Documents that a TTL policy of firestore.indexes.json deletes later; each deletion is billed.
_EXPIRING = ("/idempotencyKeys/", "/apiRequests/", "/platformHealth/")


@dataclass
class Bill(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Counts every call of the channels that it intercepts."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    tasks: int = 0

    def clear(self) -> None:
        self.reads = self.writes = self.deletes = self.tasks = 0

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        match details.method.rpartition("/")[2]:
            case "Commit":
                self._commit(request.writes)
            case "CreateTask":
                self.tasks += 1
            case "DeleteQueue":
                pass  # a world of the tests ends
            case other:
                raise AssertionError(f"the price of {other} is unknown")
        return continuation(details, request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        method, responses = details.method.rpartition("/")[2], continuation(details, request)
        if method == "BatchGetDocuments":
            self.reads += len(request.documents)
            return responses
        assert method == "RunQuery", method
        return _Documents(responses, self)

    def _commit(self, writes: Any) -> None:
        self.deletes += sum(bool(write.delete) for write in writes)
        self.writes += sum(not write.delete for write in writes)
        self.deletes += sum(
            any(name in write.update.name for name in _EXPIRING) for write in writes
        )
        # Written several times, and deleted once.
        self.deletes += sum(
            "/deliveries/" in write.update.name and not write.update_mask.field_paths
            for write in writes
        )


class _Documents:
    """The responses of a query, passed on and counted."""

    def __init__(self, responses: Any, bill: Bill) -> None:
        self._responses, self._bill, self._count = responses, bill, 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            response = next(self._responses)
        except StopIteration:
            self._bill.reads += max(self._count, 1)
            raise
        self._count += bool(response.document.name)
        return response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._responses, name)


@contextmanager
def billed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bill]:
    """Count everything that connects within this context."""
    bill, plain = Bill(), grpc.insecure_channel
    with monkeypatch.context() as patched:
        patched.setattr(
            grpc,
            "insecure_channel",
            lambda *args, **named: grpc.intercept_channel(plain(*args, **named), bill),
        )
        yield bill
