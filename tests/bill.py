"""What Google would bill for what leaves this process: counted at the gRPC channels.

A document that is asked for is a read, there or not; so is each document that a query finds, and a
query that finds none costs one all the same. Each document of a commit is a write, or a delete.
(cloud.google.com/firestore/pricing, cloud.google.com/tasks/pricing)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

# What a TTL policy of firestore.indexes.json deletes once for each post; each is billed.
_EXPIRING = ("/idempotencyKeys/", "/apiRequests/")


@dataclass
class Bill(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Sees every call that leaves through the channels it is put into."""

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
            case other:
                raise AssertionError(f"nobody knows what {other} costs")
        return continuation(details, request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        method, answers = details.method.rpartition("/")[2], continuation(details, request)
        if method == "BatchGetDocuments":
            self.reads += len(request.documents)
            return answers
        assert method == "RunQuery", method
        return _Documents(answers, self)

    def _commit(self, writes: Any) -> None:
        self.deletes += sum(bool(write.delete) for write in writes)
        self.writes += sum(not write.delete for write in writes)
        self.deletes += sum(
            any(name in write.update.name for name in _EXPIRING) for write in writes
        )


class _Documents:
    """The answers of a query, passed on and counted."""

    def __init__(self, answers: Any, bill: Bill) -> None:
        self._answers, self._bill, self._found = answers, bill, 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            answer = next(self._answers)
        except StopIteration:
            self._bill.reads += max(self._found, 1)
            raise
        self._found += bool(answer.document.name)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answers, name)


@contextmanager
def billed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bill]:
    """Whatever connects within it is on the bill."""
    bill, plain = Bill(), grpc.insecure_channel
    with monkeypatch.context() as patched:
        patched.setattr(
            grpc,
            "insecure_channel",
            lambda *args, **named: grpc.intercept_channel(plain(*args, **named), bill),
        )
        yield bill
