"""The fields of Threads' containers, and why a container fails.

From developers.facebook.com/docs/threads (posts, reference/publishing) as of 2026-11-22.
"""

from collections.abc import Sequence

from shared.domain.errors import MediaRejected
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms.base import Post
from shared.platforms.meta.containers import Failure


def container_fields(post: Post, items: Sequence[str | None]) -> dict[str, str]:
    """The fields of the container that is published; `items`: the containers in a carousel."""
    content, options = post.content, post.content.options
    fields = {"media_type": "TEXT"}
    if len(content.media) == 1:
        fields = _medium(post, 0)
    elif content.media:
        children = ",".join(item for item in items if item)
        fields = {"media_type": "CAROUSEL", "children": children}
    chosen = {
        "text": content.text,
        "reply_control": options.get("replyControl"),
        "topic_tag": options.get("topicTag"),
        "link_attachment": options.get("linkAttachment"),
    }
    return fields | {name: value for name, value in chosen.items() if value}


def item_fields(post: Post, position: int) -> dict[str, str]:
    """The fields of the container of one item of a carousel."""
    return {**_medium(post, position), "is_carousel_item": "true"}


def _medium(post: Post, position: int) -> dict[str, str]:
    asset: MediaAsset = post.content.media[position]
    is_image = asset.kind is MediaKind.IMAGE
    fields = {"media_type": "IMAGE" if is_image else "VIDEO"}
    fields["image_url" if is_image else "video_url"] = asset.url
    alt_text = post.alt_text(position)
    return fields | ({"alt_text": alt_text} if alt_text else {})


def failure_of(reason: str) -> Failure:
    """What the `error_message` of a container in ERROR means."""
    reason = reason or "UNKNOWN"
    if reason.startswith("INVALID_"):
        message = f"Threads cannot use this media: {reason}."
        return Failure(MediaRejected(message, platform_code=reason), more_tries=0)
    message = f"Threads could not process the post: {reason}."
    return Failure(MediaRejected(message, platform_code=reason), more_tries=1)
