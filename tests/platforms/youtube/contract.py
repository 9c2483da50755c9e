"""The contract of YouTube, which tests/platforms/test_contract.py holds it to."""

from typing import Any

from shared.domain.errors import (
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
    nothing,
    one_image,
    one_video,
)
from tests.platforms.youtube.logins import LOGINS
from tests.platforms.youtube.steps import MIB, PUT, an_error, changed

C = ErrorCategory


def _large(shelf: Shelf) -> tuple[MediaAsset]:
    """Two parts of 8 MiB and a rest."""
    return (shelf.large_video(17 * MIB),)


def _two_videos(shelf: Shelf) -> tuple[MediaAsset, ...]:
    return (shelf.video(1), shelf.video(2))


def _endless(shelf: Shelf) -> tuple[MediaAsset]:
    return (changed(shelf.video(), duration=12 * 3600 + 1.0),)


def _huge(shelf: Shelf) -> tuple[MediaAsset]:
    return (changed(shelf.video(), size=256 * 1024**3 + 1),)


def _refusal(status: int, reason: str, error: type[Any], category: ErrorCategory) -> Refusal:
    return Refusal(f"{status} {reason}", status, an_error(status, reason), error, category)


REFUSALS = [
    _refusal(401, "authError", TokenExpired, C.AUTH_EXPIRED),
    _refusal(401, "authorizationRequired", TokenExpired, C.AUTH_EXPIRED),
    _refusal(401, "youtubeSignupRequired", Rejected, C.PERMISSION),
    *(
        _refusal(403, reason, Rejected, C.PERMISSION)
        for reason in (
            "insufficientPermissions",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "forbidden",
            "accessNotConfigured",
            "channelClosed",
            "channelSuspended",
            "authenticatedUserAccountClosed",
            "authenticatedUserAccountSuspended",
            "accountDelegationForbidden",
        )
    ),
    *(
        _refusal(403, reason, Rejected, C.VALIDATION)
        for reason in ("forbiddenPrivacySetting", "forbiddenLicenseSetting")
    ),
    *(
        _refusal(403, reason, RateLimited, C.RATE_LIMITED)
        for reason in (
            "quotaExceeded",
            "dailyLimitExceeded",
            "rateLimitExceeded",
            "userRateLimitExceeded",
            "tooManyRequests",
        )
    ),
    _refusal(400, "uploadLimitExceeded", RateLimited, C.RATE_LIMITED),
    _refusal(429, "rateLimitExceeded", RateLimited, C.RATE_LIMITED),
    _refusal(429, "uploadRateLimitExceeded", RateLimited, C.RATE_LIMITED),
    *(
        _refusal(400, reason, Rejected, C.VALIDATION)
        for reason in (
            "invalidTitle",
            "invalidDescription",
            "invalidTags",
            "invalidCategoryId",
            "invalidVideoMetadata",
            "invalidPublishAt",
            "invalidRecordingDetails",
            "invalidFilename",
            "defaultLanguageNotSet",
            "missingRequiredParameter",
            "unexpectedParameter",
            "unknownPart",
        )
    ),
    *(
        _refusal(400, reason, MediaRejected, C.MEDIA_ERROR)
        for reason in ("mediaBodyRequired", "mediaBodyUnsupported", "invalidImage")
    ),
    _refusal(404, "videoNotFound", Rejected, C.VALIDATION),
    _refusal(404, "channelNotFound", Rejected, C.VALIDATION),
    _refusal(409, "odd", Rejected, C.UNKNOWN),
    Refusal(
        "401 without a reason",
        401,
        {"error": {"code": 401, "message": "No.", "status": "UNAUTHENTICATED"}},
        TokenExpired,
        C.AUTH_EXPIRED,
    ),
    Refusal("401 without a body", 401, "Unauthorized", TokenExpired, C.AUTH_EXPIRED),
    Refusal("a proxy's page", 403, "<html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
]

CONTRACT = Contract(
    examples=[
        Example("a short video", PUT, media=one_video),
        # Before the rest go the question for the status and two parts.
        Example("a video in parts", PUT, visible_after=3, media=_large),
        Example(
            "every option",
            PUT,
            media=one_video,
            text="",
            options={
                "title": "A title of its own",
                "privacyStatus": "unlisted",
                "categoryId": "10",
                "tags": ["one", "two words"],
                "madeForKids": True,
                "notifySubscribers": False,
                "embeddable": False,
                "license": "creativeCommon",
                "containsSyntheticMedia": True,
                "defaultLanguage": "pt-BR",
            },
        ),
        Example("a private video", PUT, media=one_video, options={"privacyStatus": "private"}),
    ],
    too_much=[
        TooMuch("text alone", "media_required", "media", media=nothing),
        TooMuch("an image", "media_kind_not_supported", "media[0]", media=one_image),
        TooMuch("two videos", "too_many_media", "media", media=_two_videos),
        TooMuch("over 12 hours", "duration_too_large", "media[0]", media=_endless),
        TooMuch("over 256 GiB", "media_too_large", "media[0]", media=_huge),
        TooMuch(
            "over 5000 bytes",
            "text_too_long",
            "text",
            text="Title\n" + "é" * 2498,
            media=one_video,
        ),
        TooMuch("<", "invalid_characters", "text", text="Title\na < b", media=one_video),
        TooMuch(">", "invalid_characters", "text", text="a -> b", media=one_video),
        TooMuch("no title", "missing", "options.title", text="a" * 101, media=one_video),
        TooMuch("neither text nor title", "missing", "options.title", text="", media=one_video),
        TooMuch(
            "an empty title", "missing", "options.title", media=one_video, options={"title": " "}
        ),
        TooMuch(
            "a long title",
            "title_too_long",
            "options.title",
            media=one_video,
            options={"title": "a" * 101},
        ),
        TooMuch(
            "< in the title",
            "invalid_characters",
            "options.title",
            media=one_video,
            options={"title": "a<b"},
        ),
        TooMuch(
            "two lines of title",
            "invalid_characters",
            "options.title",
            media=one_video,
            options={"title": "a\nb"},
        ),
        TooMuch(
            "a comma in a tag",
            "invalid_tag",
            "options.tags[1]",
            media=one_video,
            options={"tags": ["a", "b,c"]},
        ),
        TooMuch(
            "501 characters of tags",
            "tags_too_long",
            "options.tags",
            media=one_video,
            options={"tags": ["a" * 248, "b " + "c" * 248]},
        ),
    ],
    refusals=REFUSALS,
    refresh="POST /token",
    logins=LOGINS,
)
