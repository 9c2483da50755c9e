"""What the tests of the contract know about Threads."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from shared.platforms.threads.limits import MIB
from tests.media import Shelf
from tests.platforms.contract import (
    Contract,
    Example,
    Media,
    Refusal,
    TooMuch,
    one_image,
    one_video,
)
from tests.platforms.threads.logins import LOGINS

C = ErrorCategory


def error_body(code: int, message: str, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


EXPIRED = "Error validating access token: Session has expired on Tuesday, 10-Nov-26."
PASSING = error_body(99, "Odd", is_transient=True)
# HTTP status, body, class, category, a part of the message.
BODIES: list[tuple[int, Any, type[PlatformError], ErrorCategory, str]] = [
    (400, error_body(190, EXPIRED, 463), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (401, error_body(190, "Cannot parse access token"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (400, error_body(102, "Session key invalid"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (400, error_body(1, EXPIRED), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (403, error_body(10, "No permission for this action"), Rejected, C.PERMISSION, "No permission"),
    (403, error_body(200, "Requires permission"), Rejected, C.PERMISSION, "account to post"),
    (403, error_body(299, "Requires permission"), Rejected, C.PERMISSION, "account to post"),
    (400, error_body(100, "THREADS_API__FEATURE_NOT_AVAILABLE"), Rejected, C.PERMISSION, "FEATURE"),
    (400, error_body(100, "User is restricted", 4279013), Rejected, C.PERMISSION, "restricted"),
    (
        400,
        error_body(4, "We restrict", 2207051),
        ContentRejected,
        C.CONTENT_POLICY,
        "restrict",
    ),
    (400, error_body(368, "Temporarily blocked"), ContentRejected, C.CONTENT_POLICY, "blocked"),
    (400, error_body(9004, "Could not fetch"), MediaRejected, C.MEDIA_ERROR, "download the media"),
    (
        400,
        error_body(24, "Only photo", 2207052),
        MediaRejected,
        C.MEDIA_ERROR,
        "download the media",
    ),
    (
        400,
        error_body(100, "Param text must be at most 500"),
        Rejected,
        C.VALIDATION,
        "at most 500",
    ),
    (
        400,
        error_body(100, "THREADS_API__LINK_LIMIT_EXCEEDED"),
        Rejected,
        C.VALIDATION,
        "LINK_LIMIT",
    ),
    (400, error_body(24, "THREADS_API__LINK_LIMIT_EXCEEDED"), Rejected, C.VALIDATION, "LINK_LIMIT"),
    *(
        (400, error_body(code, "Limit"), RateLimited, C.RATE_LIMITED, "retries automatically")
        for code in (4, 9, 17, 32, 613, 80002, 80999)
    ),
    (
        400,
        error_body(4, "Limit", is_transient=True),
        RateLimited,
        C.RATE_LIMITED,
        "retries automatically",
    ),
    (429, error_body(99, "Too many"), RateLimited, C.RATE_LIMITED, "retries automatically"),
    *(
        (
            400,
            error_body(code, "Unexpected"),
            PlatformUnavailable,
            C.PLATFORM_UNAVAILABLE,
            "not available",
        )
        for code in (1, 2)
    ),
    (
        400,
        error_body(99, "Passing", is_transient=True),
        PlatformUnavailable,
        C.PLATFORM_UNAVAILABLE,
        "not available",
    ),
    (400, "<html>Sorry</html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE, "HTTP 400"),
    (404, {"error": "odd"}, PlatformUnavailable, C.PLATFORM_UNAVAILABLE, "HTTP 404"),
    (
        400,
        error_body(24, "It does not exist", 4279009),
        Rejected,
        C.UNKNOWN,
        "does not exist",
    ),
    (400, error_body(2500, "Unknown path components"), Rejected, C.UNKNOWN, "Unknown path"),
]


REFUSALS = [
    Refusal(f"{number}, HTTP {status}", status, body, kind, category)
    for number, (status, body, kind, category, _) in enumerate(BODIES)
]


def mixed_media(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.image(1), shelf.video(), shelf.png(2))


def images(count: int) -> Media:
    return lambda shelf: tuple(shelf.image(seed) for seed in range(1, count + 1))


def an_image(**changed: Any) -> Media:
    return lambda shelf: (replace(shelf.image(), **changed),)


def a_video(**changed: Any) -> Media:
    return lambda shelf: (replace(shelf.video(), **changed),)


PUBLISHES = "POST /v1.0/me/threads_publish"
LINKS = " ".join(f"https://example.com/{number}" for number in range(6))
LINK = {"linkAttachment": "https://example.com/a?b=1"}
CONTRACT = Contract(
    examples=[
        Example("text", PUBLISHES),
        Example("text with a link and a topic", PUBLISHES, options={**LINK, "topicTag": "code"}),
        Example("image", PUBLISHES, media=one_image, options={"altTexts": ["A mosaic"]}),
        Example("image alone", PUBLISHES, text="", media=one_image),
        Example("video", PUBLISHES, media=one_video, options={"altTexts": ["A slide show"]}),
        Example(
            "carousel",
            PUBLISHES,
            media=mixed_media,
            options={"altTexts": ["one", None, "three"], "replyControl": "mentioned_only"},
        ),
    ],
    too_much=[
        TooMuch("text", "text_too_long", "text", text="a" * 501),
        TooMuch("emoji", "text_too_long", "text", text="\U0001f600" * 126),
        TooMuch("no text and no media", "missing", "text", text=""),
        TooMuch("links", "too_many_links", "text", text=LINKS),
        TooMuch("links and one attached", "too_many_links", "text", text=LINKS[:-22], options=LINK),
        TooMuch(
            "link beside an image",
            "link_attachment_not_supported",
            "options.linkAttachment",
            media=one_image,
            options=LINK,
        ),
        TooMuch(
            "link", "invalid_option", "options.linkAttachment", options={"linkAttachment": "a"}
        ),
        *(
            TooMuch(
                f"topic {tag[:4]}", "invalid_option", "options.topicTag", options={"topicTag": tag}
            )
            for tag in ("", "a.b", "a&b", "a" * 51)
        ),
        TooMuch(
            "who may reply",
            "invalid_option",
            "options.replyControl",
            options={"replyControl": "nobody"},
        ),
        TooMuch("21 images", "too_many_media", "media", media=images(21)),
        TooMuch("image bytes", "media_too_large", "media[0]", media=an_image(size=8 * MIB + 1)),
        TooMuch(
            "image type",
            "media_type_not_supported",
            "media[0]",
            media=an_image(content_type="image/webp"),
        ),
        TooMuch("flat image", "aspect_ratio_too_large", "media[0]", media=an_image(width=13501)),
        TooMuch("slim image", "aspect_ratio_too_small", "media[0]", media=an_image(height=10811)),
        TooMuch(
            "moving image",
            "animation_not_supported",
            "media[0]",
            media=an_image(content_type="image/png", animated=True),
        ),
        TooMuch("video bytes", "media_too_large", "media[0]", media=a_video(size=1024 * MIB + 1)),
        TooMuch("long video", "duration_too_large", "media[0]", media=a_video(duration=300.1)),
        TooMuch("slow video", "frame_rate_too_small", "media[0]", media=a_video(frame_rate=15)),
        TooMuch("fast video", "frame_rate_too_large", "media[0]", media=a_video(frame_rate=120)),
        TooMuch("wide video", "width_too_large", "media[0]", media=a_video(width=1921)),
        TooMuch(
            "flat video",
            "aspect_ratio_too_large",
            "media[0]",
            media=a_video(width=1900, height=100),
        ),
        TooMuch(
            "slim video", "aspect_ratio_too_small", "media[0]", media=a_video(width=9, height=1000)
        ),
        TooMuch("video codec", "codec_not_supported", "media[0]", media=a_video(codec="vp9")),
        TooMuch("bit rate", "bit_rate_too_large", "media[0]", media=a_video(size=101_000_000)),
        TooMuch(
            "video type",
            "media_type_not_supported",
            "media[0]",
            media=a_video(content_type="video/webm"),
        ),
        TooMuch(
            "alt text",
            "alt_text_too_long",
            "options.altTexts[0]",
            media=one_video,
            options={"altTexts": ["a" * 1001]},
        ),
        TooMuch(
            "alt text of nothing",
            "too_many_alt_texts",
            "options.altTexts",
            options={"altTexts": ["a"]},
        ),
    ],
    refusals=REFUSALS,
    refresh="GET /refresh_access_token",
    logins=LOGINS,
)
