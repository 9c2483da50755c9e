"""A platform's numbers as the tests want them."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.domain.metrics import Metric, Numbers
from shared.platforms.metrics import MeasuredPost, Metrics, Reader
from shared.platforms.threads import ABOUT, errors


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

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Any
    ) -> Mapping[str, Numbers]:
        ids = [post.platform_post_id for post in posts]
        self.calls.append(ids)
        if self.failure is not None:
            raise self.failure
        usual: Numbers = {Metric.LIKES: 5, Metric.REACH: 9, Metric.SHARES: None}
        return {post_id: self.numbers.get(post_id, usual) for post_id in ids}
