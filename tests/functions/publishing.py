"""What the tests of the publisher share: faults, short timeouts, and final assertions."""

from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import Fault
from shared import clock
from shared.domain.run import Run
from shared.gcp.runs import run_from
from shared.platforms import http as http_module
from tests.world import USER, World

TEXT = "Only once, #whatever happens & wherever: https://example.com/a?b=1&copy=2 example.com"
VISIBLE = {"x": "POST /2/tweets", "threads": "POST /v1.0/me/threads_publish"}
PLATFORMS = ("x", "threads")


def fault(world: World, platform: str, match: str, mode: str, times: int = 1, **more: Any) -> None:
    """Let the next matching requests fail with `mode`."""
    method, _, prefix = match.partition(" ")
    after = more.pop("after", 0)
    world.platforms[platform].faults.add(Fault(method, prefix, mode, times, after, more))


def lose_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timeouts for answers that never arrive."""
    monkeypatch.setattr(http_module, "CONNECT_SECONDS", 0.15)
    monkeypatch.setattr(http_module, "ANSWER_SECONDS", 0.45)


def requests_to(world: World, platform: str, match: str) -> int:
    """How many of these requests reached the platform."""
    method, _, path = match.partition(" ")
    received = world.platforms[platform].requests.all()
    return sum(r.method == method and r.path == path for r in received)


def stored_run(world: World, post: str, run_id: str) -> Run:
    snapshot = world.parts.db.document(f"postSubmissions/{post}/runs/{run_id}").get()
    found = run_from(snapshot)
    assert found is not None
    return found.run


def attempts(world: World, post: str, run_id: str) -> list[dict[str, Any]]:
    """The attempts of a run, in order."""
    path = f"postSubmissions/{post}/runs/{run_id}/attempts"
    found = [snapshot.to_dict() for snapshot in world.parts.db.collection(path).stream()]
    return sorted(found, key=lambda attempt: attempt["attempt"])


def account(world: World, platform: str) -> tuple[str, str]:
    """The status of the account in its document and in the integration's summary."""
    path = f"users/{USER}/integrations/{platform}"
    account_id = f"{platform}_{USER}"
    own = world.parts.db.document(f"{path}/accounts/{account_id}").get().to_dict()
    summary = world.parts.db.document(path).get().to_dict()["accounts"][account_id]
    return own["status"], summary["status"]


def assert_published_once(world: World, post: str, platform: str, text: str = TEXT) -> None:
    assert world.visible(platform) == [text], world.log
    run = world.run(post, platform)
    assert run["status"] == "succeeded", (run, world.log)
    assert run["platformPostId"] == world.platforms[platform].posts.all()[0].id
    assert run["permalink"].startswith("https://")
    assert "error" not in run
    assert world.submission(post)["status"] == "succeeded"
    assert world.submission(post)["remaining"] == 0
    assert world.open_documents() == []


def assert_failed(world: World, post: str, platform: str, category: str, retryable: bool) -> None:
    assert world.visible(platform) == [], world.log
    run = world.run(post, platform)
    assert run["status"] == "failed", (run, world.log)
    assert run["error"]["category"] == category, run["error"]
    assert run["error"]["retryable"] is retryable
    assert run["error"]["message"]
    submission = world.submission(post)
    assert submission["status"] == "failed"
    assert submission["runSummary"][platform]["error"] == run["error"]
    assert world.open_documents() == []


def waits_for(world: World, post: str, platform: str) -> timedelta:
    """How long the run still waits for its next attempt, from its document."""
    found: timedelta = world.run(post, platform)["nextAttemptAt"] - clock.now()
    return found
