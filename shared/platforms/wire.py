"""The interface of `sending`, which alone knows the HTTP library."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol


class NotSent(Exception):
    """The request never left."""


class AnswerLost(Exception):
    """The request may have arrived, but no complete answer came back."""


class Response(AbstractContextManager[Any], Protocol):
    """An answer whose body is still to be read. Reading raises AnswerLost."""

    status: int
    headers: Mapping[str, str]

    def read(self, size: int) -> bytes:
        """The next `size` bytes as they were sent; fewer only at the end of the body."""

    def read_available(self, size: int) -> bytes:
        """At most `size` decoded bytes, as soon as there are any; b"" at the end of the body."""

    def close(self) -> None: ...


Send = Callable[..., Response]
"""`send(method, url, **request)`, with the arguments of `requests.request`.

Raises NotSent, AnswerLost.
"""
