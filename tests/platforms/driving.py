"""Takes a platform's steps without a publisher; `Wire` records what goes over the wire.

`Replay` answers from a record instead of a server, with one answer changed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from requests.structures import CaseInsensitiveDict

from shared import clock
from shared.platforms import registry
from shared.platforms.base import Checkpoint, Pending, Post, Published, Publishing, Step, Turn
from shared.platforms.http import ClaimLimits, Http
from shared.platforms.sending import send

MOST_STEPS = 60


@dataclass(frozen=True)
class Recorded:
    """One request and its answer; `url` without its query."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.url


class Answered:
    """A `wire.Response` from memory."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self._body = status, CaseInsensitiveDict(headers), body

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, size: int) -> bytes:
        return self.read_available(size)

    def read_available(self, size: int) -> bytes:
        part, self._body = self._body[:size], self._body[size:]
        return part

    def close(self) -> None: ...


@dataclass
class Wire:
    """Sends requests for the platform's real hosts to its twin, and records both sides."""

    platform: str
    twin: str
    exchanges: list[Recorded] = field(default_factory=list)

    def __call__(self, method: str, url: str, **request: Any) -> Any:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        about = registry.about(self.platform)
        if origin not in {about.base_url, *about.hosts.values(), self.twin}:
            return send(method, url, **request)  # a stored file
        with send(method, url.replace(origin, self.twin, 1), **request) as response:
            body = b"".join(iter(lambda: response.read_available(65536), b""))
        answered = {
            name: value
            for name, value in response.headers.items()
            if name.lower() not in ("content-encoding", "content-length")
        }
        self.exchanges.append(Recorded(method, url, response.status, answered, body))
        return Answered(response.status, answered, body)

    def taken(self) -> list[Recorded]:
        """The exchanges since the last call."""
        taken, self.exchanges = self.exchanges, []
        return taken


@dataclass
class Replay:
    """Answers from a record: each request gets the next answer to the same method and address.

    `change` replaces the answer at one position of the record.
    """

    record: list[Recorded]
    files: str
    position: int = -1
    change: Callable[[Recorded], Recorded] = lambda recorded: recorded
    used: list[int] = field(default_factory=list)

    def __call__(self, method: str, url: str, **request: Any) -> Any:
        if url.startswith(self.files):
            return send(method, url, **request)
        same = [at for at, known in enumerate(self.record) if known.key == (method, url)]
        unused = [at for at in same if at not in self.used]
        if not same:
            return Answered(404, {}, b"{}")
        at = (unused or same[-1:])[0]
        self.used.append(at)
        answer = self.change(self.record[at]) if at == self.position else self.record[at]
        return Answered(answer.status, answer.headers, answer.body)


@dataclass(frozen=True)
class Taken:
    """A step that was taken, with its result."""

    step: Step
    was_sent: bool
    """The platform had accepted the post before."""
    result: Published | Pending


def drive(
    publishing: Publishing[Any],
    post: Post,
    wire: Any,
    wait: Callable[[timedelta], None] = lambda _: None,
) -> Iterator[Taken]:
    """Take steps until the post is published. Raises what a step raises, as it is."""
    checkpoint: Checkpoint = publishing.checkpoint()
    sent = False
    for _ in range(MOST_STEPS):
        step = publishing.next_step(post.content, checkpoint)
        result = publishing.take(step, Turn(post, checkpoint, http_of(publishing, wire)))
        yield Taken(step, sent, result)
        if isinstance(result, Published):
            return
        sent = sent or result.sent
        checkpoint = publishing.checkpoint.read(result.checkpoint.stored())
        wait(result.poll_after)


def http_of(publishing: Publishing[Any], wire: Any) -> Http:
    """Requests to the platform's real hosts, by `wire`."""
    now: datetime = clock.now()
    limits = ClaimLimits(lease_until=now + timedelta(seconds=90), intent_at=now)
    return Http(publishing.about.base_url, wire, limits, publishing.about.hosts)
