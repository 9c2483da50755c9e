"""Chooses the addresses of a stack's parts, and builds its processes."""

import json
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from local.child_process import ROOT, ChildProcess
from local.http_server import LocalServer
from local.ports import HOST, LOCALHOST, Ports
from local.stack_environment import PROJECT, REGION, SCHEDULER_INVOKER, StackAddresses

# Function -> how many requests a process serves at the same time.
FUNCTIONS = {
    "api": 32,
    "collector": 8,
    "connect": 8,
    "dashboard": 8,
    "orchestrator": 8,
    "publisher": 16,
    "sweeper": 2,
    "webhooks": 8,
}
# A request that imports the code of a function; "/" for the others.
READY_PATHS = {"api": "/healthz", "dashboard": "/sign-in"}
# Cookies need a name, and browsers count localhost as secure. The platforms have the address, so
# they do not get our cookies.
PAGES = frozenset({"connect", "dashboard"})
# How many tasks of a queue run at the same time, as in deploy.sh. Without this limit, many posts
# due in the same second would all be orchestrated before the first one is published.
ORCHESTRATE_AT_ONCE = 50
PUBLISH_AT_ONCE = 20
COLLECT_AT_ONCE = 5
WEBHOOKS_AT_ONCE = 100
_SWEEP_SECONDS = 60


def choose_addresses(
    ports: Ports, sockets: Mapping[str, socket.socket], platforms: Iterable[str]
) -> StackAddresses:
    """An address for every part; `sockets` are the functions' sockets. Raises PortTaken."""
    chosen = ports.reserve_platforms(platforms)
    return StackAddresses(
        functions={
            name: _url(bound.getsockname()[1], LOCALHOST if name in PAGES else HOST)
            for name, bound in sockets.items()
        },
        platforms={name: _url(port) for name, port in chosen.items()},
        firestore=f"{HOST}:{ports.reserve('firestore')}",
        storage=_url(ports.reserve("storage")),
        tasks=f"{HOST}:{ports.reserve('tasks')}",
        tasks_control=_url(ports.reserve("tasksControl")),
        media=_url(ports.reserve("media")),
        identity=_url(ports.reserve("identity")),
    )


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def tasks_emulator(
    addresses: StackAddresses, *, environment: Mapping[str, str], log: Path
) -> ChildProcess:
    """Cloud Tasks with the queues of a deployment, and Cloud Scheduler with its job."""
    queues = [
        f"orchestrate={ORCHESTRATE_AT_ONCE}",
        f"webhooks={WEBHOOKS_AT_ONCE}",
        *(f"publish-{platform}={PUBLISH_AT_ONCE}" for platform in addresses.platforms),
        *(f"collect-{platform}={COLLECT_AT_ONCE}" for platform in addresses.platforms),
    ]
    options = {
        "grpc-port": str(port_of(addresses.tasks)),
        "control-port": str(port_of(addresses.tasks_control)),
        "queues": ",".join(queues),
        "project": PROJECT,
        "location": REGION,
        "job": f"{addresses.functions['sweeper']}={_SWEEP_SECONDS}",
        "invoker-email": SCHEDULER_INVOKER,
    }
    return _module("tasks", "local.tasks_emulator", options, environment, log)


def simulated_platforms(
    addresses: StackAddresses, *, environment: Mapping[str, str], log: Path
) -> ChildProcess:
    """All simulated platforms, in one process."""
    ports = json.dumps({name: port_of(url) for name, url in addresses.platforms.items()})
    return _module("platforms", "local.platforms", {"ports": ports}, environment, log)


def identity_twin(addresses: StackAddresses) -> LocalServer:
    """Firebase Authentication with the seeded users."""
    # Google's libraries: imported while Firestore starts.
    from local.identity.twin import IdentityTwin, Person
    from local.seed import USERS

    people = {user.name: Person(user.user_id, user.email) for user in USERS}
    return IdentityTwin(PROJECT, people).serve(port_of(addresses.identity))


def _module(
    name: str, module: str, options: Mapping[str, str], environment: Mapping[str, str], log: Path
) -> ChildProcess:
    flags = [f"--{option}={value}" for option, value in options.items()]
    return ChildProcess(
        name,
        [sys.executable, "-m", module, *flags],
        environment={**environment, "PYTHONUNBUFFERED": "1"},
        log=log,
        directory=ROOT,
    )


def _url(port: int, host: str = HOST) -> str:
    return f"http://{host}:{port}"
