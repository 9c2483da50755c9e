"""`users/{uid}/media/{mediaId}`: the stored files of a user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.query import Query

from shared.domain.media import MediaAsset
from shared.gcp.firestore import query_all, summed, without_none

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
    """A copy of the document of the file that was downloaded from a URL, for a day, or made."""
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


@dataclass(frozen=True)
class Position:
    """Where a page of files begins: after this one, in the order from new to old."""

    created_at: datetime
    media_id: str


def newest(db: Any, user_id: str, after: Position | None, limit: int) -> list[Any]:
    """Snapshots of a user's files, the newest first. Raises StoreUnavailable."""
    query = (
        _files(db, user_id)
        .order_by("createdAt", direction=Query.DESCENDING)
        .order_by("__name__", direction=Query.DESCENDING)
        .limit(limit)
    )
    if after is not None:
        reference = db.document(media_path(user_id, after.media_id))
        query = query.start_after({"createdAt": after.created_at, "__name__": reference})
    return query_all(query)


def stored_bytes(db: Any, user_id: str) -> int:
    """The size of all files of a user. Raises StoreUnavailable."""
    return summed(_files(db, user_id), "size")


def posts_with(db: Any, user_id: str, media_ids: Sequence[str]) -> Any:
    """A query for the user's posts with any of at most 30 files."""
    return (
        db.collection("postSubmissions")
        .where(filter=FieldFilter("userId", "==", user_id))
        .where(filter=FieldFilter("mediaIds", "array_contains_any", list(media_ids)))
    )


def due(db: Any, now: datetime, limit: int) -> list[Any]:
    """Snapshots of files to look at by `now`. Raises StoreUnavailable."""
    return query_all(
        db.collection_group("media")
        .where(filter=FieldFilter("wakeAt", "<=", now))
        .order_by("wakeAt")
        .limit(limit)
    )


def _files(db: Any, user_id: str) -> Any:
    return db.collection(f"users/{user_id}/media")
