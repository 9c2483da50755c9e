"""Fixtures: the emulators and simulated platforms that tests run against, real and on loopback.

One Firestore emulator serves the whole run; each test has a project of its own
in it. When a part cannot start, the tests fail and say why.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

_STATE = Path(tempfile.mkdtemp(prefix="soku-tests-"))
_CLOCK = _STATE / "clock"
# Before anything of ours is imported: the clock looks for its file once.
os.environ["CLOCK_OFFSET_FILE"] = str(_CLOCK)

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from google.cloud import firestore  # noqa: E402

from local.firestore_emulator import FirestoreEmulator  # noqa: E402
from local.platforms import discover  # noqa: E402
from local.platforms.simulation import SimulatedPlatform  # noqa: E402
from local.storage_emulator import StorageEmulator  # noqa: E402
from shared import config  # noqa: E402
from shared.config import ClientCredentials, MediaSettings, Settings  # noqa: E402
from shared.domain.subscription import Billing  # noqa: E402
from shared.gcp.cipher import new_keyset, public_half  # noqa: E402
from shared.platforms import registry  # noqa: E402
from tests import extent, firestore_indexes  # noqa: E402
from tests.media import Shelf  # noqa: E402
from tests.world import USER, TaskServer, World  # noqa: E402

ROOT = Path(__file__).parent.parent

# On a busy machine an example can take any time, which says nothing about the code.
hypothesis.settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy machine")

# What `make check` leaves out, known by the fixtures that a test uses.
_EMULATORS = {"firestore_emulator", "emulator", "stack"}
CHROMIUM_NAMES = ("chromium", "chromium-browser")


@dataclass
class _Program:
    """A program that some tests need: a fixture and a marker have its name."""

    name: str
    commands: tuple[str, ...]
    tests: str
    """What is left out without it."""
    is_required: bool
    left_out: set[str] = field(default_factory=set)
    """The files of the tests that were."""

    @property
    def is_missing(self) -> bool:
        return not any(map(shutil.which, self.commands))


_PROGRAMS = (
    _Program("gcloud", ("gcloud",), "the tests of deploy.sh", extent.GCLOUD_REQUIRED),
    _Program("chromium", CHROMIUM_NAMES, "the tests in a browser", extent.CHROMIUM_REQUIRED),
    _Program("node", ("npm",), "the tests in TypeScript", extent.NODE_REQUIRED),
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that need an emulator, gcloud, chromium or Node.js.

    Leave `full` ones to `make test-full`, and others to machines with the program that they need.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & _EMULATORS:
            item.add_marker("emulator")
        for program in _PROGRAMS:
            if program.name in fixtures:
                item.add_marker(program.name)
    missing = [each for each in _PROGRAMS if each.is_missing and not each.is_required]
    # A test that is named on the command line runs with all its cases.
    runs_all = extent.FULL or any("::" in each for each in config.args)
    left_out = [] if runs_all else extent.further_cases(_with_emulators(items))
    for item in items:
        lacking = [each for each in missing if item.get_closest_marker(each.name)]
        for program in lacking:
            program.left_out.add(item.location[0])
        if lacking or (item.get_closest_marker("full") and not runs_all):
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def _with_emulators(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests of `make test` that use an emulator."""
    return [
        item
        for item in items
        if item.get_closest_marker("emulator") and not item.get_closest_marker("full")
    ]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells the main process what it left out."""
    if hasattr(session.config, "workeroutput"):
        left_out = {program.name: sorted(program.left_out) for program in _PROGRAMS}
        session.config.workeroutput["left_out"] = left_out


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    left_out = getattr(node, "workeroutput", {}).get("left_out", {})
    for program in _PROGRAMS:
        program.left_out.update(left_out.get(program.name, ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for program in _PROGRAMS:
        if program.left_out:
            files = ", ".join(sorted(program.left_out))
            terminalreporter.write_line(
                f"Left out, because {program.name} is not installed: {program.tests} in {files}"
            )


@pytest.fixture(scope="session")
def node() -> str:
    """The installed Node.js."""
    installed = shutil.which("node")
    assert installed and shutil.which("npm"), "these tests need Node.js: apt-get install npm"
    return installed


@pytest.fixture(autouse=True)
def unmoved_clock() -> Iterator[None]:
    """Every test starts in the present."""
    _CLOCK.unlink(missing_ok=True)
    yield
    _CLOCK.unlink(missing_ok=True)


@pytest.fixture(scope="session", autouse=True)
def firestore_indexes_are_needed() -> Iterator[None]:
    """The emulator answers queries that Firestore would refuse: here they fail, too."""
    with firestore_indexes.enforce(firestore_indexes.Indexes.of_file()):
        yield


@pytest.fixture(scope="session")
def firestore_emulator() -> Iterator[str]:
    """host:port of the Firestore emulator, with our rules in force."""
    emulator = FirestoreEmulator(rules=ROOT / "firestore.rules")
    emulator.start()
    os.environ["FIRESTORE_EMULATOR_HOST"] = emulator.address
    yield emulator.address
    emulator.stop()


@pytest.fixture(scope="session")
def platform_servers() -> Iterator[dict[str, tuple[SimulatedPlatform, str]]]:
    """Every simulated platform with its base URL, by name."""
    running = {}
    servers = []
    for name, twin in discover().items():
        platform = twin()
        server = platform.serve()
        server.start()
        servers.append(server)
        running[name] = (platform, server.url)
    yield running
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A server of files at public URLs."""
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    yield shelf
    shelf.close()


