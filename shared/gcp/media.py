"""`users/{uid}/media/{mediaId}`: the stored files of a user."""

from collections.abc import Mapping
from typing import Any

from shared.domain.media import MediaAsset
from shared.gcp.firestore import without_none

# Attribute of MediaAsset -> field of the document.
_FIELDS: Mapping[str, str] = {
    "media_id": "mediaId",
    "url": "url",
    "content_type": "contentType",
    "size": "size",
    "sha256": "sha256",
    "width": "width",
    "height": "height",
    "duration": "duration",
    "frame_rate": "frameRate",
    "codec": "codec",
    "audio_codec": "audioCodec",
    "rotation": "rotation",
    "animated": "animated",
    "frames": "frames",
    "pixel_format": "pixelFormat",
    "fragmented": "fragmented",
    "format_name": "formatName",
}


def media_path(user_id: str, media_id: str) -> str:
    return f"users/{user_id}/media/{media_id}"


def source_path(user_id: str, source_id: str) -> str:
    """For a day, a copy of the document of the file that was downloaded from a URL."""
    return f"users/{user_id}/mediaSources/{source_id}"


def upload_path(user_id: str, upload_id: str) -> str:
    """A direct upload; it has `media` once the file is stored."""
    return f"users/{user_id}/uploads/{upload_id}"


def asset_fields(asset: MediaAsset) -> dict[str, Any]:
    fields = {field: getattr(asset, name) for name, field in _FIELDS.items()}
    # Absent means the same, and every field costs.
    return without_none({**fields, "fragmented": asset.fragmented or None})


def asset_from(fields: Mapping[str, Any]) -> MediaAsset:
    return MediaAsset(**{name: fields[field] for name, field in _FIELDS.items() if field in fields})
