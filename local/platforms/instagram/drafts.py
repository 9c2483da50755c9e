"""The parameters of a container (…/instagram-graph-api/reference/ig-user/media).

Unknown parameters are ignored, as Meta does. A known one on the wrong kind of container is
refused, although Instagram may ignore it: a client that sends it has a bug.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.platforms.meta import errors as meta_errors
from local.platforms.meta.parameters import listed
from local.platforms.simulation import Refusal

MAX_CAPTION = 2200
MAX_HASHTAGS = 30
MAX_MENTIONS = 20
MAX_ALT_TEXT = 1000
MAX_COLLABORATORS = 3
GRADUATIONS = ("MANUAL", "SS_PERFORMANCE")

# The parameters of each kind of container besides its media.
_AUTHORED = {"caption", "collaborators", "location_id"}
_ALLOWED = {
    "IMAGE": _AUTHORED | {"alt_text"},
    "REELS": _AUTHORED | {"share_to_feed", "thumb_offset", "audio_name", "trial_params"},
    "STORIES": set(),
    "ITEM": {"alt_text"},
    "CAROUSEL": _AUTHORED | {"share_to_feed", "children"},
}
_KNOWN = set().union(*_ALLOWED.values())


@dataclass(frozen=True)
class Draft:
    """What a container is created from. `kind` is one of `_ALLOWED`."""

    kind: str
    image_url: str | None = None
    video_url: str | None = None
    text: str = ""
    children: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


def read_draft(parameters: Mapping[str, str]) -> Draft:
    """The draft that the parameters describe. Raises Refusal."""
    kind = _kind(parameters)
    for name in sorted(_KNOWN - _ALLOWED[kind]):
        if parameters.get(name):
            raise meta_errors.bad_parameter(f"Param {name} is not supported for this media.")
    caption = parameters.get("caption", "")
    _check_caption(caption)
    options = {name: parameters[name] for name in _ALLOWED[kind] if parameters.get(name)}
    options.pop("caption", None)
    for name, check in _CHECKS.items():
        if name in options:
            options[name] = check(options[name])
    children = tuple(options.pop("children", ()))
    image_url, video_url = parameters.get("image_url"), parameters.get("video_url")
    _check_source(kind, image_url, video_url)
    return Draft(kind, image_url, video_url, caption, children, options)


def _kind(parameters: Mapping[str, str]) -> str:
    """The kind of container; a video outside a carousel must be REELS or STORIES."""
    media_type = parameters.get("media_type") or "IMAGE"
    if media_type == "CAROUSEL":
        if not 2 <= len(listed(parameters.get("children", ""))) <= 10:
            raise _refusal("The carousel must have 2 to 10 items.", 100, 2207028)
        return "CAROUSEL"
    if parameters.get("is_carousel_item", "").lower() == "true":
        expected = "VIDEO" if parameters.get("video_url") else "IMAGE"
        if media_type != expected:
            raise _refusal(f"Media type {media_type} cannot be in a carousel.", 100, 2207023)
        return "ITEM"
    if media_type not in ("IMAGE", "REELS", "STORIES"):
        raise _refusal(f"Unknown media type {media_type}.", 100, 2207023)
    return media_type


def _check_source(kind: str, image_url: str | None, video_url: str | None) -> None:
    urls = {"image_url": image_url, "video_url": video_url}
    by_kind = {"IMAGE": ["image_url"], "REELS": ["video_url"], "CAROUSEL": []}
    sent = [name for name, url in urls.items() if url]
    allowed = by_kind.get(kind, ["image_url", "video_url"])
    if any(name not in allowed for name in sent) or len(sent) != min(len(allowed), 1):
        message = f"Exactly one of {allowed} is required." if allowed else "No URL is allowed."
        raise meta_errors.bad_parameter(message)
    for url in (image_url, video_url):
        if url and not (re.match(r"https?://", url) and url.isascii()):
            raise meta_errors.bad_parameter("The URL must be absolute and in ASCII.")


def _check_caption(caption: str) -> None:
    hashtags = len(re.findall(r"#\w", re.sub(r"https?://\S+", "", caption)))
    if len(caption) > MAX_CAPTION or hashtags > MAX_HASHTAGS:
        raise _refusal("The caption is too long.", 36004, 2207010)
    if len(re.findall(r"(?<![\w.])@\w", caption)) > MAX_MENTIONS:
        raise _refusal(f"Cannot use more than {MAX_MENTIONS} tags.", 100, 2207040)


def _collaborators(value: str) -> list[str]:
    names = _json("collaborators", value)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise meta_errors.bad_parameter("Param collaborators must be an array of strings.")
    if len(names) > MAX_COLLABORATORS:
        raise meta_errors.bad_parameter(
            f"Param collaborators must have at most {MAX_COLLABORATORS} elements."
        )
    return names


def _alt_text(value: str) -> str:
    if len(value) > MAX_ALT_TEXT:
        message = f"Param alt_text must be at most {MAX_ALT_TEXT} characters long."
        raise meta_errors.bad_parameter(message)
    return value


def _location(value: str) -> str:
    if not value.isdigit():
        raise meta_errors.meta_error("INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID", 100)
    return value


def _boolean(value: str) -> bool:
    value = value.lower()
    if value not in ("true", "false"):
        raise meta_errors.bad_parameter("Param share_to_feed must be a boolean.")
    return value == "true"


def _offset(value: str) -> int:
    if not value.isdigit():
        raise _refusal("Thumbnail offset must be greater than or equal to 0.", 1, 2207057)
    return int(value)


def _trial(value: str) -> str:
    parameters = _json("trial_params", value)
    strategy = parameters.get("graduation_strategy") if isinstance(parameters, dict) else None
    if strategy not in GRADUATIONS:
        raise meta_errors.bad_parameter("Param trial_params must have a graduation_strategy.")
    return strategy


def _json(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        raise meta_errors.bad_parameter(f"Param {name} must be JSON.") from None


_CHECKS = {
    "children": listed,
    "collaborators": _collaborators,
    "alt_text": _alt_text,
    "location_id": _location,
    "share_to_feed": _boolean,
    "thumb_offset": _offset,
    "trial_params": _trial,
}


def _refusal(message: str, code: int, subcode: int) -> Refusal:
    return meta_errors.meta_error(message, code, subcode=subcode, transient=False)
