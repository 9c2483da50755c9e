"""What Instagram lets one read: containers, posts, stories, the profile and the quota.

Sections 2, 3, 5, 7 and 8 of the notes on Instagram.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request

from local.platforms.meta import errors as meta_errors
from local.platforms.posts import Post
from shared import clock

if TYPE_CHECKING:
    from local.platforms.instagram.twin import Container, Instagram

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
# The guide says 100 as well (section 5): a client must not count on either.
QUOTA_TOTAL, QUOTA_SECONDS = 50, 86400
STORY_LIFETIME = timedelta(hours=24)
PAGE_DEFAULT, PAGE_MOST = 25, 100


class ReadEndpoints:
    """The reading half of the twin of Instagram."""

    def __init__(self, platform: "Instagram") -> None:
        self._instagram = platform

    def routes(self) -> None:
        """Declare the paths."""
        api = "/v26.0"
        self._instagram.route("GET", f"{api}/me", self.profile)
        self._instagram.route("GET", f"{api}/<node_id>", self.node)
        self._instagram.route("GET", f"{api}/<user_id>/media", self.media)
        self._instagram.route("GET", f"{api}/<user_id>/stories", self.stories)
        self._instagram.route(
            "GET", f"{api}/<user_id>/content_publishing_limit", self.publishing_limit
        )

    def node(self, node_id: str) -> Any:
        """`GET /v26.0/{container or post}?fields=`: the fields that were asked for."""
        account = self._instagram.authorized()
        container = self._instagram.containers.get(node_id)
        if container is not None and container.account_id == account.account_id:
            return _container_as_json(container)
        post = self._instagram.posts.get(node_id)
        if post is not None and post.account_id == account.account_id and not _is_over(post):
            return self._post_as_json(post, _fields(POST_FIELDS))
        raise meta_errors.no_such_object("GET", node_id)

    def profile(self) -> Any:
        """`GET /v26.0/me?fields=`: `user_id` is what all paths want, `id` is the app's own."""
        account = self._instagram.authorized()
        everything = {
            "id": f"9{account.external_id[1:]}",
            "user_id": account.external_id,
            "username": account.username,
            "name": account.username,
            "account_type": "BUSINESS",
            "followers_count": 0,
            "media_count": len(self._instagram.posts.all(account.account_id)),
        }
        return _only(everything, _fields(PROFILE_FIELDS))

    def media(self, user_id: str) -> Any:
        """`GET /v26.0/{user}/media`: newest first, without stories."""
        account = self._instagram.owner(user_id)
        fields, size, since = _fields(POST_FIELDS), _limit(), _since()
        posts = [
            post
            for post in self._instagram.listed(account.account_id)
            if not _is_story(post) and (since is None or post.visible_at >= since)
        ]
        after = _after()
        if after is not None:
            posts = [post for post in posts if int(post.id) < after]
        page = posts[:size]
        answer: dict[str, Any] = {"data": [self._post_as_json(post, fields) for post in page]}
        if page:
            answer["paging"] = _paging(page, more=len(posts) > size)
        return answer

    def stories(self, user_id: str) -> Any:
        """`GET /v26.0/{user}/stories`: those of the last 24 hours."""
        account = self._instagram.owner(user_id)
        fields = _fields(POST_FIELDS)
        shown = [
            self._post_as_json(post, fields)
            for post in self._instagram.listed(account.account_id)
            if _is_story(post) and not _is_over(post)
        ]
        return {"data": shown}

    def publishing_limit(self, user_id: str) -> Any:
        """`GET /v26.0/{user}/content_publishing_limit?fields=`: use of the last 24 hours."""
        account = self._instagram.owner(user_id)
        earliest = clock.now() - timedelta(seconds=QUOTA_SECONDS)
        since = max(_since() or earliest, earliest)
        posts = self._instagram.posts.all(account.account_id)
        used = sum(post.visible_at > since for post in posts)
        fault = self._instagram.struck_by()
        everything = {
            "quota_usage": QUOTA_TOTAL if fault and fault.mode == "quota" else used,
            "config": {"quota_total": QUOTA_TOTAL, "quota_duration": QUOTA_SECONDS},
        }
        asked = _fields(QUOTA_FIELDS) or ("quota_usage",)
        return {"data": [{name: everything[name] for name in asked}]}

    def _post_as_json(self, post: Post, fields: tuple[str, ...]) -> dict[str, Any]:
        account = self._instagram.accounts.get(post.account_id)
        media_type, product = _types(post)
        items = len(post.media)
        everything = {
            "id": post.id,
            "caption": post.shown or None,
            "media_type": media_type,
            "media_product_type": product,
            "permalink": post.details["permalink"],
            "timestamp": post.visible_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "shortcode": post.details["shortcode"],
            "username": account.username if account else None,
            "alt_text": post.details["wanted"].options.get("alt_text"),
            "children": {"data": [{"id": f"{post.id}{n}"} for n in range(items)]}
            if media_type == "CAROUSEL_ALBUM"
            else None,
        }
        return _only(everything, fields)


