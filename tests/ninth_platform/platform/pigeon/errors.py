"""Pigeon's errors."""

from shared.domain.errors import PlatformError, ReconnectRequired, Rejected, TokenExpired
from shared.platforms.http import Answer
from shared.platforms.pigeon import ABOUT


def error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer means."""
    if answer.status == 401:
        return TokenExpired(ABOUT.reconnect)
    return Rejected(f"Pigeon refused the note: {answer.text}")


def refresh_error_of(answer: Answer) -> PlatformError:
    """The error that a refused token refresh means."""
    return ReconnectRequired(ABOUT.reconnect)
