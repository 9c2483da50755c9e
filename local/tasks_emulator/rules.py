"""What Cloud Tasks refuses and when it retries, as pure functions.

MethodNotImplemented means that the real service supports it, and this one does not.
The limits are from cloud.google.com/tasks/docs/quotas and the reference of the v2
API, as of 2025.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.api_core.exceptions import InvalidArgument, MethodNotImplemented
from google.cloud import tasks_v2

MAX_SCHEDULE_AHEAD = timedelta(days=30)
MAX_TASK_BYTES = 100 * 1024
MAX_URL_CHARACTERS = 2083
NAME_KEPT = timedelta(hours=24)
DEFAULT_DISPATCH_DEADLINE = timedelta(minutes=10)
SHORTEST_DISPATCH_DEADLINE = timedelta(seconds=15)
LONGEST_DISPATCH_DEADLINE = timedelta(minutes=30)

_QUEUE_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/queues/[A-Za-z0-9-]{1,100}")
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
_METHODS_WITH_BODY = {
    tasks_v2.HttpMethod.HTTP_METHOD_UNSPECIFIED,  # means POST
    tasks_v2.HttpMethod.POST,
    tasks_v2.HttpMethod.PUT,
    tasks_v2.HttpMethod.PATCH,
}


@dataclass(frozen=True)
class RetryRules:
    """A queue's RetryConfig with defaults. -1 attempts and no duration mean unlimited."""

    max_attempts: int
    max_retry_duration: timedelta
    min_backoff: timedelta
    max_backoff: timedelta
    max_doublings: int

    def delay(self, failures: int) -> timedelta:
        """How long to wait after the `failures`-th failure (1 or more).

        It doubles `max_doublings` times, then grows by the last doubled amount up to
        `max_backoff`: 10 s with 3 doublings and at most 300 s gives 10, 20, 40, 80,
        160, 240, 300, 300 (the example in the reference).
        """
        doublings = min(failures - 1, self.max_doublings)
        steps = max(1, failures - self.max_doublings)
        growing: timedelta = self.min_backoff * 2**doublings * steps
        return min(growing, self.max_backoff)

    def gives_up(self, attempts: int, since_first: timedelta) -> bool:
        """Whether every limit that is set has been reached, which deletes the task.

        `attempts` is the number of attempts, `since_first` the time since the first
        one. Without limits a task is retried forever.
        """
        reached = []
        if self.max_attempts != -1:
            reached.append(attempts >= self.max_attempts)
        if self.max_retry_duration:
            reached.append(since_first >= self.max_retry_duration)
        return bool(reached) and all(reached)


def retry_rules(config: tasks_v2.RetryConfig) -> RetryRules:
    """The rules in `config`; missing fields have the service's defaults."""
    rules = RetryRules(
        max_attempts=config.max_attempts or 100,
        max_retry_duration=config.max_retry_duration or timedelta(),
        min_backoff=config.min_backoff if "min_backoff" in config else timedelta(seconds=0.1),
        max_backoff=config.max_backoff if "max_backoff" in config else timedelta(hours=1),
        max_doublings=config.max_doublings or 16,
    )
    if rules.max_attempts < -1:
        raise InvalidArgument("RetryConfig.max_attempts must be -1 or more.")
    if rules.min_backoff > rules.max_backoff:
        raise InvalidArgument("RetryConfig.min_backoff must not exceed max_backoff.")
    return rules


def check_queue_name(name: str) -> None:
    """Raise InvalidArgument unless `name` is a full queue name."""
    if not _QUEUE_NAME.fullmatch(name):
        raise InvalidArgument(
            'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>'
            f'/queues/<QUEUE_ID>". Got "{name}".'
        )


def check_task(task: tasks_v2.Task, queue: str, now: datetime) -> None:
    """Raise the error of CreateTask for a task that `queue` (full name) does not accept."""
    if "http_request" not in task:
        raise InvalidArgument("Task.http_request is required: only HTTP targets are delivered.")
    if task.name:
        _check_task_name(task.name, queue)
    size = len(tasks_v2.Task.serialize(task))
    if size > MAX_TASK_BYTES:
        raise InvalidArgument(f"Task size too large: {size} bytes, at most {MAX_TASK_BYTES}.")
    if "schedule_time" in task and task.schedule_time > now + MAX_SCHEDULE_AHEAD:
        raise InvalidArgument("Task.schedule_time is more than 720h (30 days) in the future.")
    if "dispatch_deadline" in task and not (
        SHORTEST_DISPATCH_DEADLINE <= task.dispatch_deadline <= LONGEST_DISPATCH_DEADLINE
    ):
        raise InvalidArgument("Task.dispatch_deadline must be between 15s and 1800s.")
    _check_request(task.http_request)


def _check_task_name(name: str, queue: str) -> None:
    parent, separator, task_id = name.rpartition("/tasks/")
    if not separator or parent != queue or not _TASK_ID.fullmatch(task_id):
        raise InvalidArgument(
            f'Task name must be formatted: "{queue}/tasks/<TASK_ID>", the id of at most 500'
            f' letters, digits, hyphens and underscores. Got "{name}".'
        )


def _check_request(request: tasks_v2.HttpRequest) -> None:
    if not request.url.startswith(("http://", "https://")):
        raise InvalidArgument('HttpRequest.url must begin with "http://" or "https://".')
    if len(request.url) > MAX_URL_CHARACTERS:
        raise InvalidArgument(f"HttpRequest.url is longer than {MAX_URL_CHARACTERS} characters.")
    if request.body and request.http_method not in _METHODS_WITH_BODY:
        raise InvalidArgument("HttpRequest.body is allowed with POST, PUT and PATCH only.")
    if "oauth_token" in request:
        raise MethodNotImplemented("The emulator issues OIDC tokens, not OAuth tokens.")
    if "oidc_token" in request and not request.oidc_token.service_account_email:
        raise InvalidArgument("OidcToken.service_account_email is required.")
