"""Delivers due tasks: in threads, or in manual mode only when a test asks for it.

Whatever makes a task due (its creation, the end of another one, a moved clock)
also starts it. A planner thread sleeps until the next task is due. Nothing polls
while no task is waiting.
"""

import random
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from queue import SimpleQueue

from google.cloud import tasks_v2

from local.tasks_emulator.chaos import Chaos
from local.tasks_emulator.delivery import Deliver, Delivery, build
from local.tasks_emulator.oidc import TokenIssuer
from local.tasks_emulator.queues import StoredTask, WaitingTask
from local.tasks_emulator.store import QueueStore
from shared import clock

WORKERS = 64

# The clock can also move without our knowledge: another process writes its file,
# or the machine was suspended. While tasks wait, check again after this time.
_LOOK_AGAIN_SECONDS = 1.0
_STOP_SECONDS = 5.0


class Dispatcher:
    """Owns the lock of the queues, the threads and the chaos."""

    def __init__(self, issuer: TokenIssuer, deliver: Deliver, *, manual: bool = False) -> None:
        self._issuer = issuer
        self._deliver = deliver
        self._manual = manual
        self._store = QueueStore()
        self._changed = threading.Condition()
        self._chaos = Chaos()
        self._in_hand = 0
        """How many tasks the workers have."""
        self._begun: SimpleQueue[StoredTask | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._planned: datetime | None = None
        """The time, by the shared clock, until which the planner sleeps."""
        self._stopping = False

    def start(self) -> None:
        """Start the planner and the workers; in manual mode there are none."""
        if self._manual:
            return
        jobs = [("tasks-planner", self._plan)]
        jobs += [(f"tasks-worker-{number}", self._work) for number in range(WORKERS)]
        for name, job in jobs:
            thread = threading.Thread(target=job, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End the threads. A delivery without a response is abandoned after 5 seconds."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for _ in range(WORKERS):
            self._begun.put(None)
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._threads.clear()

    @contextmanager
    def changing(self) -> Iterator[QueueStore]:
        """The locked queues; tasks that the change made due are started at the end."""
        with self._changed:
            yield self._store
            self._start_due()
            self._shorten_sleep()

    def wake(self) -> None:
        """Start the tasks that a moved clock made due, and let the planner plan again."""
        with self._changed:
            self._start_due()
            self._changed.notify_all()

    def set_chaos(self, chaos: Chaos) -> None:
        with self.changing():
            self._chaos = chaos

    def pending(self) -> list[WaitingTask]:
        """The waiting tasks, the next one first."""
        with self.changing() as store:
            return [task.shown() for task in store.waiting()]

    def stats(self) -> dict[str, object]:
        with self.changing() as store:
            return store.stats()

    # When to deliver

    def _plan(self) -> None:
        with self._changed:
            while not self._stopping:
                self._start_due()
                self._planned = self._next_time()
                self._changed.wait(self._seconds_until(self._planned))

    def _next_time(self) -> datetime | None:
        """When the next task is due; None if no task is waiting or all workers are busy."""
        task = self._store.first() if self._in_hand < WORKERS else None
        return None if task is None else task.due + self._delay()

    def _seconds_until(self, moment: datetime | None) -> float | None:
        if moment is None:
            return None
        left = (moment - clock.now()).total_seconds()
        return min(max(left, 0.0), _LOOK_AGAIN_SECONDS)

    def _shorten_sleep(self) -> None:
        """Wake the planner if a task is due before it would wake up."""
        following = self._next_time()
        if following is not None and (self._planned is None or following < self._planned):
            self._changed.notify_all()

    def _delay(self) -> timedelta:
        return timedelta(seconds=self._chaos.delay_seconds)

    def _start_due(self) -> None:
        if self._manual or self._stopping:
            return
        now = clock.now()
        while self._in_hand < WORKERS:
            task = self._store.first()
            if task is None or task.due + self._delay() > now:
                return
            self._hand_over(task)

    def _hand_over(self, task: StoredTask) -> None:
        task.queue.begin(task, clock.now())
        self._in_hand += 1
        self._begun.put(task)

    def _work(self) -> None:
        while (task := self._begun.get()) is not None:
            try:
                self._deliver_begun(task)
            except Exception:
                # The handler is in this process and raised: print the error and continue.
                traceback.print_exc(file=sys.stderr)
            finally:
                with self.changing():
                    self._in_hand -= 1

    def run_now(self, name: str, view: tasks_v2.Task.View) -> tasks_v2.Task:
        """Start a task before its time, whatever its queue's state; in manual mode, make it due.

        This is RunTask: it returns the task as it is before the response.
        """
        with self.changing() as store:
            task = store.task(name)
            if self._manual:
                task.queue.schedule(task, clock.now())
            else:
                self._hand_over(task)
            return task.render(view)

    # Manual mode

    def deliver(self, name: str) -> int | None:
        """Deliver this task now, even before its time or in a paused queue, in this thread.

        Returns the status, or None without a response.
        """
        with self._changed:
            task = self._store.task(name)
            task.queue.begin(task, clock.now())
        return self._deliver_begun(task)

    def deliver_due(self) -> int:
        """Deliver the tasks that are due now, in this thread and in order; return their number.

        Tasks that become due during these deliveries wait for the next call.
        """
        with self._changed:
            latest = clock.now() - self._delay()
            due = [task for task in self._store.waiting() if task.queue.open and task.due <= latest]
        delivered = 0
        for task in due:
            with self._changed:
                if task.gone or task.running:
                    continue
                task.queue.begin(task, clock.now())
            self._deliver_begun(task)
            delivered += 1
        return delivered

    # One delivery

    def _deliver_begun(self, task: StoredTask) -> int | None:
        """Deliver a started task, and record the outcome even if the handler raises."""
        with self._changed:
            if self._is_lost(task):
                return None
        status: int | None = None
        try:
            status = self._send_with_chaos(task, build(task, self._issuer))
        except OSError:
            pass  # without a response, the rules count a failed attempt
        finally:
            with self.changing() as store:
                now = clock.now()
                if not task.queue.settle(task, status, now):
                    store.end(task, now)
        return status

    def _is_lost(self, task: StoredTask) -> bool:
        if self._chaos.drop_first == 0:
            return False
        self._chaos = replace(self._chaos, drop_first=self._chaos.drop_first - 1)
        task.queue.lose(task)
        self._store.end(task, clock.now())
        return True

    def _send_with_chaos(self, task: StoredTask, delivery: Delivery) -> int:
        """Deliver the task, perhaps twice; the first response counts."""
        with self._changed:
            chaos = self._chaos
            twice = random.random() < chaos.duplicate
            task.queue.counts["delivered"] += 2 if twice else 1
            task.queue.counts["duplicated"] += 1 if twice else 0
        if not twice:
            return self._deliver(delivery)
        second = threading.Thread(
            target=self._send_second, args=(delivery,), name="tasks-duplicate", daemon=True
        )
        if chaos.concurrent_duplicates:
            second.start()
        try:
            return self._deliver(delivery)
        finally:
            if not chaos.concurrent_duplicates:
                second.start()
            second.join()

    def _send_second(self, delivery: Delivery) -> None:
        try:
            self._deliver(delivery)
        except OSError:
            pass  # the response to a duplicate does not matter
        except Exception:
            traceback.print_exc(file=sys.stderr)
