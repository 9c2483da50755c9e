"""What a creator allows at this moment, and what of it a post asks for."""

from collections.abc import Mapping
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import ErrorCategory, MediaRejected, PlatformUnavailable, Rejected

# Widest first. A private account is offered the followers instead of everyone.
PRIVACY_LEVELS = (
    "PUBLIC_TO_EVERYONE",
    "FOLLOWER_OF_CREATOR",
    "MUTUAL_FOLLOW_FRIENDS",
    "SELF_ONLY",
)


def settings_for(content: Content, creator: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `post_info` that the creator has a say in. Raises Rejected, MediaRejected."""
    _check_duration(content, creator)
    settings = {
        "privacy_level": _privacy(content, creator),
        "disable_comment": _disabled("comment", content, creator),
    }
    if content.videos:
        settings["disable_duet"] = _disabled("duet", content, creator)
        settings["disable_stitch"] = _disabled("stitch", content, creator)
    return settings


def _check_duration(content: Content, creator: Mapping[str, Any]) -> None:
    longest = creator.get("max_video_post_duration_sec")
    for video in content.videos:
        if longest is not None and video.duration is not None and video.duration > longest:
            raise MediaRejected(
                f"This TikTok account may post videos of at most {longest} seconds; this one has "
                f"{video.duration:g}. Publish a shorter one."
            )


def _privacy(content: Content, creator: Mapping[str, Any]) -> str:
    offered = [
        level for level in PRIVACY_LEVELS if level in (creator.get("privacy_level_options") or ())
    ]
    if not offered:
        raise PlatformUnavailable("TikTok did not say who may see posts of this account.")
    chosen: str = content.options.get("privacyLevel") or offered[0]
    if chosen not in offered:
        raise _not_allowed(
            f"This TikTok account offers no {chosen} at this moment; choose one of "
            f"{', '.join(offered)} as privacyLevel."
        )
    if chosen == "SELF_ONLY" and content.options.get("brandContent"):
        raise _not_allowed(
            "TikTok shows branded content to others only, and this account offers nothing but "
            "SELF_ONLY; leave out brandContent or open the account."
        )
    return chosen


def _disabled(what: str, content: Content, creator: Mapping[str, Any]) -> bool:
    """Whether `what` is off: as the caller says, or else as the account has it."""
    is_off = bool(creator.get(f"{what}_disabled"))
    wanted: bool | None = content.options.get(f"disable{what.capitalize()}")
    if wanted is False and is_off:
        raise _not_allowed(
            f"This TikTok account allows no {what}; leave out disable{what.capitalize()}, or allow "
            "it in the app."
        )
    return is_off if wanted is None else wanted


def _not_allowed(message: str) -> Rejected:
    return Rejected(message, category=ErrorCategory.VALIDATION)
