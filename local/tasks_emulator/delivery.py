"""A task as the HTTP request that its handler receives, and the sending of it."""

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
    """How long to wait for the answer; the handler may go on after that."""


Deliver = Callable[[Delivery], int]
"""Makes the request and returns the HTTP status; raises OSError when no answer came."""


def build(task: StoredTask, issuer: TokenIssuer) -> Delivery:
    """The request for the attempt of `task` that was just begun."""
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
    """Sends deliveries over pooled connections; safe for threads.

    It is urllib3 and not requests, which is built upon it: half the processor
    time, and neither cookies nor a proxy from the environment to switch off.
    """

    def __init__(self, connections: int) -> None:
        self._pool = urllib3.PoolManager(maxsize=connections)

    def __call__(self, delivery: Delivery) -> int:
        """Send it and return the status, a redirect's as it is; raises OSError without answer."""
        try:
            answer = self._pool.request(
                delivery.method,
                delivery.url,
                headers=delivery.headers,
                body=delivery.body,
                timeout=delivery.deadline_seconds,
                redirect=False,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise OSError(f"no answer from {delivery.url}: {type(error).__name__}") from error
        return answer.status

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.clear()
