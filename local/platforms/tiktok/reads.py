"""Reading from TikTok: the creator, the status of a post, the account's public posts.

The references on developers.tiktok.com as of November 2026.
"""

from collections.abc import Iterable
from typing import Any

from flask import request

from local.platforms import clock
from local.platforms.posts import Post
from local.platforms.simulation import Endpoints
from local.platforms.tiktok.checks import json_body
from local.platforms.tiktok.errors import invalid, refusal, wrapped
from local.platforms.tiktok.state import State

VIDEO_FIELDS = (
    "id",
    "create_time",
    "cover_image_url",
    "share_url",
    "video_description",
    "duration",
    "height",
    "width",
    "title",
    "embed_link",
    "like_count",
    "comment_count",
    "share_count",
    "view_count",
)
# Scope -> the fields that it opens.
USER_FIELDS = {
    "user.info.basic": (
        "open_id",
        "union_id",
        "avatar_url",
        "avatar_url_100",
        "avatar_large_url",
        "display_name",
    ),
    "user.info.profile": ("bio_description", "profile_deep_link", "is_verified", "username"),
    "user.info.stats": ("follower_count", "following_count", "likes_count", "video_count"),
}
PAGE_MOST, PAGE_DEFAULT = 20, 10


class ReadEndpoints(Endpoints[State]):
    def creator_info(self) -> Any:
        """The creator, and what the account can do now."""
        account = self._state.authorized("video.publish")
        creator = self._state.creator
        return wrapped(
            {
                "creator_avatar_url": f"https://p16.example/{account.external_id}.jpeg",
                "creator_username": account.username,
                "creator_nickname": account.username,
                "privacy_level_options": creator.privacy_levels,
                "comment_disabled": creator.comment_disabled,
                "duet_disabled": creator.duet_disabled,
                "stitch_disabled": creator.stitch_disabled,
                "max_video_post_duration_sec": creator.max_video_post_duration_sec,
            }
        )

    def status(self) -> Any:
        """The status of a publish id."""
        account = self._state.authorized("video.publish", "video.upload")
        publication = self._state.publications.get(str(json_body().get("publish_id")))
        if publication is None:
            raise refusal(400, "invalid_publish_id")
        if publication.account_id != account.account_id:
            raise refusal(400, "token_not_authorized_for_specified_publish_id")
        self._state.act_out_fault(publication)
        self._state.settle(publication)
        status = publication.status(self._platform.processing_time)
        post = self._platform.posts.get(publication.post_id or "")
        is_named = post is not None and publication.is_public and self._is_moderated(post)
        counted = "downloaded_bytes" if publication.is_pulled else "uploaded_bytes"
        return wrapped(
            {
                "status": status,
                "fail_reason": publication.fail_reason if status == "FAILED" else "",
                "publicaly_available_post_id": [int(post.id)] if post and is_named else [],
                counted: publication.uploaded,
            }
        )

    def own_posts(self) -> Any:
        """`{videos, cursor, has_more}`: public posts, newest first."""
        account = self._state.authorized("video.list")
        fields = _fields(VIDEO_FIELDS)
        body = json_body()
        size = body.get("max_count", PAGE_DEFAULT)
        if type(size) is not int or not 1 <= size <= PAGE_MOST:
            raise invalid(f"max_count must be from 1 to {PAGE_MOST}.")
        cursor = body.get("cursor")
        if cursor is not None and type(cursor) is not int:
            raise invalid("cursor must be a number.")
        self._state.settle_all()
        posts = [
            post
            for post in self._platform.listed(account.account_id)
            if post.details["is_public"] and (cursor is None or _milliseconds(post) < cursor)
        ]
        page = posts[:size]
        return wrapped(
            {
                "videos": [self._post_as_json(post, fields) for post in page],
                "cursor": _milliseconds(page[-1]) if page else 0,
                "has_more": len(posts) > size,
            }
        )

    def posts_by_id(self) -> Any:
        """`{videos}`: those of the account that are public; others are left out."""
        account = self._state.authorized("video.list")
        fields = _fields(VIDEO_FIELDS)
        filters = json_body().get("filters")
        wanted = filters.get("video_ids") if isinstance(filters, dict) else None
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= PAGE_MOST:
            raise invalid(f"filters.video_ids must be 1 to {PAGE_MOST} ids.")
        found = [
            post
            for post in self._platform.posts.all(account.account_id)
            if post.id in wanted and post.details["is_public"]
        ]
        return wrapped({"videos": [self._post_as_json(post, fields) for post in found]})

    def user(self) -> Any:
        """`{user}` with the requested fields."""
        grant = self._state.granted("user.info.basic")
        account = grant.account
        fields = _fields([name for names in USER_FIELDS.values() for name in names])
        for scope, names in USER_FIELDS.items():
            if not grant.may(scope) and set(names) & set(fields):
                raise refusal(401, "scope_not_authorized")
        picture = f"https://p16.example/{account.external_id}"
        everything = {
            "open_id": account.external_id,
            "union_id": f"union-{account.external_id}",
            "avatar_url": f"{picture}.jpeg",
            "avatar_url_100": f"{picture}_100.jpeg",
            "avatar_large_url": f"{picture}_large.jpeg",
            "display_name": account.username,
            "bio_description": "",
            "profile_deep_link": f"https://vm.tiktok.example/{account.external_id}",
            "is_verified": False,
            "username": account.username,
            "follower_count": 0,
            "following_count": 0,
            "likes_count": 0,
            "video_count": len(self._platform.posts.all(account.account_id)),
        }
        return wrapped({"user": {name: everything[name] for name in fields}})

    def _post_as_json(self, post: Post, fields: Iterable[str]) -> dict[str, Any]:
        numbers = self._platform.numbers_of(post)
        everything = {
            "id": post.id,
            "create_time": int(post.visible_at.timestamp()),
            "share_url": post.details["share_url"],
            "video_description": post.shown,
            "title": post.details["title"],
            "duration": post.details["duration"],
            "like_count": numbers["likes"],
            "comment_count": numbers["comments"],
            "share_count": numbers["shares"],
            "view_count": numbers["views"],
        }
        shown = {name: everything.get(name, 0) for name in fields}
        return {name: value for name, value in shown.items() if value is not None}

    def _is_moderated(self, post: Post) -> bool:
        return clock.now() >= post.visible_at + self._state.moderation_time


def _fields(known: Iterable[str]) -> list[str]:
    """The fields that the query names. Raises Refusal."""
    names = [name for name in request.args.get("fields", "").split(",") if name]
    if not names or not set(names) <= set(known):
        raise invalid("fields must name existing fields.")
    return names


def _milliseconds(post: Post) -> int:
    return int(post.visible_at.timestamp() * 1000)
