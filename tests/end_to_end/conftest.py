"""One running stack for all tests in this folder, and a client."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from requests import Response

from local.stack import Stack
from shared.domain.submission import ENDED_STATUSES
from shared.platforms import registry
from tests.conftest import ROOT

_PROGRAM_SECONDS = 300


@dataclass(frozen=True)
class Client:
    """Calls a running stack as its users do."""

    info: dict[str, Any]
    user: str = "demo"

    def as_user(self, user: str) -> "Client":
        return Client(self.info, user)

    @property
    def headers(self) -> dict[str, str]:
        return {"soku-api-key": self.info["users"][self.user]["apiKey"]}

    def post(self, text: str, platform: Any = ("x", "threads"), **more: Any) -> str:
        """Create a post and return its ID."""
        targets = platform if isinstance(platform, str) else list(platform)
        return self.submit({"text": text, "platform": targets}, **more)

    def submit(self, content: dict[str, Any], **more: Any) -> str:
        """The same with any content; files are downloaded before the post is accepted."""
        body = {"post": {"content": content}, **more}
        url = f"{self.info['api']}/v1/posts"
        response = requests.post(url, json=body, headers=self.headers, timeout=60)
        assert response.status_code == 201, response.text
        assert list(response.json()) == ["postSubmissionId"]
        return str(response.json()["postSubmissionId"])

    def call(self, method: str, post_id: str, what: str = "", body: Any = None) -> Response:
        """Call an action of a post: `what` is the path below it, such as "/cancel"."""
        url = f"{self.info['api']}/v1/posts/{post_id}{what}"
        return requests.request(method, url, json=body, headers=self.headers, timeout=30)

    def read(self, post_id: str, wait: int | None = None) -> dict[str, Any]:
        url = f"{self.info['api']}/v1/posts/{post_id}"
        query = {} if wait is None else {"wait": wait}
        response = requests.get(url, params=query, headers=self.headers, timeout=70)
        assert response.status_code == 200, response.text
        post: dict[str, Any] = response.json()
        return post

    def visible(self, platform: str, text: str | None = None) -> list[dict[str, Any]]:
        """The posts on a simulated platform with this text, oldest first."""
        url = f"{self.info['platforms'][platform]}/_sim/posts"
        posts = requests.get(url, timeout=30).json()
        return [post for post in posts if text in (None, post["text"])]

    def fault(self, platform: str, match: str, mode: str, **more: Any) -> None:
        """Add a fault for the next matching requests to a platform."""
        url = f"{self.info['platforms'][platform]}/_sim/faults"
        response = requests.post(url, json={"match": match, "mode": mode, **more}, timeout=30)
        assert response.status_code == 201, response.text

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        """Call the control API of the Cloud Tasks emulator."""
        url = f"{self.info['tasksControl']}{path}"
        response = requests.post(url, json=body, timeout=30)
        assert response.ok, response.text
        result: dict[str, Any] = response.json()
        return result

    def now(self) -> datetime:
        """The time of the stack's clock."""
        return datetime.fromisoformat(self.control("/clock", advanceSeconds=0)["now"])

    def tomorrow(self) -> str:
        """This time tomorrow on the stack's clock, as people write it."""
        return (self.now() + timedelta(days=1)).astimezone().strftime("%Y-%m-%d %H:%M")

    def advance(self, by: timedelta) -> None:
        self.control("/clock", advanceSeconds=by.total_seconds())

    def move_to(self, moment: datetime) -> None:
        """Wait until all due work is done, then move the clock to `moment` if it is later."""
        until(self.is_quiet)
        self.advance(max(moment - self.now(), timedelta(0)))

    def tasks(self) -> list[dict[str, str]]:
        """The waiting tasks."""
        url = f"{self.info['tasksControl']}/tasks"
        tasks: list[dict[str, str]] = requests.get(url, timeout=30).json()
        return tasks

    def stats(self) -> dict[str, int]:
        url = f"{self.info['tasksControl']}/stats"
        stats: dict[str, int] = requests.get(url, timeout=30).json()
        return stats

    def ended(self, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The post that `read` returns, once finished: the clock passes over all waits for it."""
        ended: list[dict[str, Any]] = []

        def has_ended() -> bool:
            post = read()
            if post["status"] in ENDED_STATUSES:
                ended.append(post)
            elif self.is_quiet() and (waiting := self.tasks()):
                times = [datetime.fromisoformat(task["scheduleTime"]) for task in waiting]
                self.advance(max(min(times) - self.now(), timedelta(0)))
            return bool(ended)

        until(has_ended, 60)
        return ended[0]

    def is_quiet(self) -> bool:
        """Whether no task is running or due."""
        now = self.now()
        due = [t for t in self.tasks() if datetime.fromisoformat(t["scheduleTime"]) <= now]
        return not due and not self.stats()["running"]


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until other processes make a condition true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # Otherwise, each account is visited after each move of the clock.
    nothing_collected = {f"{name.upper()}_COLLECT_BUDGET": "0" for name in registry.names()}
    with Stack(tmp_path_factory.mktemp("stack"), settings=nothing_collected) as running:
        yield running


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    client = Client(stack.info)
    yield client
    client.control("/chaos")
    for url in client.info["platforms"].values():
        requests.delete(f"{url}/_sim/faults", timeout=30)


@pytest.fixture
def user(client: Client) -> Client:
    """A client without rate limits."""
    return client.as_user("load")


def run_program(*command: str | Path, cwd: Path) -> str:
    """What a program printed, after it succeeded."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_PROGRAM_SECONDS,
        check=False,
        env={**os.environ, "REDOCLY_TELEMETRY": "off", "CI": "true"},
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def node_packages(node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sources of `tests/node` and its packages."""
    folder = tmp_path_factory.mktemp("node")
    shutil.copytree(ROOT / "tests/node", folder, dirs_exist_ok=True)
    run_program("npm", "install", "--silent", "--no-package-lock", "--no-audit", cwd=folder)
    return folder
