"""A local Cloud Scheduler: POSTs each job's URL when the business clock passes its boundary.

Boundaries are the whole multiples of the job's seconds since 1970, as those of
`* * * * *` are whole minutes. A clock that jumps over many fires once, at once.
A job is never sent while its last one is still being answered.
"""

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import requests

from local.tasks_emulator.oidc import TokenIssuer
from shared import clock

# The clock can also be moved by whoever writes its file: look again after so long.
_LOOK_AGAIN_SECONDS = 1.0
_ATTEMPT_SECONDS = 180.0  # Cloud Scheduler's default deadline
_STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Job:
    """One schedule."""

    url: str
    audience: str
    every_seconds: int


class LocalScheduler:
    """Runs the jobs, each in a thread of its own."""

    def __init__(self, jobs: Sequence[Job], issuer: TokenIssuer, email: str) -> None:
        self._jobs = jobs
        self._issuer = issuer
        self._email = email
        self._moved = threading.Condition()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin: the first run of a job is at the next boundary."""
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
        """End the threads; a job without an answer is left behind after 5 seconds."""
        with self._moved:
            self._stopping = True
            self._moved.notify_all()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)
        self._threads.clear()

    def wake(self) -> None:
        """Look at the clock now, since it was moved."""
        with self._moved:
            self._moved.notify_all()

    def _run(self, job: Job, passed: int) -> None:
        """Fire at each boundary after number `passed`."""
        while self._wait_beyond(job, passed):
            passed = _boundary(job)
            self._fire(job)

    def _wait_beyond(self, job: Job, passed: int) -> bool:
        """Wait for the boundary after number `passed`; False when the scheduler stops."""
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
        with requests.Session() as session:
            session.trust_env = False
            try:
                answer = session.post(
                    job.url, headers=headers, timeout=_ATTEMPT_SECONDS, allow_redirects=False
                )
            except OSError as error:
                _report(job, f"got no answer ({type(error).__name__})")
                return
        if not 200 <= answer.status_code < 300:
            _report(job, f"was answered with {answer.status_code}")


def _boundary(job: Job) -> int:
    """The number of the last boundary that the clock has passed."""
    return int(clock.now().timestamp() // job.every_seconds)


def _report(job: Job, what: str) -> None:
    print(
        f"The scheduled POST to {job.url} {what}; the next is in at most {job.every_seconds} s.",
        file=sys.stderr,
    )
