"""A local Cloud Scheduler: POSTs to each job's URL when the shared clock passes a boundary.

Boundaries are the whole multiples of the job's seconds since 1970, as those of
`* * * * *` are whole minutes. If the clock jumps over several, the job runs once,
immediately. A job never runs while its previous run is still waiting for a response.
"""

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from local.tasks_emulator.delivery import Deliver, Delivery
from local.tasks_emulator.oidc import TokenIssuer
from shared import clock

# Another process can also move the clock by writing its file: check again after this time.
_LOOK_AGAIN_SECONDS = 1.0
_ATTEMPT_SECONDS = 180.0  # Cloud Scheduler's default deadline
_STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Job:
    url: str
    audience: str
    every_seconds: int


class LocalScheduler:
    """Runs the jobs, each in its own thread."""

    def __init__(self, jobs: Sequence[Job], issuer: TokenIssuer, email: str, send: Deliver) -> None:
        self._jobs = jobs
        self._issuer = issuer
        self._email = email
        self._send = send
        self._moved = threading.Condition()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start: a job first runs at the next boundary."""
        for job in self._jobs:
            thread = threading.Thread(
                target=self._run,
                args=(job, _boundary(job)),
                name=f"scheduler-{job.url}",
                daemon=True,
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End the threads; a job without a response is abandoned after 5 seconds."""
        with self._moved:
            self._stopping = True
            self._moved.notify_all()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)
        self._threads.clear()

    def wake(self) -> None:
        """Check the clock now, because it was moved."""
        with self._moved:
            self._moved.notify_all()

    def _run(self, job: Job, passed: int) -> None:
        """Run the job at each boundary after number `passed`."""
        while self._wait_beyond(job, passed):
            passed = _boundary(job)
            self._fire(job)

    def _wait_beyond(self, job: Job, passed: int) -> bool:
        """Wait for the boundary after number `passed`; return False if the scheduler stops."""
        with self._moved:
            while not self._stopping and _boundary(job) <= passed:
                left = (passed + 1) * job.every_seconds - clock.now().timestamp()
                self._moved.wait(min(max(left, 0.0), _LOOK_AGAIN_SECONDS))
            return not self._stopping

    def _fire(self, job: Job) -> None:
        headers = {
            "User-Agent": "Google-Cloud-Scheduler",
            "Authorization": f"Bearer {self._issuer.token(job.audience, self._email)}",
        }
        delivery = Delivery("POST", job.url, headers, b"", _ATTEMPT_SECONDS)
        try:
            status = self._send(delivery)
        except OSError as error:
            _report(job, f"got no response ({type(error.__cause__).__name__})")
            return
        if not 200 <= status < 300:
            _report(job, f"got the response {status}")


def _boundary(job: Job) -> int:
    """The number of the last boundary that the clock has passed."""
    return int(clock.now().timestamp() // job.every_seconds)


def _report(job: Job, what: str) -> None:
    print(
        f"The scheduled POST to {job.url} {what}. The next is in at most {job.every_seconds} s.",
        file=sys.stderr,
    )
