"""Checks of the title, description, tags and status: the reference of videos.insert."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from local.platforms import clock
from local.platforms.simulation import Refusal
from local.platforms.youtube.errors import bad_request, refusal
from local.platforms.youtube.parts import VIDEO_PARTS, named_parts

# Of every resource, without a part.
_HEAD = {"kind", "etag", "id"}
_SNIPPET = {
    "title": str,
    "description": str,
    "tags": list,
    "categoryId": str,
    "defaultLanguage": str,
    "defaultAudioLanguage": str,
}
_STATUS = {
    "privacyStatus": str,
    "publishAt": str,
    "license": str,
    "embeddable": bool,
    "publicStatsViewable": bool,
    "selfDeclaredMadeForKids": bool,
    "containsSyntheticMedia": bool,
}
# videoCategories.list of the United States, those that are assignable.
_CATEGORIES = frozenset(
    ["1", "2", "10", "15", "17", "19", "20", "22", "23", "24", "25", "26", "27", "28", "29"]
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
MOST_TITLE, MOST_DESCRIPTION, MOST_TAGS = 100, 5000, 500


def check_parts(named: Iterable[str], body: dict[str, Any]) -> None:
    """Parts are known ones, and the body holds no other. Raises Refusal."""
    parts = named_parts(named, VIDEO_PARTS)
    for name in body:
        if name not in parts and name not in _HEAD:
            raise bad_request(f"The part {name} was not named in `part`.", "unexpectedPart")


def check_resource(body: dict[str, Any]) -> None:
    """Raises Refusal for what the reference of videos.insert does not allow."""
    snippet, status = body.get("snippet", {}), body.get("status", {})
    _check_fields("snippet", snippet, _SNIPPET)
    _check_fields("status", status, _STATUS)
    _check_texts(snippet)
    _check_tags(snippet.get("tags", []))
    if snippet.get("categoryId", "22") not in _CATEGORIES:
        raise _invalid("invalidCategoryId", "category")
    if not _LANGUAGE.fullmatch(snippet.get("defaultLanguage", "en")):
        raise _invalid("invalidVideoMetadata", "default language")
    _check_status(status)


def _check_fields(part: str, given: Any, known: dict[str, type]) -> None:
    if not isinstance(given, dict):
        raise bad_request(f"Invalid value at '{part}'")
    for name, value in given.items():
        if name not in known:
            raise bad_request(f'Invalid JSON payload received. Unknown name "{name}" at "{part}"')
        if type(value) is not known[name]:
            raise bad_request(f"Invalid value at '{part}.{name}'")


def _check_texts(snippet: dict[str, Any]) -> None:
    title, description = snippet.get("title", ""), snippet.get("description", "")
    if not title.strip() or len(title) > MOST_TITLE or _has_brackets(title) or "\n" in title:
        raise _invalid("invalidTitle", "title")
    if len(description.encode()) > MOST_DESCRIPTION or _has_brackets(description):
        raise _invalid("invalidDescription", "description")


def _check_tags(tags: list[Any]) -> None:
    if not all(isinstance(tag, str) and tag and not _has_brackets(tag) for tag in tags):
        raise _invalid("invalidTags", "keywords")
    written = ",".join(f'"{tag}"' if " " in tag else tag for tag in tags)
    if len(written) > MOST_TAGS:
        raise _invalid("invalidTags", "keywords")


def _check_status(status: dict[str, Any]) -> None:
    privacy = status.get("privacyStatus", "public")
    if privacy not in ("public", "unlisted", "private"):
        raise _invalid("invalidVideoMetadata", "privacy status")
    if status.get("license", "youtube") not in ("youtube", "creativeCommon"):
        raise _invalid("invalidVideoMetadata", "license")
    if "publishAt" in status and not (privacy == "private" and _is_ahead(status["publishAt"])):
        raise _invalid("invalidPublishAt", "scheduled publishing time")


def _is_ahead(value: str) -> bool:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return False
    return moment.tzinfo is not None and moment > clock.now()


def _has_brackets(text: str) -> bool:
    return "<" in text or ">" in text


def _invalid(reason: str, what: str) -> Refusal:
    return refusal(400, reason, f"The request metadata specifies an invalid video {what}.")
