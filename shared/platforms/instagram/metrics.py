"""The numbers of posts on Instagram, with Instagram Login: one call for each post.

developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights (2026-09-11),
read 2026-11-28, and other clients' calls of August 2026. One metric that does not exist for a kind
of post spoils the whole answer, so each kind has its own list. That `?ids=` answers for several
posts is known only with Facebook Login. Numbers are up to 48 hours late, and without those of ads;
Instagram gives no clicks on links.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.metrics import Metric, Numbers
from shared.platforms import instagram
from shared.platforms.http import Http, Reading, Reply
from shared.platforms.instagram import errors
from shared.platforms.instagram.limits import Product, product_of
from shared.platforms.meta.connecting import unwrapped
from shared.platforms.meta.errors import meta_error
from shared.platforms.meta.graph import path_of
from shared.platforms.meta.metrics import STORIES_LIVE_FOR, MetaMetrics
from shared.platforms.metrics import MeasuredPost, Reader
from shared.platforms.wire import number

_POST = {
    Metric.IMPRESSIONS: "views",
    Metric.REACH: "reach",
    Metric.LIKES: "likes",
    Metric.COMMENTS: "comments",
    Metric.SHARES: "shares",
    Metric.SAVES: "saved",
}
# `views` includes plays on Instagram only, also of a reel that Facebook shows.
_REEL = {**_POST, Metric.VIDEO_VIEWS: "views"}
_STORY = {
    Metric.IMPRESSIONS: "views",
    Metric.REACH: "reach",
    # Always 0 for creators in Europe and Japan.
    Metric.COMMENTS: "replies",
    Metric.SHARES: "shares",
}
# Our names -> those of Instagram.
_NAMES: Mapping[Product, Mapping[Metric, str]] = {
    Product.POST: _POST,
    Product.CAROUSEL: _POST,
    Product.REEL: _REEL,
    Product.STORY: _STORY,
}
# "Media posted before business account conversion", with code 100.
_BEFORE_CONVERSION = 2108006


class Metrics(MetaMetrics):
    about = instagram.ABOUT
    offered_metrics = frozenset(_REEL)
    scopes = ("instagram_business_manage_insights",)
    counts_followers = True
    error_of = staticmethod(errors.error_of)

    def is_missing(self, answer: Reply) -> bool:
        """A post that is older than the account is a professional one is never counted."""
        error = meta_error(answer)
        is_too_old = error is not None and error.subcode == _BEFORE_CONVERSION
        return is_too_old or errors.is_missing(answer)

    def offered(self, account: Account, content: Content) -> frozenset[Metric]:
        return frozenset(_NAMES[product_of(content)])

    def lives_for(self, content: Content) -> timedelta | None:
        return STORIES_LIVE_FOR if product_of(content) is Product.STORY else None

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        read = {post.platform_post_id: self._numbers_of(post, reader, http) for post in posts}
        return {post_id: numbers for post_id, numbers in read.items() if numbers is not None}

    def followers(self, reader: Reader, http: Http) -> int | None:
        query = {"fields": "followers_count"}
        reading = http.read(path_of(self.about, "me"), params=query, headers=reader.bearer)
        return number(unwrapped(self.answered(reading)).get("followers_count"))

    def _numbers_of(self, post: MeasuredPost, reader: Reader, http: Http) -> Numbers | None:
        names = _NAMES[product_of(post.content)]
        path = path_of(self.about, post.platform_post_id, "insights")
        query = {"metric": ",".join(dict.fromkeys(names.values())), "period": "lifetime"}
        reading = http.read(path, params=query, headers=reader.bearer)
        rows = {} if _has_few_viewers(reading) else self.rows(reading)
        if rows is None:
            return None
        return {metric: number(rows.get(name)) for metric, name in names.items()}


def _has_few_viewers(reading: Reading) -> bool:
    """Code 10: fewer than 5 people have seen the story, or too few the post.

    A missing permission has the same code. Texts can be translated, and accounts without the
    permission are not read, so only a text about permissions means one.
    """
    error = meta_error(reading)
    return error is not None and error.code == 10 and "permission" not in error.words
