"""The whole system on one machine: `with Stack(…) as stack`.

All parts start at the same time, because Firestore alone takes seconds.
Functions that die are restarted. If another part dies, the stack cannot
continue, and `check` raises an error.
"""

import socket
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from local import media_server, seed_secrets, stack_parts
from local.child_process import ROOT, ChildProcess, Part
from local.failures import StackError
from local.firestore_emulator import FirestoreEmulator
from local.function_process import FunctionProcess
from local.http_server import LocalServer
from local.loopback import answers
from local.ports import Ports
from local.seed_secrets import SeedSecrets, write_signing_key
from local.stack_environment import (
    BUCKET,
    PROJECT,
    StackAddresses,
    check_settings,
    function_environment,
    local_environment,
)
from local.state_directory import StackFile, StateDirectory
from local.storage_emulator import StorageEmulator
from shared import config

STATE = ROOT / ".local"
_START_SECONDS = 30.0


class Stack(Part):
    """Start it in a thread that lives as long as the stack should: see ChildProcess.

    `directory`: the directory of its state. `keep`: restore the data of the last run.
    `ports`: where its parts listen; free ports by default.
    `save`: save Firestore's data at the end, so that `keep` can restore it.
    `source`: the file with the functions. `settings`: more environment variables for them.
    `report`: is called with each line of progress.
    """

    def __init__(
        self,
        directory: Path = STATE,
        *,
        ports: Ports | None = None,
        keep: bool = False,
        save: bool = False,
        source: Path = ROOT / "main.py",
        fetch_allowed_origins: str = "",
        settings: Mapping[str, str] | None = None,
        report: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.state = StateDirectory(directory)
        self._file = StackFile(self.state.path)
        self._ports = ports or Ports()
        self._keep = keep
        self._save = save
        self._source = source.resolve()
        self._fetch_allowed_origins = fetch_allowed_origins
        self._settings = dict(settings or {})
        self._report = report
        self._sockets: dict[str, socket.socket] = {}
        self._functions: dict[str, FunctionProcess] = {}
        self._processes: dict[str, ChildProcess] = {}
        self._firestore: FirestoreEmulator | None = None
        self._servers: list[LocalServer] = []
        self.environment: dict[str, str] = {}
        """The environment of the function processes, once started."""

    @property
    def info(self) -> dict[str, Any]:
        """The current content of `stack.json`."""
        return self._file.read()

    def start(self) -> None:
        """Start all parts, seed the data and write `stack.json`. Raises StackError."""
        self.state.open()
        try:
            addresses = self._choose_addresses()
            # Only now: a start that fails for its ports must not cost the data of the last run.
            self._prepare_state()
            self._start_parts(addresses)
        except BaseException:
            self.stop()
            raise

    def check(self) -> None:
        """Raise PartFailed if a part that is not restarted has ended."""
        for process in self._processes.values():
            if not process.running:
                raise process.failure()

    def stop(self) -> None:
        """End every process. Can be called twice, and after a failed start."""
        was_ready = self._file.remove()
        tasks = self._processes.pop("tasks", None)
        _stop_together([*filter(None, [tasks]), *self._functions.values()])
        # An interrupted start may not have read the old data yet, so that is kept.
        if self._save and was_ready and self._firestore and self._firestore.process.running:
            try:
                self.state.replace_firestore(self._firestore.export)
            except StackError as error:
                print(error, file=sys.stderr)
        _stop_together([*self._processes.values()])
        for server in self._servers:
            server.stop()
        for listening in self._sockets.values():
            listening.close()
        self._ports.release()
        self._functions.clear()
        self._processes.clear()
        self._servers.clear()
        self.state.close()

    def _choose_addresses(self) -> StackAddresses:
        from local.platforms import discover

        self._sockets = {name: self._ports.listen(name) for name in stack_parts.FUNCTIONS}
        addresses = stack_parts.choose_addresses(self._ports, self._sockets, discover())
        for part, port in self._ports.taken.items():
            self._report(f"Port {port} is in use, so {part} gets another one.")
        return addresses

    def _prepare_state(self) -> None:
        had_data = self.state.prepare(keep=self._keep)
        if had_data and not self._keep:
            self._report("Removed the data of the last run. To keep data, use: KEEP=1 make run")
        elif had_data:
            self._report(
                "Restoring the data of the last run. The simulated platforms start empty: they do "
                "not keep their feeds."
            )
            self._report_moved_clock()

    def _report_moved_clock(self) -> None:
        moved = self.state.clock_offset()
        if moved:
            self._report(
                f"The clock is {moved} ahead, as at the end of the last run. To return to the "
                f"present, stop the stack and run: rm {self.state.clock}"
            )

    def _start_parts(self, addresses: StackAddresses) -> None:
        secrets = seed_secrets.load(self.state.seed)
        self.environment = self._function_environment(addresses, secrets)
        firestore = FirestoreEmulator(
            stack_parts.port_of(addresses.firestore),
            ROOT / "firestore.rules",
            log=self.state.log("firestore"),
            import_from=self.state.firestore,
        )
        storage = StorageEmulator(
            stack_parts.port_of(addresses.storage),
            root=self.state.storage,
            log=self.state.log("storage"),
        )
        self._firestore = firestore
        self._ports.release()
        count = len(addresses.platforms)
        self._report(f"Starting the functions, the emulators and {count} platforms …")
        # Firestore takes the longest, so it starts first.
        self._start_process("firestore", firestore.process)
        self._start_process("storage", storage.process)
        self._start_services(addresses)
        self._start_functions()
        media_server.write_samples(self.state.media)
        media = media_server.media_server(self.state.media, stack_parts.port_of(addresses.media))
        self._start_server(media)
        self._start_server(stack_parts.identity_twin(addresses))
        users = self._seed_when_ready(storage, firestore, addresses, secrets)
        self._publish(addresses, users)

    def _seed_when_ready(
        self,
        storage: StorageEmulator,
        firestore: FirestoreEmulator,
        addresses: StackAddresses,
        secrets: SeedSecrets,
    ) -> dict[str, dict[str, str]]:
        """Wait for every part, and seed meanwhile; return the seeded users."""
        with ThreadPoolExecutor(len(self._functions)) as pool:
            # The first request imports a function's code, so all get one at the same time.
            answering = [
                pool.submit(function.wait_until_ready, stack_parts.READY_PATHS.get(name, "/"))
                for name, function in self._functions.items()
            ]
            storage.wait_until_ready()
            self._wait_for_services(addresses)
            users = self._seed(firestore, addresses, secrets)
            for function in answering:
                function.result()
        return users

    def _start_process(self, name: str, process: ChildProcess) -> None:
        self._processes[name] = process
        process.start()

    def _start_server(self, server: LocalServer) -> None:
        self._servers.append(server)
        server.start()

    def _start_services(self, addresses: StackAddresses) -> None:
        common = local_environment(self.state.clock)
        platforms = stack_parts.simulated_platforms(
            addresses, environment=common, log=self.state.log("platforms")
        )
        tasks = stack_parts.tasks_emulator(
            addresses, environment=common, log=self.state.log("tasks")
        )
        self._start_process("platforms", platforms)
        self._start_process("tasks", tasks)

    def _function_environment(
        self, addresses: StackAddresses, secrets: SeedSecrets
    ) -> dict[str, str]:
        """The environment of the function processes. Raises WrongSetting."""
        write_signing_key(self.state.signing_key, PROJECT)
        environment = (
            function_environment(
                addresses,
                project=PROJECT,
                bucket=BUCKET,
                secrets=secrets,
                clock_file=self.state.clock,
                signing_key=self.state.signing_key,
                fetch_allowed_origins=self._fetch_allowed_origins,
            )
            | self._settings
        )
        check_settings(environment, addresses.platforms)
        return environment

    def _start_functions(self) -> None:
        for name, threads in stack_parts.FUNCTIONS.items():
            function = self._functions[name] = FunctionProcess(
                name,
                self._sockets[name],
                source=self._source,
                environment=self.environment,
                threads=threads,
                log=self.state.log(name),
                on_start=partial(self._file.set_pid, name),
            )
            function.start()

    def _wait_for_services(self, addresses: StackAddresses) -> None:
        probes = [("platforms", f"{url}/_sim/posts") for url in addresses.platforms.values()]
        probes.append(("tasks", f"{addresses.tasks_control}/stats"))
        for name, url in probes:
            self._processes[name].wait_until(partial(answers, url), _START_SECONDS)

    def _seed(
        self, firestore: FirestoreEmulator, addresses: StackAddresses, secrets: SeedSecrets
    ) -> dict[str, dict[str, str]]:
        from local import seed  # Google's libraries: imported while Firestore starts

        firestore.wait_until_ready()
        self._report("Creating the users and their accounts …")
        users = seed.seed(
            settings=config.read(self.environment),
            firestore_address=addresses.firestore,
            platforms=addresses.platforms,
            secrets=secrets,
            media_url=self.environment.get("MEDIA_BASE_URL")
            or f"{addresses.storage}/{BUCKET}/media",
        )
        seed_secrets.save(self.state.seed, secrets)
        return users

    def _publish(self, addresses: StackAddresses, users: Mapping[str, Any]) -> None:
        parts = self._functions | self._processes
        pids = {name: part.pid for name, part in parts.items()}
        info = {
            **addresses.functions,
            "project": PROJECT,
            "firestore": addresses.firestore,
            "storage": addresses.storage,
            "bucket": BUCKET,
            "tasks": addresses.tasks,
            "platforms": addresses.platforms,
            "media": addresses.media,
            "identity": addresses.identity,
            "tasksControl": addresses.tasks_control,
            "billing": {
                name: self.environment.get(name, "") for name in ("BILLING", "BILLING_PLANS")
            },
            "pids": pids,
            "users": users,
        }
        self._file.publish(info)


def _stop_together(parts: list[ChildProcess | FunctionProcess]) -> None:
    for part in parts:
        part.ask_to_stop()
    for part in parts:
        part.stop()
