"""The stored files of a user, found by the URLs in a request."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared import clock
from shared.config import MediaSettings
from shared.domain.errors import ApiError, ErrorCode, Violation
from shared.domain.media import MediaAsset
from shared.gcp.firestore import document
from shared.gcp.media import asset_from, media_path, source_path
from shared.media.names import is_ours, media_id_of, stored_url


def paths(
    user_id: str, urls: Iterable[str], settings: MediaSettings, *, keeps_location: bool = False
) -> list[str]:
    """The documents that tell which of `urls` are stored for this user."""
    return list(dict.fromkeys(_path(user_id, url, settings, keeps_location) for url in urls))


@dataclass(frozen=True)
class Known:
    """The URLs of a request, by their places in the request."""

    assets: Mapping[str, MediaAsset]
    missing: Mapping[str, str]
    """Those that must be downloaded."""
    violations: Sequence[Violation]
    """Of URLs that look like ours, but name no file of the user."""


def known(
    user_id: str,
    urls: Mapping[str, str],
    snapshots: Mapping[str, Any],
    settings: MediaSettings,
    own: Mapping[str, MediaAsset] | None = None,
    *,
    keeps_location: bool = False,
) -> Known:
    """Which of `urls` are stored. `snapshots`: those of `paths`.

    `own`: what the post already has, see `files_of_post`.
    """
    assets: dict[str, MediaAsset] = {}
    missing: dict[str, str] = {}
    violations: list[Violation] = []
    for place, url in urls.items():
        file = own and (own.get(url) or own.get(stored_url(url)))
        if file:
            assets[place] = file
            continue
        fields = document(snapshots[_path(user_id, url, settings, keeps_location)])
        if fields is not None and is_alive(fields):
            assets[place] = asset_from(fields)
        elif is_ours(url, settings.base_url):
            message = "File not found. Upload it with POST /v1/media and use the URL in the answer."
            violations.append(Violation(place, "unknown_media", message))
        else:
            missing[place] = url
    return Known(assets, missing, violations)


def files_of_post(
    urls: Iterable[str], media: Sequence[MediaAsset], more: Iterable[MediaAsset] = ()
) -> dict[str, MediaAsset]:
    """The files of a post by their own URLs, and by those that they came from.

    `urls`: those of the request, in the order of `media`; `more`: files of single targets. These
    URLs mean these files for as long as the post exists: what is there meanwhile does not matter.
    """
    stored = {asset.url: asset for asset in (*media, *more)}
    origins = list(zip(urls, media, strict=False))
    # A request is shown without the queries of its URLs, so they are recognized without them, too.
    bare: dict[str, set[MediaAsset]] = {}
    for url, asset in origins:
        bare.setdefault(url.partition("?")[0], set()).add(asset)
    unique = {url: assets.pop() for url, assets in bare.items() if len(assets) == 1}
    return {**unique, **dict(origins), **stored}


def upload_not_found(upload_id: str) -> ApiError:
    """The error for an upload that does not exist or belongs to another user."""
    return ApiError(ErrorCode.NOT_FOUND, f"Upload {upload_id} not found.")


def media_not_found(media_id: str) -> ApiError:
    """The error for a file that does not exist or belongs to another user."""
    return ApiError(ErrorCode.NOT_FOUND, f"File {media_id} not found.")


def source_id(url: str, keeps_location: bool = False) -> str:
    """The id of an external URL, which is not stored itself because it may contain secrets.

    With the position where it was taken, the file is another one. No URL contains a space.
    """
    name = f"{url} with its location" if keeps_location else url
    return hashlib.sha256(name.encode()).hexdigest()


def _path(user_id: str, url: str, settings: MediaSettings, keeps_location: bool) -> str:
    media_id = media_id_of(url, settings.base_url)
    if media_id is not None:
        return media_path(user_id, media_id)
    return source_path(user_id, source_id(url, keeps_location))


def is_alive(fields: Mapping[str, Any]) -> bool:
    """Whether a document is still valid: a source for a day, a file until it is marked."""
    expires_at = fields.get("expiresAt")
    if "markedAt" in fields:
        return False
    return expires_at is None or expires_at > clock.now()
