"""The twin of Instagram answers as its documentation says: media, parameters and carousels."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.sample_media import picture
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.instagram.client import (
    create,
    get,
    item,
    make,
    publish,
    refused,
    status,
    visible,
)
from tests.media import Shelf

# Media, as they are fetched.


@pytest.mark.parametrize(
    ("kind", "width", "height", "expected"),
    [
        ("PNG", 100, 100, (400, 36001, 2207005)),
        ("WEBP", 100, 100, (400, 36001, 2207005)),
        ("GIF", 100, 100, (400, 36001, 2207005)),
        ("JPEG", 100, 200, (400, 36003, 2207009)),
        ("JPEG", 200, 100, (400, 36003, 2207009)),
    ],
)
def test_an_image_must_be_a_jpeg_of_the_right_shape(
    instagram: FlaskClient,
    shelf: Shelf,
    kind: str,
    width: int,
    height: int,
    expected: tuple[int, int, int],
) -> None:
    name = f"{width}x{height}.{kind.lower()}".replace("jpeg", "jpg")
    url = shelf.put(name, picture(width, height, kind))
    assert refused(create(instagram, image_url=url)) == expected


def test_an_image_must_not_be_too_large_or_have_the_wrong_content_type(
    instagram: FlaskClient, shelf: Shelf
) -> None:
    jpeg = picture(100, 100)
    large = shelf.put("large.jpg", jpeg + bytes(8 * 1024 * 1024))
    assert refused(create(instagram, image_url=large)) == (400, 36000, 2207004)
    disguised = shelf.put("jpeg.png", jpeg)
    assert refused(create(instagram, image_url=disguised)) == (400, 9004, 2207052)
    text = shelf.put("text.jpg", b"Hello")
    assert refused(create(instagram, image_url=text)) == (400, 36001, 2207005)


def test_what_cannot_be_fetched_is_refused(instagram: FlaskClient, shelf: Shelf) -> None:
    for url in (f"{shelf.url}/none.jpg", "http://127.0.0.1:1/a.jpg"):
        assert refused(create(instagram, image_url=url)) == (400, 9004, 2207052)
    for url in ("file:///etc/hostname", "https://example.com/ä.jpg"):
        assert refused(create(instagram, image_url=url)) == (400, 100, None)


def test_a_video_fails_when_it_is_processed(instagram: FlaskClient, shelf: Shelf) -> None:
    for url, subcode in (
        (f"{shelf.url}/none.mp4", "2207077"),
        (shelf.image().url, "2207026"),
        (shelf.video(seconds=2, width=320, height=568).url, "2207026"),
    ):
        container = create(instagram, media_type="REELS", video_url=url).json["id"]
        answer = get(instagram, container, fields="status_code,status").json
        assert answer["status_code"] == "ERROR"
        assert subcode in answer["status"]


def test_a_story_can_be_tall_but_not_long(instagram: FlaskClient, shelf: Shelf) -> None:
    tall = shelf.image(width=720, height=1280).url
    assert create(instagram, media_type="STORIES", image_url=tall).status_code == 200
    long = shelf.video(seconds=61, width=64, height=112).url
    container = create(instagram, media_type="STORIES", video_url=long).json["id"]
    assert status(instagram, container) == "ERROR"
    container = create(instagram, media_type="REELS", video_url=long).json["id"]
    assert status(instagram, container) == "FINISHED"


# Parameters.


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (400, 100, None)),
        ({"image_url": "image", "video_url": "video"}, (400, 100, None)),
        ({"video_url": "video"}, (400, 100, None)),
        ({"media_type": "VIDEO", "video_url": "video"}, (400, 100, 2207023)),
        ({"media_type": "REELS", "image_url": "image"}, (400, 100, None)),
        ({"media_type": "reels", "video_url": "video"}, (400, 100, 2207023)),
        ({"media_type": "STORIES", "image_url": "image", "caption": "a"}, (400, 100, None)),
        ({"media_type": "STORIES", "image_url": "image", "alt_text": "a"}, (400, 100, None)),
        ({"image_url": "image", "caption": "a" * 2201}, (400, 36004, 2207010)),
        ({"image_url": "image", "caption": "#a " * 31}, (400, 36004, 2207010)),
        ({"image_url": "image", "caption": "@a " * 21}, (400, 100, 2207040)),
        ({"image_url": "image", "alt_text": "a" * 1001}, (400, 100, None)),
        ({"image_url": "image", "thumb_offset": "1"}, (400, 100, None)),
        ({"image_url": "image", "location_id": "here"}, (400, 100, None)),
        ({"image_url": "image", "collaborators": "ann"}, (400, 100, None)),
        ({"image_url": "image", "collaborators": '["a","b","c","d"]'}, (400, 100, None)),
        ({"media_type": "REELS", "video_url": "video", "alt_text": "a"}, (400, 100, None)),
        ({"media_type": "REELS", "video_url": "video", "thumb_offset": "-1"}, (400, 1, 2207057)),
        ({"media_type": "REELS", "video_url": "video", "thumb_offset": "8000"}, (400, 1, 2207057)),
        ({"media_type": "REELS", "video_url": "video", "share_to_feed": "1"}, (400, 100, None)),
        ({"media_type": "REELS", "video_url": "video", "trial_params": "{}"}, (400, 100, None)),
        ({"is_carousel_item": "true", "image_url": "image", "caption": "a"}, (400, 100, None)),
        ({"is_carousel_item": "true", "video_url": "video"}, (400, 100, 2207023)),
        (
            {"is_carousel_item": "true", "media_type": "REELS", "video_url": "video"},
            (400, 100, 2207023),
        ),
        ({"media_type": "CAROUSEL", "children": "1"}, (400, 100, 2207028)),
        ({"media_type": "CAROUSEL", "children": "1," * 11}, (400, 100, 2207028)),
        ({"media_type": "CAROUSEL", "children": "1,2"}, (400, 24, 2207008)),
    ],
)
def test_parameters_that_instagram_refuses(
    instagram: FlaskClient, shelf: Shelf, fields: dict[str, str], expected: tuple[int, int, Any]
) -> None:
    urls = {"image": shelf.image().url, "video": shelf.video().url}
    answer = create(instagram, **{name: urls.get(value, value) for name, value in fields.items()})
    assert refused(answer) == expected
    assert "id" not in answer.json


def test_a_reel_accepts_its_options(instagram: FlaskClient, shelf: Shelf) -> None:
    answer = create(
        instagram,
        media_type="REELS",
        video_url=shelf.video().url,
        share_to_feed="false",
        thumb_offset="7999",
        audio_name="Sea",
        trial_params=json.dumps({"graduation_strategy": "MANUAL"}),
    )
    assert answer.status_code == 200


def test_a_carousel_shows_its_items_in_order(instagram: FlaskClient, shelf: Shelf) -> None:
    first, second = item(instagram, shelf, 2), item(instagram, shelf, 1)
    film = create(
        instagram, is_carousel_item="true", media_type="VIDEO", video_url=shelf.video().url
    ).json["id"]
    children = ",".join([first, film, second])
    post_id = make(instagram, media_type="CAROUSEL", children=children, caption="Three")
    [entry] = visible(instagram)
    assert [shown["sha256"] for shown in entry["media"]] == [
        shelf.image(2).sha256,
        shelf.video().sha256,
        shelf.image(1).sha256,
    ]
    answer = get(instagram, post_id, fields="media_type,media_product_type,children").json
    assert (answer["media_type"], answer["media_product_type"]) == ("CAROUSEL_ALBUM", "FEED")
    assert len(answer["children"]["data"]) == 3


def test_a_carousel_needs_finished_items_and_items_need_a_carousel(
    instagram: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    instagram.post("/_sim/processing", json={"seconds": 30})
    children = f"{item(instagram, shelf, 1)},{item(instagram, shelf, 2)}"
    early = create(instagram, media_type="CAROUSEL", children=children)
    assert refused(early) == (400, 9007, 2207027)
    offset.moved = 31
    assert create(instagram, media_type="CAROUSEL", children=children).status_code == 200
    alone = publish(instagram, children.partition(",")[0])
    assert refused(alone) == (400, 100, None)
    single = create(instagram, image_url=shelf.image().url).json["id"]
    both = f"{children.partition(',')[0]},{single}"
    assert refused(create(instagram, media_type="CAROUSEL", children=both))[:2] == (400, 100)
