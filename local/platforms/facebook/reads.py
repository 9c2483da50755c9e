"""What Facebook lets one read: posts, videos, photos, and the Page's lists.

Sections 3.4 to 3.6, 7 and 8 of the notes on Facebook.
"""

import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request

from local.platforms.facebook.videos import Video, status_of
from local.platforms.meta import errors as meta_errors
from local.platforms.posts import Post

if TYPE_CHECKING:
    from local.platforms.facebook.twin import Facebook

PAGE_DEFAULT, PAGE_MOST = 25, 100
Fields = dict[str, "Fields"]


class ReadEndpoints:
    """The reading half of the twin of Facebook."""

    def __init__(self, platform: "Facebook") -> None:
        self._facebook = platform

    def routes(self) -> None:
        """Declare the paths."""
        for edge in ("feed", "published_posts"):
            self._facebook.route("GET", f"/v26.0/<page_id>/{edge}", self.posts)
        self._facebook.route("GET", "/v26.0/<page_id>/stories", self.stories)
        self._facebook.route("GET", "/v26.0/<node_id>", self.node)

    def node(self, node_id: str) -> Any:
        """`GET /{video, post or Page}?fields=`."""
        account = self._facebook.authorized()
        fields = read_fields(request.args.get("fields", ""))
        video = self._facebook.videos.get(node_id)
        if video is not None and video.account_id == account.account_id:
            return _selected(_video_as_json(video), fields)
        post = self._facebook.posts.get(node_id)
        if post is not None and post.account_id == account.account_id:
            return _selected(_post_as_json(post), fields)
        if node_id == account.external_id:
            return _selected({"id": node_id, "name": account.username}, fields)
        raise meta_errors.no_such_object("GET", node_id)

    def posts(self, page_id: str) -> Any:
        """`GET /{page}/published_posts`: newest first, without stories."""
        return self._listing(page_id, "post")

    def stories(self, page_id: str) -> Any:
        """`GET /{page}/stories`: newest first."""
        return self._listing(page_id, "story")

    def _listing(self, page_id: str, kind: str) -> Any:
        account = self._facebook.authorized(page_id, "pages_read_engagement")
        fields = read_fields(request.args.get("fields", ""))
        since = _since()
        found = [
            post
            for post in self._facebook.listed(account.account_id)
            if post.details["kind"] == kind and post.visible_at.timestamp() >= since
        ]
        start, size = _cursor(), _limit()
        page = found[start : start + size]
        as_json = _story_as_json if kind == "story" else _post_as_json
        answer: dict[str, Any] = {"data": [_selected(as_json(post), fields) for post in page]}
        if page:
            answer["paging"] = _paging(start, len(page), more=len(found) > start + size)
        return answer


def read_fields(text: str) -> Fields:
    """`a,b{c,d{e}}` as `{a: {}, b: {c: {}, d: {e: {}}}}`. Raises Refusal."""
    tree: Fields = {}
    stack = [tree]
    name = ""
    for character in f"{text},":
        if character in ",{}" and name:
            stack[-1][name] = {}
        if character == "{":
            stack.append(stack[-1].get(name, {}))
        elif character == "}" and len(stack) > 1:
            stack.pop()
        elif character == "}":
            raise meta_errors.bad_parameter("Syntax error in fields")
        name = "" if character in ",{}" else name + character
    if len(stack) > 1:
        raise meta_errors.bad_parameter("Syntax error in fields")
    return tree


def _selected(everything: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """The fields asked for as far as they have a value, and `id` always. Raises Refusal."""
    chosen: dict[str, Any] = {}
    for name, below in fields.items():
        if name not in everything:
            message = f"Tried accessing nonexisting field ({name}) on node type"
            raise meta_errors.bad_parameter(message)
        value = everything[name]
        if isinstance(value, dict) and "data" in value:
            value = {"data": [_selected(entry, below) for entry in value["data"]]}
        if value is not None:
            chosen[name] = value
    if "id" in everything:
        chosen["id"] = everything["id"]
    return chosen


def _video_as_json(video: Video) -> dict[str, Any]:
    post = video.post if video.is_live else None
    return {
        "id": video.id,
        "status": status_of(video),
        "published": post is not None,
        # Without the Page's id in front.
        "post_id": post.details["number"] if post else None,
        "permalink_url": post.details["path"] if post else None,
        "description": post.text or None if post else None,
        "title": post.details["title"] if post else None,
        "length": None,
    }


def _post_as_json(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "message": post.text or None,
        "created_time": _time(post.visible_at),
        "permalink_url": f"https://www.facebook.com{post.details['path']}",
        "is_published": True,
        "attachments": _attachments(post),
    }


def _attachments(post: Post) -> dict[str, Any] | None:
    """One entry; an album's photos lie below it."""
    link = post.details.get("link")
    if not post.media:
        preview = {"media_type": "link", "target": {"url": link}, "subattachments": None}
        return {"data": [preview]} if link else None
    parts = [
        {"media_type": item.kind.replace("image", "photo"), "target": {}, "subattachments": None}
        for item in post.media
    ]
    if len(parts) == 1:
        return {"data": parts}
    album = {"media_type": "album", "target": {}, "subattachments": {"data": parts}}
    return {"data": [album]}


def _story_as_json(post: Post) -> dict[str, Any]:
    return {
        "post_id": post.id,
        "status": "PUBLISHED",
        "creation_time": str(int(post.visible_at.timestamp())),
        "media_type": post.media[0].kind.replace("image", "photo"),
        "media_id": post.details["media_id"],
        "url": f"https://www.facebook.com{post.details['path']}",
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _number(name: str, default: int, most: int) -> int:
    value = request.args.get(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) > most:
        raise meta_errors.bad_parameter(f"Param {name} must be an integer of at most {most}.")
    return int(value)


def _since() -> int:
    return _number("since", 0, 2**40)


def _limit() -> int:
    return _number("limit", PAGE_DEFAULT, PAGE_MOST)


def _cursor() -> int:
    value = request.args.get("after")
    if not value:
        return 0
    try:
        return int(base64.urlsafe_b64decode(value.encode()))
    except (binascii.Error, ValueError):
        raise meta_errors.bad_parameter("Param after is not a valid cursor.") from None


def _paging(start: int, count: int, more: bool) -> dict[str, Any]:
    """`{cursors: {before, after}, next?}`; the address of the next page carries no token."""
    before, after = (
        base64.urlsafe_b64encode(str(n).encode()).decode() for n in (start, start + count)
    )
    paging: dict[str, Any] = {"cursors": {"before": before, "after": after}}
    if more:
        query = {k: v for k, v in request.args.items() if k not in ("access_token", "before")}
        paging["next"] = f"{request.base_url}?{urlencode(query | {'after': after})}"
    return paging
