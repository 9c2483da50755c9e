"""The numbers of posts on Facebook Pages: up to 50 posts of a kind in one call.

developers.facebook.com/docs/graph-api/reference/page/insights (2026-09-11) and
docs/platforminsights/page/deprecated-metrics, read 2026-11-28; reels as other clients measured them
on 2026-09-09. One post that is gone spoils the whole answer, and so does one metric that Facebook
has retired. Most numbers change once in 24 hours. Saves are not counted.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.metrics import Metric, Numbers
from shared.platforms import facebook
from shared.platforms.facebook import errors
from shared.platforms.facebook.limits import product_of
from shared.platforms.http import Http, Reply
from shared.platforms.meta.errors import meta_error
from shared.platforms.meta.graph import path_of
from shared.platforms.meta.metrics import STORIES_LIVE_FOR, MetaMetrics, rows_of
from shared.platforms.metrics import MeasuredPost, Reader
from shared.platforms.wire import mapping, mappings, number, words

# 51: "(#100) Too many IDs. Maximum: 50. Provided: 51."
_MOST_IDS = 50
_NO_SUCH_IDS = 803

_IMPRESSIONS, _REACH, _CLICKS, _VIDEO_VIEWS = (
    "post_media_view",
    "post_total_media_view_unique",
    "post_clicks_by_type",
    "post_video_views",
)
# Those of stories.
_STORY_NAMES = {
    Metric.IMPRESSIONS: "STORY_MEDIA_VIEW",
    Metric.REACH: "STORY_TOTAL_MEDIA_VIEW_UNIQUE",
    Metric.LIKES: "PAGES_FB_STORY_THREAD_LIGHTWEIGHT_REACTIONS",
    Metric.COMMENTS: "PAGES_FB_STORY_REPLIES",
    Metric.SHARES: "PAGES_FB_STORY_SHARES",
}


class _Kind(Enum):
    POST = auto()
    VIDEO = auto()
    REEL = auto()
    STORY = auto()


_POST = frozenset(
    {
        Metric.IMPRESSIONS,
        Metric.REACH,
        Metric.LIKES,
        Metric.COMMENTS,
        Metric.SHARES,
        Metric.LINK_CLICKS,
    }
)
_OFFERED: Mapping[_Kind, frozenset[Metric]] = {
    _Kind.POST: _POST,
    _Kind.VIDEO: _POST | {Metric.VIDEO_VIEWS},
    _Kind.REEL: frozenset({Metric.IMPRESSIONS, Metric.LIKES, Metric.COMMENTS, Metric.VIDEO_VIEWS}),
    _Kind.STORY: frozenset(_STORY_NAMES),
}


def _counted(name: str) -> str:
    """The field with how many `name` an object has, without listing them."""
    return f"{name}.summary(total_count).limit(0)"


def _post_fields(*names: str) -> str:
    # Without a period, some rows come twice.
    insights = f"insights.metric({','.join(names)}).period(lifetime)"
    return ",".join(("id", "shares", _counted("reactions"), _counted("comments"), insights))


_POST_FIELDS = _post_fields(_IMPRESSIONS, _REACH, _CLICKS)
_VIDEO_FIELDS = _post_fields(_IMPRESSIONS, _REACH, _CLICKS, _VIDEO_VIEWS)
_REEL_FIELDS = ",".join(("id", "views", _counted("likes"), _counted("comments")))


class Metrics(MetaMetrics):
    about = facebook.ABOUT
    posts_per_call = _MOST_IDS
    offered_metrics = frozenset().union(*_OFFERED.values())
    # Without the second, Facebook refuses to count reactions and comments.
    scopes = ("read_insights", "pages_read_user_content")
    counts_followers = True
    error_of = staticmethod(errors.error_of)

    def is_missing(self, answer: Reply) -> bool:
        error = meta_error(answer)
        return errors.is_missing(answer) or (error is not None and error.code == _NO_SUCH_IDS)

    def offered(self, account: Account, content: Content) -> frozenset[Metric]:
        return _OFFERED[_kind_of(content)]

    def lives_for(self, content: Content) -> timedelta | None:
        return STORIES_LIVE_FOR if _kind_of(content) is _Kind.STORY else None

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        by_kind: dict[_Kind, list[str]] = {kind: [] for kind in _Kind}
        for post in posts:
            by_kind[_kind_of(post.content)].append(post.platform_post_id)
        read = _Reads(self, reader, http)
        return {
            **read.posts(by_kind[_Kind.POST], _POST_FIELDS, _OFFERED[_Kind.POST]),
            **read.posts(by_kind[_Kind.VIDEO], _VIDEO_FIELDS, _OFFERED[_Kind.VIDEO]),
            **read.reels(by_kind[_Kind.REEL]),
            **read.stories(by_kind[_Kind.STORY]),
        }

    def followers(self, reader: Reader, http: Http) -> int | None:
        path = path_of(self.about, reader.account.external_id)
        query = {"fields": "followers_count"}
        reading = http.read(path, params=query, headers=reader.bearer)
        return number(self.answered(reading).get("followers_count"))


class _Reads:
    """The requests for the posts of one Page. They raise as `Metrics.read`."""

    def __init__(self, job: Metrics, reader: Reader, http: Http) -> None:
        self._job = job
        self._reader = reader
        self._http = http

    def posts(
        self, ids: Sequence[str], fields: str, offered: frozenset[Metric]
    ) -> dict[str, Numbers]:
        nodes = self._nodes(ids, fields)
        return {each: _restricted(_of_post(nodes[each]), offered) for each in nodes}

    def reels(self, ids: Sequence[str]) -> dict[str, Numbers]:
        """The numbers of a reel are those of the video that its post shows."""
        posts = self._nodes(ids, "id,attachments{target{id}}")
        videos = {each: _target_of(posts[each]) for each in posts}
        nodes = self._nodes([video for video in videos.values() if video], _REEL_FIELDS)
        return {each: _of_reel(nodes.get(video, {})) for each, video in videos.items()}

    def stories(self, ids: Sequence[str]) -> dict[str, Numbers]:
        query = {"metric": ",".join(_STORY_NAMES.values()), "period": "lifetime"}
        read = {}
        for each in ids:
            path = path_of(self._job.about, each, "insights")
            reading = self._http.read(path, params=query, headers=self._reader.bearer)
            rows = self._job.rows(reading)
            if rows is not None:
                read[each] = _of_story(rows)
        return read

    def _nodes(self, ids: Sequence[str], fields: str) -> dict[str, dict[str, Any]]:
        """The fields of objects by their ids, without those that are gone."""
        if not ids:
            return {}
        path = f"{path_of(self._job.about)}/"
        query = {"ids": ",".join(ids), "fields": fields}
        reading = self._http.read(path, params=query, headers=self._reader.bearer)
        if not self._job.is_missing(reading):
            shown = self._job.answered(reading)
            nodes = {each: mapping(shown.get(each)) for each in ids}
            # Every object has its id: without it, a number that is left out would not mean 0.
            return {each: node for each, node in nodes.items() if words(node.get("id"))}
        if len(ids) == 1:
            return {}
        # One of them spoils the answer. Halves find it with fewer requests than one for each.
        half = len(ids) // 2
        return {**self._nodes(ids[:half], fields), **self._nodes(ids[half:], fields)}


def _kind_of(content: Content) -> _Kind:
    match product_of(content):
        case "reel":
            return _Kind.REEL
        case "story":
            return _Kind.STORY
    return _Kind.VIDEO if content.videos else _Kind.POST


def _of_post(node: Mapping[str, Any]) -> Numbers:
    rows = rows_of(node.get("insights"))
    return {
        Metric.IMPRESSIONS: number(rows.get(_IMPRESSIONS)),
        Metric.REACH: number(rows.get(_REACH)),
        Metric.LIKES: _count(node.get("reactions")),
        Metric.COMMENTS: _count(node.get("comments")),
        # Left out at 0.
        Metric.SHARES: number(mapping(node["shares"]).get("count")) if "shares" in node else 0,
        Metric.LINK_CLICKS: _link_clicks(rows.get(_CLICKS)),
        Metric.VIDEO_VIEWS: number(rows.get(_VIDEO_VIEWS)),
    }


def _of_reel(video: Mapping[str, Any]) -> Numbers:
    # The same number as `fb_reels_total_plays`, which would be a call of its own.
    views = number(video.get("views"))
    return {
        Metric.IMPRESSIONS: views,
        Metric.LIKES: _count(video.get("likes")),
        Metric.COMMENTS: _count(video.get("comments")),
        Metric.VIDEO_VIEWS: views,
    }


def _of_story(rows: Mapping[str, Any]) -> Numbers:
    # The reference writes these names in upper case, other clients in lower case.
    values = {name.upper(): value for name, value in rows.items()}
    return {metric: number(values.get(name)) for metric, name in _STORY_NAMES.items()}


def _restricted(numbers: Numbers, offered: frozenset[Metric]) -> Numbers:
    return {metric: numbers[metric] for metric in offered}


def _count(edge: object) -> int | None:
    return number(mapping(mapping(edge).get("summary")).get("total_count"))


def _link_clicks(by_type: object) -> int | None:
    """A row has only the types of clicks that there were."""
    return number(by_type.get("link clicks", 0)) if isinstance(by_type, dict) else None


def _target_of(post: Mapping[str, Any]) -> str:
    """The video that a post shows; "" if Facebook does not name it."""
    attachments = mappings(mapping(post.get("attachments")).get("data"))
    targets = [words(mapping(each.get("target")).get("id")) for each in attachments]
    return next(filter(None, targets), "")
