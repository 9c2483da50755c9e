"""The contract of TikTok, which tests/platforms/test_contract.py holds it to."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from shared.domain.errors import (
    ErrorCategory,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from tests.media import Shelf
from tests.platforms.contract import (
    Contract,
    Example,
    Refusal,
    TooMuch,
    one_image,
    one_video,
    three_images,
)
from tests.platforms.tiktok.logins import LOGINS
from tests.platforms.tiktok.steps import CHUNK

INIT_PHOTOS = "POST /v2/post/publish/content/init/"
UPLOADS = "PUT /video/"


def four_chunks(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.large_video(4 * CHUNK + 12_345),)


def many(count: int) -> Callable[[Shelf], Sequence[MediaAsset]]:
    return lambda shelf: tuple(shelf.image(seed) for seed in range(count))


def changed(kind: str, **changes: Any) -> Callable[[Shelf], Sequence[MediaAsset]]:
    """A medium with these properties, which are not checked against its bytes."""
    return lambda shelf: (replace(shelf.image() if kind == "image" else shelf.video(), **changes),)


def _envelope(code: str) -> dict[str, Any]:
    return {"data": {}, "error": {"code": code, "message": f"about {code}", "log_id": "1"}}


def _refusal(
    code: str, status: int, error: type, category: ErrorCategory = ErrorCategory.UNKNOWN
) -> Refusal:
    return Refusal(code, status, _envelope(code), error, category)


CONTRACT = Contract(
    examples=(
        Example("video in one chunk", UPLOADS, media=one_video),
        Example("video in several chunks", UPLOADS, visible_after=3, media=four_chunks),
        Example(
            "video for nobody else",
            UPLOADS,
            media=one_video,
            options={"privacyLevel": "SELF_ONLY"},
        ),
        Example("photo", INIT_PHOTOS, media=one_image, proves_absent=False),
        Example("photos", INIT_PHOTOS, media=three_images, proves_absent=False),
        Example(
            "photos for nobody else",
            INIT_PHOTOS,
            media=three_images,
            options={"privacyLevel": "SELF_ONLY"},
            finds_lost=False,
            proves_absent=False,
        ),
    ),
    too_much=(
        TooMuch("no media", "media_required", "media"),
        TooMuch("a caption of 2201", "text_too_long", "text", "a" * 2201, one_video),
        TooMuch("an emoji counts 2", "text_too_long", "text", "😀" * 1101, one_video),
        TooMuch("a description of 4001", "text_too_long", "text", "a" * 4001, one_image),
        TooMuch("36 photos", "too_many_media", "media", media=many(36)),
        TooMuch(
            "two videos", "too_many_media", "media", media=lambda s: (s.video(), s.video(seed=2))
        ),
        TooMuch(
            "a video and a photo", "mixed_media", "media", media=lambda s: (s.video(), s.image())
        ),
        TooMuch("a PNG", "media_type_not_supported", "media[0]", media=lambda s: (s.png(),)),
        TooMuch(
            "20 MB of photo",
            "media_too_large",
            "media[0]",
            media=changed("image", size=20_000_001),
        ),
        TooMuch(
            "a photo that is too long",
            "height_too_large",
            "media[0]",
            media=lambda s: (s.image(width=720, height=1921),),
        ),
        TooMuch(
            "a photo of more than 1080 lines",
            "resolution_too_large",
            "media[0]",
            media=lambda s: (s.image(width=1081, height=1081),),
        ),
        TooMuch(
            "an animated WebP",
            "animation_not_supported",
            "media[0]",
            media=changed("image", content_type="image/webp", animated=True),
        ),
        TooMuch(
            "4 GB of video",
            "media_too_large",
            "media[0]",
            media=changed("video", size=4_000_000_001),
        ),
        TooMuch(
            "2 seconds", "duration_too_small", "media[0]", media=changed("video", duration=2.0)
        ),
        TooMuch(
            "11 minutes", "duration_too_large", "media[0]", media=changed("video", duration=660.0)
        ),
        TooMuch(
            "20 frames a second",
            "frame_rate_too_small",
            "media[0]",
            media=changed("video", frame_rate=20.0),
        ),
        TooMuch(
            "90 frames a second",
            "frame_rate_too_large",
            "media[0]",
            media=changed("video", frame_rate=90.0),
        ),
        TooMuch("narrow", "width_too_small", "media[0]", media=changed("video", width=320)),
        TooMuch("wide", "width_too_large", "media[0]", media=changed("video", width=5000)),
        TooMuch("low", "height_too_small", "media[0]", media=changed("video", height=320)),
        TooMuch("high", "height_too_large", "media[0]", media=changed("video", height=5000)),
        TooMuch("AV1", "codec_not_supported", "media[0]", media=changed("video", codec="av1")),
        TooMuch(
            "a title of 91",
            "text_too_long",
            "options.title",
            media=one_image,
            options={"title": "a" * 91},
        ),
        *(
            TooMuch(
                f"{name} of a video",
                "option_not_supported",
                f"options.{name}",
                media=one_video,
                options={name: value},
            )
            for name, value in (("title", "a"), ("autoAddMusic", True), ("photoCoverIndex", 0))
        ),
        *(
            TooMuch(
                f"{name} of photos",
                "option_not_supported",
                f"options.{name}",
                media=one_image,
                options={name: value},
            )
            for name, value in (
                ("disableDuet", True),
                ("disableStitch", True),
                ("aiGenerated", True),
                ("coverTimestampMs", 5),
            )
        ),
        TooMuch(
            "a cover beyond the photos",
            "out_of_range",
            "options.photoCoverIndex",
            media=one_image,
            options={"photoCoverIndex": 1},
        ),
        TooMuch(
            "a cover beyond the end",
            "out_of_range",
            "options.coverTimestampMs",
            media=one_video,
            options={"coverTimestampMs": 8001},
        ),
        TooMuch(
            "branded for nobody",
            "privacy_not_allowed",
            "options.privacyLevel",
            media=one_video,
            options={"brandContent": True, "privacyLevel": "SELF_ONLY"},
        ),
    ),
    refusals=(
        _refusal("access_token_invalid", 401, TokenExpired, ErrorCategory.AUTH_EXPIRED),
        _refusal("scope_not_authorized", 401, Rejected, ErrorCategory.PERMISSION),
        _refusal("scope_permission_missed", 400, Rejected, ErrorCategory.PERMISSION),
        _refusal("rate_limit_exceeded", 429, RateLimited, ErrorCategory.RATE_LIMITED),
        _refusal("spam_risk_too_many_posts", 403, RateLimited, ErrorCategory.RATE_LIMITED),
        _refusal("spam_risk_too_many_posts", 200, RateLimited, ErrorCategory.RATE_LIMITED),
        _refusal("spam_risk_too_many_pending_share", 403, RateLimited, ErrorCategory.RATE_LIMITED),
        _refusal("reached_active_user_cap", 403, RateLimited, ErrorCategory.RATE_LIMITED),
        _refusal("reached_active_user_cap", 200, RateLimited, ErrorCategory.RATE_LIMITED),
        _refusal("spam_risk_user_banned_from_posting", 403, Rejected, ErrorCategory.PERMISSION),
        _refusal("spam_risk_user_banned_from_posting", 200, Rejected, ErrorCategory.PERMISSION),
        _refusal(
            "unaudited_client_can_only_post_to_private_accounts",
            403,
            Rejected,
            ErrorCategory.PERMISSION,
        ),
        _refusal("url_ownership_unverified", 403, Rejected, ErrorCategory.PERMISSION),
        _refusal("privacy_level_option_mismatch", 403, Rejected, ErrorCategory.VALIDATION),
        _refusal("invalid_param", 400, Rejected, ErrorCategory.VALIDATION),
        _refusal("invalid_params", 400, Rejected, ErrorCategory.VALIDATION),
        _refusal("app_version_check_failed", 400, Rejected, ErrorCategory.VALIDATION),
        _refusal("invalid_publish_id", 400, Rejected),
        _refusal("token_not_authorized_for_specified_publish_id", 400, Rejected),
        _refusal("internal_error", 400, PlatformUnavailable, ErrorCategory.PLATFORM_UNAVAILABLE),
    ),
    refresh="POST /v2/oauth/token/",
    logins=LOGINS,
)
