"""Posts a second while 8 clients post without a pause, beside the bare function."""

import json
import statistics
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from urllib.parse import urlsplit

CLIENTS = 8
SECONDS = 2.0

Figures = dict[str, float]


def measure(api: str, headers: Mapping[str, str], bare: str, rounds: int) -> Figures:
    """Both take turns, so that a drift of the machine affects both."""
    ours, reference = [], []
    with ThreadPoolExecutor(CLIENTS) as clients:
        for _ in range(rounds):
            ours.append(_posts_per_second(clients, api, headers, 201))
            reference.append(_posts_per_second(clients, bare, {}, 200))
    return {
        "posts_per_second": statistics.median(ours),
        "bare_posts_per_second": statistics.median(reference),
        "posts_per_second_ratio": statistics.median(ours) / statistics.median(reference),
    }


def _posts_per_second(
    clients: ThreadPoolExecutor, url: str, headers: Mapping[str, str], expected: int
) -> float:
    end = time.perf_counter() + SECONDS
    client = partial(_post_until, end, url, headers, expected)
    return sum(clients.map(client, range(CLIENTS))) / SECONDS


def _post_until(
    end: float, url: str, headers: Mapping[str, str], expected: int, number: int
) -> int:
    """How many posts one client sent until `end`, over one connection.

    Not with `requests`, so that the clients use little of the processor.
    """
    address = urlsplit(url)
    sent = {"Content-Type": "application/json", **headers}
    count = 0
    with closing(HTTPConnection(address.netloc, timeout=30)) as connection:
        while time.perf_counter() < end:
            text = f"Shipping update of client {number}, said at {time.perf_counter_ns()}"
            body = {"post": {"content": {"text": text, "platform": ["x", "threads"]}}}
            connection.request("POST", address.path or "/", json.dumps(body), sent)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != expected:
                raise RuntimeError(f"{url} answered {answer.status}: {content!r}")
            count += 1
    return count
