"""Instagram against its simulated twin, through the whole system."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import Fault
from shared import clock
from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    InvalidRequest,
    MediaRejected,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.domain.media import MediaAsset
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
from tests.world import World

# The id of the account stands between them.
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


def _meta(code: int, subcode: int | None = None, message: str = "No", **more: Any) -> Any:
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
        Refusal("expired token", 400, _meta(190, 463), TokenExpired, C.AUTH_EXPIRED),
        Refusal("unparsable token", 401, _meta(190), TokenExpired, C.AUTH_EXPIRED),
        Refusal("dead session", 400, _meta(102), TokenExpired, C.AUTH_EXPIRED),
        Refusal("no permission", 403, _meta(10), Rejected, C.PERMISSION),
        Refusal("restricted account", 400, _meta(25, 2207050), Rejected, C.PERMISSION),
        Refusal("spam", 400, _meta(4, 2207051), ContentRejected, C.CONTENT_POLICY),
        Refusal("policy", 400, _meta(368), ContentRejected, C.CONTENT_POLICY),
        *(
            Refusal(f"throttle {code}", 400, _meta(code), RateLimited, C.RATE_LIMITED)
            for code in (4, 17, 32, 613, 80002)
        ),
        Refusal("daily cap", 400, _meta(9, 2207042), RateLimited, C.RATE_LIMITED),
        *(
            Refusal(
                f"passing {code}/{subcode}",
                400,
                _meta(code, subcode),
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
            Refusal(f"media {subcode}", 400, _meta(code, subcode), MediaRejected, C.MEDIA_ERROR)
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
            Refusal(f"parameter {subcode}", 400, _meta(code, subcode), Rejected, C.VALIDATION)
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
            _meta(100, None, "INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID"),
            Rejected,
            C.VALIDATION,
        ),
        *(
            Refusal(f"missing {code}/{subcode}", 400, _meta(code, subcode), Rejected, C.UNKNOWN)
            for code, subcode in ((100, 33), (24, 2207006), (24, 2207008))
        ),
        Refusal("an unheard-of subcode", 400, _meta(-3, 2299999), Rejected, C.UNKNOWN),
        Refusal("a page of a proxy", 403, "<html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
    ],
    refresh="GET /refresh_access_token",
)


def _target(example: Example) -> dict[str, Any]:
    return {"platform": "instagram", "options": dict(example.options)}


@pytest.mark.parametrize("mode", ["accept_then_reset", "reset_before"])
@pytest.mark.parametrize("name", ["mixed carousel", "reel", "video story"])
def test_a_lost_answer_costs_no_further_container(
    world: World, shelf: Shelf, name: str, mode: str
) -> None:
    (example,) = (example for example in CONTRACT.examples if example.name == name)
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", mode, after=example.visible_after))
    post = world.submit(example.text, _target(example), example.media(shelf))
    world.live_until_quiet()
    (visible,) = twin.posts.all()
    run = world.run(post, "instagram")
    assert (run["status"], run["platformPostId"]) == ("succeeded", visible.id)
    assert twin.posts.request_count(visible) == (2 if mode == "reset_before" else 1)
    assert len(twin.containers) == example.visible_after, "the same container was published"


@pytest.mark.parametrize(
    "options",
    [
        {"postType": "igtv"},
        {"thumbOffset": -1},
        {"thumbOffset": "5"},
        {"locationId": "here"},
        {"audioName": ""},
        {"trialReel": "always"},
        {"collaborators": "ann"},
        {"coverUrl": "https://example.com/a.jpg"},
    ],
)
def test_options_of_another_shape_are_refused(
    world: World, shelf: Shelf, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        world.submit("", {"platform": "instagram", "options": options}, [shelf.video()])
    assert refused.value.violations[0].code == "invalid_option"


@pytest.mark.parametrize(
    ("text", "media"),
    [
        ("a" * 2200, one_image),
        ("#a" * 30, one_image),
        ("@a " * 20 + "ann@example.com", one_image),
        ("https://example.com/#a " + "#b " * 30, one_image),
        ("ten", ten_images),
        ("square", lambda shelf: (shelf.image(width=1080, height=1080),)),
        ("widest", lambda shelf: (shelf.image(width=1910, height=1000),)),
    ],
)
def test_what_just_fits_is_published_as_it_is(
    world: World, shelf: Shelf, text: str, media: Callable[[Shelf], Sequence[MediaAsset]]
) -> None:
    world.submit(text, "instagram", media(shelf))
    world.live_until_quiet()
    assert world.visible("instagram") == [text]


def test_a_crash_costs_a_carousel_at_most_the_container_it_was_making(
    world: World, shelf: Shelf
) -> None:
    twin = world.platforms["instagram"]
    for after in (1, 4, 7):
        twin.faults.add(Fault("POST", "/v26.0/", "accept_then_reset", after=after))
    post = world.submit(TEXT, "instagram", ten_images(shelf))
    world.live_until_quiet()
    assert world.run(post, "instagram")["status"] == "succeeded"
    assert len(twin.posts.all()) == 1
    assert len(twin.containers) == 11 + 3


def test_processing_that_takes_long_is_waited_for(world: World, shelf: Shelf) -> None:
    twin = world.platforms["instagram"]
    twin.processing_time = timedelta(minutes=40)
    post = world.submit(TEXT, "instagram", [shelf.video(), shelf.image()])
    world.live_until_quiet()
    assert world.run(post, "instagram")["status"] == "succeeded"
    assert len(twin.containers) == 3


@pytest.mark.parametrize(
    ("mode", "times", "status", "category"),
    [
        ("processing_failed", 1, "succeeded", None),
        ("processing_failed", 9, "failed", "media_error"),
        ("processing_stuck", 1, "succeeded", None),
        ("processing_stuck", 99, "failed", "platform_unavailable"),
    ],
)
def test_processing_that_comes_to_nothing(
    world: World, shelf: Shelf, mode: str, times: int, status: str, category: str | None
) -> None:
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", mode, times))
    post = world.submit(TEXT, "instagram", [shelf.video()])
    world.live_until_quiet()
    run = world.run(post, "instagram")
    assert run["status"] == status
    assert (run.get("error") or {}).get("category") == category
    assert len(twin.posts.all()) == (status == "succeeded")


def test_one_failed_item_of_a_carousel_is_made_anew_alone(world: World, shelf: Shelf) -> None:
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", "processing_failed", after=1))
    media = three_images(shelf)
    world.submit(TEXT, "instagram", media)
    world.live_until_quiet()
    (visible,) = twin.posts.all()
    assert [item.sha256 for item in visible.media] == [asset.sha256 for asset in media]
    assert len(twin.containers) == 5


def test_a_dead_token_is_refreshed_and_a_revoked_one_ends_the_run(
    world: World, shelf: Shelf
) -> None:
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", "expired_token", after=1))
    first = world.submit("first", "instagram", [shelf.image()])
    world.live_until_quiet()
    assert world.run(first, "instagram")["status"] == "succeeded"
    twin.faults.add(Fault("POST", "/v26.0/", "revoked_token"))
    second = world.submit("second", "instagram", [shelf.image()])
    world.live_until_quiet()
    assert world.run(second, "instagram")["error"]["category"] == "auth_expired"
    assert world.visible("instagram") == ["first"]


@pytest.mark.parametrize("mode", ["quota", "rate_limit"])
def test_limits_are_waited_out(world: World, shelf: Shelf, mode: str) -> None:
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", mode, 2, after=1))
    began = clock.now()
    post = world.submit(TEXT, "instagram", [shelf.image()])
    world.live_until_quiet()
    assert world.run(post, "instagram")["status"] == "succeeded"
    wait = timedelta(hours=2) if mode == "quota" else timedelta(minutes=2)
    assert wait <= clock.now() - began < 2 * wait
    assert len(twin.containers) == 1


@pytest.mark.parametrize("races", [1, 4])
def test_a_container_that_is_not_ready_after_all_is_published_later(
    world: World, shelf: Shelf, races: int
) -> None:
    twin = world.platforms["instagram"]
    twin.publish_races = races
    post = world.submit(TEXT, "instagram", [shelf.image()])
    world.live_until_quiet()
    assert world.run(post, "instagram")["status"] == "succeeded"
    assert (len(twin.posts.all()), len(twin.containers)) == (1, 1)


def test_a_listing_that_lags_does_not_lead_to_a_second_post(world: World, shelf: Shelf) -> None:
    twin = world.platforms["instagram"]
    twin.listing_lag = timedelta(hours=1)
    twin.faults.add(Fault("POST", "/v26.0/", "accept_then_reset", after=1))
    post = world.submit(TEXT, "instagram", [shelf.image()])
    world.live_until_quiet()
    (visible,) = twin.posts.all()
    assert world.run(post, "instagram")["platformPostId"] == visible.id


def test_a_failing_link_is_no_failed_post(world: World, shelf: Shelf) -> None:
    twin = world.platforms["instagram"]
    gone = {"status": 400, "body": _meta(100, 33)}
    twin.faults.add(Fault("GET", "/v26.0/", "status", 1, 1, gone))
    post = world.submit(TEXT, "instagram", [shelf.image()])
    world.live_until_quiet()
    run = world.run(post, "instagram")
    assert (run["status"], run.get("permalink")) == ("succeeded", None)
    assert len(twin.posts.all()) == 1
