"""What deploy.sh would do: its plan, read as text."""

import re
import subprocess

from local.stack_parts import ORCHESTRATE_AT_ONCE, PUBLISH_AT_ONCE
from shared.platforms import registry
from tests.conftest import ROOT


def _plan() -> list[str]:
    command = ["./deploy.sh", "--project", "p-1", "--region", "us-central1", "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_every_platform_there_is_has_its_queue_and_no_other() -> None:
    queues = re.findall(r"tasks queues create (\S+)", "\n".join(_plan()))
    assert sorted(queues) == sorted(["orchestrate", *(f"publish-{n}" for n in registry.names())])


def test_the_local_queues_run_as_many_tasks_at_once_as_the_deployed_ones() -> None:
    deployed = re.findall(
        r"tasks queues create (\S+) .*--max-concurrent-dispatches (\d+)", "\n".join(_plan())
    )
    assert deployed
    for name, at_once in deployed:
        expected = ORCHESTRATE_AT_ONCE if name == "orchestrate" else PUBLISH_AT_ONCE
        assert int(at_once) == expected, name


def test_every_entry_point_is_deployed_and_only_the_api_is_public() -> None:
    deployed = {
        name: access == "--allow-unauthenticated"
        for name, access in re.findall(
            r"functions deploy (\S+) .*(--(?:no-)?allow-unauthenticated)", "\n".join(_plan())
        )
    }
    entries = re.findall(r"^def (\w+)\(request", (ROOT / "main.py").read_text(), re.MULTILINE)
    assert deployed == {name: name == "api" for name in entries}
