"""The contract of X, which tests/platforms/test_contract.py holds it to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shared.domain.media import MediaAsset
from shared.platforms.x.limits import MIB
from tests.media import Shelf
from tests.platforms.contract import Contract, Example, Media, TooMuch, one_image, one_video
from tests.platforms.x.logins import LOGINS
from tests.platforms.x.media import gif
from tests.platforms.x.refusals import REFUSALS


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
    logins=LOGINS,
)
