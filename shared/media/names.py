"""How stored files are called: unguessable, and recognisable as ours."""

import re
import secrets

_NAME = re.compile(r"(?P<media_id>[A-Za-z0-9_-]{22,64})\.[a-z0-9]{2,5}")
EXTENSIONS = {
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
"""The types that are stored, all others being refused, and what their names end in."""


def new_media_id() -> str:
    """22 characters of 128 random bits: who was not told the URL does not find the file."""
    return secrets.token_urlsafe(16)


def name_of(media_id: str, content_type: str) -> str:
    return f"{media_id}.{EXTENSIONS[content_type]}"


def is_ours(url: str, base_url: str) -> bool:
    """Whether `url` lies where our files do, whoever's they are."""
    return bool(base_url) and url.startswith(f"{base_url}/")


def media_id_of(url: str, base_url: str) -> str | None:
    """The id of the file that `url` names; None when it is none of ours."""
    if not is_ours(url, base_url):
        return None
    named = _NAME.fullmatch(url.removeprefix(f"{base_url}/"))
    return named["media_id"] if named else None
