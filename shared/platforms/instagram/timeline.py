"""Recognizing a post in an account's list of posts or stories."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.domain.content import Content, comparable
from shared.platforms.instagram.limits import Product, product_of
from shared.platforms.post_ids import PostIds
from shared.platforms.wire import words

# Links have short codes, from which the id of the API cannot be computed.
IDS = PostIds(r"\d{1,30}")

FIELDS = "id,caption,media_type,media_product_type,permalink,timestamp"


def edge_of(content: Content) -> str:
    """The list that shows the post: stories have their own."""
    return "stories" if product_of(content) is Product.STORY else "media"


def same_posts(
    listed: Iterable[Mapping[str, Any]], content: Content, *, is_live: bool
) -> Sequence[Mapping[str, Any]]:
    """The listed posts with the media type and caption of `content`.

    A post without a caption counts only when the container is published (`is_live`): stories have
    no caption, and Instagram may hide a caption from this login.
    """
    caption = comparable(content.text)
    candidates = [post for post in listed if post.get("media_type") == _listed_type(content)]
    same = [
        post for post in candidates if caption and comparable(words(post.get("caption"))) == caption
    ]
    return same or [post for post in candidates if is_live and not post.get("caption")]


def _listed_type(content: Content) -> str:
    """`media_type` of the post in the list; a reel is listed as a VIDEO."""
    if product_of(content) is Product.CAROUSEL:
        return "CAROUSEL_ALBUM"
    return "VIDEO" if content.videos else "IMAGE"
