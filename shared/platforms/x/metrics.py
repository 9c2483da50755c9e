"""The numbers of posts on X: one call for up to 100 posts, another one for clicks on links.

docs.x.com (fundamentals/metrics, posts lookup) and OpenAPI file 2.167, 2026-11-28. X charges for
each post that is read, once a UTC day, so a budget must be set first. Clicks on links are private:
X shows them to the author, for 30 days. There is no reach.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from shared import clock
from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.metrics import Metric, Numbers
from shared.platforms import metrics, x
from shared.platforms.http import Http
from shared.platforms.metrics import MeasuredPost, Reader
from shared.platforms.wire import mapping, mappings, number, words
from shared.platforms.x import errors
from shared.platforms.x.timeline import API, media_keys, read_posts

_PRIVATE_FOR = timedelta(days=30)
# The names of X's reference, and those that its specification has since version 2.167.
_SHARES = (("retweet_count", "repost_count"), ("quote_count",))
_PLAIN = {
    Metric.IMPRESSIONS: "impression_count",
    Metric.LIKES: "like_count",
    Metric.COMMENTS: "reply_count",
    Metric.SAVES: "bookmark_count",
}


class Metrics(metrics.Metrics):
    about = x.ABOUT
    posts_per_call = 100
    offered_metrics = frozenset({*_PLAIN, Metric.SHARES, Metric.VIDEO_VIEWS, Metric.LINK_CLICKS})
    daily_budget = 0
    error_of = staticmethod(errors.error_of)

    def offered(self, account: Account, content: Content) -> frozenset[Metric]:
        return self.offered_metrics - (set() if content.videos else {Metric.VIDEO_VIEWS})

    def cost(self, posts: Sequence[MeasuredPost]) -> int:
        """Posts: X charges the same price for the first call of a day and for all others."""
        return len(posts)

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        query = {"expansions": "attachments.media_keys", "media.fields": "public_metrics"}
        fields = self._look_up(posts, query, "public_metrics,attachments", reader, http)
        media = mappings(mapping(fields.get("includes")).get("media"))
        views = {words(each.get("media_key")): _views_of(each) for each in media}
        found = {words(each.get("id")): each for each in mappings(fields.get("data"))}
        clicks = self._clicks(posts, reader, http)
        return {
            post.platform_post_id: self._numbers(post, found[post.platform_post_id], views)
            | {Metric.LINK_CLICKS: clicks.get(post.platform_post_id)}
            for post in posts
            if post.platform_post_id in found
        }

    def _numbers(
        self, post: MeasuredPost, listed: Mapping[str, Any], views: Mapping[str, int | None]
    ) -> dict[Metric, int | None]:
        public = mapping(listed.get("public_metrics"))
        numbers = {metric: number(public.get(name)) for metric, name in _PLAIN.items()}
        numbers[Metric.SHARES] = _shares_in(public)
        if post.content.videos:
            seen = [views.get(key) for key in media_keys(listed)]
            numbers[Metric.VIDEO_VIEWS] = next((count for count in seen if count is not None), None)
        return numbers

    def _clicks(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> dict[str, int | None]:
        """Clicks on links, by the id of the post; of older posts, X shows none."""
        young = [post for post in posts if clock.now() - post.published_at < _PRIVATE_FOR]
        if not young:
            return {}
        fields = self._look_up(young, {}, "non_public_metrics", reader, http)
        return {
            words(each.get("id")): number(
                mapping(each.get("non_public_metrics")).get("url_link_clicks")
            )
            for each in mappings(fields.get("data"))
        }

    def _look_up(
        self,
        posts: Sequence[MeasuredPost],
        query: Mapping[str, str],
        names: str,
        reader: Reader,
        http: Http,
    ) -> dict[str, Any]:
        ids = {"ids": ",".join(post.platform_post_id for post in posts)}
        reading = read_posts(f"{API}/tweets", {**ids, **query}, names, reader.bearer, http)
        return self.shown(reading)


def _views_of(medium: Mapping[str, Any]) -> int | None:
    return number(mapping(medium.get("public_metrics")).get("view_count"))


def _shares_in(public: Mapping[str, Any]) -> int | None:
    """Reposts and quotes together; without one of them, the sum would jump later."""
    parts = [
        next((count for name in names if (count := number(public.get(name))) is not None), None)
        for names in _SHARES
    ]
    return None if None in parts else number(sum(part or 0 for part in parts))
