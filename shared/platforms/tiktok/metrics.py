"""The numbers of public posts on TikTok: one call for up to 20 posts.

developers.tiktok.com/doc/tiktok-api-v2-video-query, 2026-11-28. TikTok leaves out posts that are
private, deleted or somebody else's, without an error. The numbers are nearly current, and do not
change any more after a year. There is no reach, no saves and no clicks on links.
"""

from collections.abc import Mapping, Sequence

from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.metrics import Metric, Numbers
from shared.platforms import metrics, tiktok
from shared.platforms.http import Http
from shared.platforms.metrics import MeasuredPost, Reader
from shared.platforms.tiktok import errors
from shared.platforms.tiktok.timeline import VIDEOS, json_headers
from shared.platforms.wire import mappings, number, words

_COUNTS = {
    Metric.IMPRESSIONS: "view_count",
    Metric.LIKES: "like_count",
    Metric.COMMENTS: "comment_count",
    Metric.SHARES: "share_count",
    Metric.VIDEO_VIEWS: "view_count",
}
_FIELDS = ",".join(["id", *dict.fromkeys(_COUNTS.values())])


class Metrics(metrics.Metrics):
    about = tiktok.ABOUT
    posts_per_call = 20
    offered_metrics = frozenset(_COUNTS)
    scopes = ("video.list",)
    error_of = staticmethod(errors.error_of)

    def offered(self, account: Account, content: Content) -> frozenset[Metric]:
        """Nothing of a post that only its creator sees."""
        if content.options.get("privacyLevel") == "SELF_ONLY":
            return frozenset()
        return self.offered_metrics - (set() if content.videos else {Metric.VIDEO_VIEWS})

    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        # A post without an id of its own was not public when it was published.
        public = {post.platform_post_id: post for post in posts if _is_public(post)}
        if not public:
            return {}
        reading = http.read(
            f"{VIDEOS}/query/",
            "POST",
            params={"fields": _FIELDS},
            json={"filters": {"video_ids": [*public]}},
            headers=json_headers(reader.bearer),
        )
        found = {
            words(each.get("id")): each for each in mappings(errors.shown(reading).get("videos"))
        }
        return {
            post_id: {
                metric: number(found[post_id].get(_COUNTS[metric]))
                for metric in self.offered(reader.account, post.content)
            }
            for post_id, post in public.items()
            if post_id in found
        }


def _is_public(post: MeasuredPost) -> bool:
    return post.platform_post_id.isdigit()
