"""How fast GET /healthz answers while 200 callers wait for posts and 16 download from slow URLs."""

import json
import os
import signal
import socket
import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from urllib.parse import urlsplit

import requests

from bench import processes
from local.child_process import ROOT

WAITERS = 200
SLOW_URLS = 16
REQUESTS = 200
# As deploy.sh sets it.
THREADS = 32
# A request without an answer counts with this time.
_LONGEST_SECONDS = 2.0
# Until the api has received all of the other requests.
_SETTLE_SECONDS = 2.0
# The api that answers nothing any more must not hold up the other figures.
_PATIENCE_SECONDS = 20.0

Figures = dict[str, float]


def measure(environment: Mapping[str, str], key: str) -> Figures:
    """`healthz_p99_ms`: each request has a connection of its own."""
    with ExitStack() as resources:
        slow = resources.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        origin = f"http://127.0.0.1:{slow.getsockname()[1]}"
        changed = {**environment, "FETCH_ALLOWED_ORIGINS": origin}
        running = processes.function(ROOT / "main.py", "api", changed, threads=THREADS)
        process = resources.enter_context(running)
        # Ended politely, it would first finish the requests of those who wait.
        resources.callback(os.killpg, process.pid, signal.SIGKILL)
        api = process.url
        post = _accepted(api, key)
        for number in range(WAITERS + SLOW_URLS):
            if number % ((WAITERS + SLOW_URLS) // SLOW_URLS) == 0:
                asked = {"url": f"{origin}/{number}.jpg"}
                request = _request("POST", "/v1/media", key, json.dumps(asked))
            else:
                request = _request("GET", f"/v1/posts/{post}?wait=60", key)
            connection = resources.enter_context(_connected(api))
            connection.sendall(request)
        time.sleep(_SETTLE_SECONDS)
        return {"healthz_p99_ms": statistics.quantiles(_times(api), n=100)[98] * 1000}


def _accepted(api: str, key: str) -> str:
    """The id of a post that stays queued."""
    processes.wait_until_open(api)
    content = {"text": f"Waited for {time.perf_counter_ns()}", "platform": ["x"]}
    answer = requests.post(
        f"{api}/v1/posts",
        json={"post": {"content": content}},
        headers={"soku-api-key": key},
        timeout=30,
    )
    if answer.status_code != 201:
        raise RuntimeError(f"the post was not accepted: {answer.text}")
    return str(answer.json()["postSubmissionId"])


def _times(api: str) -> list[float]:
    """Seconds until each answer."""
    times: list[float] = []
    end = time.monotonic() + _PATIENCE_SECONDS
    while len(times) < REQUESTS and (len(times) < 2 or time.monotonic() < end):
        started = time.perf_counter()
        try:
            requests.get(f"{api}/healthz", timeout=_LONGEST_SECONDS).raise_for_status()
        except requests.RequestException:
            times.append(_LONGEST_SECONDS)
        else:
            times.append(time.perf_counter() - started)
    return times


def _connected(api: str) -> socket.socket:
    address = urlsplit(api)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=10)


def _request(method: str, path: str, key: str, body: str = "") -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: api",
        f"soku-api-key: {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "",
        body,
    ]
    return "\r\n".join(lines).encode()
