"""The parameters of a container (developers.facebook.com/docs/threads/reference/publishing).

Unknown parameters are ignored, as Meta does.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.platforms.media import Medium
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.parameters import listed
from local.platforms.threads.text import links, text_units

MAX_TEXT_UNITS = 500
MAX_LINKS = 5  # unique, since 22 December 2025
MAX_TOPIC_LENGTH = 50
MAX_ALT_TEXT = 1000
MIB = 1024 * 1024
ITEMS = (2, 20)  # of a carousel
KINDS = ("TEXT", "IMAGE", "VIDEO", "CAROUSEL")
URL_OF = {"IMAGE": "image_url", "VIDEO": "video_url"}
REPLY_CONTROLS = (
    "everyone",
    "accounts_you_follow",
    "mentioned_only",
    "parent_post_author_only",
    "followers_only",
)
_POLL_OPTIONS = ("option_a", "option_b", "option_c", "option_d")


@dataclass(frozen=True)
class Draft:
    """What a container is created from."""

    kind: str
    text: str
    reply_control: str
    link_attachment: str | None = None
    topic_tag: str | None = None
    reply_to_id: str | None = None
    quote_post_id: str | None = None
    media_url: str | None = None
    alt_text: str | None = None
    is_item: bool = False
    """It belongs in a carousel and cannot be published alone."""
    children: tuple[str, ...] = ()


def read_draft(parameters: Mapping[str, str]) -> Draft:
    """The draft that the parameters describe. Raises Refusal."""
    meta_errors.need(parameters, "media_type")
    kind = parameters["media_type"]
    if kind not in KINDS:
        allowed = ", ".join(KINDS)
        raise meta_errors.bad_parameter(f"Param media_type must be one of {{{allowed}}}: {kind}.")
    text = parameters.get("text", "")
    if kind == "TEXT" and not text.strip():
        raise meta_errors.bad_parameter("The parameter text is required.")
    _check_text(text, parameters.get("link_attachment"))
    _check_poll(parameters.get("poll_attachment"))
    _check_place(kind, parameters)
    return Draft(
        kind=kind,
        text=text,
        reply_control=_reply_control(parameters.get("reply_control") or "everyone"),
        link_attachment=parameters.get("link_attachment"),
        topic_tag=_topic(parameters.get("topic_tag")),
        reply_to_id=parameters.get("reply_to_id"),
        quote_post_id=parameters.get("quote_post_id"),
        media_url=_media_url(kind, parameters),
        alt_text=_alt_text(kind, parameters.get("alt_text")),
        is_item=_is_item(kind, parameters),
        children=_children(kind, parameters.get("children")),
    )


def _check_place(kind: str, parameters: Mapping[str, str]) -> None:
    """Some parameters are only for one kind of post."""
    for name in ("link_attachment", "poll_attachment", "auto_publish_text"):
        if parameters.get(name) and kind != "TEXT":
            raise meta_errors.bad_parameter(f"Param {name} is only for media_type TEXT.")


def _media_url(kind: str, parameters: Mapping[str, str]) -> str | None:
    name = URL_OF.get(kind)
    if name is None:
        return None
    url = parameters.get(name, "")
    if not re.match(r"https?://[!-~]+$", url):
        raise meta_errors.bad_parameter(f"The parameter {name} is required, as a public URL.")
    return url


def _alt_text(kind: str, value: str | None) -> str | None:
    if value is None:
        return None
    if kind not in URL_OF:
        raise meta_errors.bad_parameter("Param alt_text belongs to an image or a video.")
    if not 1 <= len(value) <= MAX_ALT_TEXT:
        message = f"Param alt_text must have 1 to {MAX_ALT_TEXT} characters."
        raise meta_errors.bad_parameter(message)
    return value


def _is_item(kind: str, parameters: Mapping[str, str]) -> bool:
    is_item = parameters.get("is_carousel_item", "").lower() == "true"
    if is_item and (kind not in URL_OF or parameters.get("text")):
        message = "A carousel item is an image or a video without a text."
        raise meta_errors.bad_parameter(message)
    return is_item


def _children(kind: str, value: str | None) -> tuple[str, ...]:
    children = tuple(listed(value or ""))
    least, most = ITEMS
    if (kind == "CAROUSEL") != bool(children):
        raise meta_errors.bad_parameter("The parameter children belongs to a CAROUSEL.")
    if children and not least <= len(set(children)) == len(children) <= most:
        raise meta_errors.bad_parameter(f"Param children must name {least} to {most} containers.")
    return children


def violation_of(medium: Medium) -> str | None:
    """The `error_message` for a medium that violates the limits."""
    if medium.kind == "image":
        if not 0.1 <= medium.aspect <= 10:
            return "INVALID_ASPEC_RATIO"
        return None if medium.size <= 8 * MIB else "UNKNOWN"
    seconds = medium.duration or 0
    limits = {
        "INVALID_DURATION": 0 < seconds <= 300,
        "INVALID_FRAME_RATE": 23 <= (medium.frame_rate or 0) <= 60,
        "INVALID_ASPEC_RATIO": 0.01 <= medium.aspect <= 10,
        "INVALID_BIT_RATE": medium.size * 8 <= 100_000_000 * seconds,
        "FAILED_PROCESSING_VIDEO": (
            medium.codec in ("h264", "hevc") and medium.width <= 1920 and medium.size <= 1024 * MIB
        ),
    }
    return next((name for name, is_met in limits.items() if not is_met), None)


def _check_text(text: str, link_attachment: str | None) -> None:
    if text_units(text) > MAX_TEXT_UNITS:
        message = f"Param text must be at most {MAX_TEXT_UNITS} characters long."
        raise meta_errors.bad_parameter(message)
    if link_attachment is not None and not re.match(r"https?://\S+$", link_attachment):
        raise meta_errors.bad_parameter("Param link_attachment must be a valid URL.")
    unique = set(links(text)) | ({link_attachment} if link_attachment else set())
    if len(unique) > MAX_LINKS:
        raise meta_errors.meta_error("THREADS_API__LINK_LIMIT_EXCEEDED", 100)


def _reply_control(value: str) -> str:
    if value not in REPLY_CONTROLS:
        allowed = ", ".join(REPLY_CONTROLS)
        raise meta_errors.bad_parameter(f"Param reply_control must be one of {{{allowed}}}.")
    return value


def _topic(value: str | None) -> str | None:
    if value is not None and (not 1 <= len(value) <= MAX_TOPIC_LENGTH or re.search("[.&]", value)):
        raise meta_errors.bad_parameter(
            f"Param topic_tag must have 1 to {MAX_TOPIC_LENGTH} characters, without . and &."
        )
    return value


def _check_poll(value: str | None) -> None:
    if value is None:
        return
    try:
        poll: Any = json.loads(value)
    except json.JSONDecodeError:
        poll = None
    if (
        not isinstance(poll, dict)
        or not set(_POLL_OPTIONS[:2]) <= set(poll) <= set(_POLL_OPTIONS)
        or not all(isinstance(option, str) and option for option in poll.values())
    ):
        raise meta_errors.bad_parameter("Param poll_attachment must have option_a and option_b.")
