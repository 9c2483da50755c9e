"""The plan of deploy.sh, read as text and by gcloud's own parser."""

import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local.stack_parts import (
    COLLECT_AT_ONCE,
    ORCHESTRATE_AT_ONCE,
    PUBLISH_AT_ONCE,
    WEBHOOKS_AT_ONCE,
)
from shared.platforms import registry
from tests.conftest import ROOT
from tests.deploy.conftest import PROJECT, REGION, Operator

pytestmark = pytest.mark.slow

_DEPLOY = ("./deploy.sh", "--project", PROJECT, "--region", REGION)
_STEPS = [
    *("services", "accounts", "firestore", "bucket", "secrets"),
    *("queues", "identity", "functions", "jobs", "alerts", "smoke-test"),
]


@cache
def _plan(*options: str) -> list[str]:
    command = [*_DEPLOY, "--dry-run", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def _gcloud_commands(plan: list[str]) -> list[str]:
    """The gcloud commands of a plan, also those that others are piped into."""
    return [each for line in plan for each in line.split(" | ") if each.startswith("gcloud ")]


def test_the_plan_has_its_steps_in_order() -> None:
    assert [line[2:] for line in _plan() if line.startswith("# ")] == _STEPS


@pytest.mark.full
def test_a_dry_run_sends_no_request(operator: Operator) -> None:
    run = operator.deploy("--dry-run")
    assert (run.status, run.requests, run.errors) == (0, [], "")
    assert operator.deploy("--dry-run", "--delete").requests == []


def test_gcloud_knows_every_command_of_the_plan(gcloud: dict[str, str], tmp_path: Path) -> None:
    """Each form once: the same command for another queue or secret parses the same way."""
    commands = _gcloud_commands([*_plan(), *_plan("--delete")])
    commands += _gcloud_commands(
        _plan("--only", "api", "--set=LOG_LEVEL=INFO", "--unset=API_URL", "--min-instances=1")
    )
    shapes = {}
    for command in commands:
        words = shlex.split(command)
        plain = [word for word in words if word.startswith("--") or re.fullmatch("[a-z-]+", word)]
        shapes.setdefault(tuple(plain[:4] + [w for w in plain if w.startswith("--")]), command)
    assert len(shapes) > 20
    assert _mistakes(list(shapes.values()), gcloud, tmp_path) == []


@pytest.mark.full
def test_gcloud_knows_the_commands_of_the_documentation(
    gcloud: dict[str, str], tmp_path: Path
) -> None:
    page = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))
    commands = re.findall(r"^gcloud [^|#\n]+$", re.sub(r" +#.*| \|.*", "", blocks), re.MULTILINE)
    assert len(commands) > 12
    complete = [re.sub(r"\$(\w+)", r"\1", command) for command in commands]
    assert _mistakes(complete, gcloud, tmp_path) == []


def _mistakes(commands: list[str], gcloud: dict[str, str], directory: Path) -> list[Any]:
    """The commands that gcloud's parser refuses, with its reasons."""
    wanted = [{"category": "deploy", "command_string": command} for command in commands]
    file = directory / "commands.json"
    file.write_text(json.dumps(wanted))
    output = subprocess.check_output(
        ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file}"],
        env=gcloud,
        text=True,
    )
    verdicts = json.loads(output)
    assert len(verdicts) == len(wanted)
    return [each for each in verdicts if not each["success"]]


def test_every_platform_has_its_queue_and_there_is_no_other() -> None:
    queues = re.findall(r"tasks queues create (\S+)", "\n".join(_plan()))
    kinds = ("collect", "publish")
    own = [f"{kind}-{name}" for kind in kinds for name in registry.names()]
    expected = ["orchestrate", "webhooks", *own]
    assert sorted(queues) == sorted(expected)


def test_the_local_queues_run_as_many_tasks_at_once_as_the_deployed_ones() -> None:
    deployed = re.findall(
        r"tasks queues create (\S+) .*--max-concurrent-dispatches (\d+)", "\n".join(_plan())
    )
    assert deployed
    for name, at_once in deployed:
        expected = {
            "orchestrate": ORCHESTRATE_AT_ONCE,
            "publish": PUBLISH_AT_ONCE,
            "collect": COLLECT_AT_ONCE,
            "webhooks": WEBHOOKS_AT_ONCE,
        }[name.partition("-")[0]]
        assert int(at_once) == expected, name


def _entries() -> set[str]:
    """The functions of main.py."""
    return set(re.findall(r"^def (\w+)\(request", (ROOT / "main.py").read_text(), re.MULTILINE))


def test_every_entry_point_is_deployed_and_only_those_for_people_and_clients_are_public() -> None:
    deployed = {
        name: access == "--allow-unauthenticated"
        for name, access in re.findall(
            r"functions deploy (\S+) .*(--(?:no-)?allow-unauthenticated)", "\n".join(_plan())
        )
    }
    assert deployed == {name: name in {"api", "connect", "dashboard"} for name in _entries()}


@pytest.mark.parametrize("name", ["queues", "publisher"])
def test_only_plans_one_step_or_one_function(name: str) -> None:
    plan = _plan("--only", name)
    headings = [line for line in plan if line.startswith("# ")]
    assert headings == ["# queues" if name == "queues" else "# functions"]
    deployed = re.findall(r"functions deploy (\S+)", "\n".join(plan))
    assert deployed == ([] if name == "queues" else ["publisher"])


@pytest.mark.full
def test_everything_in_the_plan_belongs_to_a_function_that_exists() -> None:
    plan = "\n".join(_plan())
    accounts = re.findall(r"service-accounts create (\S+)", plan)
    assert sorted(accounts) == sorted(
        [*(f"soku-{name}" for name in _entries()), "soku-build", "tasks-invoker", "scheduler"]
    )
    apps = [
        prefix.lower().replace("_", "-")
        for name in registry.names()
        for prefix in registry.about(name).prefixes
    ]
    clients = [f"{app}-client-{part}" for app in apps for part in ("id", "secret")]
    generated = ["token-keyset", "token-public-keyset", "connect-key", "session-key", "webhook-key"]
    stripe = ["stripe-secret-key", "stripe-webhook-secret"]
    [access] = re.findall(r"secret_access.py \S+ (.*=.*)", plan)
    names = [row.partition("=")[0] for row in access.split()]
    assert names == [*generated, *clients, *stripe]


def test_the_instances_of_a_function_can_run_all_tasks_of_its_queues() -> None:
    plan = "\n".join(_plan())
    capacity = {
        name: int(threads) * int(instances)
        for name, threads, instances in re.findall(
            r"functions deploy (\S+) .*--concurrency (\d+) .*--max-instances (\d+)", plan
        )
    }
    assert len(capacity) == plan.count("functions deploy")
    assert capacity["orchestrator"] >= ORCHESTRATE_AT_ONCE
    assert capacity["collector"] >= COLLECT_AT_ONCE * len(registry.names())
    assert capacity["webhooks"] >= WEBHOOKS_AT_ONCE
    assert capacity["publisher"] >= PUBLISH_AT_ONCE * len(registry.names())


def test_shellcheck_finds_nothing() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    command = [str(shellcheck), "--external-sources", "--check-sourced", "deploy.sh", ".ci/run"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
