"""The numbers of posts and of profiles (developers.facebook.com/docs/threads/insights).

Of the shares of a post, half are reposts here, a quarter are quotes, and the others are shares.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from local.platforms import numbers
from local.platforms.accounts import Account
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import insights, queries
from local.platforms.meta.parameters import listed, parameters
from local.platforms.posts import Post
from local.platforms.reading import own
from local.platforms.simulation import Endpoints
from local.platforms.threads.state import State

SCOPE = "threads_manage_insights"
_OF_POSTS = ("views", "likes", "replies", "reposts", "quotes", "shares")
_OF_PROFILES = ("views", "likes", "replies", "reposts", "quotes", "clicks", "followers_count")
# 2024-04-13: there are no numbers of profiles before.
EARLIEST = datetime.fromtimestamp(1_712_991_600, UTC)


class Insights(Endpoints[State]):
    def of_post(self, post_id: str) -> Any:
        """`GET /{version}/{post}/insights?metric=`."""
        post = own(self._platform.posts.get(post_id), self._state.authorized(SCOPE))
        if post is None:
            raise meta_errors.no_such_object("GET", post_id, State.error_type)
        names = _asked(_OF_POSTS)
        return {"data": insights.rows(post.id, names, self._values(post))}

    def of_profile(self, user_id: str) -> Any:
        """`GET /{version}/{user}/threads_insights?metric=&since=&until=`."""
        account = self._state.owner(user_id, SCOPE)
        names = _asked(_OF_PROFILES)
        since = queries.moment("since")
        if since is not None and since < EARLIEST:
            raise meta_errors.bad_parameter("Param since must be at least 1712991600.")
        return {"data": [self._profile_row(account, name) for name in names]}

    def _profile_row(self, account: Account, name: str) -> dict[str, Any]:
        """A row; only views come as a series."""
        value: dict[str, Any]
        if name == "clicks":
            value = {"link_total_values": []}
        elif name == "views":
            value = {"values": [{"value": self._total(account, name)}]}
        else:
            value = {"total_value": {"value": self._total(account, name)}}
        return insights.row(account.external_id, name, value, "day")

    def _total(self, account: Account, name: str) -> int:
        if name == "followers_count":
            return numbers.followers(account.account_id)
        posts = self._platform.posts.all(account.account_id)
        return sum(self._values(post)[name] or 0 for post in posts)

    def _values(self, post: Post) -> dict[str, int | None]:
        """Every number of a post; None for one that is withheld."""
        counted = self._platform.numbers_of(post)
        shares = counted["shares"]
        parts = dict.fromkeys(("reposts", "quotes", "shares"))
        return {
            "views": counted["views"],
            "likes": counted["likes"],
            "replies": counted["comments"],
            **(parts if shares is None else _parts_of(shares)),
        }


def _parts_of(shares: int) -> dict[str, int]:
    reposts, quotes = shares // 2, shares // 4
    return {"reposts": reposts, "quotes": quotes, "shares": shares - reposts - quotes}


def _asked(known: Collection[str]) -> list[str]:
    """The names in the query; an unknown one spoils the whole call. Raises Refusal."""
    meta_errors.need(parameters(), "metric")
    names = listed(parameters()["metric"])
    if not set(names) <= set(known):
        raise meta_errors.bad_parameter(f"Param metric must be one of {{{', '.join(known)}}}.")
    return names
