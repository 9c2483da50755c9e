"""The names of stored files, which nobody can guess and which we can recognize."""

import hashlib
import re
import secrets

# Firestore reserves the ids that begin and end with two underscores.
_RESERVED = "__[A-Za-z0-9_-]*__(?![A-Za-z0-9_-])"
MEDIA_ID = f"(?!{_RESERVED})[A-Za-z0-9_-]{{22,64}}"
UPLOAD_ID = f"(?!{_RESERVED})[A-Za-z0-9_-]{{22}}"
_NAME = re.compile(rf"(?P<media_id>{MEDIA_ID})\.[a-z0-9]{{2,5}}")
_HASHED_QUERY = re.compile("sha256=[0-9a-f]{64}")
EXTENSIONS = {
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
"""The supported types and their file name extensions."""


def new_media_id() -> str:
    """22 characters with 128 random bits: nobody can guess the URL of the file."""
    return secrets.token_urlsafe(16)


def name_of(media_id: str, content_type: str) -> str:
    return f"{media_id}.{EXTENSIONS[content_type]}"


def stored_url(url: str) -> str:
    """A URL of a request as a post stores it: without its query, which may contain a signature.

    A hash of the query stays, by which the same URL is recognized. What is stored stays as it is.
    """
    bare, mark, query = url.partition("?")
    if not mark or _HASHED_QUERY.fullmatch(query):
        return url
    return f"{bare}?sha256={hashlib.sha256(query.encode()).hexdigest()}"


def shown_url(url: str) -> str:
    """A URL of a request as it is shown: without its query."""
    return url.partition("?")[0]


def is_ours(url: str, base_url: str) -> bool:
    """Whether `url` is where our files are, whichever user they belong to."""
    return bool(base_url) and url.startswith(f"{base_url}/")


def media_id_of(url: str, base_url: str) -> str | None:
    """The id of the file at `url`; None when it is not one of ours."""
    if not is_ours(url, base_url):
        return None
    name = _NAME.fullmatch(url.removeprefix(f"{base_url}/"))
    return name["media_id"] if name else None
