"""Builds the HTTP request that a task's handler receives, and sends it."""

from collections.abc import Callable
from dataclasses import dataclass

import urllib3
from google.cloud import tasks_v2

from local.tasks_emulator.oidc import TokenIssuer
from local.tasks_emulator.queues import StoredTask

_RESERVED_HEADERS = ("host", "content-length", "user-agent")
_RESERVED_PREFIXES = ("x-cloudtasks-", "x-google-", "x-appengine-")


@dataclass(frozen=True)
class Delivery:
    """One request to a handler."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    deadline_seconds: float
    """How long to wait for the response; the handler can continue after that."""


Deliver = Callable[[Delivery], int]
"""Sends the request and returns the HTTP status; raises OSError if no response arrives."""


def build(task: StoredTask, issuer: TokenIssuer) -> Delivery:
    """The request for the current attempt of `task`."""
    request = task.message.http_request
    headers = {
        name: value
        for name, value in request.headers.items()
        if name.lower() not in _RESERVED_HEADERS and not name.lower().startswith(_RESERVED_PREFIXES)
    }
    headers["User-Agent"] = "Google-Cloud-Tasks"
    headers["X-CloudTasks-QueueName"] = task.queue.id
    headers["X-CloudTasks-TaskName"] = task.name.rpartition("/")[2]
    headers["X-CloudTasks-TaskRetryCount"] = str(task.dispatch_count - 1)
    headers["X-CloudTasks-TaskExecutionCount"] = str(task.response_count)
    headers["X-CloudTasks-TaskETA"] = f"{task.due.timestamp():.6f}"
    if task.last_status is not None:
        headers["X-CloudTasks-TaskPreviousResponse"] = str(task.last_status)
    if "oidc_token" in request:
        audience = request.oidc_token.audience or request.url
        token = issuer.token(audience, request.oidc_token.service_account_email)
        headers["Authorization"] = f"Bearer {token}"
    method = request.http_method or tasks_v2.HttpMethod.POST
    return Delivery(
        method=tasks_v2.HttpMethod(method).name,
        url=request.url,
        headers=headers,
        body=request.body,
        deadline_seconds=task.message.dispatch_deadline.total_seconds(),
    )


class HttpSender:
    """Sends deliveries over pooled connections; thread-safe.

    It uses urllib3 instead of requests, which builds on it: this takes half the
    CPU time, and there are no cookies and no proxy from the environment.
    """

    def __init__(self, connections: int) -> None:
        self._pool = urllib3.PoolManager(maxsize=connections)

    def __call__(self, delivery: Delivery) -> int:
        """Send it and return the status; redirects are not followed. Raises OSError."""
        try:
            response = self._pool.request(
                delivery.method,
                delivery.url,
                headers=delivery.headers,
                body=delivery.body,
                timeout=delivery.deadline_seconds,
                redirect=False,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise OSError(f"no response from {delivery.url}: {type(error).__name__}") from error
        return response.status

    def close(self) -> None:
        self._pool.clear()
