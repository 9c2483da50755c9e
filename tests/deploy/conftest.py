"""deploy.sh as an operator runs it: with the installed gcloud, against a cloud on loopback."""

import fcntl
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.deploy.cloud import Cloud, Json, Request
from tests.deploy.proxy import Proxy

PROJECT, REGION = "p-1", "us-central1"
_HERE = Path(__file__).parent
_SECONDS = 200


@dataclass(frozen=True)
class Run:
    """One run of deploy.sh: its output, its requests, and the resulting project."""

    status: int
    output: str
    errors: str
    requests: list[Request]
    items: dict[str, Json]
    policies: dict[str, list[Json]]

    def sent(self, pattern: str) -> list[Request]:
        """The requests whose `METHOD host/path` matches the pattern."""
        return [request for request in self.requests if re.search(pattern, str(request))]

    def changes(self) -> list[Request]:
        """The requests that changed something."""
        return [request for request in self.requests if request.is_change]


@dataclass(frozen=True)
class Operator:
    """An operator with gcloud, signed in, and a project."""

    cloud: Cloud
    environment: dict[str, str]

    def deploy(self, *options: str, typed: str = "") -> Run:
        self.cloud.requests.clear()
        command = ["./deploy.sh", "--project", PROJECT, "--region", REGION, *options]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        cloud = (list(self.cloud.requests), dict(self.cloud.items), dict(self.cloud.policies))
        return Run(done.returncode, done.stdout, done.stderr, *cloud)


@pytest.fixture(scope="session")
def gcloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment in which `gcloud` is the installed one, loaded once."""
    installed = shutil.which("gcloud")
    assert installed, "these tests need gcloud: https://cloud.google.com/sdk/docs/install"
    directory = tmp_path_factory.mktemp("gcloud")
    environment = os.environ | {
        "PATH": f"{directory}:{os.environ['PATH']}",
        "GCLOUD_SERVER": str(directory / "socket"),
        "CLOUDSDK_CONFIG": str(directory / "config"),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(directory / "token"),
    }
    (directory / "token").write_text("a-token")
    command = ["gcloud", "info", "--format=value(installation.sdk_root,basic.python_location)"]
    root, python = subprocess.check_output(command, text=True, env=environment).split()
    client = directory / "gcloud"
    client.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -IS "{_HERE / "gcloud_client.py"}" "$@"\n'
    )
    client.chmod(0o755)
    server = subprocess.Popen(
        [python, "-S", str(_HERE / "gcloud_server.py"), root, environment["GCLOUD_SERVER"]],
        env=environment,
        stdout=subprocess.PIPE,
    )
    assert server.stdout and server.stdout.readline(), "gcloud could not be loaded"
    yield environment
    server.kill()
    server.wait()


@pytest.fixture(scope="session")
def operator_of(
    gcloud: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Cloud], Operator]]:
    """An operator whose requests all reach the given cloud, and nothing else."""
    proxies: list[Proxy] = []

    def operator(cloud: Cloud) -> Operator:
        proxy = Proxy(cloud, tmp_path_factory.mktemp("proxy"))
        proxies.append(proxy)
        trusted = str(proxy.certificate)
        environment = gcloud | {
            "https_proxy": proxy.url,
            "HTTPS_PROXY": proxy.url,
            "SSL_CERT_FILE": trusted,
            "REQUESTS_CA_BUNDLE": trusted,
            "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": trusted,
        }
        return Operator(cloud, environment)

    yield operator
    for proxy in proxies:
        proxy.stop()


@pytest.fixture
def operator(operator_of: Callable[[Cloud], Operator]) -> Operator:
    """An operator with an empty project."""
    return operator_of(Cloud(PROJECT))


@pytest.fixture(scope="session")
def first(
    operator_of: Callable[[Cloud], Operator],
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Run:
    """A deployment into an empty project; made once for all processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    file = shared / "deployment"
    with (shared / "deployment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            file.write_bytes(pickle.dumps(operator_of(Cloud(PROJECT)).deploy()))
    run: Run = pickle.loads(file.read_bytes())
    return run


@pytest.fixture
def deployed(operator_of: Callable[[Cloud], Operator], first: Run) -> Operator:
    """An operator whose project is already deployed."""
    return operator_of(
        Cloud(PROJECT, items=deepcopy(first.items), policies=deepcopy(first.policies))
    )
