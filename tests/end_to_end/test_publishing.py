"""Posts through the running stack."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import requests

from local.stack import Stack
from tests.end_to_end.conftest import Client, until


def test_a_post_succeeds_on_both_platforms_and_is_there_once(client: Client) -> None:
    text = f"End to end {uuid4()}"
    post = client.read(client.post(text), wait=60)
    assert post["status"] == "succeeded"
    assert post["displayStatus"] == "published"
    assert {run["platform"]: run["status"] for run in post["runs"]} == {
        "x": "succeeded",
        "threads": "succeeded",
    }
    for run in post["runs"]:
        [seen] = client.visible(run["platform"], text)
        assert seen["id"] == run["platformPostId"]
        assert run["permalink"].startswith("https://")
        assert run["attempts"][-1]["outcome"] == "published"


def test_200_posts_by_8_clients_with_every_delivery_doubled(client: Client) -> None:
    client.control("/chaos", duplicate=1.0, concurrentDuplicates=True)
    load = client.as_user("load")
    texts = [f"Load {number} {uuid4()}" for number in range(200)]
    with ThreadPoolExecutor(8) as clients:
        posts = list(clients.map(load.post, texts))
        ended = list(clients.map(lambda post: load.read(post, wait=60), posts))
    assert {post["status"] for post in ended} == {"succeeded"}
    for platform in ("x", "threads"):
        visible = [seen["text"] for seen in client.visible(platform)]
        assert sorted(text for text in visible if text in set(texts)) == sorted(texts)


def test_a_publisher_killed_in_the_middle_loses_nothing(client: Client, stack: Stack) -> None:
    load = client.as_user("load")
    texts = [f"Survivor {number} {uuid4()}" for number in range(30)]
    posts = [load.post(text) for text in texts]
    killed = stack.info["pids"]["publisher"]
    os.killpg(os.getpgid(killed), signal.SIGKILL)
    until(lambda: stack.info["pids"]["publisher"] != killed)
    # Past the leases, and then through the look-ups of those that died at the visible step.
    for _ in range(14 * 10):
        until(lambda: _is_quiet(client))
        if {load.read(post)["status"] for post in posts} == {"succeeded"}:
            break
        client.control("/clock", advanceSeconds=360)
    assert {load.read(post)["status"] for post in posts} == {"succeeded"}
    for platform in ("x", "threads"):
        assert all(len(client.visible(platform, text)) == 1 for text in texts)


def test_a_lost_task_is_made_up_for_by_the_sweeper(client: Client) -> None:
    dropped = _stats(client)["dropped"]
    client.control("/chaos", dropFirst=1)
    text = f"Lost and found {uuid4()}"
    post = client.post(text)
    until(lambda: _stats(client)["dropped"] > dropped)
    assert client.read(post)["status"] == "queued"
    client.control("/clock", advanceSeconds=180)
    assert client.read(post, wait=30)["status"] == "succeeded"
    assert len(client.visible("x", text)) == 1


def test_a_post_years_ahead_goes_out_when_the_clock_gets_there(client: Client) -> None:
    now = _now(client)
    at = now + timedelta(days=3 * 365)
    text = f"From the past {uuid4()}"
    post = client.post(text, scheduledTime=at.isoformat())
    assert client.read(post)["displayStatus"] == "scheduled"
    client.control("/clock", advanceSeconds=(at - now - timedelta(minutes=30)).total_seconds())
    until(lambda: any(post in task["body"] for task in _tasks(client)))
    assert client.visible("x", text) == []
    client.control("/clock", advanceSeconds=(at - _now(client)).total_seconds())
    ended = client.read(post, wait=30)
    assert ended["status"] == "succeeded"
    started = min(datetime.fromisoformat(run["startedAt"]) for run in ended["runs"])
    assert at <= started < at + timedelta(seconds=2)


def test_internal_functions_refuse_a_stranger(client: Client) -> None:
    for function in ("orchestrator", "publisher", "sweeper"):
        for headers in ({}, {"Authorization": "Bearer abc"}, client.headers):
            answer = requests.post(client.info[function], json={}, headers=headers, timeout=30)
            assert answer.status_code == 401, function
            assert answer.json()["error"]["code"] == "unauthorized"


def _now(client: Client) -> datetime:
    return datetime.fromisoformat(client.control("/clock", advanceSeconds=0)["now"])


def _tasks(client: Client) -> list[dict[str, str]]:
    found: list[dict[str, str]] = requests.get(
        f"{client.info['tasksControl']}/tasks", timeout=30
    ).json()
    return found


def _is_quiet(client: Client) -> bool:
    """Whether nothing is being delivered and nothing is due."""
    now = _now(client)
    due = [task for task in _tasks(client) if datetime.fromisoformat(task["scheduleTime"]) <= now]
    return not due and not _stats(client)["running"]


def _stats(client: Client) -> dict[str, int]:
    found: dict[str, int] = requests.get(f"{client.info['tasksControl']}/stats", timeout=30).json()
    return found
