"""LinkedIn's contract: kinds of posts that it supports, kinds that it does not, and its errors."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from shared.domain.errors import (
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
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
from tests.platforms.linkedin.logins import LOGINS

VISIBLE = "POST /rest/posts"
C = ErrorCategory


def gateway(status: int, code: str, number: int | None = None) -> dict[str, Any]:
    named = {} if number is None else {"serviceErrorCode": number}
    return {"status": status, "code": code, "message": f"It says {code}", **named}


def input_error(code: str, status: int = 422, message: str = "Refused") -> dict[str, Any]:
    errors = [{"description": "Why", "input": {}, "code": code}]
    return {"status": status, "message": message, "errorDetails": {"inputErrors": errors}}


def throttled(whose: str) -> dict[str, Any]:
    message = f"Resource level throttle {whose} limit for calls to this resource is reached."
    return {"status": 429, "serviceErrorCode": 101, "message": message}


def _changed(made: Callable[[Shelf], Sequence[MediaAsset]], **changes: Any) -> Any:
    return lambda shelf: [replace(asset, **changes) for asset in made(shelf)]


def _mixed(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.image(), shelf.video())


UNSEEN = {"finds_lost": False, "proves_absent": False}

CONTRACT = Contract(
    examples=[
        Example("text", VISIBLE),
        Example("image", VISIBLE, media=one_image, options={"altTexts": ["A picture"]}, **UNSEEN),
        Example("png", VISIBLE, media=lambda shelf: (shelf.png(),), **UNSEEN),
        Example("images", VISIBLE, media=three_images, **UNSEEN),
        Example("video", VISIBLE, media=one_video, options={"title": "A film"}, **UNSEEN),
        Example("an image without a text", VISIBLE, text="", media=one_image, **UNSEEN),
    ],
    too_much=[
        TooMuch("text", "text_too_long", "text", text="a" * 3001),
        TooMuch("text in UTF-16", "text_too_long", "text", text="😀" * 1501),
        TooMuch("images", "too_many_media", "media", media=lambda s: [s.image()] * 21),
        TooMuch("videos", "too_many_media", "media", media=lambda s: [s.video()] * 2),
        TooMuch("mixture", "mixed_media", "media", media=_mixed),
        TooMuch(
            "kind of image",
            "media_type_not_supported",
            "media[0]",
            media=_changed(one_image, content_type="image/webp"),
        ),
        TooMuch(
            "kind of video",
            "media_type_not_supported",
            "media[0]",
            media=_changed(one_video, content_type="video/quicktime"),
        ),
        TooMuch(
            "bytes of an image",
            "media_too_large",
            "media[0]",
            media=_changed(one_image, size=8_000_001),
        ),
        TooMuch(
            "pixels",
            "resolution_too_large",
            "media[0]",
            media=_changed(one_image, width=6016, height=6010),
        ),
        TooMuch(
            "bytes of a video",
            "media_too_large",
            "media[0]",
            media=_changed(one_video, size=500_000_001),
        ),
        TooMuch(
            "too small a video",
            "media_too_small",
            "media[0]",
            media=_changed(one_video, size=75 * 1024 - 1),
        ),
        TooMuch(
            "too short a video",
            "duration_too_small",
            "media[0]",
            media=_changed(one_video, duration=2.9),
        ),
        TooMuch(
            "too long a video",
            "duration_too_large",
            "media[0]",
            media=_changed(one_video, duration=1800.5),
        ),
        TooMuch(
            "too narrow a video",
            "aspect_ratio_too_small",
            "media[0]",
            media=_changed(one_video, width=400, height=1000),
        ),
        TooMuch(
            "too wide a video",
            "aspect_ratio_too_large",
            "media[0]",
            media=_changed(one_video, width=2410, height=1000),
        ),
        TooMuch(
            "alt text",
            "alt_text_too_long",
            "options.altTexts[0]",
            media=one_image,
            options={"altTexts": ["a" * 4087]},
        ),
        TooMuch(
            "alt text of a video",
            "alt_text_not_supported",
            "options.altTexts[0]",
            media=one_video,
            options={"altTexts": ["a film"]},
        ),
        TooMuch(
            "title without a video",
            "title_not_supported",
            "options.title",
            media=one_image,
            options={"title": "A picture"},
        ),
        TooMuch(
            "title",
            "title_too_long",
            "options.title",
            media=one_video,
            options={"title": "a" * 401},
        ),
    ],
    refusals=[
        Refusal(
            "expired token",
            401,
            gateway(401, "EXPIRED_ACCESS_TOKEN", 65602),
            TokenExpired,
            C.AUTH_EXPIRED,
        ),
        Refusal(
            "revoked token",
            401,
            gateway(401, "REVOKED_ACCESS_TOKEN", 65601),
            ReconnectRequired,
            C.AUTH_EXPIRED,
        ),
        Refusal(
            "invalid token",
            401,
            gateway(401, "INVALID_ACCESS_TOKEN", 65600),
            ReconnectRequired,
            C.AUTH_EXPIRED,
        ),
        Refusal("no token", 401, gateway(401, "EMPTY_ACCESS_TOKEN"), Rejected, C.VALIDATION),
        Refusal("permission", 403, gateway(403, "ACCESS_DENIED", 100), Rejected, C.PERMISSION),
        Refusal("gone", 404, gateway(404, "RESOURCE_NOT_FOUND"), Rejected, C.VALIDATION),
        Refusal("version", 426, gateway(426, "NONEXISTENT_VERSION"), Rejected, C.VALIDATION),
        Refusal("no version", 400, gateway(400, "VERSION_MISSING"), Rejected, C.VALIDATION),
        Refusal("member's day", 429, throttled("MEMBER DAY"), RateLimited, C.RATE_LIMITED),
        Refusal("app's day", 429, throttled("APPLICATION DAY"), RateLimited, C.RATE_LIMITED),
        Refusal("duplicate", 422, input_error("DUPLICATE_POST"), DuplicateRejected, C.DUPLICATE),
        Refusal("older duplicate", 409, gateway(409, "CONFLICT"), DuplicateRejected, C.DUPLICATE),
        Refusal("long", 400, input_error("FIELD_LENGTH_TOO_LONG", 400), Rejected, C.VALIDATION),
        Refusal("value", 422, input_error("INVALID_VALUE_FOR_FIELD"), Rejected, C.VALIDATION),
        Refusal("field", 422, input_error("MISSING_FIELD"), Rejected, C.VALIDATION),
        Refusal("type of URN", 422, input_error("INVALID_URN_TYPE"), Rejected, C.VALIDATION),
        Refusal("URN", 422, input_error("INVALID_URN_ID"), Rejected, C.VALIDATION),
        Refusal(
            "bytes not seen",
            422,
            input_error("MEDIA_ASSET_WAITING_UPLOAD"),
            PlatformUnavailable,
            C.PLATFORM_UNAVAILABLE,
        ),
        Refusal(
            "failed processing",
            400,
            input_error("MEDIA_ASSET_PROCESSING_FAILED", 400),
            MediaRejected,
            C.MEDIA_ERROR,
        ),
        Refusal(
            "late upload",
            400,
            gateway(400, "EXPIRED_UPLOAD_URL"),
            PlatformUnavailable,
            C.PLATFORM_UNAVAILABLE,
        ),
        Refusal("too large", 413, gateway(413, "TOO_LARGE"), MediaRejected, C.MEDIA_ERROR),
        Refusal("kind of file", 415, gateway(415, "KIND"), MediaRejected, C.MEDIA_ERROR),
        Refusal("a proxy's page", 400, "<html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
    ],
    refresh="POST /oauth/v2/accessToken",
    logins=LOGINS,
)
