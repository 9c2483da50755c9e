"""Processor time of orchestrator and publisher for a text post to X and Threads, beside the floor.

Processor time, not duration: what else runs on the machine hardly changes it.
"""

import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import requests
from google.cloud import firestore, tasks_v2

from bench import processes
from local.child_process import ROOT
from local.seed import account_ids
from shared import config
from shared.gcp.tasks import connect

USER = "load"
BARE = ROOT / "bench" / "bare" / "deliver.py"
AUDIENCE = "https://bare.example"
WARM_UP = 5
_PATIENCE_SECONDS = 60.0

Figures = dict[str, float]


def measure(
    info: Mapping[str, Any], environment: Mapping[str, str], db: firestore.Client, posts: int
) -> Figures:
    """Milliseconds for each post, and their ratios to the floor's."""
    with (
        processes.function(BARE, "publisher", environment) as publisher,
        processes.function(BARE, "orchestrator", environment) as orchestrator,
    ):
        for bare in (publisher, orchestrator):
            processes.wait_until_open(bare.url)
        floor = _Floor(environment, db, orchestrator.url, publisher.url)

        def deliver(number: int) -> None:
            _post(info, number)
            _wait_until_delivered(info)
            floor.add(number)
            _wait_until_delivered(info)

        for number in range(WARM_UP):
            deliver(number)
        masters = [info["pids"][name] for name in ("orchestrator", "publisher")]
        workers = [processes.worker_of(pid) for pid in (*masters, orchestrator.pid, publisher.pid)]
        before = [processes.processor_seconds(worker) for worker in workers]
        for number in range(posts):
            deliver(WARM_UP + number)
        after = [processes.processor_seconds(worker) for worker in workers]
        floor.check()
    taken = [(new - old) * 1000 / posts for old, new in zip(before, after, strict=True)]
    figures = {}
    for name, ours, bare in zip(("orchestrator", "publisher"), taken[:2], taken[2:], strict=True):
        figures |= {
            f"{name}_cpu_ms": ours,
            f"bare_{name}_cpu_ms": bare,
            f"{name}_cpu_ratio": ours / bare,
        }
    return figures


class _Floor:
    """Posts that the floor delivers."""

    def __init__(
        self,
        environment: Mapping[str, str],
        db: firestore.Client,
        orchestrator: str,
        publisher: str,
    ) -> None:
        settings = config.read(environment)
        self._queue = f"projects/{settings.project}/locations/{settings.region}/queues/orchestrate"
        self._invoker = settings.tasks_invoker
        self._client = connect(settings)
        self._db = db
        self._orchestrator, self._publisher = orchestrator, publisher
        self._posts: list[Any] = []

    def add(self, number: int) -> None:
        post = self._db.document(f"benchPosts/{uuid4()}")
        self._posts.append(post)
        text = f"Shipping update number {number}, said at {time.perf_counter_ns()}"
        content = {"text": text, "platform": _targets(number)}
        post.set({"text": text, "status": "queued", "request": {"post": {"content": content}}})
        task = {
            "post": post.id,
            "user": f"user_{USER}",
            "publisher": self._publisher,
            "targets": _targets(number),
        }
        self._client.create_task(
            parent=self._queue,
            task=tasks_v2.Task(
                http_request=tasks_v2.HttpRequest(
                    url=self._orchestrator,
                    headers={"Content-Type": "application/json"},
                    body=json.dumps(task).encode(),
                    oidc_token=tasks_v2.OidcToken(
                        service_account_email=self._invoker, audience=AUDIENCE
                    ),
                )
            ),
        )

    def check(self) -> None:
        """Raise RuntimeError unless all posts succeeded."""
        ended = [snapshot.to_dict() for snapshot in self._db.get_all(self._posts)]
        if any(fields["status"] != "succeeded" for fields in ended):
            raise RuntimeError("a post of the floor did not succeed")


def _targets(number: int) -> list[dict[str, str]]:
    """Accounts that take turns, so that none meets a limit of its platform."""
    return [
        {"platform": platform, "accountId": accounts[number % len(accounts)]}
        for platform in ("x", "threads")
        if (accounts := account_ids(USER, platform))
    ]


def _post(info: Mapping[str, Any], number: int) -> None:
    text = f"Shipping update number {number}, said at {time.perf_counter_ns()}"
    headers = {"soku-api-key": info["users"][USER]["apiKey"]}
    content = {"text": text, "platform": _targets(number)}
    answer = requests.post(
        f"{info['api']}/v1/posts", json={"post": {"content": content}}, headers=headers, timeout=30
    )
    if answer.status_code != 201:
        raise RuntimeError(f"the post was not accepted: {answer.text}")
    url = f"{info['api']}/v1/posts/{answer.json()['postSubmissionId']}"
    ended = requests.get(url, params={"wait": 60}, headers=headers, timeout=70).json()
    if ended["status"] != "succeeded":
        raise RuntimeError(f"the post did not succeed: {ended['runs']}")


def _wait_until_delivered(info: Mapping[str, Any]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        stats = requests.get(f"{info['tasksControl']}/stats", timeout=30).json()
        if not stats["waiting"] and not stats["running"]:
            return
        time.sleep(0.02)
    raise RuntimeError(f"a post was not delivered within {_PATIENCE_SECONDS:g} s")
