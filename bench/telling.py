"""From a run's end to its event at the receiver of a webhook."""

import json
import statistics
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from local.seed import account_ids
from shared import clock

USER = "load"
WARM_UP = 2
_PATIENCE_SECONDS = 60.0

Figures = dict[str, float]


@dataclass
class Receiver:
    """Hears events, and when each came."""

    origin: str
    heard: list[float] = field(default_factory=list)
    """Seconds from what each event tells about to its arrival."""

    def hear(self, body: bytes) -> None:
        told = json.loads(body)["data"]["run"]["finishedAt"]
        self.heard.append((clock.now() - datetime.fromisoformat(told)).total_seconds())


@contextmanager
def receiving() -> Iterator[Receiver]:
    made: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made[0].hear(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.append(Receiver(f"http://127.0.0.1:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def measure(info: Mapping[str, Any], receiver: Receiver, posts: int) -> Figures:
    """`event_p50_s` of posts that go out one after the other."""
    headers = {"soku-api-key": info["users"][USER]["apiKey"]}
    webhooks = f"{info['api']}/v1/webhooks"
    wanted = {"url": receiver.origin, "events": ["run.succeeded"]}
    created = requests.post(webhooks, json=wanted, headers=headers, timeout=30).json()
    for number in range(posts + WARM_UP):
        _publish(info, headers, number)
        _wait_for(receiver, number + 1)
    requests.delete(f"{webhooks}/{created['id']}", headers=headers, timeout=30)
    return {"event_p50_s": statistics.median(receiver.heard[WARM_UP:])}


def _publish(info: Mapping[str, Any], headers: Mapping[str, str], number: int) -> None:
    accounts = account_ids(USER, "x")
    target = {"platform": "x", "accountId": accounts[number % len(accounts)]}
    content = {"text": f"Telling {time.perf_counter_ns()}", "platform": target}
    url = f"{info['api']}/v1/posts"
    answer = requests.post(url, json={"post": {"content": content}}, headers=headers, timeout=30)
    if answer.status_code != 201:
        raise RuntimeError(f"the post was not accepted: {answer.text}")


def _wait_for(receiver: Receiver, count: int) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while len(receiver.heard) < count:
        if time.monotonic() > end:
            raise RuntimeError(f"{count - len(receiver.heard)} events did not arrive")
        time.sleep(0.02)
