"""Publishing on a simulated platform and reading the numbers of what was published."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from local.platforms.faults import read_fault
from shared import clock
from shared.domain.media import MediaAsset
from shared.domain.metrics import Metric, Numbers
from shared.platforms import registry
from shared.platforms.base import Published
from shared.platforms.metrics import MeasuredPost, Metrics, Reader
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to

# What a control sets, all different.
COUNTED = {
    "views": 1000,
    "reach": 800,
    "likes": 70,
    "comments": 6,
    "shares": 50,
    "saves": 4,
    "clicks": 30,
}


class Measuring:
    """An account that publishes and reads numbers."""

    def __init__(self, twin: Twin) -> None:
        self.twin, self.platform = twin, twin.platform
        name = self.platform.name
        job = registry.metrics(name)
        assert job is not None
        self.job: Metrics = job
        post = a_post(name)
        self.reader = Reader(post.account, post.access_token)

    def publish(
        self, text: str = "Hello", media: Sequence[MediaAsset] = (), **options: Any
    ) -> MeasuredPost:
        """A new post, whose numbers are `COUNTED`."""
        publishing = registry.publishing(self.platform.name)
        post = a_post(self.platform.name, text, media=media, **options)
        checkpoint = publishing.checkpoint()
        while True:
            step = publishing.next_step(post.content, checkpoint)
            result = publishing.take(step, a_turn(post, http_to(self.twin.url), checkpoint))
            if isinstance(result, Published):
                break
            checkpoint = result.checkpoint
        measured = MeasuredPost(result.platform_post_id, clock.now(), post.content)
        self.count(measured, **COUNTED)
        self.platform.requests.clear()
        return measured

    def count(self, post: MeasuredPost, **numbers: int | None) -> None:
        """From now on, the post has these numbers; None is withheld."""
        path = f"/_sim/posts/{post.platform_post_id}/metrics"
        assert self.platform.app.test_client().post(path, json=numbers).status_code == 200

    def remove(self, post: MeasuredPost) -> None:
        self.platform.posts.remove(post.platform_post_id)

    def read(self, *posts: MeasuredPost) -> Mapping[str, Numbers]:
        """The numbers of posts, all of which the platform offers."""
        read: dict[str, Numbers] = {}
        for start in range(0, len(posts), self.job.posts_per_call):
            batch = posts[start : start + self.job.posts_per_call]
            read |= self.job.read(batch, self.reader, http_to(self.twin.url))
        for post in posts:
            numbers = read.get(post.platform_post_id)
            offered = self.job.offered(self.reader.account, post.content)
            assert numbers is None or set(numbers) == offered
            assert offered <= self.job.offered_metrics
        return read

    def numbers(self, post: MeasuredPost) -> dict[str, int | None]:
        """The numbers of one post, by their public names."""
        numbers = self.read(post)[post.platform_post_id]
        return {metric.value: numbers[metric] for metric in Metric if metric in numbers}

    def followers(self) -> int | None:
        return self.job.followers(self.reader, http_to(self.twin.url))

    def without(self, scope: str) -> None:
        """The account has all permissions but one."""
        token = self.platform.accounts.token(self.reader.access_token)
        assert token is not None
        logins = registry.logins(self.platform.name)
        scopes = {each for login in logins for each in login.scope_names} - {scope}
        self.platform.accounts.register(replace(token.account, scopes=frozenset(scopes)))

    def fails(self, mode: str = "status", **more: Any) -> None:
        """Let the next read go wrong."""
        self.platform.faults.add(read_fault({"match": "GET /", "mode": mode, **more}))

    def calls(self) -> int:
        """How many requests there were since the last post was published."""
        return len(self.platform.requests.all())
