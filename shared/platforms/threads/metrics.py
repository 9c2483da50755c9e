"""The numbers of posts on Threads: one call for each post, the same numbers for every kind.

developers.facebook.com/docs/threads/insights, read 2026-11-28. There is no call for several posts,
no reach, no saves, and no clicks on the links of one post. Numbers move within minutes, as far as
is known.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.metrics import Metric, Numbers
from shared.platforms import threads
from shared.platforms.http import Http, Reading
from shared.platforms.meta.graph import path_of
from shared.platforms.meta.metrics import MetaMetrics
from shared.platforms.metrics import MeasuredPost, Reader
from shared.platforms.threads import errors
from shared.platforms.wire import number

_OFFERED = frozenset({Metric.IMPRESSIONS, Metric.LIKES, Metric.COMMENTS, Metric.SHARES})
_SHARES = ("reposts", "quotes", "shares")
_NAMES = ",".join(("views", "likes", "replies", *_SHARES))


class Metrics(MetaMetrics):
    about = threads.ABOUT
    offered_metrics = _OFFERED | {Metric.VIDEO_VIEWS}
    scopes = ("threads_manage_insights",)
    counts_followers = True
    error_of = staticmethod(errors.error_of)
    is_missing = staticmethod(errors.is_missing)

    def offered(self, account: Account, content: Content) -> frozenset[Metric]:
        """Views of a video are counted only as views of the post, so not within a carousel."""
        is_video = len(content.media) == 1 and bool(content.videos)
        return self.offered_metrics if is_video else _OFFERED

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        read = {}
        for post in posts:
            path = path_of(self.about, post.platform_post_id, "insights")
            rows = self.rows(_asked(path, _NAMES, reader, http))
            if rows is not None:
                offered = self.offered(reader.account, post.content)
                numbers = _numbers_in(rows)
                read[post.platform_post_id] = {name: numbers[name] for name in offered}
        return read

    def followers(self, reader: Reader, http: Http) -> int | None:
        path = path_of(self.about, "me", "threads_insights")
        rows = self.rows(_asked(path, "followers_count", reader, http)) or {}
        return number(rows.get("followers_count"))


def _asked(path: str, names: str, reader: Reader, http: Http) -> Reading:
    # Threads' documentation has the token in the query only.
    return http.read(path, params={"metric": names, "access_token": reader.access_token})


def _numbers_in(rows: Mapping[str, Any]) -> dict[Metric, int | None]:
    views = number(rows.get("views"))
    return {
        Metric.IMPRESSIONS: views,
        Metric.LIKES: number(rows.get("likes")),
        Metric.COMMENTS: number(rows.get("replies")),
        Metric.SHARES: _shares_in(rows),
        Metric.VIDEO_VIEWS: views,
    }


def _shares_in(rows: Mapping[str, Any]) -> int | None:
    """Reposts, quotes and shares together; without one of them, the sum would jump later."""
    parts = [number(rows.get(name)) for name in _SHARES]
    return None if None in parts else number(sum(part or 0 for part in parts))
