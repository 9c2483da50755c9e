"""Reading from Instagram: containers, posts, stories, the profile and the quota.

Sections 2, 3, 5, 7 and 8 of the notes on Instagram.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from local.platforms.instagram.drafts import Draft
from local.platforms.instagram.state import State
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.meta.containers import Container
from local.platforms.posts import Post
from shared import clock

CONTAINER_FIELDS = ("id", "status", "status_code")
PROFILE_FIELDS = (
    "id",
    "user_id",
    "username",
    "name",
    "account_type",
    "followers_count",
    "media_count",
)
POST_FIELDS = (
    "id",
    "caption",
    "media_type",
    "media_product_type",
    "permalink",
    "timestamp",
    "shortcode",
    "username",
    "alt_text",
    "children",
)
QUOTA_FIELDS = ("quota_usage", "config")
# The guide also says 100 (section 5): a client must rely on neither.
QUOTA_TOTAL, QUOTA_SECONDS = 50, 86400
STORY_LIFETIME = timedelta(hours=24)


class Reads:
    def __init__(self, state: State) -> None:
        self._state = state
        self._platform = state.platform

    def node(self, node_id: str) -> Any:
        """`GET /{version}/{container or post}?fields=`."""
        account = self._state.authorized()
        container = self._state.container(account, node_id)
        if container is not None:
            return _container_as_json(container)
        post = self._platform.posts.get(node_id)
        if post is not None and post.account_id == account.account_id and not _is_over(post):
            return self._post_as_json(post, queries.fields(POST_FIELDS))
        raise meta_errors.no_such_object("GET", node_id)

    def profile(self) -> Any:
        """`GET /{version}/me?fields=`: paths need `user_id`; `id` is scoped to the app."""
        account = self._state.authorized()
        everything = {
            "id": f"9{account.external_id[1:]}",
            "user_id": account.external_id,
            "username": account.username,
            "name": account.username,
            "account_type": "BUSINESS",
            "followers_count": 0,
            "media_count": len(self._platform.posts.all(account.account_id)),
        }
        return queries.only(everything, queries.fields(PROFILE_FIELDS))

    def media(self, user_id: str) -> Any:
        """`GET /{version}/{user}/media`: newest first, without stories."""
        account = self._state.owner(user_id)
        fields, size, since = queries.fields(POST_FIELDS), queries.limit(), _since()
        posts = [
            post
            for post in self._platform.listed(account.account_id)
            if not _is_story(post) and (since is None or post.visible_at >= since)
        ]
        after = queries.cursor("after")
        if after is not None:
            posts = [post for post in posts if int(post.id) < after]
        page = posts[:size]
        answer: dict[str, Any] = {"data": [self._post_as_json(post, fields) for post in page]}
        if page:
            answer["paging"] = queries.paging(page[0].id, page[-1].id, more=len(posts) > size)
        return answer

    def stories(self, user_id: str) -> Any:
        """`GET /{version}/{user}/stories`: those of the last 24 hours."""
        account = self._state.owner(user_id)
        fields = queries.fields(POST_FIELDS)
        shown = [
            self._post_as_json(post, fields)
            for post in self._platform.listed(account.account_id)
            if _is_story(post) and not _is_over(post)
        ]
        return {"data": shown}

    def publishing_limit(self, user_id: str) -> Any:
        """`GET /{version}/{user}/content_publishing_limit?fields=`: use of the last 24 hours."""
        account = self._state.owner(user_id)
        earliest = clock.now() - timedelta(seconds=QUOTA_SECONDS)
        since = max(_since() or earliest, earliest)
        posts = self._platform.posts.all(account.account_id)
        used = sum(post.visible_at > since for post in posts)
        fault = self._platform.struck_by()
        everything = {
            "quota_usage": QUOTA_TOTAL if fault and fault.mode == "quota" else used,
            "config": {"quota_total": QUOTA_TOTAL, "quota_duration": QUOTA_SECONDS},
        }
        names = queries.fields(QUOTA_FIELDS, default=("quota_usage",))
        return {"data": [{name: everything[name] for name in names}]}

    def _post_as_json(self, post: Post, fields: tuple[str, ...]) -> dict[str, Any]:
        account = self._platform.accounts.get(post.account_id)
        media_type, product = _types(post)
        items = len(post.media)
        everything = {
            "id": post.id,
            "caption": post.shown or None,
            "media_type": media_type,
            "media_product_type": product,
            "permalink": post.details["permalink"],
            "timestamp": queries.timestamp(post.visible_at),
            "shortcode": post.details["shortcode"],
            "username": account.username if account else None,
            "alt_text": post.details["draft"].options.get("alt_text"),
            "children": {"data": [{"id": f"{post.id}{n}"} for n in range(items)]}
            if media_type == "CAROUSEL_ALBUM"
            else None,
        }
        return queries.only(everything, fields)


def _types(post: Post) -> tuple[str, str]:
    """`media_type` and `media_product_type` of a post (section 3.1)."""
    kind = post.details["draft"].kind
    if kind == "CAROUSEL":
        return "CAROUSEL_ALBUM", "FEED"
    shown = "VIDEO" if post.media[0].kind == "video" else "IMAGE"
    return shown, {"REELS": "REELS", "STORIES": "STORY"}.get(kind, "FEED")


def _is_story(post: Post) -> bool:
    return post.details["draft"].kind == "STORIES"


def _is_over(post: Post) -> bool:
    return _is_story(post) and clock.now() >= post.visible_at + STORY_LIFETIME


def _container_as_json(container: Container[Draft]) -> dict[str, Any]:
    code = container.status
    sentence = {
        "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
        "IN_PROGRESS": "In Progress: Media is still being processed.",
        "EXPIRED": "Expired: The container has expired.",
        "PUBLISHED": "Published: Media has been published.",
        "ERROR": f"Error: Media upload has failed with error code {container.failure}",
    }[code]
    everything = {"id": container.id, "status": sentence, "status_code": code}
    return queries.only(everything, queries.fields(CONTAINER_FIELDS))


def _since() -> datetime | None:
    value = request.args.get("since")
    if value is None:
        return None
    if not value.isascii() or not value.isdigit():
        raise meta_errors.bad_parameter("Param since must be a unix time.")
    return datetime.fromtimestamp(int(value), UTC)
