"""The three kinds of post of a Public Profile: how they are requested and returned."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Any
from urllib.parse import quote

from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.media import MediaAsset
from shared.platforms.snapchat import ABOUT
from shared.platforms.wire import entries_of, mapping, words

DEFAULT_LOCALE = "en_US"
DEFAULT_TTL = "ONE_DAY"
_DAYS = {"ONE_DAY": 1, "TWO_DAYS": 2, "THREE_DAYS": 3, "ONE_WEEK": 7}


class Product(Enum):
    """The value is Snap's name for an item of a list; the path of the list is its plural."""

    STORY = "story"
    SAVED_STORY = "saved_story"
    SPOTLIGHT = "spotlight"

    @property
    def path(self) -> str:
        return {"story": "stories", "saved_story": "saved_stories"}.get(self.value, "spotlights")

    @property
    def words(self) -> str:
        """The name for people."""
        return self.value.replace("_", " ")


def product_of(content: Content) -> Product:
    """The kind of post that the caller chose, or else the usual one for its media."""
    chosen = content.options.get("postType")
    return Product(chosen or ("story" if content.images else "spotlight"))


def profile_path(account: Account) -> str:
    """The path of the account's Public Profile."""
    return f"/{ABOUT.api_version}/public_profiles/{quote(account.external_id, safe='')}"


def list_path(account: Account, content: Content) -> str:
    """The path of the account's posts of the same kind as `content`."""
    return f"{profile_path(account)}/{product_of(content).path}"


def words_of(content: Content) -> str:
    """The text that people read: a spotlight's description, a saved story's title."""
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
            return {"media_id": media_id, "customized_ttl": {"ttl": _ttl_of(content)}}
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


def lifetime_of(content: Content) -> timedelta | None:
    """How long the post is shown; None if it stays."""
    if product_of(content) is not Product.STORY:
        return None
    return timedelta(days=_DAYS[_ttl_of(content)])


def _ttl_of(content: Content) -> str:
    ttl: str = content.options.get("ttl", DEFAULT_TTL)
    return ttl


def items(fields: Mapping[str, Any], product: Product) -> list[dict[str, Any]]:
    """The posts in an answer, without their wrappers."""
    listed = fields.get(product.path)
    if not isinstance(listed, list):
        single = fields.get(product.value)
        listed = [] if single is None else [single]
    return [mapping(entry.get(product.value, entry)) for entry in entries_of(listed)]


def post_id_in(fields: Mapping[str, Any], product: Product) -> str | None:
    """The id of the created post, if the answer has it."""
    first, *_ = items(fields, product) or [{}]
    return words(fields.get(f"{product.value}_id")) or words(first.get("id")) or None


def media_type(asset: MediaAsset) -> str:
    return asset.kind.value.upper()
