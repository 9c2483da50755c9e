"""The fields of Instagram's containers.

From developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
as of 2026-11-22.
"""

import json
from collections.abc import Sequence

from shared.domain.content import Content
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms.base import Post
from shared.platforms.instagram.limits import Product, product_of

_GRADUATION = {"manual": "MANUAL", "performance": "SS_PERFORMANCE"}


def container_fields(post: Post, items: Sequence[str | None]) -> dict[str, str]:
    """The fields of the container that is published; `items`: the containers in a carousel."""
    content = post.content
    match product_of(content):
        case Product.CAROUSEL:
            children = ",".join(item for item in items if item)
            return {"media_type": "CAROUSEL", "children": children, **_caption(content)}
        case Product.STORY:
            return {"media_type": "STORIES", **_source(content.media[0])}
        case Product.REEL:
            fields = {"media_type": "REELS", **_source(content.media[0])}
            return {**fields, **_caption(content), **_reel_options(content)}
    return {**_source(content.media[0]), **_caption(content), **_alt_text(post, 0)}


def item_fields(post: Post, position: int) -> dict[str, str]:
    """The fields of the container of one item of a carousel."""
    medium = post.content.media[position]
    fields = {"is_carousel_item": "true", **_source(medium), **_alt_text(post, position)}
    if medium.kind is MediaKind.VIDEO:
        fields["media_type"] = "VIDEO"
    return fields


def _source(medium: MediaAsset) -> dict[str, str]:
    return {f"{medium.kind}_url": medium.url}


def _caption(content: Content) -> dict[str, str]:
    """The caption, and the options that all posts except stories have."""
    options, fields = content.options, {}
    if content.text:
        fields["caption"] = content.text
    if options.get("collaborators"):
        fields["collaborators"] = json.dumps(list(options["collaborators"]))
    if options.get("locationId"):
        fields["location_id"] = options["locationId"]
    return fields


def _alt_text(post: Post, position: int) -> dict[str, str]:
    text = post.alt_text(position)
    return {"alt_text": text} if text else {}


def _reel_options(content: Content) -> dict[str, str]:
    options, fields = content.options, {}
    if options.get("shareToFeed") is not None:
        fields["share_to_feed"] = json.dumps(options["shareToFeed"])
    if options.get("thumbOffset") is not None:
        fields["thumb_offset"] = str(options["thumbOffset"])
    if options.get("audioName"):
        fields["audio_name"] = options["audioName"]
    if options.get("trialReel"):
        strategy = _GRADUATION[options["trialReel"]]
        fields["trial_params"] = json.dumps({"graduation_strategy": strategy})
    return fields
