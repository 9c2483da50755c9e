"""What deploy.sh would do: its plan, read as text."""

import re
import subprocess

from shared.platforms import registry
from tests.conftest import ROOT


def _plan() -> list[str]:
    command = ["./deploy.sh", "--project", "p-1", "--region", "us-central1", "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_every_platform_there_is_has_its_queue_and_no_other() -> None:
    queues = re.findall(r"tasks queues create (\S+)", "\n".join(_plan()))
    assert sorted(queues) == sorted(["orchestrate", *(f"publish-{n}" for n in registry.names())])


def test_every_entry_point_is_deployed_and_only_the_api_is_public() -> None:
    deployed = {
        name: access == "--allow-unauthenticated"
        for name, access in re.findall(
            r"functions deploy (\S+) .*(--(?:no-)?allow-unauthenticated)", "\n".join(_plan())
        )
    }
    entries = re.findall(r"^def (\w+)\(request", (ROOT / "main.py").read_text(), re.MULTILINE)
    assert deployed == {name: name == "api" for name in entries}
