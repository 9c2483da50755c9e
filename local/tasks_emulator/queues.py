"""One queue and its tasks. Not thread-safe: the dispatcher holds the lock."""

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from google.api_core.exceptions import InvalidArgument
from google.cloud import tasks_v2
from pydantic.alias_generators import to_camel

from local.tasks_emulator import rules

_DEFAULT_DISPATCHES_PER_SECOND = 500.0
_DEFAULT_BURST = 100
_DEFAULT_CONCURRENT = 1000
_MOST_CONCURRENT = 5000

# Of tasks with the same time, the one that was scheduled first comes first.
_order = count()


@dataclass(frozen=True)
class WaitingTask:
    """A task that waits for its delivery, for tests and for the control API."""

    name: str
    queue: str
    """The queue's short ID."""
    url: str
    schedule_time: datetime
    dispatch_count: int
    response_count: int
    body: str

    def json(self) -> dict[str, Any]:
        fields = {to_camel(name): value for name, value in asdict(self).items()}
        return fields | {"scheduleTime": self.schedule_time.isoformat()}


@dataclass(eq=False)
class StoredTask:
    """A task, from its creation until it succeeds or is given up."""

    message: tasks_v2.Task
    """The created task, with its name, create time and dispatch deadline filled in."""
    queue: "StoredQueue"
    due: datetime
    named_by_caller: bool
    retry: rules.RetryRules | None
    """The task's own rules, if it has some; they replace the queue's."""
    dispatch_count: int = 0
    response_count: int = 0
    first_dispatch: datetime | None = None
    last_attempt: tasks_v2.Attempt | None = None
    last_status: int | None = None
    """The HTTP status of the last response; None if there was none yet."""
    running: int = 0
    """Running deliveries: more than one only after RunTask on a running task."""
    gone: bool = False
    place: int = -1
    """Identifies the task's valid entry in the queue's heap; -1 while it has none."""

    @property
    def name(self) -> str:
        return self.message.name

    def shown(self) -> WaitingTask:
        return WaitingTask(
            name=self.name,
            queue=self.queue.id,
            url=self.message.http_request.url,
            schedule_time=self.due,
            dispatch_count=self.dispatch_count,
            response_count=self.response_count,
            body=self.message.http_request.body.decode("utf-8", "replace"),
        )

    def render(self, view: tasks_v2.Task.View) -> tasks_v2.Task:
        """The task as the API returns it; without FULL the body is left out."""
        full = view == tasks_v2.Task.View.FULL
        shown = tasks_v2.Task(self.message)
        shown.view = tasks_v2.Task.View.FULL if full else tasks_v2.Task.View.BASIC
        if not full:
            shown.http_request.body = b""
        shown.schedule_time = self.due
        shown.dispatch_count = self.dispatch_count
        shown.response_count = self.response_count
        if self.first_dispatch is not None:
            shown.first_attempt = tasks_v2.Attempt(dispatch_time=self.first_dispatch)
        if self.last_attempt is not None:
            shown.last_attempt = self.last_attempt
        return shown


@dataclass(eq=False)
class StoredQueue:
    """A queue's settings, its tasks by name, and the waiting tasks in the order of their time."""

    config: tasks_v2.Queue
    retry: rules.RetryRules = field(init=False)
    tasks: dict[str, StoredTask] = field(default_factory=dict)
    running: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    _heap: list[tuple[datetime, int, StoredTask]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.configure(self.config)

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def id(self) -> str:
        """The last part of the name: `publish-x`."""
        return self.config.name.rpartition("/")[2]

    @property
    def open(self) -> bool:
        """Whether it can dispatch another task: it is not paused, and below its concurrency."""
        limit = self.config.rate_limits.max_concurrent_dispatches
        return self.config.state == tasks_v2.Queue.State.RUNNING and self.running < limit

    def configure(self, config: tasks_v2.Queue) -> None:
        """Apply `config`, with defaults filled in. Raises InvalidArgument without a change."""
        retry = rules.retry_rules(config.retry_config)
        limits = config.rate_limits
        concurrent = limits.max_concurrent_dispatches or _DEFAULT_CONCURRENT
        if not 1 <= concurrent <= _MOST_CONCURRENT:
            raise InvalidArgument("RateLimits.max_concurrent_dispatches: 1 to 5000.")
        config.retry_config = tasks_v2.RetryConfig(vars(retry))
        config.rate_limits = tasks_v2.RateLimits(
            max_dispatches_per_second=limits.max_dispatches_per_second
            or _DEFAULT_DISPATCHES_PER_SECOND,
            max_burst_size=limits.max_burst_size or _DEFAULT_BURST,
            max_concurrent_dispatches=concurrent,
        )
        config.state = config.state or tasks_v2.Queue.State.RUNNING
        self.config, self.retry = config, retry

    def schedule(self, task: StoredTask, due: datetime) -> None:
        """Let `task` wait until `due`, instead of any earlier time."""
        task.due, task.place = due, next(_order)
        heapq.heappush(self._heap, (due, task.place, task))

    def first(self) -> StoredTask | None:
        """The waiting task with the earliest time, whether or not it is due."""
        while self._heap and self._heap[0][1] != self._heap[0][2].place:
            heapq.heappop(self._heap)  # started, deleted or rescheduled since
        return self._heap[0][2] if self._heap else None

    def waiting(self) -> Iterator[StoredTask]:
        """The tasks that are not being delivered at this moment, in no particular order."""
        return (task for task in self.tasks.values() if not task.running)

    def begin(self, task: StoredTask, now: datetime) -> None:
        task.place = -1
        task.running += 1
        self.running += 1
        task.dispatch_count += 1
        task.first_dispatch = task.first_dispatch or now
        task.last_attempt = tasks_v2.Attempt(schedule_time=task.due, dispatch_time=now)

    def settle(self, task: StoredTask, status: int | None, now: datetime) -> bool:
        """Record the response to a delivery; return False if the task has ended.

        `status` is the HTTP status, None without a response. Only 2xx is success.
        Otherwise the retry rules plan another attempt or give up on the task.
        """
        task.running -= 1
        self.running -= 1
        if status is not None:
            task.response_count += 1
            task.last_status = status
            if task.last_attempt is not None:
                task.last_attempt.response_time = now
                task.last_attempt.response_status.message = f"HTTP status code {status}"
        succeeded = status is not None and 200 <= status < 300
        self.counts["succeeded" if succeeded else "failed"] += 1
        if succeeded:
            return False
        if task.gone or task.running:
            return True
        retry = task.retry or self.retry
        age: timedelta = now - (task.first_dispatch or now)
        if retry.gives_up(task.dispatch_count, age):
            self.counts["deleted"] += 1
            return False
        self.schedule(task, now + retry.delay(task.dispatch_count))
        return True

    def lose(self, task: StoredTask) -> None:
        """Count a started delivery as lost: it failed, and no one received it."""
        task.running -= 1
        self.running -= 1
        self.counts["failed"] += 1
        self.counts["dropped"] += 1

    def remove(self, task: StoredTask) -> None:
        """Remove `task`; a running delivery continues, but is not retried."""
        task.gone, task.place = True, -1
        self.tasks.pop(task.name, None)
