"""Pigeon's errors."""

from shared.domain.errors import (
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.connecting import client_refused
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
    match answer.fields().get("error"):
        case "invalid_grant":
            return ReconnectRequired(ABOUT.reconnect)
        case "invalid_client":
            return client_refused(ABOUT)
    return PlatformUnavailable(f"Pigeon returned no token: HTTP {answer.status}.")
