"""The parameters of a container (sections 3.1 and 4 of the notes on Threads).

Unknown parameters are ignored, as Meta does.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.platforms import meta_errors
from local.platforms.threads_text import links, text_units

MAX_TEXT_UNITS = 500  # section 4
MAX_LINKS = 5  # section 4: unique, since 22 December 2025
MAX_TOPIC_LENGTH = 50  # section 3.1
REPLY_CONTROLS = (
    "everyone",
    "accounts_you_follow",
    "mentioned_only",
    "parent_post_author_only",
    "followers_only",
)
_POLL_OPTIONS = ("option_a", "option_b", "option_c", "option_d")


@dataclass(frozen=True)
class TextContainer:
    """A text post in the making."""

    text: str
    reply_control: str
    link_attachment: str | None = None
    topic_tag: str | None = None
    reply_to_id: str | None = None
    quote_post_id: str | None = None


def read_container(parameters: Mapping[str, str]) -> TextContainer:
    """The container that the parameters ask for. Raises Refusal."""
    media_type = parameters.get("media_type")
    if not media_type:
        raise meta_errors.bad_parameter("The parameter media_type is required.")
    if media_type != "TEXT":
        raise meta_errors.bad_parameter(f"Param media_type must be one of {{TEXT}}: {media_type}.")
    text = parameters.get("text", "")
    _check_text(text, parameters.get("link_attachment"))
    _check_poll(parameters.get("poll_attachment"))
    return TextContainer(
        text=text,
        reply_control=_reply_control(parameters.get("reply_control") or "everyone"),
        link_attachment=parameters.get("link_attachment"),
        topic_tag=_topic(parameters.get("topic_tag")),
        reply_to_id=parameters.get("reply_to_id"),
        quote_post_id=parameters.get("quote_post_id"),
    )


def _check_text(text: str, link_attachment: str | None) -> None:
    if not text.strip():
        raise meta_errors.bad_parameter("The parameter text is required.")
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
