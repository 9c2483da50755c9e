"""The whole emulator as one object, for the local stack and for tests in one process."""

from collections.abc import Iterable
from pathlib import Path

from google.cloud import tasks_v2

from local.http_server import LocalServer
from local.tasks_emulator.chaos import Chaos
from local.tasks_emulator.clock_file import ClockFile
from local.tasks_emulator.control import ControlApp
from local.tasks_emulator.delivery import Deliver, HttpSender
from local.tasks_emulator.dispatcher import WORKERS, Dispatcher
from local.tasks_emulator.oidc import TokenIssuer
from local.tasks_emulator.scheduler import Job, LocalScheduler
from local.tasks_emulator.service import make_server
from shared import clock


class CloudTasksEmulator:
    """Cloud Tasks, a Cloud Scheduler and their OIDC issuer on loopback.

    Port 0 means a free port; all ports are known from construction on.
    `clock_file` is the file that CLOCK_OFFSET_FILE names; without it the emulator
    cannot move the clock. `jobs` are (url, audience, every_seconds). `deliver`
    replaces HTTP: it gets a Delivery and returns a status, and raises OSError for
    a request without a response.

    With `manual`, no task or job starts automatically. A test calls `deliver` and
    `deliver_due`, which run in its thread and propagate a handler's exceptions.
    """

    def __init__(
        self,
        grpc_port: int = 0,
        control_port: int = 0,
        clock_file: Path | None = None,
        jobs: Iterable[tuple[str, str, int]] = (),
        scheduler_email: str = "scheduler-invoker@local.iam.gserviceaccount.com",
        *,
        deliver: Deliver | None = None,
        manual: bool = False,
    ) -> None:
        self._clock_file = ClockFile(clock_file) if clock_file is not None else None
        self._issuer = TokenIssuer()
        self._http = HttpSender(WORKERS)
        self._dispatcher = Dispatcher(self._issuer, deliver or self._http, manual=manual)
        self._scheduler = LocalScheduler(
            [] if manual else [Job(*job) for job in jobs], self._issuer, scheduler_email, self._http
        )
        self._control = LocalServer(
            ControlApp(self._dispatcher, self.advance, self._issuer.certs).wsgi, control_port
        )
        self._grpc, port, self._grpc_threads = make_server(self._dispatcher, grpc_port)
        self.deliver = self._dispatcher.deliver
        self.deliver_due = self._dispatcher.deliver_due
        self.pending = self._dispatcher.pending
        self.stats = self._dispatcher.stats
        self.set_chaos = self._dispatcher.set_chaos
        self.token = self._issuer.token
        self.address = f"127.0.0.1:{port}"
        """host:port for a gRPC channel."""
        self.control_url = self._control.url
        self.certs_url = f"{self._control.url}/certs"
        """For `certs_url` of google.oauth2.id_token.verify_token."""

    def start(self) -> None:
        self._dispatcher.start()
        self._control.start()
        self._grpc.start()
        self._scheduler.start()

    def stop(self) -> None:
        """End every thread; waiting tasks are lost."""
        self._grpc.stop(grace=None).wait()
        self._grpc_threads.shutdown()
        self._scheduler.stop()
        self._dispatcher.stop()
        self._control.stop()
        self._http.close()

    def create_queue(self, name: str, at_once: int = 0) -> None:
        """Create a queue by its full name, projects/P/locations/L/queues/ID.

        `at_once`: how many of its tasks run at the same time; 0 means the service's default.
        """
        limits = tasks_v2.RateLimits(max_concurrent_dispatches=at_once)
        with self._dispatcher.changing() as store:
            store.create_queue(tasks_v2.Queue(name=name, rate_limits=limits))

    def replace_queues(self, names: Iterable[str]) -> None:
        """Have these queues and no others, as if the emulator had just started."""
        with self._dispatcher.changing() as store:
            store.clear()
            store.delete_queues()
            for name in names:
                store.create_queue(tasks_v2.Queue(name=name))
        self._dispatcher.set_chaos(Chaos())

    def advance(self, seconds: float) -> float:
        """Move the clock forward, start due tasks, and return the total offset in seconds.

        Raises ValueError if the emulator has no clock file.
        """
        if self._clock_file is None:
            raise ValueError("The emulator was started without a clock file.")
        offset = self._clock_file.advance(seconds)
        self._dispatcher.wake()
        self._scheduler.wake()
        return offset

    def drop(self, name: str) -> None:
        """Delete a task as if it had never been created; its name stays reserved."""
        with self._dispatcher.changing() as store:
            store.delete_task(name, clock.now())

    def clear(self) -> None:
        """Remove all tasks, names, counts and chaos; the queues stay."""
        with self._dispatcher.changing() as store:
            store.clear()
        self._dispatcher.set_chaos(Chaos())
