"""The numbers of videos on YouTube: one call for up to 50 videos, the same for every kind.

developers.google.com/youtube/v3 (videos:batchGetStats and the revision history), 2026-11-28. The
numbers are nearly current. A channel can hide its likes. Since August 2026 a view counts from the
first frame. There is no reach; shares and saves are only in YouTube Analytics, two to three days
late.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from shared.domain.metrics import Metric, Numbers
from shared.platforms import metrics, youtube
from shared.platforms.http import Http
from shared.platforms.metrics import MeasuredPost, Reader
from shared.platforms.wire import mapping, mappings, number
from shared.platforms.youtube import errors
from shared.platforms.youtube.statistics import DAILY_BUDGET, MOST_VIDEOS, statistics_of
from shared.platforms.youtube.timeline import API

_COUNTS = {
    Metric.IMPRESSIONS: "viewCount",
    Metric.VIDEO_VIEWS: "viewCount",
    Metric.LIKES: "likeCount",
    Metric.COMMENTS: "commentCount",
}


class Metrics(metrics.Metrics):
    about = youtube.ABOUT
    posts_per_call = MOST_VIDEOS
    offered_metrics = frozenset(_COUNTS)
    counts_followers = True
    # Of all data that its API returns (YouTube API Services Developer Policies, III.E.4).
    kept_for: ClassVar = timedelta(days=30)
    daily_budget = DAILY_BUDGET
    error_of = staticmethod(errors.error_of)

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        read = statistics_of([post.platform_post_id for post in posts], reader, http)
        return {
            video_id: {metric: number(counts.get(name)) for metric, name in _COUNTS.items()}
            for video_id, counts in read.items()
        }

    def followers(self, reader: Reader, http: Http) -> int | None:
        query = {"part": "statistics", "mine": "true"}
        answer = http.read(f"{API}/channels", params=query, headers=reader.bearer)
        channels = mappings(self.shown(answer).get("items"))
        counted = mapping(channels[0].get("statistics")) if channels else {}
        return (
            None if counted.get("hiddenSubscriberCount") else number(counted.get("subscriberCount"))
        )
