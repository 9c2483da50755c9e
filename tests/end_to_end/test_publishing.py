"""Posts through the running stack."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import requests

from local.stack import Stack
from tests import extent
from tests.end_to_end.conftest import Client, until


def test_a_post_succeeds_and_is_visible_once_on_both_platforms(client: Client) -> None:
    text = f"End to end {uuid4()}"
    post_id = client.post(text)
    post = client.read(post_id, wait=60)
    assert post["status"] == "succeeded"
    assert post["displayStatus"] == "published"
    assert {run["platform"]: run["status"] for run in post["runs"]} == {
        "x": "succeeded",
        "threads": "succeeded",
    }
    # The link is requested after the result is stored.
    until(lambda: all("permalink" in run for run in client.read(post_id)["runs"]))
    for run in client.read(post_id)["runs"]:
        [visible] = client.visible(run["platform"], text)
        assert visible["id"] == run["platformPostId"]
        assert run["permalink"].startswith("https://")
        assert run["attempts"][-1]["outcome"] == "published"


@pytest.mark.full
def test_many_posts_from_8_clients_with_every_task_delivered_twice(client: Client) -> None:
    client.control("/chaos", duplicate=1.0, concurrentDuplicates=True)
    load = client.as_user("load")
    texts = [f"Load {number} {uuid4()}" for number in range(extent.of(24, 200))]
    with ThreadPoolExecutor(8) as clients:
        posts = list(clients.map(load.post, texts))
        until(client.is_quiet, 100)
        ended = list(clients.map(load.read, posts))
    assert {post["status"] for post in ended} == {"succeeded"}
    for platform in ("x", "threads"):
        visible = [post["text"] for post in client.visible(platform)]
        assert sorted(text for text in visible if text in set(texts)) == sorted(texts)


def test_a_killed_publisher_loses_nothing(client: Client, stack: Stack) -> None:
    load = client.as_user("load")
    texts = [f"Survivor {number} {uuid4()}" for number in range(extent.of(12, 30))]
    posts = [load.post(text) for text in texts]
    killed = stack.info["pids"]["publisher"]
    os.killpg(os.getpgid(killed), signal.SIGKILL)
    until(lambda: stack.info["pids"]["publisher"] != killed)
    # Past the leases, and then through the lookups of runs that died at the visible step.
    for _ in range(14 * 10):
        until(client.is_quiet)
        if {load.read(post)["status"] for post in posts} == {"succeeded"}:
            break
        client.control("/clock", advanceSeconds=360)
    assert {load.read(post)["status"] for post in posts} == {"succeeded"}
    for platform in ("x", "threads"):
        assert all(len(client.visible(platform, text)) == 1 for text in texts)


def test_the_sweeper_replaces_a_lost_task(client: Client) -> None:
    dropped = client.stats()["dropped"]
    client.control("/chaos", dropFirst=1)
    text = f"Lost and found {uuid4()}"
    post = client.post(text)
    until(lambda: client.stats()["dropped"] > dropped)
    assert client.read(post)["status"] == "queued"
    client.control("/clock", advanceSeconds=180)
    assert client.read(post, wait=30)["status"] == "succeeded"
    assert len(client.visible("x", text)) == 1


def test_internal_functions_refuse_a_stranger(client: Client) -> None:
    for function in ("orchestrator", "publisher", "sweeper"):
        for headers in ({}, {"Authorization": "Bearer abc"}, client.headers):
            response = requests.post(client.info[function], json={}, headers=headers, timeout=30)
            assert response.status_code == 401, function
            assert response.json()["error"]["code"] == "unauthorized"
