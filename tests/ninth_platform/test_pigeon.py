"""A platform that nobody thought of: its module, its twin and this test are all there is of it."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from google.cloud import firestore

import local.platforms
import shared.platforms
from local.platforms.faults import read_fault
from local.platforms.simulation import SimulatedPlatform
from shared import config
from shared.config import ClientCredentials, Settings
from shared.domain.errors import InvalidRequest
from shared.platforms import registry
from tests.conftest import ROOT
from tests.world import TaskServer, World

HERE = Path(__file__).parent


@pytest.fixture
def pigeon_world(
    db: firestore.Client,
    task_server: TaskServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """A world in which the two files lie where those of the other platforms do."""
    for package, folder in ((shared.platforms, "module"), (local.platforms, "twin")):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(HERE / folder)])
    _forget_platforms()
    twin: SimulatedPlatform = local.platforms.discover()["pigeon"]()
    server = twin.serve()
    server.start()
    known = replace(
        settings,
        project=db.project,
        simulated_platforms={"pigeon": server.url},
        platform_clients={"pigeon": ClientCredentials("pigeon-client", "secret")},
    )
    monkeypatch.setattr(config, "settings", lambda: known)
    world = World.build(db, known, {"pigeon": twin}, task_server)
    yield world
    world.close()
    server.stop()
    monkeypatch.undo()
    _forget_platforms()


def _forget_platforms() -> None:
    for kept in (registry.names, registry.platform, registry.platform_class):
        kept.cache_clear()


def test_it_is_published_to(pigeon_world: World) -> None:
    post = pigeon_world.submit("Coo", "pigeon")
    pigeon_world.live_until_quiet()
    assert pigeon_world.visible("pigeon") == ["Coo"]
    assert pigeon_world.submission(post)["status"] == "succeeded", pigeon_world.log


def test_a_lost_answer_is_looked_up_like_any_other(pigeon_world: World) -> None:
    lost = read_fault({"match": "POST /notes", "mode": "accept_then_reset"})
    pigeon_world.platforms["pigeon"].faults.add(lost)
    post = pigeon_world.submit("Coo", "pigeon")
    pigeon_world.live_until_quiet()
    assert pigeon_world.visible("pigeon") == ["Coo"]
    assert pigeon_world.run(post, "pigeon")["status"] == "succeeded", pigeon_world.log


def test_its_limits_are_held(pigeon_world: World) -> None:
    with pytest.raises(InvalidRequest, match="pigeon takes at most 20 characters"):
        pigeon_world.submit("c" * 21, "pigeon")


def test_it_gets_a_queue_of_its_own(tmp_path: Path) -> None:
    platforms = tmp_path / "shared" / "platforms"
    platforms.mkdir(parents=True)
    for module in (*(ROOT / "shared/platforms").glob("*.py"), HERE / "module/pigeon.py"):
        shutil.copy(module, platforms)
    for file in ("deploy.sh", "main.py"):
        shutil.copy(ROOT / file, tmp_path)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    command = ["./deploy.sh", "--project", "p", "--region", "r", "--dry-run"]
    plan = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "gcloud tasks queues create publish-pigeon " in plan.stdout