@pytest.fixture(scope="session")
def storage() -> Iterator[StorageEmulator]:
    """A Cloud Storage with one bucket, for all tests."""
    with StorageEmulator() as emulator:
        os.environ["STORAGE_EMULATOR_HOST"] = emulator.url
        yield emulator


@pytest.fixture(scope="session")
def settings(platform_servers: dict[str, tuple[SimulatedPlatform, str]], shelf: Shelf) -> Settings:
    """The settings of the process under test; `config.settings()` answers them too."""
    # As the owner of the TikTok app does once, in TikTok's developer portal.
    platform_servers["tiktok"][0].state.verified = [shelf.url]
    keyset = new_keyset()
    settings = Settings(
        project="demo-tests",
        region="us-central1",
        rate_limits=config.RateLimits(),
        idempotency_hours=24,
        queue_emulator=None,
        orchestrator_url="http://orchestrator.test",
        publisher_url="http://publisher.test",
        sweeper_url="http://sweeper.test",
        collector_url="http://collector.test",
        webhooks_url="http://webhooks.test",
        webhook_key="webhook-key-of-the-tests-0123456789",
        tasks_invoker="tasks-invoker@test.iam.gserviceaccount.com",
        scheduler_invoker="scheduler@test.iam.gserviceaccount.com",
        oidc_certs_url=None,
        simulated_platforms={name: url for name, (_, url) in platform_servers.items()},
        token_keyset=keyset,
        token_public_keyset=public_half(keyset),
        connect_url="https://soku.test/connect",
        dashboard_url="https://soku.test",
        connect_key="connect-key-of-the-tests-0123456789",
        session_keys=("session-key-of-the-tests-0123456789",),
        return_to_origins=("https://app.test",),
        platform_clients={
            prefix: ClientCredentials(f"{prefix.lower()}-client", f"{prefix.lower()}-secret")
            for prefix in registry.client_prefixes()
        },
        media=MediaSettings(base_url=shelf.url),
        billing=Billing("manual"),
    )
    config.settings = lambda: settings  # type: ignore[assignment]
    return settings


@pytest.fixture(scope="session")
def firestore_connection(firestore_emulator: str) -> Any:
    """The one connection to the emulator that the databases of all tests share."""
    return firestore.Client(project="demo-tests")._firestore_api


@pytest.fixture
def db(firestore_connection: Any) -> firestore.Client:
    """A database of this test's own."""
    return new_database(firestore_connection)


def new_database(firestore_connection: Any) -> firestore.Client:
    """An empty database in the emulator."""
    db = firestore.Client(project=f"demo-{uuid4().hex[:12]}")
    db._firestore_api_internal = firestore_connection
    return db


@pytest.fixture(scope="session")
def task_server() -> Iterator[TaskServer]:
    """A Cloud Tasks emulator for the worlds of all tests, one after the other."""
    server = TaskServer(_CLOCK)
    yield server
    server.stop()


@pytest.fixture
def empty_world(
    db: firestore.Client,
    task_server: TaskServer,
    settings: Settings,
    platform_servers: dict[str, tuple[SimulatedPlatform, str]],
) -> Iterator[World]:
    """The whole system in this process: tasks are delivered when the test says so."""
    platforms = {name: platform for name, (platform, _) in platform_servers.items()}
    for platform in platforms.values():
        platform.reset()
    world = World.build(db, replace(settings, project=db.project), platforms, task_server)
    yield world
    world.close()


@pytest.fixture
def world(empty_world: World) -> World:
    """The same, with a user who has an account on each platform."""
    empty_world.settle(USER)
    return empty_world


@pytest.fixture(scope="session")
def refusing_world(
    firestore_connection: Any,
    settings: Settings,
    platform_servers: dict[str, tuple[SimulatedPlatform, str]],
) -> Iterator[World]:
    """One world for all tests in which nothing is ever accepted."""
    platforms = {name: platform for name, (platform, _) in platform_servers.items()}
    db = new_database(firestore_connection)
    task_server = TaskServer(_CLOCK)
    world = World.build(db, replace(settings, project=db.project), platforms, task_server)
    world.settle(USER)
    yield world
    task_server.stop()
