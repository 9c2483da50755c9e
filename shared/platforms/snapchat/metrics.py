"""The numbers of a Public Profile's posts: developers.snap.com, Public Profile API, 2026-11-28.

Snap documents the calls and their parameters. The names of fields and the shape of the answer are
known from public clients: values are texts, and stand beside their field. A call without `fields`
returns all that exist for the kind of post; one unknown name would fail the whole call.

One client reads all spotlights of a profile at once. Whatever that call leaves out is read by
itself, as stories are. Screenshots are no saves, and nothing that Soku publishes has a link to
click. The numbers of a story are gone with it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.errors import ReadRefused
from shared.domain.metrics import Metric, Numbers
from shared.platforms import metrics, snapchat
from shared.platforms.http import Http, Reading
from shared.platforms.metrics import MeasuredPost, Reader
from shared.platforms.snapchat import errors
from shared.platforms.snapchat.products import (
    Product,
    lifetime_of,
    list_path,
    product_of,
    profile_path,
)
from shared.platforms.wire import mapping, mappings, number, words

Counted = dict[str, int | None]

# Snap's names, without the kind of post that some answers put before them.
_FIELDS = {
    Metric.IMPRESSIONS: ("VIEWS",),
    Metric.REACH: ("UNIQUE_VIEWERS", "VIEWERS", "UNIQUES"),
    Metric.LIKES: ("FAVORITES",),
    Metric.COMMENTS: ("REPLIES",),
    Metric.SHARES: ("SHARES",),
    Metric.VIDEO_VIEWS: ("VIEWS",),
}
_PREFIXES = ("SAVED_STORY_", "STORY_", "SPOTLIGHT_")
# Replies are only to stories, which rarely have favorites.
_NOT_OFFERED = {
    Product.STORY: {Metric.LIKES},
    Product.SAVED_STORY: {Metric.COMMENTS},
    Product.SPOTLIGHT: {Metric.COMMENTS},
}


class Metrics(metrics.Metrics):
    about = snapchat.ABOUT
    # So that a task that must read each by itself is not long: a token allows 10 calls a second.
    posts_per_call = 20
    offered_metrics = frozenset(_FIELDS)
    scopes = ("snapchat-profile-api",)
    counts_followers = True
    error_of = staticmethod(errors.error_of)

    def offered(self, account: Account, content: Content) -> frozenset[Metric]:
        no_video = set() if content.videos else {Metric.VIDEO_VIEWS}
        return self.offered_metrics - _NOT_OFFERED[product_of(content)] - no_video

    def lives_for(self, content: Content) -> timedelta | None:
        return lifetime_of(content)

    def cost(self, posts: Sequence[MeasuredPost]) -> int:
        """Calls, if one answers all spotlights."""
        return len(posts) - max(0, len(_spotlights(posts)) - 1)

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        found = _of_all_spotlights(reader, http) if len(_spotlights(posts)) > 1 else {}
        numbers: dict[str, Numbers] = {}
        for post in posts:
            counted = found.get(post.platform_post_id) or self._of_one(post, reader, http)
            if counted is not None:
                offered = self.offered(reader.account, post.content)
                numbers[post.platform_post_id] = _numbers(counted, offered)
        return numbers

    def followers(self, reader: Reader, http: Http) -> int | None:
        path = f"{profile_path(reader.account)}/stats"
        reading = _asked(path, "PROFILE", reader, http, fields="SUBSCRIBERS")
        return next((of.get("SUBSCRIBERS") for of in _assets(reading).values()), None)

    def _of_one(self, post: MeasuredPost, reader: Reader, http: Http) -> Counted | None:
        """What is counted of one post; None if Snapchat does not show it."""
        path = f"{list_path(reader.account, post.content)}/{quote(post.platform_post_id, safe='')}"
        reading = _asked(f"{path}/stats", product_of(post.content).name, reader, http)
        try:
            assets = _assets(reading)
        except ReadRefused as refused:
            # A refusal can come with HTTP 200 too.
            if reading.status not in (200, 404) or refused.platform_code == errors.DENIED:
                raise
            return None
        return assets.get(post.platform_post_id, assets.get(""))


def _of_all_spotlights(reader: Reader, http: Http) -> dict[str, Counted]:
    try:
        return _assets(_asked(f"{profile_path(reader.account)}/stats", "SPOTLIGHT", reader, http))
    except ReadRefused:
        # Each one is read by itself then, which raises what concerns all of them.
        return {}


def _asked(path: str, kind: str, reader: Reader, http: Http, **more: str) -> Reading:
    query = {"assetType": kind, "granularity": "LIFETIME", **more}
    return http.read(path, params=query, headers=reader.bearer)


def _assets(reading: Reading) -> dict[str, Counted]:
    """What is counted of each post in an answer, by its id; "" if it has none."""
    return {
        words(asset.get("asset_id")) or words(asset.get("id")): _counted(asset)
        for asset in errors.items_of(reading, "assets")
    }


def _counted(asset: Mapping[str, Any]) -> Counted:
    """The numbers of an asset by Snap's names, in either of the shapes that clients have met."""
    counted: Counted = {}
    for point in mappings(asset.get("timeseries")):
        for entry in mappings(point.get("fields")):
            name = words(mapping(entry.get("field")).get("field_name"))
            for stat in mappings(entry.get("stats")):
                if stat.get("dimension_breakdown", "DEFAULT") == "DEFAULT":
                    counted[_plain(name)] = number(stat.get("value"))
        for stat in mappings(point.get("stats")):
            counted[_plain(words(stat.get("metric")))] = number(stat.get("value"))
    return counted


def _plain(name: str) -> str:
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
    return name.removeprefix(prefix)


def _numbers(counted: Counted, offered: Collection[Metric]) -> Numbers:
    return {
        metric: next((counted[name] for name in names if name in counted), None)
        for metric, names in _FIELDS.items()
        if metric in offered
    }


def _spotlights(posts: Sequence[MeasuredPost]) -> list[MeasuredPost]:
    return [post for post in posts if product_of(post.content) is Product.SPOTLIGHT]
