"""Recognizing a post in an account's list of posts."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.domain.content import Content, comparable
from shared.domain.media import MediaKind
from shared.platforms.post_ids import PostIds
from shared.platforms.wire import words

# Links have short codes, from which the id of the API cannot be computed.
IDS = PostIds(r"\d{1,30}")

FIELDS = "id,text,timestamp,permalink,media_type"

# `media_type` in the list. Its values are known only from other clients, so those of containers
# count as well.
_LISTED_TYPES: dict[str, frozenset[Any]] = {
    "text": frozenset({"TEXT_POST", "TEXT"}),
    "image": frozenset({"IMAGE"}),
    "video": frozenset({"VIDEO"}),
    "carousel": frozenset({"CAROUSEL_ALBUM", "CAROUSEL"}),
}


def same_posts(
    listed: Sequence[Mapping[str, Any]], content: Content, *, is_live: bool
) -> Sequence[Mapping[str, Any]]:
    """The listed posts that could be `content`; `is_live` makes no difference."""
    return [post for post in listed if is_same(post, content)]


def is_same(listed: Mapping[str, Any], content: Content) -> bool:
    """Whether a listed post has the text and, where it is listed, the media type of `content`."""
    media_type = listed.get("media_type")
    if media_type is not None and words(media_type) not in _LISTED_TYPES[_product_of(content)]:
        return False
    return is_same_text(words(listed.get("text")), content.text)


def is_same_text(listed: str, text: str) -> bool:
    """Whether a listed text is `text`, which Threads may have changed."""
    return _without_hashes(listed) == _without_hashes(text)


def _product_of(content: Content) -> str:
    if len(content.media) > 1:
        return "carousel"
    if not content.media:
        return "text"
    return "image" if content.media[0].kind is MediaKind.IMAGE else "video"


def _without_hashes(text: str) -> str:
    """Threads turns the first #word into the topic and removes its #."""
    return comparable(text.replace("#", ""))
