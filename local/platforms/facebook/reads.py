"""Reading from Facebook: posts, videos, photos, and the Page's lists.

Sections 3.4 to 3.6, 7 and 8 of the notes on Facebook.
"""

from typing import Any

from flask import request

from local.platforms.facebook.state import State, Video
from local.platforms.facebook.videos import status_of
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.posts import Post

Fields = dict[str, "Fields"]


class Reads:
    def __init__(self, state: State) -> None:
        self._state = state
        self._platform = state.platform

    def node(self, node_id: str) -> Any:
        """`GET /{video, post or Page}?fields=`."""
        account = self._state.authorized()
        fields = read_fields(request.args.get("fields", ""))
        video = self._state.videos.get(node_id)
        if video is not None and video.account_id == account.account_id:
            return _selected(_video_as_json(video), fields)
        post = self._platform.posts.get(node_id)
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
        account = self._state.authorized(page_id, "pages_read_engagement")
        fields = read_fields(request.args.get("fields", ""))
        since = _since()
        posts = [
            post
            for post in self._platform.listed(account.account_id)
            if post.details["kind"] == kind and post.visible_at.timestamp() >= since
        ]
        start, size = queries.cursor("after") or 0, _limit()
        page = posts[start : start + size]
        as_json = _story_as_json if kind == "story" else _post_as_json
        answer: dict[str, Any] = {"data": [_selected(as_json(post), fields) for post in page]}
        if page:
            end = start + len(page)
            answer["paging"] = queries.paging(start, end, more=len(posts) > end)
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
    """The named fields that have a value, and `id` always. Raises Refusal."""
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
        "created_time": queries.timestamp(post.visible_at),
        "permalink_url": f"https://www.facebook.com{post.details['path']}",
        "is_published": True,
        "attachments": _attachments(post),
    }


def _attachments(post: Post) -> dict[str, Any] | None:
    """One entry; an album has its photos as subattachments."""
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


def _number(name: str, default: int, most: int) -> int:
    value = request.args.get(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) > most:
        raise meta_errors.bad_parameter(f"Param {name} must be an integer of at most {most}.")
    return int(value)


def _since() -> int:
    return _number("since", 0, 2**40)


def _limit() -> int:
    return _number("limit", queries.PAGE_DEFAULT, queries.PAGE_MOST)
