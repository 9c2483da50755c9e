"""The numbers of posts, videos and stories of Pages.

developers.facebook.com/docs/graph-api/reference/page/insights and
docs/platforminsights/page/deprecated-metrics, with what other clients measured in August and
September 2026. Three-second views are half of all views here. A story is not readable after it has
gone: that is not documented.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from local.platforms import clock
from local.platforms.facebook.comments import Comments
from local.platforms.facebook.state import State, Video
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import insights, queries
from local.platforms.meta.parameters import listed, parameters
from local.platforms.meta.queries import Edges, Modifiers
from local.platforms.posts import Post
from local.platforms.reading import own
from local.platforms.simulation import Endpoints

STORY_LIFETIME = timedelta(hours=24)
_REACTIONS = ("like", "love", "wow", "haha", "sorry", "anger")


class Insights(Endpoints[State]):
    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._comments = Comments(state)

    def insights(self, post_id: str) -> Any:
        """`GET /{version}/{post or story}/insights?metric=&period=`."""
        account = self._state.authorized()
        post = own(self._platform.posts.get(post_id), account)
        if post is None or _is_over(post):
            raise meta_errors.no_such_object("GET", post_id)
        return self._insights(post, parameters())

    def post_edges(self, post: Post) -> Edges:
        """What can be counted or measured of a post."""
        numbers = self._platform.numbers_of(post)
        return {
            "reactions": lambda asked, _: self._counted(asked, numbers["likes"]),
            "comments": lambda asked, below: self._comments.edge(post, asked, below),
            "insights": lambda asked, _: self._insights(post, asked),
        }

    def video_edges(self, video: Video) -> Edges:
        """What can be counted of a video: the interactions with the post that shows it."""
        post = video.post
        likes = self._platform.numbers_of(post)["likes"] if post else 0
        return {
            "likes": lambda asked, _: self._counted(asked, likes),
            "comments": lambda asked, below: self._comments.edge(post, asked, below),
        }

    def shares_of(self, post: Post) -> dict[str, int] | None:
        """`shares` of a post, which is left out at 0."""
        count = self._platform.numbers_of(post)["shares"]
        return {"count": count} if count else None

    def views_of(self, video: Video) -> int | None:
        """`views` of a video."""
        return self._platform.numbers_of(video.post)["views"] if video.post else 0

    def _counted(self, asked: Modifiers, count: int | None) -> Any:
        self._comments.require_reading()
        return queries.counted(asked, count)

    def _insights(self, post: Post, asked: Mapping[str, str]) -> dict[str, Any]:
        names = listed(asked.get("metric", ""))
        if not names:
            message = "(#3001) Invalid query"
            raise meta_errors.meta_error(message, 3001, subcode=1504028)
        if self._state.is_reel(post):
            message = "(#200) You do not have permission to load insights for this object."
            raise meta_errors.meta_error(message, 200, subcode=1504029, status=403)
        values = self._values(post)
        _check(names, values)
        period = asked.get("period")
        # Without one, rows come twice.
        periods = (insights.LIFETIME, "day") if period is None else (period,)
        if not set(periods) <= {insights.LIFETIME, "day"}:
            raise meta_errors.bad_parameter("Param period must be one of {day, lifetime}.")
        may_see = self._state.token().grant.may("read_insights")
        shown = periods if may_see else ()
        return {
            "data": [row for each in shown for row in insights.rows(post.id, names, values, each)]
        }

    def _values(self, post: Post) -> dict[str, Any]:
        """Every number that a post of its kind has, by its name; None for one that is withheld."""
        numbers = self._platform.numbers_of(post)
        return _story_values(numbers) if _is_story(post) else _post_values(numbers, post)


def _check(names: Collection[str], known: Collection[str]) -> None:
    """One name that is unknown or retired spoils the whole call."""
    if not set(names) <= set(known):
        raise meta_errors.bad_parameter("The value must be a valid insights metric")


def _is_story(post: Post) -> bool:
    return bool(post.details["kind"] == "story")


def _is_over(post: Post) -> bool:
    return _is_story(post) and clock.now() >= post.visible_at + STORY_LIFETIME


def _story_values(numbers: Mapping[str, int | None]) -> dict[str, Any]:
    """In both spellings: the reference has the upper case, other clients have the lower one."""
    values = {
        "STORY_MEDIA_VIEW": numbers["views"],
        "STORY_TOTAL_MEDIA_VIEW_UNIQUE": numbers["reach"],
        "STORY_INTERACTION": numbers["likes"],
        "PAGES_FB_STORY_THREAD_LIGHTWEIGHT_REACTIONS": numbers["likes"],
        "PAGES_FB_STORY_REPLIES": numbers["comments"],
        "PAGES_FB_STORY_SHARES": numbers["shares"],
    }
    return values | {name.lower(): value for name, value in values.items()}


def _post_values(numbers: Mapping[str, int | None], post: Post) -> dict[str, Any]:
    likes, views = numbers["likes"], numbers["views"]
    by_reaction = {"like": likes}
    values: dict[str, Any] = {
        "post_media_view": views,
        "post_total_media_view_unique": numbers["reach"],
        "post_clicks": numbers["clicks"],
        "post_clicks_by_type": _by_type({"link clicks": numbers["clicks"]}),
        "post_reactions_by_type_total": _by_type(by_reaction),
        "post_activity_by_action_type": _by_type({"comment": numbers["comments"], **by_reaction}),
        **{f"post_reactions_{name}_total": by_reaction.get(name, 0) for name in _REACTIONS},
    }
    if any(item.kind == "video" for item in post.media):
        seen = None if views is None else views // 2
        values |= {"post_video_views": seen, "post_video_views_organic": seen}
    return values


def _by_type(numbers: Mapping[str, int | None]) -> dict[str, int] | None:
    """Only those above 0; None if one is withheld."""
    if None in numbers.values():
        return None
    return {name: number for name, number in numbers.items() if number}
