"""The operator's commands, with the database, queues and keyset of a world."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from shared.cli.command import main
from shared.config import Settings
from tests.functions.conftest import api
from tests.world import World

__all__ = ["api"]


@dataclass(frozen=True)
class Result:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The output of a command with `--json`."""
        return json.loads(self.out)


Soku = Callable[..., Result]


def environment(settings: Settings, tasks: str) -> dict[str, str]:
    """The environment variables of the functions."""
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
    """Runs a command as in a terminal: `soku("user", "show", "ann")`."""
    for name, value in environment(world.parts.settings, world.tasks.address).items():
        monkeypatch.setenv(name, value)

    def run(*argv: str, stdin: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        try:
            code = main(argv)
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Result(code, printed.out, printed.err)

    return run
