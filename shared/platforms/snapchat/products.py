"""The three kinds of post of a Public Profile: how they are asked for, listed and recognized."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from shared.domain.content import Content
from shared.domain.media import MediaAsset
from shared.domain.reconciliation import SeenPost

DEFAULT_LOCALE = "en_US"
DEFAULT_TTL = "ONE_DAY"


class Product(Enum):
    """Value: how an item of its lists is called. Each has a path in the plural."""

    STORY = "story"
    SAVED_STORY = "saved_story"
    SPOTLIGHT = "spotlight"

    @property
    def path(self) -> str:
        return {"story": "stories", "saved_story": "saved_stories"}.get(self.value, "spotlights")

    @property
    def shown(self) -> str:
        return self.value.replace("_", " ")


def product_of(content: Content) -> Product:
    """What is asked for, or else what its media are usually for."""
    chosen = content.options.get("postType")
    return Product(chosen or ("story" if content.images else "spotlight"))


def words_of(content: Content) -> str:
    """What people read with the post: a spotlight's description, a saved story's title."""
    match product_of(content):
        case Product.STORY:
            return ""
        case Product.SAVED_STORY:
            return str(content.options.get("title") or content.text)
    return content.text


def request_for(content: Content, media_id: str) -> dict[str, Any]:
    """The body of the request that publishes the uploaded media."""
    options = content.options
    match product_of(content):
        case Product.STORY:
            ttl = options.get("ttl", DEFAULT_TTL)
            return {"media_id": media_id, "customized_ttl": {"ttl": ttl}}
        case Product.SAVED_STORY:
            story = {"title": words_of(content), "snap_sources": [{"media_id": media_id}]}
            return {"saved_stories": [story]}
    description = {"description": content.text} if content.text else {}
    return {
        "media_id": media_id,
        **description,
        "locale": options.get("locale", DEFAULT_LOCALE),
        "skip_save_to_profile": not options.get("saveToProfile", True),
    }


def items(fields: Mapping[str, Any], product: Product) -> list[dict[str, Any]]:
    """The posts in an answer, taken out of their wrappers."""
    listed = fields.get(product.path)
    listed = listed if isinstance(listed, list) else [fields.get(product.value)]
    entries = [entry for entry in listed if isinstance(entry, dict)]
    unwrapped = [entry.get(product.value, entry) for entry in entries]
    return [item for item in unwrapped if isinstance(item, dict)]


def post_id_in(fields: Mapping[str, Any], product: Product) -> str | None:
    """The id of the one post that was made, where the answer names it."""
    named = fields.get(f"{product.value}_id")
    found = named or next((item.get("id") for item in items(fields, product)), None)
    return str(found) if found else None


def state_of(spotlight: Mapping[str, Any]) -> str:
    """SUBMITTED, LIVE or REJECTED; only the values are documented, not where they stand."""
    names = ("status", "state", "spotlight_status", "moderation_status")
    return next((str(spotlight[name]).upper() for name in names if spotlight.get(name)), "")


@dataclass(frozen=True)
class Listing:
    """What a list shows that could be our post."""

    same: tuple[SeenPost, ...]
    is_whole: bool
    """All since the time that was asked for was read and could be compared."""


def listing(found: list[dict[str, Any]], content: Content, since: datetime) -> Listing:
    """Those of `found` that agree with `content` and came after `since`.

    A list shows neither the media nor, of a story, anything but its time and kind. So without
    words two candidates are none: nobody can tell which one is ours.
    """
    same: list[SeenPost] = []
    is_whole = True
    for item in found:
        created_at = created(item)
        if created_at is not None and created_at < since:
            continue
        agrees = _agrees(item, content)
        if created_at is None or agrees is None or not item.get("id"):
            is_whole = False
        elif agrees:
            same.append(SeenPost(str(item["id"]), created_at, item.get("share_url")))
    if len(same) > 1 and not words_of(content):
        return Listing((), is_whole=False)
    return Listing(tuple(same), is_whole)


def _agrees(item: Mapping[str, Any], content: Content) -> bool | None:
    """None: the item does not tell."""
    kind = str(item.get("media_type") or item.get("type") or "").upper()
    if kind in ("IMAGE", "VIDEO") and kind != media_type(content.media[0]):
        return False
    ours = words_of(content)
    if product_of(content) is Product.STORY:
        return True
    name = "title" if product_of(content) is Product.SAVED_STORY else "description"
    shown = item.get(name)
    if shown is None and ours:
        return None
    return _comparable(str(shown or "")) == _comparable(ours)


def created(item: Mapping[str, Any]) -> datetime | None:
    """When a listed post was made; None where that cannot be read."""
    value = item.get("created_at")
    try:
        if isinstance(value, str) and not value.isdigit():
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = float(value or "")
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def media_type(asset: MediaAsset) -> str:
    return asset.kind.value.upper()


def _comparable(text: str) -> str:
    return " ".join(text.split())
