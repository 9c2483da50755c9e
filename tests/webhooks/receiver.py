"""A receiver of events.

It verifies each request with the library of Standard Webhooks, and against the description.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import standardwebhooks.webhooks
from standardwebhooks.webhooks import Webhook as Verifier

from shared import clock
from shared.domain.webhooks import EventType
from shared.gcp.webhooks import Webhook
from shared.webhooks import changes, signing
from tests.functions.described import check_event
from tests.world import USER, World

ALL = tuple(kind.value for kind in EventType)


class _MovedTime(datetime):
    """The library compares with the time of the tests, which they move."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_MovedTime":
        now = clock.now().astimezone(tz)
        return cls.fromtimestamp(now.timestamp(), tz)


@dataclass
class Receiver:
    url: str
    secret: str = ""
    status: int = 200
    response: bytes = b"thanks"
    headers: dict[str, str] = field(default_factory=dict)
    wait: Callable[[], object] = lambda: None
    """Called before each response."""
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The id and the body of each verified request, in order."""
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def events(self) -> list[str]:
        """The types of what was accepted or refused, sorted."""
        return sorted(body["type"] for _, body in self.heard)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of a type."""
        return [body["data"] for _, body in self.heard if body["type"] == kind]

    def receive(self, headers: dict[str, str], body: bytes) -> None:
        content = Verifier(self.secret).verify(body, headers)
        check_event(headers, content)
        with self._lock:
            self.heard.append((headers["webhook-id"], content))
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        self.wait()
        with self._lock:
            self._now -= 1


@contextmanager
def receiving() -> Iterator[Receiver]:
    made: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            [receiver] = made
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.receive({name.lower(): value for name, value in self.headers.items()}, body)
            with suppress(OSError):
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(receiver.response)))
                self.end_headers()
                self.wfile.write(receiver.response)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.append(Receiver(f"http://127.0.0.1:{server.server_port}/hook"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def allow(world: World, *receivers: Receiver) -> None:
    """Let events be sent to these receivers, which are not on the public internet."""
    origins = tuple(receiver.url.removesuffix("/hook") for receiver in receivers)
    settings = world.parts.settings
    media = replace(settings.media, fetch_allowed_origins=origins)
    world.with_parts(settings=replace(settings, media=media))


def register(
    world: World, receiver: Receiver, wanted: tuple[str, ...] = ALL, user_id: str = USER
) -> Webhook:
    """A webhook of the user at a receiver, which knows its secret."""
    webhook = changes.create(user_id, receiver.url, wanted, "", world.parts)
    receiver.secret = signing.secret_of(webhook, world.parts.settings)
    return webhook


@pytest.fixture
def receiver(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", _MovedTime)
    with receiving() as made:
        allow(world, made)
        yield made


def deliveries(world: World, webhook: Webhook) -> list[dict[str, Any]]:
    """The documents of a webhook's deliveries, oldest first."""
    path = f"users/{webhook.user_id}/webhooks/{webhook.webhook_id}/deliveries"
    return [each.to_dict() for each in world.parts.db.collection(path).order_by("createdAt").get()]


def stored(world: World, webhook: Webhook) -> dict[str, Any]:
    """The document of a webhook."""
    path = f"users/{webhook.user_id}/webhooks/{webhook.webhook_id}"
    found: dict[str, Any] = world.parts.db.document(path).get().to_dict()
    return found


def live(world: World, longest: timedelta, step: timedelta) -> None:
    """Let time pass in steps, each with a sweep and what is due then."""
    for _ in range(longest // step):
        world.advance(step)
        world.sweep()
        world.deliver_due()
