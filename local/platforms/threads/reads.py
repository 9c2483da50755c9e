"""What Threads lets one read: containers, posts, the profile, listings and quotas.

Sections 2, 3.2, 3.4, 5 and 7 of the notes on Threads.
"""

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request

from local.platforms.accounts import Account
from local.platforms.meta import errors as meta_errors
from local.platforms.posts import Post
from shared import clock

if TYPE_CHECKING:
    from local.platforms.threads.twin import Container, Threads

CONTAINER_FIELDS = ("id", "status", "error_message")
PROFILE_FIELDS = (
    "id",
    "username",
    "name",
    "threads_profile_picture_url",
    "threads_biography",
    "is_verified",
)
POST_FIELDS = (
    "id",
    "media_product_type",
    "media_type",
    "text",
    "permalink",
    "owner",
    "username",
    "timestamp",
    "shortcode",
    "is_quote_post",
    "is_reply",
    "replied_to",
    "quoted_post",
    "reply_audience",
    "link_attachment_url",
    "topic_tag",
)
# Section 5: total for 24 hours, by the prefix of the fields.
QUOTAS = {"": 250, "reply_": 1000, "delete_": 100}
QUOTA_FIELDS = tuple(f"{p}{f}" for p in QUOTAS for f in ("quota_usage", "config"))
QUOTA_SECONDS = 86400
_SHOWN_AS = {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}
PAGE_DEFAULT, PAGE_MOST = 25, 100


class ReadEndpoints:
    """The reading half of the twin of Threads."""

    def __init__(self, platform: "Threads") -> None:
        self._threads = platform

    def routes(self) -> None:
        """Declare the paths."""
        self._threads.route("GET", "/v1.0/me", self.profile)
        self._threads.route("GET", "/v1.0/me/threads", self.own_posts)
        self._threads.route("GET", "/v1.0/me/replies", self.own_replies)
        self._threads.route("GET", "/v1.0/me/threads_publishing_limit", self.publishing_limit)
        self._threads.route("GET", "/v1.0/<node_id>", self.node)

    def node(self, node_id: str) -> Any:
        """`GET /v1.0/{container or post}?fields=`: the fields that were asked for."""
        account = self._threads.authorized()
        container = self._threads.containers.get(node_id)
        if container is not None and container.account_id == account.account_id:
            return _container_as_json(container)
        post = self._threads.posts.get(node_id)
        if post is not None:
            return self._post_as_json(post, _fields(POST_FIELDS))
        raise meta_errors.no_such_object("GET", node_id)

    def profile(self) -> Any:
        """`GET /v1.0/me?fields=`."""
        account = self._threads.authorized()
        everything = {
            "id": account.external_id,
            "username": account.username,
            "name": account.username,
            "threads_biography": "",
            "is_verified": False,
        }
        return _only(everything, _fields(PROFILE_FIELDS))

    def own_posts(self) -> Any:
        """`GET /v1.0/me/threads`: newest first, without replies."""
        return self._listing(replies=False)

    def own_replies(self) -> Any:
        """`GET /v1.0/me/replies`: newest first."""
        return self._listing(replies=True)

    def publishing_limit(self) -> Any:
        """`GET /v1.0/me/threads_publishing_limit?fields=`: use of the last 24 hours."""
        account = self._threads.authorized()
        used = self._used(account)
        everything: dict[str, Any] = {}
        for prefix, total in QUOTAS.items():
            everything[f"{prefix}quota_usage"] = used[prefix]
            config = {"quota_total": total, "quota_duration": QUOTA_SECONDS}
            everything[f"{prefix}config"] = config
        asked = _fields(QUOTA_FIELDS, default=("quota_usage",))
        return {"data": [{name: everything[name] for name in asked}]}

    def _used(self, account: Account) -> dict[str, int]:
        usage = self._threads.usage_of(account)
        since = clock.now() - timedelta(seconds=QUOTA_SECONDS)
        recent = [is_reply for moment, is_reply in usage.publications if moment > since]
        fault = self._threads.struck_by()
        exhausted = fault is not None and fault.mode == "quota"
        return {
            "": QUOTAS[""] if exhausted else recent.count(False),
            "reply_": recent.count(True),
            "delete_": sum(moment > since for moment in usage.deletes),
        }

    def _listing(self, replies: bool) -> Any:
        account = self._threads.authorized()
        fields = _fields(POST_FIELDS)
        size = _limit()
        posts = [
            post
            for post in self._threads.listed(account.account_id)
            if (post.details["made"].reply_to_id is not None) == replies and _in_time(post)
        ]
        page, more = _page(posts, size)
        answer: dict[str, Any] = {"data": [self._post_as_json(post, fields) for post in page]}
        if page:
            answer["paging"] = _paging(page, more)
        return answer

    def _post_as_json(self, post: Post, fields: tuple[str, ...]) -> dict[str, Any]:
        account = self._threads.accounts.get(post.account_id)
        made = post.details["made"]
        everything = {
            "id": post.id,
            "media_product_type": "THREADS",
            "media_type": _SHOWN_AS.get(made.kind, made.kind),
            "text": post.shown,
            "permalink": post.details["permalink"],
            "owner": {"id": account.external_id} if account else None,
            "username": account.username if account else None,
            "timestamp": post.visible_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "shortcode": post.details["shortcode"],
            "is_quote_post": made.quote_post_id is not None,
            "is_reply": made.reply_to_id is not None,
            "replied_to": {"id": made.reply_to_id} if made.reply_to_id else None,
            "quoted_post": {"id": made.quote_post_id} if made.quote_post_id else None,
            "reply_audience": made.reply_control.upper(),
            "link_attachment_url": made.link_attachment,
            "topic_tag": post.details["topic_tag"],
        }
        return _only(everything, fields)


