"""Containers of Threads: made of text and media by their URLs, asked after, made anew.

The checkpoint holds `container` of the post and how many `containers` were made for it. Before a
carousel's own come those of its `items`, of which the first `ready` are finished.

Facts are from developers.facebook.com/docs/threads (posts, reference/publishing) as of
2026-11-22; where only other clients' reports are known, a comment says so.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import (
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
)
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms.base import Pending, Post, Step
from shared.platforms.http import Answer, Http
from shared.platforms.threads.errors import is_race

API = "/v1.0"

CREATE_ITEM = Step("create_carousel_item")
CHECK_ITEM = Step("check_carousel_item", polls=True)
CREATE = Step("create_container")
CHECK = Step("check_container", polls=True)

# The guide polls once a minute for five minutes; text and images are ready at once in practice,
# videos within seconds to minutes (gitroomhq/postiz-app).
POLL_AFTER = (1, 2, 3, 5, 10, 30, 60, 60, 60, 60, 60)
VIDEO_POLL_AFTER = (2, 3, 5, 5, 5, 10, 10, 10, 10, 30, 30, 60, 60, 60, 60, 60, 60, 60, 60)
# 24/4279009 on publishing is a race even after FINISHED (fbsamples/threads_api#70).
RACE_AFTER = (2, 5, 10, 20)
MAX_CONTAINERS = 3

Accepted = Callable[[Answer], dict[str, Any]]


def next_step(content: Content, checkpoint: Mapping[str, Any]) -> Step | None:
    """What comes next; None when the container waits to be published."""
    if "container" in checkpoint:
        return None if checkpoint.get("finished") else CHECK
    items = len(content.media) if len(content.media) > 1 else 0
    if len(checkpoint.get("items", ())) < items:
        return CREATE_ITEM
    return CHECK_ITEM if checkpoint.get("ready", 0) < items else CREATE


class Containers:
    """The steps above. `accepted` gives the fields of an answer, or raises what it means."""

    def __init__(self, accepted: Accepted) -> None:
        self._accepted = accepted

    def take(self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        """Do one of the steps. Raises a PlatformError."""
        take_step = {
            CREATE_ITEM: self._create_item,
            CHECK_ITEM: self._check_item,
            CREATE: self._create,
            CHECK: self._check,
        }[step]
        return take_step(post, checkpoint, http)

    def status(self, post: Post, container: str, http: Http) -> tuple[str, str]:
        """What Threads says of a container, and what is wrong with it."""
        query = {"fields": "status,error_message", **token(post)}
        found = self._accepted(http.read(f"{API}/{container}", params=query))
        return found.get("status", ""), found.get("error_message", "UNKNOWN")

    def _create_item(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        items = list(checkpoint.get("items", ()))
        fields = {**_medium(post, len(items)), "is_carousel_item": "true"}
        anew = {**checkpoint, "containers": _containers(checkpoint) + 1}
        try:
            container = self._made(post, fields, http)
        except MediaRejected as refusal:
            return _again(anew, refusal)
        return Pending({**checkpoint, "items": [*items, container]})

    def _check_item(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        ready = checkpoint.get("ready", 0)
        status, reason = self.status(post, checkpoint["items"][ready], http)
        if status == "FINISHED":
            return Pending({**checkpoint, "ready": ready + 1, "polls": 0})
        anew = {
            "items": checkpoint["items"][:ready],
            "ready": ready,
            "containers": _containers(checkpoint) + 1,
        }
        return _unfinished(status, reason, post, checkpoint, anew)

    def _create(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        containers = _containers(checkpoint) + 1
        try:
            container = self._made(post, _fields(post, checkpoint), http)
        except MediaRejected as refusal:
            return _again({"containers": containers}, refusal)
        return Pending({"container": container, "containers": containers})

    def _made(self, post: Post, fields: Mapping[str, str], http: Http) -> str:
        # `me`, not the stored id: that one is refused at times (gitroomhq/postiz-app#2047).
        answer = http.prepare("POST", f"{API}/me/threads", data=fields, params=token(post))
        if is_race(answer):
            raise PlatformUnavailable("Threads does not find what the post is made of yet.")
        container: str | None = self._accepted(answer).get("id")
        if not container:
            raise PlatformUnavailable(
                "Threads answered the creation of a container without its id."
            )
        return container

    def _check(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        status, reason = self.status(post, checkpoint["container"], http)
        anew = {"containers": _containers(checkpoint)}
        if status == "PUBLISHED":
            raise OutcomeUnknown("Threads says the post is live without naming it.")
        if status != "FINISHED":
            return _unfinished(status, reason, post, checkpoint, anew)
        if checkpoint.get("races", 0) > len(RACE_AFTER):
            error = PlatformUnavailable("Threads does not find the post it prepared.")
            return _again(anew, error)
        return Pending({**checkpoint, "finished": True})


def after_race(checkpoint: Mapping[str, Any]) -> Pending:
    """Read the container's status again, and publish the same one if it is still not live."""
    races = checkpoint.get("races", 0)
    again = {**checkpoint, "finished": False, "races": races + 1}
    return Pending(again, timedelta(seconds=RACE_AFTER[min(races, len(RACE_AFTER) - 1)]))


