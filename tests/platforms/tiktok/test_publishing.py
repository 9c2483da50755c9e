"""TikTok against its simulated twin: what is posted, and what becomes of it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.tiktok.publication import CreatorSettings
from local.platforms.tiktok.twin import TikTok as SimulatedTikTok
from local.sample_media import picture
from shared.config import ClientCredentials
from shared.domain.errors import (
    ErrorCategory,
    MediaRejected,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from shared.platforms.base import Pending, Post, Published, Step
from shared.platforms.tiktok.publishing import (
    ASK_CREATOR,
    BEGIN_UPLOAD,
    CHECK,
    POST_PHOTOS,
    UPLOAD,
    UPLOAD_LAST,
    TikTok,
)
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import (
    Contract,
    Example,
    Refusal,
    TooMuch,
    one_image,
    one_video,
    three_images,
)
from tests.platforms.examples import a_post, http_to

MIB = 1024 * 1024
CHUNK = 5 * MIB
PLATFORM = TikTok(ClientCredentials("tiktok-client", "tiktok-secret"))
INIT_PHOTOS = "POST /v2/post/publish/content/init/"
UPLOADS = "PUT /video/"


def four_chunks(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.large_video(4 * CHUNK + 12_345),)


def many(count: int) -> Callable[[Shelf], Sequence[MediaAsset]]:
    return lambda shelf: tuple(shelf.image(seed) for seed in range(count))


def changed(kind: str, **changes: Any) -> Callable[[Shelf], Sequence[MediaAsset]]:
    """A medium that says this of itself: violations are told without looking into the bytes."""
    return lambda shelf: (replace(shelf.image() if kind == "image" else shelf.video(), **changes),)


def _envelope(code: str) -> dict[str, Any]:
    return {"data": {}, "error": {"code": code, "message": f"about {code}", "log_id": "1"}}


def _refusal(
    code: str, status: int, error: type, category: ErrorCategory = ErrorCategory.UNKNOWN
) -> Refusal:
    return Refusal(code, status, _envelope(code), error, category)


C = ErrorCategory
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
        _refusal("access_token_invalid", 401, TokenExpired, C.AUTH_EXPIRED),
        _refusal("scope_not_authorized", 401, Rejected, C.PERMISSION),
        _refusal("scope_permission_missed", 400, Rejected, C.PERMISSION),
        _refusal("rate_limit_exceeded", 429, RateLimited, C.RATE_LIMITED),
        _refusal("spam_risk_too_many_posts", 403, RateLimited, C.RATE_LIMITED),
        _refusal("spam_risk_too_many_posts", 200, RateLimited, C.RATE_LIMITED),
        _refusal("spam_risk_too_many_pending_share", 403, RateLimited, C.RATE_LIMITED),
        _refusal("reached_active_user_cap", 403, RateLimited, C.RATE_LIMITED),
        _refusal("reached_active_user_cap", 200, RateLimited, C.RATE_LIMITED),
        _refusal("spam_risk_user_banned_from_posting", 403, Rejected, C.PERMISSION),
        _refusal("spam_risk_user_banned_from_posting", 200, Rejected, C.PERMISSION),
        _refusal("unaudited_client_can_only_post_to_private_accounts", 403, Rejected, C.PERMISSION),
        _refusal("url_ownership_unverified", 403, Rejected, C.PERMISSION),
        _refusal("privacy_level_option_mismatch", 403, Rejected, C.VALIDATION),
        _refusal("invalid_param", 400, Rejected, C.VALIDATION),
        _refusal("invalid_params", 400, Rejected, C.VALIDATION),
        _refusal("app_version_check_failed", 400, Rejected, C.VALIDATION),
        _refusal("invalid_publish_id", 400, Rejected),
        _refusal("token_not_authorized_for_specified_publish_id", 400, Rejected),
        _refusal("internal_error", 400, PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
    ),
    refresh="POST /v2/oauth/token/",
)


@pytest.fixture
def tiktok(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("tiktok")


def simulated(twin: Twin) -> SimulatedTikTok:
    assert isinstance(twin.platform, SimulatedTikTok)
    return twin.platform


def _step(twin: Twin, post: Post, checkpoint: Mapping[str, Any]) -> Published | Pending:
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, post, checkpoint, http_to(twin.url))


def until(twin: Twin, post: Post, stop: Step, checkpoint: Mapping[str, Any] | None = None) -> Any:
    """The checkpoint with which `stop` comes next."""
    checkpoint = checkpoint or {}
    while PLATFORM.next_step(post.content, checkpoint) is not stop:
        result = _step(twin, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
    return checkpoint


def publish(twin: Twin, post: Post) -> Published:
    result: Published | Pending = Pending({})
    while isinstance(result, Pending):
        result = _step(twin, post, result.checkpoint)
    return result


def test_a_video_is_announced_uploaded_and_polled(shelf: Shelf) -> None:
    content = a_post("tiktok", media=four_chunks(shelf)).content
    begun = {"settings": {}, "publishId": "v", "uploadUrl": "u"}
    steps = [
        PLATFORM.next_step(content, {}),
        PLATFORM.next_step(content, {"settings": {}}),
        PLATFORM.next_step(content, {**begun, "offset": 0}),
        PLATFORM.next_step(content, {**begun, "offset": 2 * CHUNK}),
        PLATFORM.next_step(content, {**begun, "offset": 3 * CHUNK}),
        PLATFORM.next_step(content, {**begun, "offset": 3 * CHUNK, "sent": True}),
    ]
    assert steps == [ASK_CREATOR, BEGIN_UPLOAD, UPLOAD, UPLOAD, UPLOAD_LAST, CHECK]
    assert [step.visible for step in steps] == [False] * 4 + [True, False]
    assert [step.polls for step in steps] == [True] + [False] * 4 + [True]


def test_photos_are_one_visible_request_and_then_polled(shelf: Shelf) -> None:
    content = a_post("tiktok", media=three_images(shelf)).content
    assert PLATFORM.next_step(content, {}) is ASK_CREATOR
    assert PLATFORM.next_step(content, {"settings": {}}) is POST_PHOTOS
    assert PLATFORM.next_step(content, {"settings": {}, "sent": True}) is CHECK


@pytest.mark.parametrize("media", [one_video, four_chunks, one_image, three_images])
def test_what_is_visible_is_what_was_stored(
    tiktok: Twin, shelf: Shelf, media: Callable[[Shelf], Sequence[MediaAsset]]
) -> None:
    post = a_post("tiktok", "Hello, #TikTok 😀", media=media(shelf))
    published = publish(tiktok, post)
    (visible,) = tiktok.platform.posts.all()
    assert visible.text == "Hello, #TikTok 😀"
    assert [item.sha256 for item in visible.media] == [a.sha256 for a in post.content.media]
    assert published == Published(visible.id, visible.details["share_url"])
    assert tiktok.platform.posts.request_count(visible) == 1


def test_nothing_is_visible_before_the_last_chunk(tiktok: Twin, shelf: Shelf) -> None:
    post = a_post("tiktok", media=four_chunks(shelf))
    checkpoint = until(tiktok, post, UPLOAD_LAST)
    assert tiktok.visible() == []
    sent = _step(tiktok, post, checkpoint)
    assert isinstance(sent, Pending)
    assert sent.sent
    assert tiktok.visible() == ["Hello"]


def test_photos_as_webp_and_without_words_are_taken(tiktok: Twin, shelf: Shelf) -> None:
    data = picture(kind="WEBP")
    digest = hashlib.sha256(data).hexdigest()
    url = shelf.put("photo.webp", data)
    photo = MediaAsset("webp", url, "image/webp", len(data), digest, 1080, 1350)
    publish(tiktok, a_post("tiktok", "", media=[photo]))
    (visible,) = tiktok.platform.posts.all()
    assert (visible.text, [item.sha256 for item in visible.media]) == ("", [digest])


def test_what_was_chosen_for_a_video_arrives(tiktok: Twin, shelf: Shelf) -> None:
    chosen = {
        "privacyLevel": "MUTUAL_FOLLOW_FRIENDS",
        "disableComment": True,
        "disableDuet": True,
        "disableStitch": False,
        "brandContent": True,
        "brandOrganic": True,
        "aiGenerated": True,
        "coverTimestampMs": 1500,
    }
    publish(tiktok, a_post("tiktok", media=one_video(shelf), **chosen))
    (visible,) = tiktok.platform.posts.all()
    assert visible.details["info"] == {
        "title": "Hello",
        "privacy_level": "MUTUAL_FOLLOW_FRIENDS",
        "disable_comment": True,
        "disable_duet": True,
        "disable_stitch": False,
        "brand_content_toggle": True,
        "brand_organic_toggle": True,
        "is_aigc": True,
        "video_cover_timestamp_ms": 1500,
    }


def test_what_was_chosen_for_photos_arrives(tiktok: Twin, shelf: Shelf) -> None:
    chosen = {"title": "A title", "autoAddMusic": True, "photoCoverIndex": 2}
    publish(tiktok, a_post("tiktok", media=three_images(shelf), **chosen))
    (visible,) = tiktok.platform.posts.all()
    info = visible.details["info"]
    assert (info["title"], info["description"]) == ("A title", "Hello")
    assert (info["auto_add_music"], info["cover"]) == (True, 2)


@pytest.mark.parametrize(
    ("is_private", "level"), [(False, "PUBLIC_TO_EVERYONE"), (True, "FOLLOWER_OF_CREATOR")]
)
def test_a_post_is_shown_to_as_many_as_the_account_allows(
    tiktok: Twin, shelf: Shelf, is_private: bool, level: str
) -> None:
    simulated(tiktok).creator = CreatorSettings(is_private=is_private, stitch_disabled=True)
    publish(tiktok, a_post("tiktok", media=one_video(shelf)))
    info = tiktok.platform.posts.all()[0].details["info"]
    assert info["privacy_level"] == level
    assert (info["disable_stitch"], info["disable_comment"]) == (True, False)


@pytest.mark.parametrize(
    ("creator", "options", "piece"),
    [
        (CreatorSettings(is_private=True), {"privacyLevel": "PUBLIC_TO_EVERYONE"}, "choose one"),
        (CreatorSettings(comment_disabled=True), {"disableComment": False}, "allows no comment"),
        (CreatorSettings(duet_disabled=True), {"disableDuet": False}, "allows no duet"),
        (CreatorSettings(stitch_disabled=True), {"disableStitch": False}, "allows no stitch"),
    ],
)
def test_what_the_account_does_not_allow_is_refused_before_anything_is_sent(
    tiktok: Twin, shelf: Shelf, creator: CreatorSettings, options: dict[str, Any], piece: str
) -> None:
    simulated(tiktok).creator = creator
    with pytest.raises(Rejected, match=piece) as refusal:
        publish(tiktok, a_post("tiktok", media=one_video(shelf), **options))
    assert refusal.value.category is ErrorCategory.VALIDATION
    assert simulated(tiktok).publications == {}


def test_a_video_longer_than_this_creator_may_post_is_refused(tiktok: Twin, shelf: Shelf) -> None:
    simulated(tiktok).creator = CreatorSettings(max_video_post_duration_sec=5)
    with pytest.raises(MediaRejected, match="at most 5 seconds; this one has 8"):
        publish(tiktok, a_post("tiktok", media=one_video(shelf)))


def test_a_post_that_not_everyone_sees_is_published_without_a_public_id(
    tiktok: Twin, shelf: Shelf
) -> None:
    post = a_post("tiktok", media=one_video(shelf), privacyLevel="SELF_ONLY")
    checkpoint = until(tiktok, post, CHECK)
    published = _step(tiktok, post, checkpoint)
    assert published == Published(checkpoint["publishId"])
    assert PLATFORM.permalink(post, checkpoint["publishId"], http_to(tiktok.url)) is None


def test_a_public_post_is_waited_for_to_be_named_but_not_for_ever(
    tiktok: Twin, shelf: Shelf
) -> None:
    simulated(tiktok).moderation_time = timedelta(hours=1)
    post = a_post("tiktok", media=one_video(shelf))
    checkpoint = until(tiktok, post, CHECK)
    waits = []
    result = _step(tiktok, post, checkpoint)
    while isinstance(result, Pending):
        assert result.sent
        waits.append(result.poll_after.total_seconds())
        result = _step(tiktok, post, result.checkpoint)
    assert waits == [5, 15, 40]
    assert result == Published(checkpoint["publishId"])


def test_the_link_of_a_post_is_what_tiktok_says(tiktok: Twin, shelf: Shelf) -> None:
    post = a_post("tiktok", media=one_video(shelf))
    post_id = publish(tiktok, post).platform_post_id
    link = PLATFORM.permalink(post, post_id, http_to(tiktok.url))
    assert link == f"https://www.tiktok.com/@ann/video/{post_id}"
    assert PLATFORM.permalink(post, "7", http_to(tiktok.url)) is None


def test_tiktok_lets_no_app_delete(tiktok: Twin) -> None:
    with pytest.raises(Rejected, match="lets no app delete"):
        PLATFORM.delete(a_post("tiktok"), "7", http_to(tiktok.url))
