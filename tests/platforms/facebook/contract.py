"""What the tests of the contract know about Facebook."""

from typing import Any

from local.platforms.accounts import AccountBook
from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
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
from tests.platforms.facebook.logins import LOGINS

# The Page that the tests through the whole system publish to.
WORLDS_PAGE = AccountBook("facebook").external_id_for("facebook_ann")


def _visible(edge: str) -> str:
    return f"POST /v26.0/{WORLDS_PAGE}/{edge}"


def error_body(code: int, message: str, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


def _landscape(shelf: Shelf) -> Any:
    return (shelf.video(width=1280, height=720),)


def _ten_and_one(shelf: Shelf) -> Any:
    return tuple(shelf.image(seed) for seed in range(1, 12))


def _mixed(shelf: Shelf) -> Any:
    return shelf.image(), shelf.video()


C = ErrorCategory
REEL = {"postType": "reel"}
STORY = {"postType": "story"}
CONTRACT = Contract(
    examples=[
        Example("text", _visible("feed")),
        Example("link", _visible("feed"), options={"link": "https://example.com/a?b=1"}),
        Example("photo", _visible("feed"), media=one_image, options={"altTexts": ["Colours"]}),
        Example("photos", _visible("feed"), media=three_images),
        Example("photo without text", _visible("feed"), text="", media=one_image),
        # Before it: the start and one chunk.
        Example(
            "video", _visible("videos"), 2, media=one_video, options={"title": "What happened"}
        ),
        Example("reel", _visible("video_reels"), 1, media=one_video, options=REEL),
        Example("photo story", _visible("photo_stories"), text="", media=one_image, options=STORY),
        Example("video story", _visible("video_stories"), 1, "", one_video, STORY),
    ],
    too_much=[
        TooMuch("text", "text_too_long", "text", text="a" * 63_207),
        TooMuch("emoji", "text_too_long", "text", text="\U0001f600" * 31_604),
        TooMuch("photos", "too_many_media", "media", media=_ten_and_one),
        TooMuch("mixture", "mixed_media", "media", media=_mixed),
        TooMuch("videos", "too_many_media", "media", media=lambda s: (s.video(1), s.video(2))),
        TooMuch(
            "link and photo",
            "link_not_supported",
            "options.link",
            media=one_image,
            options={"link": "https://example.com"},
        ),
        TooMuch("link", "invalid_link", "options.link", options={"link": "ftp://example.com"}),
        TooMuch("title of a text", "title_not_supported", "options.title", options={"title": "A"}),
        TooMuch(
            "title of a story",
            "title_not_supported",
            "options.title",
            "",
            one_video,
            {**STORY, "title": "A"},
        ),
        TooMuch(
            "long title",
            "title_too_long",
            "options.title",
            media=one_video,
            options={"title": "a" * 256},
        ),
        TooMuch(
            "alt text",
            "alt_text_too_long",
            "options.altTexts[0]",
            media=one_image,
            options={"altTexts": ["a" * 1001]},
        ),
        TooMuch(
            "alt text of a video",
            "alt_text_not_supported",
            "options.altTexts[0]",
            media=one_video,
            options={"altTexts": ["A"]},
        ),
        TooMuch("reel of text", "media_required", "media", options=REEL),
        TooMuch("reel of a photo", "media_kind_not_supported", "media[0]", TEXT, one_image, REEL),
        TooMuch("wide reel", "aspect_ratio_too_large", "media[0]", TEXT, _landscape, REEL),
        TooMuch(
            "small reel",
            "width_too_small",
            "media[0]",
            TEXT,
            lambda s: (s.video(width=360, height=640),),
            REEL,
        ),
        TooMuch(
            "short reel",
            "duration_too_small",
            "media[0]",
            TEXT,
            lambda s: (s.video(seconds=2),),
            REEL,
        ),
        TooMuch("text in a story", "text_not_supported", "text", TEXT, one_image, STORY),
        TooMuch("story of nothing", "media_required", "media", "", options=STORY),
        TooMuch("story of two", "too_many_media", "media", "", three_images, STORY),
        TooMuch("another type", "invalid_option", "options.postType", options={"postType": "ad"}),
    ],
    refusals=[
        Refusal("expired", 400, error_body(190, "Expired", 463), TokenExpired, C.AUTH_EXPIRED),
        Refusal("unparsable", 401, error_body(190, "Cannot parse"), TokenExpired, C.AUTH_EXPIRED),
        Refusal("user's token", 400, error_body(190, "Page", 2069032), Rejected, C.PERMISSION),
        Refusal("permission", 403, error_body(200, "(#200) No"), Rejected, C.PERMISSION),
        Refusal("confirmation", 400, error_body(1404078, "PPA"), Rejected, C.PERMISSION),
        Refusal("policy", 400, error_body(368, "Blocked"), ContentRejected, C.CONTENT_POLICY),
        Refusal("duplicate", 400, error_body(506, "(#506) Dup"), DuplicateRejected, C.DUPLICATE),
        Refusal("photos", 400, error_body(100, "Odd", 1366051), DuplicateRejected, C.DUPLICATE),
        Refusal("photo", 400, error_body(100, "Odd", 1366046), MediaRejected, C.MEDIA_ERROR),
        Refusal("throttle", 400, error_body(80001, "Many"), RateLimited, C.RATE_LIMITED),
        Refusal("too fast", 400, error_body(1390008, "Fast"), RateLimited, C.RATE_LIMITED),
        Refusal("parameter", 400, error_body(100, "(#100) Bad"), Rejected, C.VALIDATION),
        Refusal("service", 400, error_body(2, "Odd"), PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
        Refusal(
            "upload",
            400,
            {"debug_info": {"retriable": True, "type": "PartialRequestError", "message": "A"}},
            PlatformUnavailable,
            C.PLATFORM_UNAVAILABLE,
        ),
    ],
    refresh=None,
    logins=LOGINS,
)
