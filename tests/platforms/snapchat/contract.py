"""Snapchat's contract: kinds of posts that it supports, kinds that it does not, and its errors."""

from dataclasses import replace
from typing import Any

from shared.domain.errors import (
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from shared.platforms.snapchat.errors import MediaExpired, MediaProcessing
from tests.media import Shelf
from tests.platforms.contract import (
    TEXT,
    Contract,
    Example,
    Refusal,
    TooMuch,
    one_image,
    one_video,
    three_images,
)
from tests.platforms.snapchat.logins import LOGINS

C = ErrorCategory


def with_code(code: str) -> dict[str, str]:
    return {"request_status": "ERROR", "error_code": code, "debug_message": "No."}


def with_message(words: str) -> dict[str, str]:
    return {"request_status": "ERROR", "debug_message": words}


REFUSALS = [
    Refusal("dead token", 401, {"error": "invalid_token"}, TokenExpired, C.AUTH_EXPIRED),
    Refusal("dead token, no body", 401, "", TokenExpired, C.AUTH_EXPIRED),
    Refusal(
        "not permitted",
        403,
        with_code("AUTHORIZATION_PERMISSION_DENIED"),
        Rejected,
        C.PERMISSION,
    ),
    Refusal("not permitted, without a code", 403, with_message("No role"), Rejected, C.PERMISSION),
    Refusal("profile gone", 404, with_message("Profile not found"), Rejected, C.PERMISSION),
    Refusal(
        "media in processing",
        400,
        with_code("MEDIA_PROCESSING"),
        MediaProcessing,
        C.PLATFORM_UNAVAILABLE,
    ),
    Refusal(
        "media in processing, with 200",
        200,
        with_code("MEDIA_PROCESSING"),
        MediaProcessing,
        C.PLATFORM_UNAVAILABLE,
    ),
    Refusal("media expired", 400, with_code("MEDIA_EXPIRED"), MediaExpired, C.PLATFORM_UNAVAILABLE),
    Refusal(
        "media expired, in words alone",
        200,
        with_message("E42: MEDIA_EXPIRED"),
        MediaExpired,
        C.PLATFORM_UNAVAILABLE,
    ),
    Refusal(
        "posted already",
        400,
        with_code("MEDIA_POSTING_ALREADY_IN_PROGRESS"),
        OutcomeUnknown,
        C.DUPLICATE,
    ),
    Refusal(
        "large part", 200, with_message("Media size is too large"), MediaRejected, C.MEDIA_ERROR
    ),
    Refusal("format", 400, with_message("Unsupported format"), MediaRejected, C.MEDIA_ERROR),
    Refusal("duration", 400, with_message("Bad duration"), MediaRejected, C.MEDIA_ERROR),
    Refusal("ratio", 400, with_message("Aspect ratio"), MediaRejected, C.MEDIA_ERROR),
    Refusal("no locale", 400, with_message("Unsupported locale"), Rejected, C.VALIDATION),
    Refusal("description", 400, with_message("description too long"), Rejected, C.VALIDATION),
    Refusal(
        "one item of several",
        200,
        {
            "request_status": "PARTIAL",
            "saved_stories": [
                {"sub_request_status": "ERROR", "sub_request_error_reason": "title too long"}
            ],
        },
        Rejected,
        C.VALIDATION,
    ),
    Refusal("anything else", 400, with_code("E1001"), Rejected, C.UNKNOWN),
    Refusal(
        "rate limit",
        429,
        "Too many requests",
        RateLimited,
        C.RATE_LIMITED,
        headers={"Retry-After": "7"},
    ),
    Refusal(
        "passing", 400, with_message("Internal error"), PlatformUnavailable, C.PLATFORM_UNAVAILABLE
    ),
    Refusal("proxy", 403, "<html>Sorry</html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
]


# The path has the id of the profile before the kind of post; the first such request creates the
# media.
VISIBLE = {"visible": "POST /v1/public_profiles/", "visible_after": 1}


def _png(shelf: Shelf) -> tuple[MediaAsset]:
    return (shelf.png(),)


def _two_videos(shelf: Shelf) -> tuple[MediaAsset, ...]:
    return (shelf.video(), shelf.video(2))


def _video(**changes: Any) -> Any:
    return lambda shelf: (replace(shelf.video(), **changes),)


def _image(**changes: Any) -> Any:
    return lambda shelf: (replace(shelf.image(), **changes),)


STORY = {"postType": "story"}
SAVED = {"postType": "saved_story"}
SPOTLIGHT = {"postType": "spotlight"}
CONTRACT = Contract(
    examples=[
        Example("spotlight", media=one_video, **VISIBLE),
        Example(
            "spotlight off the profile",
            media=one_video,
            options={**SPOTLIGHT, "locale": "de_DE", "saveToProfile": False},
            **VISIBLE,
        ),
        Example("story of an image", text="", media=one_image, **VISIBLE),
        Example(
            "story of a video",
            text="",
            media=one_video,
            options={**STORY, "ttl": "ONE_WEEK"},
            **VISIBLE,
        ),
        Example("saved story of an image", media=_png, options=SAVED, **VISIBLE),
        Example(
            "saved story of a video",
            media=one_video,
            options={**SAVED, "title": TEXT},
            **VISIBLE,
        ),
    ],
    too_much=[
        TooMuch("no media", "media_required", "media"),
        TooMuch("text of a story", "text_not_supported", "text", media=one_image),
        TooMuch("long description", "text_too_long", "text", "a" * 161, one_video),
        TooMuch("long title", "text_too_long", "text", "a" * 46, one_image, SAVED),
        TooMuch(
            "long title beside no text",
            "title_too_long",
            "options.title",
            "",
            one_image,
            {**SAVED, "title": "a" * 46},
        ),
        TooMuch("no title", "missing", "options.title", "", one_image, SAVED),
        TooMuch(
            "title and another text",
            "title_differs_from_text",
            "options.title",
            "Hello",
            one_image,
            {**SAVED, "title": "Goodbye"},
        ),
        TooMuch(
            "title of a spotlight",
            "option_not_supported",
            "options.title",
            media=one_video,
            options={"title": "Hello"},
        ),
        TooMuch(
            "lifetime of a spotlight",
            "option_not_supported",
            "options.ttl",
            media=one_video,
            options={"ttl": "ONE_DAY"},
        ),
        TooMuch(
            "locale of a story",
            "option_not_supported",
            "options.locale",
            "",
            one_image,
            {"locale": "en_US"},
        ),
        TooMuch(
            "profile of a saved story",
            "option_not_supported",
            "options.saveToProfile",
            media=one_image,
            options={**SAVED, "saveToProfile": True},
        ),
        TooMuch(
            "spotlight of an image",
            "media_kind_not_supported",
            "media[0]",
            media=one_image,
            options=SPOTLIGHT,
        ),
        TooMuch("several images", "too_many_media", "media", "", three_images),
        TooMuch("several videos", "too_many_media", "media", media=_two_videos),
        TooMuch("large image", "media_too_large", "media[0]", "", _image(size=20_000_001)),
        TooMuch(
            "moving image",
            "media_type_not_supported",
            "media[0]",
            "",
            _image(content_type="image/gif"),
        ),
        TooMuch("large video", "media_too_large", "media[0]", media=_video(size=1_000_000_001)),
        TooMuch("short video", "duration_too_small", "media[0]", media=_video(duration=5.9)),
        TooMuch("long video", "duration_too_large", "media[0]", media=_video(duration=60.1)),
        TooMuch("small video", "width_too_small", "media[0]", media=_video(width=538, height=960)),
        TooMuch("low video", "height_too_small", "media[0]", media=_video(width=540, height=958)),
        TooMuch(
            "wide video",
            "aspect_ratio_too_large",
            "media[0]",
            media=_video(width=1280, height=960),
        ),
        TooMuch(
            "narrow video",
            "aspect_ratio_too_small",
            "media[0]",
            media=_video(width=540, height=1200),
        ),
        TooMuch(
            "other container",
            "media_type_not_supported",
            "media[0]",
            media=_video(content_type="video/quicktime"),
        ),
        TooMuch("other codec", "codec_not_supported", "media[0]", media=_video(codec="hevc")),
    ],
    refusals=REFUSALS,
    refresh="POST /login/oauth2/access_token",
    logins=LOGINS,
)
