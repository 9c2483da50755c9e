"""The numbers of a Page's posts: learn.microsoft.com/linkedin, 2026-11-28.

Share statistics (…/organizations/share-statistics) cover the last 12 months, without sponsored
activity, and settle within two days. A post without activity is left out, and so is a deleted one.
Clicks are not told apart, so there are no link clicks.

Views of a video (…/shares/video-analytics-api) are one more call. They count from 3 seconds, and
LinkedIn keeps them for six months.

A member's posts have numbers only for apps with Community Management, and apps for profiles cannot
have that. Reporting data may be kept for a year (data storage requirements of that product).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from shared import clock
from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.metrics import Metric, Numbers
from shared.platforms import linkedin, metrics
from shared.platforms.http import Http
from shared.platforms.linkedin import errors
from shared.platforms.linkedin.restli import encoded, headers, is_page
from shared.platforms.linkedin.roles import check_administrator
from shared.platforms.metrics import MeasuredPost, Reader
from shared.platforms.wire import mapping, number, words

_FIELDS = {
    Metric.IMPRESSIONS: "impressionCount",
    Metric.REACH: "uniqueImpressionsCount",
    # More members can take a reaction back than gave one: then it is negative, and no number.
    Metric.LIKES: "likeCount",
    Metric.COMMENTS: "commentCount",
    Metric.SHARES: "shareCount",
}
# One list must not have both kinds of URNs.
_LISTS = {"share": "shares", "ugcPost": "ugcPosts"}
_VIEWS_LAST = timedelta(days=180)


class Metrics(metrics.Metrics):
    about = linkedin.ABOUT
    # No limit on the list is documented, but LinkedIn answers ten elements unless it is asked for
    # more, and this call has no documented way to ask.
    posts_per_call = 10
    offered_metrics = frozenset({*_FIELDS, Metric.VIDEO_VIEWS})
    scopes = ("rw_organization_admin",)
    counts_followers = True
    kept_for: ClassVar = timedelta(days=365)
    # Calls: 80% of what the development tier allows, because publishing needs some too.
    daily_budget = 400
    error_of = staticmethod(errors.error_of)

    def offered(self, account: Account, content: Content) -> frozenset[Metric]:
        if not is_page(account):
            return frozenset()
        return self.offered_metrics if content.videos else frozenset(_FIELDS)

    def refusal(self, account: Account) -> str | None:
        return None if is_page(account) else "LinkedIn gives no numbers for a member's posts."

    def cost(self, posts: Sequence[MeasuredPost]) -> int:
        """Calls, without the one for the role, which is rare."""
        return len(_by_list(posts)) + sum(map(_has_views, posts))

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        statistics: dict[str, Mapping[str, Any]] = {}
        for kind, urns in _by_list(posts).items():
            statistics |= self._statistics(kind, urns, reader, http)
        if not any(number(each.get("impressionCount")) for each in statistics.values()):
            check_administrator("the numbers of a Page's posts", reader, http)
        return {
            post.platform_post_id: self._numbers(post, statistics, reader, http)
            for post in posts
            if post.platform_post_id in statistics
        }

    def followers(self, reader: Reader, http: Http) -> int | None:
        if not is_page(reader.account):
            return None
        urn = encoded(reader.account.external_id)
        path = f"/rest/networkSizes/{urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
        return number(self.shown(http.read(path, headers=headers(reader))).get("firstDegreeSize"))

    def _statistics(
        self, kind: str, urns: Sequence[str], reader: Reader, http: Http
    ) -> dict[str, Mapping[str, Any]]:
        """The statistics of posts of one kind, by their URNs."""
        path = (
            "/rest/organizationalEntityShareStatistics?q=organizationalEntity"
            f"&organizationalEntity={encoded(reader.account.external_id)}"
            f"&{_LISTS[kind]}=List({','.join(map(encoded, urns))})"
        )
        elements = errors.elements(http.read(path, headers=headers(reader)))
        return {
            words(element.get(kind)): mapping(element.get("totalShareStatistics"))
            for element in elements
        }

    def _numbers(
        self,
        post: MeasuredPost,
        statistics: Mapping[str, Mapping[str, Any]],
        reader: Reader,
        http: Http,
    ) -> Numbers:
        counted = statistics[post.platform_post_id]
        numbers = {metric: number(counted.get(field)) for metric, field in _FIELDS.items()}
        if not post.content.videos:
            return numbers
        views = self._views(post, reader, http) if _has_views(post) else None
        return {**numbers, Metric.VIDEO_VIEWS: views}

    def _views(self, post: MeasuredPost, reader: Reader, http: Http) -> int | None:
        path = (
            f"/rest/videoAnalytics?q=entity&entity={encoded(post.platform_post_id)}"
            "&type=VIDEO_VIEW&aggregation=ALL"
        )
        reading = http.read(path, headers=headers(reader))
        if reading.status in (400, 404):
            # It has no views of this video. The other numbers, and the other posts, have theirs.
            return None
        return next((number(each.get("value")) for each in errors.elements(reading)), None)


def _kind(post: MeasuredPost) -> str:
    """`share` or `ugcPost`."""
    return post.platform_post_id.removeprefix("urn:li:").partition(":")[0]


def _by_list(posts: Sequence[MeasuredPost]) -> dict[str, list[str]]:
    """The URNs of posts, by their kind."""
    found = {
        kind: [post.platform_post_id for post in posts if _kind(post) == kind] for kind in _LISTS
    }
    return {kind: urns for kind, urns in found.items() if urns}


def _has_views(post: MeasuredPost) -> bool:
    """Whether LinkedIn can still have the views of a video."""
    is_recent = clock.now() - post.published_at < _VIEWS_LAST
    return bool(post.content.videos) and is_recent and _kind(post) == "ugcPost"
