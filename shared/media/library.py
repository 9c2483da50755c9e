"""The files that a user has with us already, found by the URLs that a request names."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared import clock
from shared.config import MediaSettings
from shared.domain.errors import Violation
from shared.domain.media import MediaAsset
from shared.gcp.firestore import document
from shared.gcp.media import asset_from, media_path, source_path
from shared.media.names import is_ours, media_id_of


def paths(user_id: str, urls: Iterable[str], settings: MediaSettings) -> list[str]:
    """The documents that tell which of `urls` we have stored for this user."""
    return list(dict.fromkeys(_path(user_id, url, settings) for url in urls))


@dataclass(frozen=True)
class Known:
    """What is known of a request's URLs, by the places that name them."""

    assets: Mapping[str, MediaAsset]
    missing: Mapping[str, str]
    """Those that have to be fetched."""
    faults: Sequence[Violation]
    """Of those that claim to be ours."""


def known(
    user_id: str, urls: Mapping[str, str], found: Mapping[str, Any], settings: MediaSettings
) -> Known:
    """Which of `urls` need not be fetched. `found`: snapshots of `paths`."""
    assets: dict[str, MediaAsset] = {}
    missing: dict[str, str] = {}
    faults: list[Violation] = []
    for place, url in urls.items():
        fields = document(found[_path(user_id, url, settings)])
        if fields is not None and is_alive(fields):
            assets[place] = asset_from(fields)
        elif is_ours(url, settings.base_url):
            message = "You have no such file. Upload it with POST /v1/media and use its answer."
            faults.append(Violation(place, "unknown_media", message))
        else:
            missing[place] = url
    return Known(assets, missing, faults)


def source_id(url: str) -> str:
    """How a URL of elsewhere is remembered: it may hold secrets, so it is not stored itself."""
    return hashlib.sha256(url.encode()).hexdigest()


def _path(user_id: str, url: str, settings: MediaSettings) -> str:
    media_id = media_id_of(url, settings.base_url)
    if media_id is not None:
        return media_path(user_id, media_id)
    return source_path(user_id, source_id(url))


def is_alive(fields: Mapping[str, Any]) -> bool:
    """Whether a document counts: a source is known for a day, a file for ever."""
    expires_at = fields.get("expiresAt")
    return expires_at is None or expires_at > clock.now()
