"""The errors of the client. Every message says what to do."""

from typing import Any

_FAULT_OF_SERVER = 500


class SokuError(Exception):
    """Something did not work.

    `idempotency_key`: of a request that may have taken effect. With it, the request can be repeated
    safely.
    """

    def __init__(self, message: str, idempotency_key: str | None = None) -> None:
        if idempotency_key:
            message += (
                " The request may have arrived. To repeat it safely, use the idempotency key "
                f"{idempotency_key}"
            )
        super().__init__(message)
        self.idempotency_key = idempotency_key


class ConnectionLost(SokuError):
    """No answer came that can be read, even after several tries. What was asked may have happened.

    To repeat the request of a new post safely, pass the same `idempotency_key` again.
    """


class ApiError(SokuError):
    """The API refused the request. With a status from 500 on, it may have taken effect."""

    def __init__(
        self, status: int, error: dict[str, Any], idempotency_key: str | None = None
    ) -> None:
        self.status = status
        self.code = str(error.get("code", "unknown"))
        self.request_id = str(error.get("requestId", ""))
        self.details: Any = error.get("details")
        message = "\n".join([str(error.get("message", "")), *self._violations()])
        super().__init__(message, idempotency_key if status >= _FAULT_OF_SERVER else None)

    def _violations(self) -> list[str]:
        """What is wrong at each place, if there are several."""
        listed = self.details if isinstance(self.details, list) else []
        found = [each for each in listed if isinstance(each, dict)]
        if len(found) < 2:
            return []
        return [f"- {each.get('field', '')}: {each.get('message', '')}" for each in found]
