"""The numbers of posts, reels and stories, as graph.instagram.com gives them.

developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights, with the answers
that other clients got with Instagram Login in August and September 2026. The period is ignored.
"""

from collections.abc import Collection
from typing import Any

from local.platforms.instagram.reads import is_readable, product_of
from local.platforms.instagram.state import State
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import insights
from local.platforms.meta.parameters import listed, parameters
from local.platforms.meta.state import require
from local.platforms.posts import Post
from local.platforms.simulation import Endpoints, Refusal

_COMMON = ("views", "reach", "shares", "total_interactions")
_PROFILE = ("follows", "profile_visits", "profile_activity")
# What each `media_product_type` has with Instagram Login.
METRICS = {
    "FEED": (*_COMMON, "likes", "comments", "saved", *_PROFILE),
    "REELS": (
        *(*_COMMON, "likes", "comments", "saved", "ig_reels_avg_watch_time"),
        *("ig_reels_video_view_total_time", "reels_skip_rate"),
    ),
    "STORY": (*_COMMON, "replies", "navigation", *_PROFILE),
}
# Documented, and refused with this login.
_REFUSED = ("reposts", "total_views", "total_likes", "total_comments", "link_clicks")
_KNOWN = sorted({name for names in METRICS.values() for name in names})
FEWEST_VIEWERS = 5
"""Of a story, for any number to be shown."""
# Our numbers, by their names here; everything else that is known is 0.
_NUMBERS = {
    "views": "views",
    "reach": "reach",
    "likes": "likes",
    "comments": "comments",
    "replies": "comments",
    "shares": "shares",
    "saved": "saves",
}
_INTERACTIONS = ("likes", "comments", "shares", "saves")


class Insights(Endpoints[State]):
    def insights(self, post_id: str) -> Any:
        """`GET /{version}/{post}/insights?metric=`."""
        account = self._state.authorized()
        require(self._state.token().grant, "instagram_business_manage_insights")
        post = self._platform.posts.get(post_id)
        if post is None or not is_readable(account, post):
            raise meta_errors.no_such_object("GET", post_id)
        meta_errors.need(parameters(), "metric")
        names = listed(parameters()["metric"])
        _check(names, product_of(post))
        numbers = self._numbers_of(post)
        viewers = numbers["reach"]
        if product_of(post) == "STORY" and viewers is not None and viewers < FEWEST_VIEWERS:
            message = "(#10) Not enough viewers for the media to show insights"
            raise meta_errors.meta_error(message, 10)
        return {"data": insights.rows(post.id, names, numbers)}

    def _numbers_of(self, post: Post) -> dict[str, int | None]:
        """Every number of a post by its name here; None for one that is withheld."""
        numbers = self._platform.numbers_of(post)
        parts = [numbers[name] for name in _INTERACTIONS]
        together = None if None in parts else sum(part or 0 for part in parts)
        named = {name: numbers[ours] for name, ours in _NUMBERS.items()}
        return dict.fromkeys(_KNOWN, 0) | named | {"total_interactions": together}


def _check(names: Collection[str], product: str) -> None:
    """One name that the kind of post does not have spoils the whole call. Raises Refusal."""
    for position, name in enumerate(names):
        if name in _REFUSED:
            raise _api_error(f"This endpoint does not support the metrics: {name}")
        if name not in _KNOWN:
            known = ", ".join(_KNOWN)
            message = f"metric[{position}] must be one of the following values: {known}"
            raise _api_error(message)
    foreign = ", ".join(name for name in names if name not in METRICS[product])
    if foreign:
        raise _api_error(
            f"The Media Insights API does not support the {foreign} metric for this media product "
            "type."
        )


def _api_error(message: str) -> Refusal:
    return meta_errors.meta_error(message, 100, kind=State.error_type)
