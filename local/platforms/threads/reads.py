"""Reading from Threads: containers, posts, the profile, lists and quotas.

Sections 2, 3.2, 3.4, 5 and 7 of the notes on Threads.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from local.platforms.accounts import Account
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.meta.containers import Container
from local.platforms.posts import Post
from local.platforms.threads.drafts import Draft
from local.platforms.threads.state import State
from shared import clock

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
        if post is not None:
            return self._post_as_json(post, queries.fields(POST_FIELDS))
        raise meta_errors.no_such_object("GET", node_id)

    def profile(self) -> Any:
        """`GET /{version}/me?fields=`."""
        account = self._state.authorized()
        everything = {
            "id": account.external_id,
            "username": account.username,
            "name": account.username,
            "threads_biography": "",
            "is_verified": False,
        }
        return queries.only(everything, queries.fields(PROFILE_FIELDS))

    def own_posts(self) -> Any:
        """`GET /{version}/me/threads`: newest first, without replies."""
        return self._listing(replies=False)

    def own_replies(self) -> Any:
        """`GET /{version}/me/replies`: newest first."""
        return self._listing(replies=True)

    def publishing_limit(self) -> Any:
        """`GET /{version}/me/threads_publishing_limit?fields=`: use of the last 24 hours."""
        account = self._state.authorized()
        used = self._used(account)
        everything: dict[str, Any] = {}
        for prefix, total in QUOTAS.items():
            everything[f"{prefix}quota_usage"] = used[prefix]
            config = {"quota_total": total, "quota_duration": QUOTA_SECONDS}
            everything[f"{prefix}config"] = config
        names = queries.fields(QUOTA_FIELDS, default=("quota_usage",))
        return {"data": [{name: everything[name] for name in names}]}

    def _used(self, account: Account) -> dict[str, int]:
        usage = self._state.usage_of(account)
        since = clock.now() - timedelta(seconds=QUOTA_SECONDS)
        recent = [is_reply for moment, is_reply in usage.publications if moment > since]
        fault = self._platform.struck_by()
        exhausted = fault is not None and fault.mode == "quota"
        return {
            "": QUOTAS[""] if exhausted else recent.count(False),
            "reply_": recent.count(True),
            "delete_": sum(moment > since for moment in usage.deletes),
        }

    def _listing(self, replies: bool) -> Any:
        account = self._state.authorized()
        fields = queries.fields(POST_FIELDS)
        size = queries.limit()
        posts = [
            post
            for post in self._platform.listed(account.account_id)
            if (post.details["draft"].reply_to_id is not None) == replies and _in_time(post)
        ]
        page, more = _page(posts, size)
        answer: dict[str, Any] = {"data": [self._post_as_json(post, fields) for post in page]}
        if page:
            answer["paging"] = queries.paging(page[0].id, page[-1].id, more=more)
        return answer

    def _post_as_json(self, post: Post, fields: tuple[str, ...]) -> dict[str, Any]:
        account = self._platform.accounts.get(post.account_id)
        draft = post.details["draft"]
        everything = {
            "id": post.id,
            "media_product_type": "THREADS",
            "media_type": _SHOWN_AS.get(draft.kind, draft.kind),
            "text": post.shown,
            "permalink": post.details["permalink"],
            "owner": {"id": account.external_id} if account else None,
            "username": account.username if account else None,
            "timestamp": queries.timestamp(post.visible_at),
            "shortcode": post.details["shortcode"],
            "is_quote_post": draft.quote_post_id is not None,
            "is_reply": draft.reply_to_id is not None,
            "replied_to": {"id": draft.reply_to_id} if draft.reply_to_id else None,
            "quoted_post": {"id": draft.quote_post_id} if draft.quote_post_id else None,
            "reply_audience": draft.reply_control.upper(),
            "link_attachment_url": draft.link_attachment,
            "topic_tag": post.details["topic_tag"],
        }
        return queries.only(everything, fields)


def _container_as_json(container: Container[Draft]) -> dict[str, Any]:
    status = container.status
    error = container.failure if status == "ERROR" else None
    everything = {"id": container.id, "status": status, "error_message": error}
    return queries.only(everything, queries.fields(CONTAINER_FIELDS))


def _in_time(post: Post) -> bool:
    since, until = _moment("since"), _moment("until")
    return (since is None or post.visible_at >= since) and (
        until is None or post.visible_at <= until
    )


def _moment(name: str) -> datetime | None:
    """A time in Unix seconds, or a date. Raises Refusal."""
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
    """The posts of this page, and whether there are more."""
    after, before = queries.cursor("after"), queries.cursor("before")
    if after is not None:
        posts = [post for post in posts if int(post.id) < after]
    if before is not None:
        newer = [post for post in posts if int(post.id) > before]
        return newer[-size:], len(newer) < len(posts)
    return posts[:size], len(posts) > size
