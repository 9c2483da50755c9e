"""The operator's commands against a world: its database, its queues, its keyset."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from shared.cli.command import main
from shared.config import Settings
from tests.functions.conftest import own_api
from tests.world import World

__all__ = ["own_api"]


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Of a command that was asked for JSON."""
        return json.loads(self.out)


Soku = Callable[..., Said]


def environment(settings: Settings, tasks: str) -> dict[str, str]:
    """What the functions find in theirs."""
    return {
        "GOOGLE_CLOUD_PROJECT": settings.project,
        "REGION": settings.region,
        "CLOUD_TASKS_EMULATOR_HOST": tasks,
        "ORCHESTRATOR_URL": settings.orchestrator_url,
        "PUBLISHER_URL": settings.publisher_url,
        "TASKS_INVOKER": settings.tasks_invoker,
        "TOKEN_KEYSET": settings.token_keyset,
    }


@pytest.fixture
def soku(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Soku:
    """Runs a command as the terminal would: `soku("user", "show", "ann")`."""
    for name, value in environment(world.parts.settings, world.tasks.address).items():
        monkeypatch.setenv(name, value)

    def run(*argv: str, stdin: str = "") -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        try:
            code = main(argv)
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return run
