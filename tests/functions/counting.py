"""A platform's numbers as the tests want them, and passes of the collector."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from functions.collector.collection import CollectTask
from shared.domain.metrics import PASS, Metric, Numbers
from shared.gcp.collecting import METRICS, collecting_path
from shared.platforms import registry
from shared.platforms.http import Http
from shared.platforms.metrics import MeasuredPost, Metrics, Reader
from shared.platforms.threads import ABOUT, errors
from tests.world import USER, World

# Firestore allows 500 writes in one commit.
_COPIES_AT_ONCE = 200


class Counters(Metrics):
    """A platform's numbers as the tests want them, with the requests that were made."""

    about = ABOUT
    posts_per_call = 3
    offered_metrics = frozenset({Metric.LIKES, Metric.REACH, Metric.SHARES})
    error_of = staticmethod(errors.error_of)

    def __init__(self) -> None:
        self.numbers: dict[str, Numbers] = {}
        self.calls: list[list[str]] = []
        self.failure: Exception | None = None
        self.on_read: Callable[[Sequence[str], Http], None] = lambda ids, http: None

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        ids = [post.platform_post_id for post in posts]
        self.calls.append(ids)
        self.on_read(ids, http)
        if self.failure is not None:
            raise self.failure
        usual: Numbers = {Metric.LIKES: 5, Metric.REACH: 9, Metric.SHARES: None}
        return {post_id: self.numbers.get(post_id, usual) for post_id in ids}


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counters]:
    counters = Counters()
    monkeypatch.setattr(registry, "metrics", lambda _: counters)
    yield counters


def publish(world: World, *texts: str) -> list[str]:
    posts = [world.submit(text, "threads") for text in texts]
    world.deliver_due()
    assert all(world.submission(post)["status"] == "succeeded" for post in posts)
    return posts


def collect(world: World) -> None:
    """Sweep and deliver, as happens every minute."""
    world.sweep()
    world.deliver_due()


def let_pass(world: World, after: timedelta = PASS) -> None:
    world.advance(after)
    collect(world)


def run_of(world: World, post: str) -> dict[str, Any]:
    [run_id] = world.submission(post)["runSummary"]
    return world.run(post, run_id)


def collecting(world: World) -> Any:
    task = CollectTask(USER, "threads", f"threads_{USER}", METRICS)
    return world.parts.db.document(collecting_path(task, METRICS))


def days_of(world: World) -> dict[str, dict[str, int]]:
    days = world.parts.db.collection(f"users/{USER}/metricDays").stream()
    return {day.get("day"): day.to_dict().get("numbers", {}) for day in days}


def copies(world: World, post: str, number: int) -> list[str]:
    """As many more published posts with the same content, at once."""
    [run_id] = world.submission(post)["runSummary"]
    submission, run = world.submission(post), world.run(post, run_id)
    posts = [f"{post}{each:04}" for each in range(number)]
    for start in range(0, number, _COPIES_AT_ONCE):
        batch = world.parts.db.batch()
        for each in posts[start : start + _COPIES_AT_ONCE]:
            path = f"postSubmissions/{each}"
            batch.set(world.parts.db.document(path), submission)
            own = {**run, "platformPostId": f"{run['platformPostId']}{each[-4:]}"}
            batch.set(world.parts.db.document(f"{path}/runs/{run_id}"), own)
        batch.commit()
    return posts
