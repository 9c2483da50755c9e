"""Checks of the bodies that start a post, and of the media.

The references of direct posts and the media transfer guide on developers.tiktok.com.
"""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from local.platforms.media import Medium
from local.platforms.reading import json_object
from local.platforms.tiktok.errors import invalid, refusal
from local.platforms.tiktok.publication import ChunkPlan, CreatorSettings

MAX_CAPTION, MAX_TITLE, MAX_DESCRIPTION = 2200, 90, 4000  # UTF-16 code units
MAX_PHOTOS = 35
MAX_PHOTO_BYTES = 20_000_000
PHOTO_LONG, PHOTO_SHORT = 1920, 1080  # "1080p"
# MB is not defined there: these limits are right in both readings.
LEAST_CHUNK, MOST_CHUNK, MOST_LAST_CHUNK = 5 << 20, 64_000_000, 128_000_000
MOST_CHUNKS = 1000
MOST_VIDEO_BYTES = 4_000_000_000
VIDEO_TYPES = ("video/mp4", "video/quicktime", "video/webm")
CODECS = ("h264", "hevc", "vp8", "vp9")
LEAST_SECONDS = 3.0

_TOGGLES = {"disable_comment", "brand_content_toggle", "brand_organic_toggle"}
_VIDEO_TOGGLES = _TOGGLES | {"disable_duet", "disable_stitch", "is_aigc"}
_VIDEO_INFO = _VIDEO_TOGGLES | {"title", "privacy_level", "video_cover_timestamp_ms"}
_PHOTO_TOGGLES = _TOGGLES | {"auto_add_music"}
_PHOTO_INFO = _PHOTO_TOGGLES | {"title", "description", "privacy_level"}


def json_body(*parts: str) -> dict[str, Any]:
    """The JSON object in the request, in which `parts` are objects. Raises Refusal."""
    body = json_object()
    if body is None:
        raise invalid("The request body must be a JSON object.")
    for part in parts:
        if not isinstance(body.get(part), dict):
            raise invalid(f"{part} is required.")
    return body


def check_video_info(info: Mapping[str, Any], creator: CreatorSettings) -> None:
    _check_info(info, _VIDEO_INFO, _VIDEO_TOGGLES, creator)
    _check_text(info, "title", MAX_CAPTION)
    cover = info.get("video_cover_timestamp_ms", 0)
    if type(cover) is not int or cover < 0:
        raise invalid("video_cover_timestamp_ms must be a number of milliseconds.")


def check_photo_info(info: Mapping[str, Any], creator: CreatorSettings) -> None:
    _check_info(info, _PHOTO_INFO, _PHOTO_TOGGLES, creator)
    _check_text(info, "title", MAX_TITLE)
    _check_text(info, "description", MAX_DESCRIPTION)


def check_draft_info(info: Mapping[str, Any]) -> None:
    """A draft has texts alone: the user chooses the rest in the app."""
    _check_text(info, "title", MAX_TITLE)
    _check_text(info, "description", MAX_DESCRIPTION)


def chunk_plan(source: Mapping[str, Any]) -> ChunkPlan:
    """How the video will be uploaded (…/content-posting-api-media-transfer-guide).

    Raises Refusal.
    """
    names = ("video_size", "chunk_size", "total_chunk_count")
    if set(source) != {"source", *names} or any(type(source[name]) is not int for name in names):
        raise invalid(f"source_info must have {', '.join(names)}, all of them numbers.")
    size, chunk, count = (source[name] for name in names)
    if not 1 <= size <= MOST_VIDEO_BYTES:
        raise invalid("The video size is invalid.")
    if not min(LEAST_CHUNK, size) <= chunk <= min(MOST_CHUNK, size):
        raise invalid("The chunk size is invalid.")
    last = size - (count - 1) * chunk
    if count != size // chunk or count > MOST_CHUNKS or last > MOST_LAST_CHUNK:
        raise invalid("The total chunk count is invalid.")
    return ChunkPlan(size, chunk, count)


def video_url(source: Mapping[str, Any], verified: Collection[str]) -> str:
    """The address of a video that TikTok downloads. Raises Refusal."""
    url = source.get("video_url")
    if set(source) != {"source", "video_url"} or not isinstance(url, str) or not url:
        raise invalid("source_info must have a video_url.")
    _check_ownership(url, verified)
    return url


def photo_urls(source: Mapping[str, Any], verified: Collection[str]) -> list[str]:
    """The addresses of the photos that TikTok downloads. Raises Refusal."""
    if source.get("source") != "PULL_FROM_URL":
        raise invalid("source_info.source must be PULL_FROM_URL for photos.")
    urls = source.get("photo_images")
    if (
        not isinstance(urls, list)
        or not 1 <= len(urls) <= MAX_PHOTOS
        or not all(isinstance(url, str) for url in urls)
    ):
        raise invalid(f"photo_images must be 1 to {MAX_PHOTOS} URLs.")
    cover = source.get("photo_cover_index")
    if type(cover) is not int or not 0 <= cover < len(urls):
        raise invalid("photo_cover_index must be the index of a photo.")
    for url in urls:
        if urlsplit(url).path.lower().endswith((".png", ".gif", ".heic")):
            raise invalid("The format of the photo is not supported.")
        _check_ownership(url, verified)
    return urls


def _check_ownership(url: str, verified: Collection[str]) -> None:
    """TikTok downloads only from URL prefixes that the app's owner has verified.

    developers.tiktok.com/doc/content-posting-api-media-transfer-guide, "URL ownership".
    """
    if not any(url.startswith(f"{prefix.rstrip('/')}/") for prefix in verified):
        raise refusal(403, "url_ownership_unverified")


def photo_fault(photo: Medium) -> str:
    """The `fail_reason` of a photo; empty for a good one."""
    if photo.content_type not in ("image/jpeg", "image/webp") or photo.size > MAX_PHOTO_BYTES:
        return "file_format_check_failed"
    short, long = sorted((photo.width, photo.height))
    return "picture_size_check_failed" if short > PHOTO_SHORT or long > PHOTO_LONG else ""


def video_fault(video: Medium, creator: CreatorSettings) -> str:
    """The `fail_reason` of a video; empty for a good one."""
    if video.content_type not in VIDEO_TYPES or video.codec not in CODECS:
        return "file_format_check_failed"
    if not LEAST_SECONDS <= (video.duration or 0) <= creator.max_video_post_duration_sec + 0.5:
        return "duration_check_failed"
    if not 22.9 <= (video.frame_rate or 0) <= 60.1:
        return "frame_rate_check_failed"
    sides_fit = all(360 <= side <= 4096 for side in (video.width, video.height))
    return "" if sides_fit else "picture_size_check_failed"


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _check_info(
    info: Mapping[str, Any],
    known: Collection[str],
    toggles: Collection[str],
    creator: CreatorSettings,
) -> None:
    for name in info:
        if name not in known:
            raise invalid(f"post_info has no {name}.")
    for name in toggles:
        if not isinstance(info.get(name, False), bool):
            raise invalid(f"post_info.{name} must be true or false.")
    if "privacy_level" not in info:
        raise invalid("post_info.privacy_level is required.")
    if info["privacy_level"] not in creator.privacy_levels:
        raise refusal(403, "privacy_level_option_mismatch")
    if info.get("brand_content_toggle") and info["privacy_level"] == "SELF_ONLY":
        raise invalid("Branded content cannot be private.")


def _check_text(info: Mapping[str, Any], name: str, most: int) -> None:
    text = info.get(name, "")
    if not isinstance(text, str) or utf16_units(text) > most:
        raise invalid(f"post_info.{name} must be a text of at most {most} characters.")