def _container_as_json(container: "Container") -> dict[str, Any]:
    status = container.status
    error = container.error_message if status == "ERROR" else None
    everything = {"id": container.id, "status": status, "error_message": error}
    return _only(everything, _fields(CONTAINER_FIELDS))


def _fields(known: tuple[str, ...], default: Iterable[str] = ()) -> tuple[str, ...]:
    """The fields that the query asks for. Raises Refusal for one that there is not."""
    asked = [name for name in request.args.get("fields", "").split(",") if name]
    for name in asked:
        if name not in known:
            raise meta_errors.bad_parameter(f"Tried accessing nonexisting field ({name})")
    return tuple(asked or default)


def _only(everything: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The fields asked for as far as they have a value, and `id` always."""
    values = {name: everything.get(name) for name in (*fields, "id")}
    return {name: value for name, value in values.items() if value is not None}


def _limit() -> int:
    value = request.args.get("limit", str(PAGE_DEFAULT))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= PAGE_MOST:
        raise meta_errors.bad_parameter(f"Param limit must be from 1 to {PAGE_MOST}.")
    return int(value)


def _in_time(post: Post) -> bool:
    since, until = _moment("since"), _moment("until")
    return (since is None or post.visible_at >= since) and (
        until is None or post.visible_at <= until
    )


def _moment(name: str) -> datetime | None:
    """A moment in unix seconds, or a date. Raises Refusal."""
    value = request.args.get(name)
    if value is None:
        return None
    try:
        if value.isascii() and value.isdigit():
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        raise meta_errors.bad_parameter(f"Param {name} must be a unix time or a date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _page(posts: list[Post], size: int) -> tuple[list[Post], bool]:
    """The posts of this page, and whether there are older ones."""
    after, before = _cursor("after"), _cursor("before")
    if after is not None:
        posts = [post for post in posts if int(post.id) < after]
    if before is not None:
        newer = [post for post in posts if int(post.id) > before]
        return newer[-size:], len(newer) < len(posts)
    return posts[:size], len(posts) > size


def _cursor(name: str) -> int | None:
    value = request.args.get(name)
    if not value:
        return None
    try:
        return int(base64.urlsafe_b64decode(value.encode()))
    except (binascii.Error, ValueError):
        raise meta_errors.bad_parameter(f"Param {name} is not a valid cursor.") from None


def _as_cursor(post: Post) -> str:
    return base64.urlsafe_b64encode(post.id.encode()).decode()


def _paging(page: list[Post], more: bool) -> dict[str, Any]:
    """`{cursors: {before, after}, next?}`; the address of the next page carries no token."""
    paging: dict[str, Any] = {
        "cursors": {"before": _as_cursor(page[0]), "after": _as_cursor(page[-1])}
    }
    if more:
        query = {k: v for k, v in request.args.items() if k not in ("access_token", "before")}
        query["after"] = _as_cursor(page[-1])
        paging["next"] = f"{request.base_url}?{urlencode(query)}"
    return paging