def token(post: Post) -> dict[str, str]:
    return {"access_token": post.access_token}


def _fields(post: Post, checkpoint: Mapping[str, Any]) -> dict[str, str]:
    """Of the container that is published."""
    content, options = post.content, post.content.options
    fields = {"media_type": "TEXT"}
    if len(content.media) == 1:
        fields = _medium(post, 0)
    elif content.media:
        fields = {"media_type": "CAROUSEL", "children": ",".join(checkpoint["items"])}
    chosen = {
        "text": content.text,
        "reply_control": options.get("replyControl"),
        "topic_tag": options.get("topicTag"),
        "link_attachment": options.get("linkAttachment"),
    }
    return fields | {name: value for name, value in chosen.items() if value}


def _medium(post: Post, position: int) -> dict[str, str]:
    asset: MediaAsset = post.content.media[position]
    is_image = asset.kind is MediaKind.IMAGE
    fields = {"media_type": "IMAGE" if is_image else "VIDEO"}
    fields["image_url" if is_image else "video_url"] = asset.url
    alt_text = post.alt_text(position)
    return fields | ({"alt_text": alt_text} if alt_text else {})


def _unfinished(
    status: str,
    reason: str,
    post: Post,
    checkpoint: Mapping[str, Any],
    anew: Mapping[str, Any],
) -> Pending:
    """Ask again later, or go on from `anew` where nothing will come of the container."""
    if status == "EXPIRED":
        return _again(anew, PlatformUnavailable("Threads let the post's container expire."))
    if status == "ERROR":
        return _failed(anew, reason)
    polls = checkpoint.get("polls", 0)
    waits = VIDEO_POLL_AFTER if post.content.videos else POLL_AFTER
    if polls >= len(waits):
        return _again(anew, PlatformUnavailable("Threads did not finish preparing the post."))
    return Pending({**checkpoint, "polls": polls + 1}, timedelta(seconds=waits[polls]))


def _failed(anew: Mapping[str, Any], reason: str) -> Pending:
    if reason.startswith("INVALID_"):
        raise MediaRejected(f"Threads cannot use this media: {reason}.", platform_code=reason)
    refusal = MediaRejected(f"Threads could not process the post: {reason}.", platform_code=reason)
    return _again(anew, refusal, most=2)


def _again(anew: Mapping[str, Any], failure: PlatformError, most: int = MAX_CONTAINERS) -> Pending:
    """Nothing was published of this container: make another, up to `most`."""
    if anew["containers"] >= most:
        raise failure
    return Pending(anew, timedelta(seconds=10))


def _containers(checkpoint: Mapping[str, Any]) -> int:
    count: int = checkpoint.get("containers", 0)
    return count
