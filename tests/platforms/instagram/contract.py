"""What the tests of the contract know about Instagram."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
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
from tests.platforms.instagram.logins import LOGINS

# The account's id comes between the version and the edge.
VISIBLE = "POST /v26.0/"


def image_and_video(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.image(), shelf.video())


def two_videos(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.video(), shelf.video(2))


def ten_images(shelf: Shelf) -> Sequence[MediaAsset]:
    return tuple(shelf.image(seed, 320, 400) for seed in range(10))


def eleven_images(shelf: Shelf) -> Sequence[MediaAsset]:
    return (*ten_images(shelf), shelf.image(11, 320, 400))


def a_png(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.png(),)


def a_tall_image(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.image(width=720, height=1280),)


def a_wide_image(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.image(width=1280, height=640),)


def a_short_video(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.video(seconds=2, width=320, height=568),)


def _made_of(image_or_video: str, **measures: Any) -> Callable[[Shelf], Sequence[MediaAsset]]:
    """A medium that says of itself what no file on the shelf is."""
    return lambda shelf: (replace(getattr(shelf, image_or_video)(), **measures),)


def error_body(code: int, subcode: int | None = None, message: str = "No", **more: Any) -> Any:
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


STORY = {"postType": "story"}
C = ErrorCategory
CONTRACT = Contract(
    examples=[
        Example("image", VISIBLE, 1, media=one_image),
        Example("image without a caption", VISIBLE, 1, text="", media=one_image),
        Example(
            "carousel",
            VISIBLE,
            4,
            media=three_images,
            options={"altTexts": ["one", None, "three"], "collaborators": ["bob"]},
        ),
        Example("mixed carousel", VISIBLE, 3, media=image_and_video),
        Example("reel", VISIBLE, 1, media=one_video),
        Example(
            "reel with options",
            VISIBLE,
            1,
            media=one_video,
            options={
                "postType": "reel",
                "shareToFeed": False,
                "thumbOffset": 500,
                "audioName": "Sea",
                "trialReel": "manual",
                "collaborators": ["bob", "cy", "di"],
                "locationId": "7640348500",
            },
        ),
        Example("image story", VISIBLE, 1, text="", media=one_image, options=STORY),
        Example("tall image story", VISIBLE, 1, text="", media=a_tall_image, options=STORY),
        Example("video story", VISIBLE, 1, text="", media=one_video, options=STORY),
    ],
    too_much=[
        TooMuch("text alone", "media_required", "media"),
        TooMuch("a long caption", "text_too_long", "text", text="a" * 2201, media=one_image),
        TooMuch("hashtags", "too_many_hashtags", "text", text="#a " * 31, media=one_image),
        TooMuch("mentions", "too_many_mentions", "text", text="@a " * 21, media=one_image),
        TooMuch("eleven images", "too_many_media", "media", media=eleven_images),
        TooMuch("a PNG", "media_type_not_supported", "media[0]", media=a_png),
        TooMuch("a tall image", "aspect_ratio_too_small", "media[0]", media=a_tall_image),
        TooMuch("a wide image", "aspect_ratio_too_large", "media[0]", media=a_wide_image),
        TooMuch(
            "a large image",
            "media_too_large",
            "media[0]",
            media=_made_of("image", size=8 * 1024 * 1024 + 1),
        ),
        TooMuch("a short video", "duration_too_small", "media[0]", media=a_short_video),
        TooMuch(
            "a long reel",
            "duration_too_large",
            "media[0]",
            media=_made_of("video", duration=900.1),
        ),
        TooMuch(
            "a large reel",
            "media_too_large",
            "media[0]",
            media=_made_of("video", size=300 * 1024 * 1024 + 1, duration=200.0),
        ),
        TooMuch(
            "a slow video",
            "frame_rate_too_small",
            "media[0]",
            media=_made_of("video", frame_rate=15.0),
        ),
        TooMuch(
            "a fast video",
            "frame_rate_too_large",
            "media[0]",
            media=_made_of("video", frame_rate=120.0),
        ),
        TooMuch(
            "a broad video",
            "width_too_large",
            "media[0]",
            media=_made_of("video", width=3840, height=2160),
        ),
        TooMuch(
            "another codec",
            "codec_not_supported",
            "media[0]",
            media=_made_of("video", codec="vp9"),
        ),
        TooMuch(
            "another sound",
            "audio_codec_not_supported",
            "media[0]",
            media=_made_of("video", audio_codec="opus"),
        ),
        TooMuch(
            "too many bits",
            "bit_rate_too_large",
            "media[0]",
            media=_made_of("video", size=26 * 1024 * 1024),
        ),
        TooMuch(
            "WebM",
            "media_type_not_supported",
            "media[0]",
            media=_made_of("video", content_type="video/webm"),
        ),
        TooMuch(
            "a reel of an image",
            "media_kind_not_supported",
            "media[0]",
            media=one_image,
            options={"postType": "reel"},
        ),
        TooMuch(
            "a reel of two videos",
            "too_many_media",
            "media",
            media=two_videos,
            options={"postType": "reel"},
        ),
        TooMuch("a story with text", "text_not_supported", "text", media=one_image, options=STORY),
        TooMuch("a story of nothing", "media_required", "media", text="", options=STORY),
        TooMuch(
            "a story of three", "too_many_media", "media", "", media=three_images, options=STORY
        ),
        TooMuch(
            "a story of both", "mixed_media", "media", "", media=image_and_video, options=STORY
        ),
        TooMuch(
            "a long story",
            "duration_too_large",
            "media[0]",
            "",
            media=_made_of("video", duration=60.1),
            options=STORY,
        ),
        TooMuch(
            "a large story",
            "media_too_large",
            "media[0]",
            "",
            media=_made_of("video", size=100 * 1024 * 1024 + 1, duration=50.0),
            options=STORY,
        ),
        *(
            TooMuch(
                f"{name} on an image",
                "option_not_supported",
                f"options.{name}",
                media=one_image,
                options={name: value},
            )
            for name, value in (
                ("shareToFeed", True),
                ("thumbOffset", 0),
                ("audioName", "Sea"),
                ("trialReel", "manual"),
            )
        ),
        *(
            TooMuch(
                f"{name} on a story",
                "option_not_supported",
                f"options.{name}",
                "",
                media=one_image,
                options={**STORY, name: value},
            )
            for name, value in (("collaborators", ["ann"]), ("locationId", "1"))
        ),
        TooMuch(
            "collaborators",
            "too_many_collaborators",
            "options.collaborators",
            media=one_image,
            options={"collaborators": ["a", "b", "c", "d"]},
        ),
        TooMuch(
            "a collaborator with @",
            "invalid_username",
            "options.collaborators[0]",
            media=one_image,
            options={"collaborators": ["@ann"]},
        ),
        TooMuch(
            "a cover after the end",
            "thumb_offset_too_large",
            "options.thumbOffset",
            media=one_video,
            options={"thumbOffset": 8000},
        ),
        TooMuch(
            "a long alt text",
            "alt_text_too_long",
            "options.altTexts[0]",
            media=one_image,
            options={"altTexts": ["a" * 1001]},
        ),
        TooMuch(
            "an alt text on a reel",
            "alt_text_not_supported",
            "options.altTexts[0]",
            media=one_video,
            options={"altTexts": ["A film"]},
        ),
        TooMuch(
            "an alt text on a story",
            "alt_text_not_supported",
            "options.altTexts[0]",
            "",
            media=one_image,
            options={**STORY, "altTexts": ["A picture"]},
        ),
    ],
    refusals=[
        Refusal("expired token", 400, error_body(190, 463), TokenExpired, C.AUTH_EXPIRED),
        Refusal("unparsable token", 401, error_body(190), TokenExpired, C.AUTH_EXPIRED),
        Refusal("dead session", 400, error_body(102), TokenExpired, C.AUTH_EXPIRED),
        Refusal("no permission", 403, error_body(10), Rejected, C.PERMISSION),
        Refusal("restricted account", 400, error_body(25, 2207050), Rejected, C.PERMISSION),
        Refusal("spam", 400, error_body(4, 2207051), ContentRejected, C.CONTENT_POLICY),
        Refusal("policy", 400, error_body(368), ContentRejected, C.CONTENT_POLICY),
        *(
            Refusal(f"throttle {code}", 400, error_body(code), RateLimited, C.RATE_LIMITED)
            for code in (4, 17, 32, 613, 80002)
        ),
        Refusal("daily cap", 400, error_body(9, 2207042), RateLimited, C.RATE_LIMITED),
        *(
            Refusal(
                f"passing {code}/{subcode}",
                400,
                error_body(code, subcode),
                PlatformUnavailable,
                C.PLATFORM_UNAVAILABLE,
            )
            for code, subcode in (
                (1, None),
                (2, None),
                (-1, 2207001),
                (-1, 2207032),
                (-1, 2207053),
                (9007, 2207027),
            )
        ),
        *(
            Refusal(
                f"media {subcode}", 400, error_body(code, subcode), MediaRejected, C.MEDIA_ERROR
            )
            for code, subcode in (
                (-2, 2207003),
                (-2, 2207020),
                (9004, 2207052),
                (352, 2207026),
                (36000, 2207004),
                (36001, 2207005),
                (36003, 2207009),
                (100, 2207077),
                (100, 2207082),
            )
        ),
        *(
            Refusal(f"parameter {subcode}", 400, error_body(code, subcode), Rejected, C.VALIDATION)
            for code, subcode in (
                (1, 2207057),
                (36004, 2207010),
                (100, 2207023),
                (100, 2207028),
                (100, 2207035),
                (100, 2207036),
                (100, 2207037),
                (100, 2207040),
                (100, 2207081),
                (100, 2207073),
                (100, None),
            )
        ),
        Refusal(
            "location",
            400,
            error_body(100, None, "INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID"),
            Rejected,
            C.VALIDATION,
        ),
        *(
            Refusal(
                f"missing {code}/{subcode}", 400, error_body(code, subcode), Rejected, C.UNKNOWN
            )
            for code, subcode in ((100, 33), (24, 2207006), (24, 2207008))
        ),
        Refusal("an unheard-of subcode", 400, error_body(-3, 2299999), Rejected, C.UNKNOWN),
        Refusal("a page of a proxy", 403, "<html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
    ],
    refresh="GET /refresh_access_token",
    logins=LOGINS,
)
