"""X against its simulated twin, and against answers that the twin does not give."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    DuplicateRejected,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from shared.platforms.base import Published
from shared.platforms.x.limits import MIB
from shared.platforms.x.publishing import CREATE, X
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import Contract, Example, Media, TooMuch, one_image, one_video
from tests.platforms.examples import TOKEN, a_post, http_to
from tests.platforms.x.test_errors import REFUSALS
from tests.platforms.x.test_media import gif

URL = "https://api.x.com"
MINUTE = timedelta(minutes=1)
PLATFORM = X(ClientCredentials("x-client", "x-secret"))
IMAGE = MediaAsset("m1", "https://media.test/m1.jpg", "image/jpeg", 1000, "0" * 64, 1080, 1350)


def four_images(shelf: Shelf) -> Sequence[MediaAsset]:
    return tuple(shelf.image(seed) for seed in (1, 2, 3, 4))


def five_images(shelf: Shelf) -> Sequence[MediaAsset]:
    return (*four_images(shelf), shelf.image(5))


def one_gif(shelf: Shelf) -> Sequence[MediaAsset]:
    return (gif(shelf),)


def an_image(**changed: Any) -> Media:
    return lambda shelf: (replace(shelf.image(), **changed),)


def a_video(**changed: Any) -> Media:
    return lambda shelf: (replace(shelf.video(), **changed),)


def a_gif(**changed: Any) -> Media:
    return lambda shelf: (replace(gif(shelf), **changed),)


CREATES = "POST /2/tweets"
ALT_TEXT = {"altTexts": ["A mosaic of colours"]}
CONTRACT = Contract(
    examples=[
        Example("text", CREATES),
        Example("image", CREATES, media=one_image, options=ALT_TEXT),
        Example("images", CREATES, media=four_images, options={"replySettings": "following"}),
        Example("image alone", CREATES, text="", media=one_image),
        Example("gif", CREATES, media=one_gif),
        Example("video", CREATES, media=one_video),
    ],
    too_much=[
        TooMuch("text", "text_too_long", "text", text="a" * 281),
        TooMuch("text beside an image", "text_too_long", "text", text="a" * 281, media=one_image),
        TooMuch("no text and no media", "missing", "text", text=""),
        TooMuch("characters", "invalid_characters", "text", text="a\ufeffb"),
        TooMuch("cashtags", "too_many_cashtags", "text", text="$ABC and $DEF rise"),
        TooMuch("five images", "too_many_media", "media", media=five_images),
        TooMuch(
            "two videos",
            "too_many_media",
            "media",
            media=lambda shelf: (shelf.video(1), shelf.video(2)),
        ),
        TooMuch(
            "image and video",
            "mixed_media",
            "media",
            media=lambda shelf: (shelf.image(), shelf.video()),
        ),
        TooMuch(
            "image and gif",
            "mixed_media",
            "media",
            media=lambda shelf: (shelf.image(), gif(shelf)),
        ),
        TooMuch(
            "image and gif that stands still",
            "mixed_media",
            "media",
            media=lambda shelf: (shelf.image(), replace(gif(shelf), animated=False)),
        ),
        TooMuch(
            "moving image",
            "animation_not_supported",
            "media[0]",
            media=an_image(content_type="image/webp", animated=True),
        ),
        TooMuch("image bytes", "media_too_large", "media[0]", media=an_image(size=5 * MIB + 1)),
        TooMuch(
            "image type",
            "media_type_not_supported",
            "media[0]",
            media=an_image(content_type="image/tiff"),
        ),
        TooMuch("gif bytes", "media_too_large", "media[0]", media=a_gif(size=15 * MIB + 1)),
        TooMuch("gif width", "width_too_large", "media[0]", media=a_gif(width=1281)),
        TooMuch("gif height", "height_too_large", "media[0]", media=a_gif(height=1081)),
        TooMuch("video bytes", "media_too_large", "media[0]", media=a_video(size=512 * MIB + 1)),
        TooMuch("short video", "duration_too_small", "media[0]", media=a_video(duration=0.4)),
        TooMuch("long video", "duration_too_large", "media[0]", media=a_video(duration=140.1)),
        TooMuch("narrow video", "width_too_small", "media[0]", media=a_video(width=31, height=64)),
        TooMuch("low video", "height_too_small", "media[0]", media=a_video(width=64, height=31)),
        TooMuch("wide video", "width_too_large", "media[0]", media=a_video(width=1921)),
        TooMuch("high video", "height_too_large", "media[0]", media=a_video(height=1921)),
        TooMuch(
            "video pixels",
            "resolution_too_large",
            "media[0]",
            media=a_video(width=1600, height=1600),
        ),
        TooMuch(
            "slim video", "aspect_ratio_too_small", "media[0]", media=a_video(width=300, height=904)
        ),
        TooMuch(
            "flat video", "aspect_ratio_too_large", "media[0]", media=a_video(width=904, height=300)
        ),
        TooMuch("video rate", "frame_rate_too_large", "media[0]", media=a_video(frame_rate=61)),
        TooMuch("video codec", "codec_not_supported", "media[0]", media=a_video(codec="hevc")),
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
            media=one_image,
            options={"altTexts": ["a" * 1001]},
        ),
        TooMuch(
            "alt text of a video",
            "alt_text_not_supported",
            "options.altTexts[0]",
            media=one_video,
            options=ALT_TEXT,
        ),
        TooMuch("alt text of nothing", "too_many_alt_texts", "options.altTexts", options=ALT_TEXT),
        TooMuch(
            "who may reply",
            "invalid_option",
            "options.replySettings",
            options={"replySettings": "nobody"},
        ),
    ],
    refusals=REFUSALS,
    refresh="POST /2/oauth2/token",
)


def _publish(url: str, text: str = "Hello", token: str = TOKEN, **options: Any) -> Published:
    post = a_post("x", text, token, **options)
    result = PLATFORM.take(CREATE, post, {}, http_to(url))
    assert isinstance(result, Published)
    return result


def _sighted(url: str, text: str, media: Sequence[MediaAsset] = ()) -> list[str]:
    since = clock.now() - MINUTE
    sighting = PLATFORM.look_up(a_post("x", text, media=media), {}, since, http_to(url))
    assert sighting.list_was_read
    return [seen.platform_post_id for seen in sighting.same]


def test_the_one_step_is_visible() -> None:
    assert PLATFORM.next_step(a_post("x").content, {}) is CREATE
    assert CREATE.visible


def test_a_post_becomes_visible_with_a_link_that_outlives_renames(x_twin: Twin) -> None:
    published = _publish(x_twin.url, "Hello, X")
    (post,) = x_twin.platform.posts.all()
    assert published == Published(post.id, f"https://x.com/i/web/status/{post.id}")
    assert post.text == "Hello, X"


def test_who_may_reply_is_passed_on_and_left_out_for_everyone(x_twin: Twin) -> None:
    _publish(x_twin.url, "one", replySettings="following")
    _publish(x_twin.url, "two")
    settings = [post.details["reply_settings"] for post in x_twin.platform.posts.all()]
    assert settings == ["following", "everyone"]


def test_the_same_text_again_is_a_duplicate(x_twin: Twin) -> None:
    _publish(x_twin.url)
    with pytest.raises(DuplicateRejected):
        _publish(x_twin.url)
    assert x_twin.visible() == ["Hello"]


def test_an_unknown_token_is_expired(x_twin: Twin) -> None:
    with pytest.raises(TokenExpired):
        _publish(x_twin.url, token="another")


def test_a_text_that_is_too_long_is_refused(x_twin: Twin) -> None:
    with pytest.raises(Rejected, match="too long") as refusal:
        _publish(x_twin.url, "a" * 281)
    assert refusal.value.category == "validation"


REWRITTEN = [
    "plain",
    "two  spaces\nand a line ",
    "a <b> & 'c' &amp; &copy",
    "decomposed A\u0301",
    "https://example.com/a?b=1&copy=2&lt=3",
    "bare example.com and https://example.com",
    "twice https://example.com/a https://example.com/a",
    "HTTPS://EXAMPLE.COM/A",
    "漢字http://example.com漢字",
    "#tags stay @here $X",
    "emoji 👨‍👩‍👧‍👦 🇩🇪",
]


@pytest.mark.parametrize("text", REWRITTEN)
def test_a_post_is_recognized_in_what_x_made_of_it(x_twin: Twin, text: str) -> None:
    published = _publish(x_twin.url, text)
    assert _sighted(x_twin.url, text) == [published.platform_post_id]


@pytest.mark.parametrize(
    ("published", "looked_for"),
    [
        ("Hello", "Hello!"),
        ("Hello", "hello"),
        ("a #b", "a b"),
        ("https://example.com/a", "https://example.com/b"),
        ("a & b", "a &amp; b"),
    ],
)
def test_another_text_is_not_taken_for_it(x_twin: Twin, published: str, looked_for: str) -> None:
    _publish(x_twin.url, published)
    assert _sighted(x_twin.url, looked_for) == []


MEDIA_LINK = {
    "url": "https://t.co/bbbbbbbbbb",
    "expanded_url": "https://x.com/ann/status/9/photo/1",
    "media_key": "3_1",
}
ATTACHED = {"attachments": {"media_keys": ["3_1"]}}
PHOTO = {"includes": {"media": [{"media_key": "3_1", "type": "photo"}]}}


@pytest.mark.parametrize(
    ("links", "attached", "includes", "is_ours"),
    [
        ([MEDIA_LINK], ATTACHED, PHOTO, True),
        # What is not shown is not held against it.
        ([MEDIA_LINK], {}, {}, True),
        ([], ATTACHED, {}, True),
        ([], {}, {}, False),
        (
            [MEDIA_LINK],
            ATTACHED,
            {"includes": {"media": [{"media_key": "3_1", "type": "video"}]}},
            False,
        ),
        ([MEDIA_LINK], {"attachments": {"media_keys": ["3_1", "3_2"]}}, PHOTO, False),
    ],
)
def test_a_post_with_an_image_is_known_by_its_text_and_its_media(
    links: list[Any], attached: Any, includes: Any, is_ours: bool
) -> None:
    written = {"url": "https://t.co/aaaaaaaaaa", "expanded_url": "http://a.com"}
    seen = {
        "id": "9",
        "created_at": "2030-01-01T00:00:00.000Z",
        "text": "Look https://t.co/aaaaaaaaaa https://t.co/bbbbbbbbbb",
        "entities": {"urls": [written, *links]},
        **attached,
    }
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/2/users/7700/tweets", json={"data": [seen], **includes})
        assert _sighted(URL, "Look a.com", [IMAGE]) == ["9"] * is_ours
        assert _sighted(URL, "Look a.com") == []


def test_the_list_is_read_through_all_its_pages(x_twin: Twin) -> None:
    published = _publish(x_twin.url, "the oldest")
    for number in range(25):
        _publish(x_twin.url, f"number {number}")
    assert _sighted(x_twin.url, "the oldest") == [published.platform_post_id]
    assert len([r for r in x_twin.platform.requests.all() if r.method == "GET"]) == 3


def test_older_posts_are_not_even_read(x_twin: Twin) -> None:
    _publish(x_twin.url)
    post = a_post("x")
    later = clock.now() + MINUTE
    assert PLATFORM.look_up(post, {}, later, http_to(x_twin.url)).same == ()


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", '"ok"', "{}", '{"data": null}', '{"data": {"text": "Hello"}}']
)
def test_an_acceptance_without_an_id_is_looked_up(body: str) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/2/tweets", status=201, body=body)
        with pytest.raises(OutcomeUnknown, match="without naming it"):
            _publish(URL)


def test_a_list_that_is_refused_is_no_empty_list() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/2/users/7700/tweets", status=403, json={"title": "Forbidden"})
        with pytest.raises(Rejected):
            _sighted(URL, "Hello")


OLD = Tokens(TOKEN, f"{TOKEN}-refresh")


def test_a_refresh_rotates_both_tokens(x_twin: Twin) -> None:
    renewed = PLATFORM.refresh(OLD, http_to(x_twin.url))
    assert renewed.access_token != OLD.access_token
    assert renewed.refresh_token not in (None, OLD.refresh_token)
    assert renewed.expires_at is not None
    assert abs(renewed.expires_at - clock.now() - 120 * MINUTE) < MINUTE
    _publish(x_twin.url, token=renewed.access_token)
    with pytest.raises(ReconnectRequired):
        PLATFORM.refresh(OLD, http_to(x_twin.url))


def test_without_a_refresh_token_only_the_person_can_help() -> None:
    with pytest.raises(ReconnectRequired, match="Reconnect it"):
        PLATFORM.refresh(Tokens(TOKEN, None), http_to(URL))


def test_without_a_client_id_of_ours_the_operator_must_help_and_nobody_is_disconnected() -> None:
    with pytest.raises(PlatformUnavailable, match="X_CLIENT_ID") as failure:
        X(None).refresh(OLD, http_to(URL))
    assert failure.value.concerns_operator


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            400,
            {"error": "invalid_request", "error_description": "token was invalid."},
            ReconnectRequired,
        ),
        (400, {"error": "invalid_grant"}, ReconnectRequired),
        (
            401,
            {"error": "unauthorized_client", "error_description": "Missing header"},
            PlatformUnavailable,
        ),
        (401, {"error": "invalid_client"}, PlatformUnavailable),
        (429, {"title": "Too Many Requests"}, RateLimited),
        (403, "<html>", PlatformUnavailable),
        (400, {"error": "temporarily_unavailable"}, PlatformUnavailable),
        (503, "<html>", PlatformUnavailable),
        (200, {"token_type": "bearer"}, PlatformUnavailable),
        (200, "<html>", PlatformUnavailable),
    ],
)
def test_only_x_itself_ends_an_authorization(status: int, body: Any, kind: type) -> None:
    with responses.RequestsMock() as recorded:
        content = {"json": body} if isinstance(body, dict) else {"body": body}
        recorded.add("POST", f"{URL}/2/oauth2/token", status=status, **content)
        with pytest.raises(kind) as failure:
            PLATFORM.refresh(OLD, http_to(URL))
    assert type(failure.value) is kind


def test_an_unreachable_token_endpoint_ends_no_authorization() -> None:
    with pytest.raises(PlatformUnavailable):
        PLATFORM.refresh(OLD, http_to("http://no-such-host.invalid"))


def test_our_own_misconfiguration_is_told_to_the_operator() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/2/oauth2/token", status=401, json={"error": "invalid_client"})
        with pytest.raises(PlatformUnavailable, match="X_CLIENT_ID"):
            PLATFORM.refresh(OLD, http_to(URL))