def _types(post: Post) -> tuple[str, str]:
    """`media_type` and `media_product_type` of a post (section 3.1)."""
    kind = post.details["wanted"].kind
    if kind == "CAROUSEL":
        return "CAROUSEL_ALBUM", "FEED"
    shown = "VIDEO" if post.media[0].kind == "video" else "IMAGE"
    return shown, {"REELS": "REELS", "STORIES": "STORY"}.get(kind, "FEED")


def _is_story(post: Post) -> bool:
    return post.details["wanted"].kind == "STORIES"


def _is_over(post: Post) -> bool:
    return _is_story(post) and clock.now() >= post.visible_at + STORY_LIFETIME


def _container_as_json(container: "Container") -> dict[str, Any]:
    everything = {
        "id": container.id,
        "status": container.status,
        "status_code": container.status_code,
    }
    return _only(everything, _fields(CONTAINER_FIELDS))


def _fields(known: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that the query asks for. Raises Refusal for one that there is not."""
    asked = [name for name in request.args.get("fields", "").split(",") if name]
    for name in asked:
        if name not in known:
            raise meta_errors.bad_parameter(f"Tried accessing nonexisting field ({name})")
    return tuple(asked)


def _only(everything: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The fields asked for as far as they have a value, and `id` always."""
    values = {name: everything.get(name) for name in (*fields, "id")}
    return {name: value for name, value in values.items() if value is not None}


def _limit() -> int:
    value = request.args.get("limit", str(PAGE_DEFAULT))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= PAGE_MOST:
        raise meta_errors.bad_parameter(f"Param limit must be from 1 to {PAGE_MOST}.")
    return int(value)


def _since() -> datetime | None:
    value = request.args.get("since")
    if value is None:
        return None
    if not value.isascii() or not value.isdigit():
        raise meta_errors.bad_parameter("Param since must be a unix time.")
    return datetime.fromtimestamp(int(value), UTC)


def _after() -> int | None:
    value = request.args.get("after")
    if not value:
        return None
    try:
        return int(base64.urlsafe_b64decode(value.encode()))
    except (binascii.Error, ValueError):
        raise meta_errors.bad_parameter("Param after is not a valid cursor.") from None


def _paging(page: list[Post], more: bool) -> dict[str, Any]:
    """`{cursors: {before, after}, next?}`; the address of the next page carries no token."""
    before, after = (
        base64.urlsafe_b64encode(post.id.encode()).decode() for post in (page[0], page[-1])
    )
    paging: dict[str, Any] = {"cursors": {"before": before, "after": after}}
    if more:
        query = {k: v for k, v in request.args.items() if k != "access_token"}
        paging["next"] = f"{request.base_url}?{urlencode(query | {'after': after})}"
    return paging
