"""How many files an instance stores at once: in all, for each user, and in the inspecting process.

A place is waited for only briefly, because a waiting request holds a thread that others need.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import ApiError, ErrorCode

SECONDS = 5.0
RETRY_AFTER = 5
# Each holds about three chunks in memory (storage.CHUNK_BYTES).
FILES = 16
# So that one user's slow servers leave places for everyone else.
FILES_OF_A_USER = 3


class Places:
    """`most` places, of which nobody has more than `most_each`."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most, self._most_each = most, most_each
        self._taken: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def one(self, user_id: str) -> Iterator[None]:
        """A place until the end of the block. Raises ApiError when none is free in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_free(user_id), SECONDS):
                raise self._refusal(user_id)
            self._taken[user_id] += 1
        try:
            yield
        finally:
            with self._changed:
                self._taken -= Counter({user_id: 1})  # which forgets users without a place
                self._changed.notify_all()

    def _is_free(self, user_id: str) -> bool:
        return self._taken[user_id] < self._most_each and self._taken.total() < self._most

    def _refusal(self, user_id: str) -> ApiError:
        if self._taken[user_id] >= self._most_each:
            return busy(f"Soku is storing {self._most_each} files for you already.")
        return busy("Soku is storing too many files right now.")


def busy(message: str) -> ApiError:
    """The error for a request that would have to wait too long."""
    return ApiError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        f"{message} Send the request again in a few seconds.",
        headers={"Retry-After": str(RETRY_AFTER)},
    )
