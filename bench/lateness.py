"""Many posts due at the same second: how late each of them starts."""

import statistics
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import requests

from local.seed import account_ids

USER = "load"
CLIENTS = 8
# Platforms that take a text alone.
_PLATFORMS = ("x", "threads", "linkedin", "facebook")
# Enough to accept all of them in, and within the hour in which a post is a task.
_AHEAD = timedelta(minutes=30)
# The last moments pass by themselves, as they do where nobody moves the clock.
_LEAD = timedelta(seconds=2)
_PATIENCE_SECONDS = 300.0

Figures = dict[str, float]


def measure(info: Mapping[str, Any], count: int) -> Figures:
    """`lateness_p50_s` and `lateness_p99_s`: from a run's `scheduledTime` to its `startedAt`.

    Moves the stack's clock. Raises RuntimeError when a post does not succeed.
    """
    due = _now(info) + _AHEAD
    with ThreadPoolExecutor(CLIENTS) as clients:
        posts = list(clients.map(partial(_accept, info, due), range(count)))
        _move_to(info, due - _LEAD)
        _wait_until_delivered(info)
        late = list(clients.map(partial(_lateness, info), posts))
    percentiles = statistics.quantiles(late, n=100)
    return {"lateness_p50_s": percentiles[49], "lateness_p99_s": percentiles[98]}


def _accept(info: Mapping[str, Any], due: datetime, number: int) -> str:
    """The id of an accepted post for one account; they take turns."""
    accounts = [(name, account) for name in _PLATFORMS for account in account_ids(USER, name)]
    platform, account = accounts[number % len(accounts)]
    target = {"platform": platform, "accountId": account}
    content = {"text": f"On time {number} {time.perf_counter_ns()}", "platform": target}
    answer = requests.post(
        f"{info['api']}/v1/posts",
        json={"post": {"content": content}, "scheduledTime": due.isoformat()},
        headers=_headers(info),
        timeout=60,
    )
    if answer.status_code != 201:
        raise RuntimeError(f"the post was not accepted: {answer.text}")
    return str(answer.json()["postSubmissionId"])


def _lateness(info: Mapping[str, Any], post: str) -> float:
    """Seconds."""
    url = f"{info['api']}/v1/posts/{post}"
    ended = requests.get(url, params={"wait": 60}, headers=_headers(info), timeout=70).json()
    if ended["status"] != "succeeded":
        raise RuntimeError(f"the post did not succeed: {ended['runs']}")
    [run] = ended["runs"]
    started, due = (datetime.fromisoformat(run[name]) for name in ("startedAt", "scheduledTime"))
    return (started - due).total_seconds()


def _headers(info: Mapping[str, Any]) -> dict[str, str]:
    return {"soku-api-key": info["users"][USER]["apiKey"]}


def _now(info: Mapping[str, Any]) -> datetime:
    return _advance(info, timedelta(0))


def _move_to(info: Mapping[str, Any], moment: datetime) -> None:
    _advance(info, moment - _now(info))


def _advance(info: Mapping[str, Any], by: timedelta) -> datetime:
    url = f"{info['tasksControl']}/clock"
    moved = requests.post(url, json={"advanceSeconds": by.total_seconds()}, timeout=30).json()
    return datetime.fromisoformat(moved["now"])


def _wait_until_delivered(info: Mapping[str, Any]) -> None:
    """Until no task is left. Nobody reads meanwhile: that would take from those who publish."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        stats = requests.get(f"{info['tasksControl']}/stats", timeout=30).json()
        if not stats["waiting"] and not stats["running"]:
            return
        time.sleep(0.5)
    raise RuntimeError(f"not all posts went out within {_PATIENCE_SECONDS:g} s")
