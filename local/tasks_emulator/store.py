"""All queues. Not thread-safe: the dispatcher holds the lock."""

import secrets
from collections import Counter
from datetime import datetime

from google.api_core.exceptions import AlreadyExists, NotFound
from google.cloud import tasks_v2
from google.protobuf import field_mask_pb2

from local.tasks_emulator import rules
from local.tasks_emulator.queues import StoredQueue, StoredTask

COUNTS = ("created", "delivered", "succeeded", "failed", "duplicated", "dropped", "deleted")


class QueueStore:
    """The queues by their full names, and the task names of the last 24 hours."""

    def __init__(self) -> None:
        self._queues: dict[str, StoredQueue] = {}
        # Insertion order is the order of expiry, because the clock only moves forward.
        self._used_names: dict[str, datetime] = {}
        self._counts_of_deleted_queues: Counter[str] = Counter()

    # Queues

    def create_queue(self, config: tasks_v2.Queue) -> StoredQueue:
        rules.check_queue_name(config.name)
        if config.name in self._queues:
            raise AlreadyExists("Queue already exists")
        queue = self._queues[config.name] = StoredQueue(config)
        return queue

    def update_queue(
        self, config: tasks_v2.Queue, mask: field_mask_pb2.FieldMask | None
    ) -> StoredQueue:
        """Change the fields in `mask`, or all without a mask; create the queue if it is missing."""
        if config.name not in self._queues:
            return self.create_queue(config)
        queue = self._queues[config.name]
        changed = tasks_v2.Queue(queue.config)
        if mask and mask.paths:
            mask.MergeMessage(
                tasks_v2.Queue.pb(config), tasks_v2.Queue.pb(changed), replace_message_field=True
            )
            changed.name = config.name
        else:
            changed = tasks_v2.Queue(config)
        changed.state = queue.config.state  # only pausing and resuming change the state
        queue.configure(changed)
        return queue

    def queue(self, name: str) -> StoredQueue:
        """The queue with this full name. Raises NotFound with the real service's message."""
        try:
            return self._queues[name]
        except KeyError:
            raise NotFound(
                "Queue does not exist. If you just created the queue, wait at least a minute for"
                " the queue to initialize."
            ) from None

    def queues(self) -> list[StoredQueue]:
        """All queues, in the order of their names."""
        return [self._queues[name] for name in sorted(self._queues)]

    def delete_queue(self, name: str, now: datetime) -> None:
        queue = self.queue(name)
        self._delete_all(queue, now)
        self._counts_of_deleted_queues.update(queue.counts)
        del self._queues[name]

    def delete_queues(self) -> None:
        """Delete all queues, which have no tasks."""
        self._queues.clear()

    def set_state(self, name: str, state: tasks_v2.Queue.State) -> StoredQueue:
        queue = self.queue(name)
        queue.config.state = state
        return queue

    def purge_queue(self, name: str, now: datetime) -> StoredQueue:
        queue = self.queue(name)
        self._delete_all(queue, now)
        queue.config.purge_time = now
        return queue

    def clear(self) -> None:
        """Remove all tasks, used names and counts; the queues stay."""
        for queue in self._queues.values():
            for task in list(queue.tasks.values()):
                queue.remove(task)
            queue.counts.clear()
        self._used_names.clear()
        self._counts_of_deleted_queues.clear()

    # Tasks

    def create_task(self, parent: str, task: tasks_v2.Task, now: datetime) -> StoredTask:
        """Add `task` to the queue `parent`, due at its schedule time or immediately."""
        queue = self.queue(parent)
        rules.check_task(task, parent, now)
        named = bool(task.name)
        if named:
            self._claim_name(queue, task.name, now)
        else:
            task.name = f"{parent}/tasks/{secrets.randbelow(10**19)}"
        task.create_time = now
        if "dispatch_deadline" not in task:
            task.dispatch_deadline = rules.DEFAULT_DISPATCH_DEADLINE
        due = max(task.schedule_time, now) if "schedule_time" in task else now
        stored = StoredTask(
            message=task,
            queue=queue,
            due=due,
            named_by_caller=named,
            retry=rules.retry_rules(task.retry_config) if "retry_config" in task else None,
        )
        queue.tasks[task.name] = stored
        queue.schedule(stored, due)
        queue.counts["created"] += 1
        return stored

    def _claim_name(self, queue: StoredQueue, name: str, now: datetime) -> None:
        while self._used_names:
            oldest, until = next(iter(self._used_names.items()))
            if until > now:
                break
            del self._used_names[oldest]
        if name in queue.tasks:
            raise AlreadyExists("Requested entity already exists")
        if name in self._used_names:
            raise AlreadyExists(
                "The task cannot be created because a task with this name existed too recently."
                " For more information about task de-duplication see"
                " https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create#body.request_body.FIELDS.task."
            )

    def task(self, name: str) -> StoredTask:
        """The task with this full name. Raises NotFound if it has ended."""
        queue = self._queues.get(name.rpartition("/tasks/")[0])
        task = queue.tasks.get(name) if queue else None
        if task is None:
            raise NotFound("The task no longer exists, or never did.")
        return task

    def delete_task(self, name: str, now: datetime) -> None:
        task = self.task(name)
        task.queue.counts["deleted"] += 1
        self.end(task, now)

    def end(self, task: StoredTask, now: datetime) -> None:
        """Remove an ended task; a name given by the caller stays reserved."""
        if task.gone:
            return
        task.queue.remove(task)
        if task.named_by_caller:
            self._used_names[task.name] = now + rules.NAME_KEPT

    def _delete_all(self, queue: StoredQueue, now: datetime) -> None:
        for name in list(queue.tasks):
            self.delete_task(name, now)

    # What is due

    def first(self) -> StoredTask | None:
        """The next task among the queues that can dispatch another one."""
        candidates = [
            task for queue in self._queues.values() if queue.open and (task := queue.first())
        ]
        return min(candidates, key=lambda task: (task.due, task.place), default=None)

    def waiting(self) -> list[StoredTask]:
        """All waiting tasks, including those of paused queues, the next one first."""
        tasks = [task for queue in self._queues.values() for task in queue.waiting()]
        return sorted(tasks, key=lambda task: (task.due, task.place))

    def stats(self) -> dict[str, object]:
        """Totals and, in `perQueue`, the same figures by queue ID; see control.py."""
        per_queue: dict[str, dict[str, int]] = {}
        total: Counter[str] = Counter(self._counts_of_deleted_queues)
        for queue in self.queues():
            figures = {name: queue.counts[name] for name in COUNTS}
            figures["waiting"] = sum(1 for _ in queue.waiting())
            figures["running"] = queue.running
            per_queue[queue.id] = figures
            total.update(figures)
        return {
            **{name: total[name] for name in (*COUNTS, "waiting", "running")},
            "perQueue": per_queue,
        }
