"""What a creator currently allows, and which of it a post uses."""

from collections.abc import Mapping
from typing import Any

from shared.domain.accounts import Allowed
from shared.domain.content import Content
from shared.domain.errors import ErrorCategory, MediaRejected, PlatformUnavailable, Rejected
from shared.platforms.tiktok.checkpoint import Settings
from shared.platforms.wire import number

# Widest first. A private account is offered its followers instead of everyone.
PRIVACY_LEVELS = (
    "PUBLIC_TO_EVERYONE",
    "FOLLOWER_OF_CREATOR",
    "MUTUAL_FOLLOW_FRIENDS",
    "SELF_ONLY",
)


def allowed_by(creator: Mapping[str, Any]) -> Allowed:
    """The options that a post of `creator` can have. Raises PlatformUnavailable."""
    off = [name for name in ("comment", "duet", "stitch") if creator.get(f"{name}_disabled")]
    return Allowed(
        choices={"privacyLevel": tuple(_offered(creator))},
        locked=tuple(f"disable{name.capitalize()}" for name in off),
        longest_video=number(creator.get("max_video_post_duration_sec")),
    )


def settings_for(content: Content, creator: Mapping[str, Any]) -> Settings:
    """The settings of a post for `creator`. Raises Rejected, MediaRejected."""
    _check_duration(content, creator)
    return Settings(
        privacy_level=_privacy(content, creator),
        disable_comment=_disabled("comment", content, creator),
        disable_duet=_disabled("duet", content, creator) if content.videos else None,
        disable_stitch=_disabled("stitch", content, creator) if content.videos else None,
    )


def _check_duration(content: Content, creator: Mapping[str, Any]) -> None:
    longest = number(creator.get("max_video_post_duration_sec"))
    for video in content.videos:
        if longest is not None and video.duration is not None and video.duration > longest:
            raise MediaRejected(
                f"This TikTok account can post videos of at most {longest} seconds; this one has "
                f"{video.duration:g}. Post a shorter video."
            )


def _offered(creator: Mapping[str, Any]) -> list[str]:
    named = creator.get("privacy_level_options")
    options = named if isinstance(named, list) else ()
    offered = [level for level in PRIVACY_LEVELS if level in options]
    if not offered:
        raise PlatformUnavailable("TikTok did not report who can see posts of this account.")
    return offered


def _privacy(content: Content, creator: Mapping[str, Any]) -> str:
    offered = _offered(creator)
    chosen: str = content.options.get("privacyLevel") or offered[0]
    if chosen not in offered:
        raise _not_allowed(
            f"This TikTok account does not currently allow {chosen}. Choose one of "
            f"{', '.join(offered)} as privacyLevel."
        )
    if chosen == "SELF_ONLY" and content.options.get("brandContent"):
        raise _not_allowed(
            "TikTok does not allow SELF_ONLY for branded content, and this account allows nothing "
            "else. Remove brandContent, or make the account public."
        )
    return chosen


def _disabled(feature: str, content: Content, creator: Mapping[str, Any]) -> bool:
    """Whether `feature` is off: by the caller's option, or else by the account's setting."""
    is_off = bool(creator.get(f"{feature}_disabled"))
    option = f"disable{feature.capitalize()}"
    wanted: bool | None = content.options.get(option)
    if wanted is False and is_off:
        raise _not_allowed(
            f"This TikTok account does not allow a {feature}. Remove {option}, or allow it in the "
            "TikTok app."
        )
    return is_off if wanted is None else wanted


def _not_allowed(message: str) -> Rejected:
    return Rejected(message, category=ErrorCategory.VALIDATION)
