"""Pigeon's errors."""

from shared.domain.errors import (
    PlatformError,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.http import Answer
from shared.platforms.pigeon import ABOUT
from shared.platforms.wire import wait_of


def error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer means."""
    if answer.status == 401:
        return TokenExpired(ABOUT.reconnect)
    if answer.status == 429:
        return RateLimited(
            "Pigeon is busy.", retry_after=wait_of(answer.headers.get("Retry-After"))
        )
    return Rejected(f"Pigeon refused the note: {answer.text}")


def refresh_error_of(answer: Answer) -> PlatformError:
    """The error that a refused token refresh means."""
    return ReconnectRequired(ABOUT.reconnect)
