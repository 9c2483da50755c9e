"""The bodies of the requests that start a post."""

from typing import Any

from shared.domain.content import Content
from shared.platforms.tiktok.checkpoint import Settings
from shared.platforms.tiktok.uploads import Chunks


def video_body(content: Content, settings: Settings) -> dict[str, Any]:
    info = {"title": content.text, **settings.fields, **_brands(content)}
    info["is_aigc"] = content.options.get("aiGenerated", False)
    if "coverTimestampMs" in content.options:
        info["video_cover_timestamp_ms"] = content.options["coverTimestampMs"]
    chunks = Chunks(content.videos[0].size)
    source = {
        "source": "FILE_UPLOAD",
        "video_size": chunks.size,
        "chunk_size": chunks.chunk_size,
        "total_chunk_count": chunks.count,
    }
    return {"post_info": info, "source_info": source}


def photo_body(content: Content, settings: Settings) -> dict[str, Any]:
    """TikTok downloads the photos from their URLs."""
    info = {"description": content.text, **settings.fields, **_brands(content)}
    info["auto_add_music"] = content.options.get("autoAddMusic", False)
    if "title" in content.options:
        info["title"] = content.options["title"]
    source = {
        "source": "PULL_FROM_URL",
        "photo_cover_index": content.options.get("photoCoverIndex", 0),
        "photo_images": [image.url for image in content.images],
    }
    return {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": info,
        "source_info": source,
    }


def _brands(content: Content) -> dict[str, bool]:
    """Documented as required, so always sent."""
    return {
        "brand_content_toggle": content.options.get("brandContent", False),
        "brand_organic_toggle": content.options.get("brandOrganic", False),
    }
