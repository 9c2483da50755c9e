"""The errors of the client. Every message says what to do."""

from typing import Any


class SokuError(Exception):
    """Something did not work."""


class ConnectionLost(SokuError):
    """The server did not answer, even after several tries. What was asked may have happened.

    To repeat the request of a new post safely, pass the same `idempotency_key` again.
    """

    def __init__(self, message: str, idempotency_key: str | None = None) -> None:
        super().__init__(message)
        self.idempotency_key = idempotency_key


class ApiError(SokuError):
    """The API refused the request."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        self.status = status
        self.code = str(error.get("code", "unknown"))
        self.request_id = str(error.get("requestId", ""))
        self.details: Any = error.get("details")
        super().__init__("\n".join([str(error.get("message", "")), *self._violations()]))

    def _violations(self) -> list[str]:
        """What is wrong at each place, if there are several."""
        listed = self.details if isinstance(self.details, list) else []
        found = [each for each in listed if isinstance(each, dict)]
        if len(found) < 2:
            return []
        return [f"- {each.get('field', '')}: {each.get('message', '')}" for each in found]
