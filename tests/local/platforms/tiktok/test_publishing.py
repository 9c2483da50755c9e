"""The twin of TikTok answers as its documentation says: processing and photos."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from local.sample_media import picture
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.tiktok.client import (
    PHOTO_INIT,
    PUBLISH,
    call,
    code,
    status,
    upload,
    visible,
)
from tests.media import Shelf, mp4

PHOTO_INFO = {
    "description": "Hello",
    "privacy_level": "PUBLIC_TO_EVERYONE",
    "brand_content_toggle": False,
    "brand_organic_toggle": False,
}


def photos(urls: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": PHOTO_INFO,
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_cover_index": 0,
            "photo_images": urls,
        },
        **changes,
    }


# What becomes of it.


def test_processing_takes_its_time(tiktok: FlaskClient, offset: MovableOffset) -> None:
    tiktok.post("/_sim/processing", json={"seconds": 30})
    publish_id = upload(tiktok, mp4())
    assert status(tiktok, publish_id)["status"] == "PROCESSING_UPLOAD"
    assert visible(tiktok) == []
    offset.moved = 30
    assert status(tiktok, publish_id)["status"] == "PUBLISH_COMPLETE"
    assert visible(tiktok) == ["Hello"]


@pytest.mark.parametrize(
    ("mode", "reason", "expected"),
    [
        ("processing_stuck", None, "PROCESSING_UPLOAD"),
        ("processing_failed", None, "FAILED"),
        ("processing_failed", "internal", "FAILED"),
    ],
)
def test_faults_of_processing(
    tiktok: FlaskClient, mode: str, reason: str | None, expected: str
) -> None:
    if reason:
        tiktok.post("/_sim/fail_reason", json={"reason": reason})
    tiktok.post("/_sim/faults", json={"match": "PUT /video/", "mode": mode})
    found = status(tiktok, upload(tiktok, mp4()))
    assert found["status"] == expected
    fails_for = reason or "file_format_check_failed"
    assert found["fail_reason"] == (fails_for if expected == "FAILED" else "")


def test_a_public_post_is_named_after_its_moderation_and_no_other_ever(
    tiktok: FlaskClient, offset: MovableOffset
) -> None:
    tiktok.post("/_sim/moderation", json={"seconds": 60})
    public, private = (
        upload(tiktok, mp4()),
        upload(tiktok, mp4(), privacy_level="SELF_ONLY"),
    )
    for publish_id in (public, private):
        found = status(tiktok, publish_id)
        assert found["status"] == "PUBLISH_COMPLETE"
        assert found["publicaly_available_post_id"] == []
    offset.moved = 60
    assert len(status(tiktok, public)["publicaly_available_post_id"]) == 1
    assert status(tiktok, private)["publicaly_available_post_id"] == []


def test_a_publish_id_belongs_to_its_account(tiktok: FlaskClient) -> None:
    path = f"{PUBLISH}/status/fetch/"
    body = {"publish_id": upload(tiktok, mp4())}
    assert code(call(tiktok, path, {"publish_id": "other"})) == (400, "invalid_publish_id")
    others = code(call(tiktok, path, body, token="bob-access"))
    assert others == (400, "token_not_authorized_for_specified_publish_id")


# Photos.


def test_photos_are_fetched_and_posted_at_once(tiktok: FlaskClient, shelf: Shelf) -> None:
    urls = [shelf.image(1).url, shelf.image(2).url]
    answer = call(tiktok, PHOTO_INIT, photos(urls))
    publish_id = answer.json["data"]["publish_id"]
    assert publish_id.startswith("p_pub_url~v2")
    [entry] = tiktok.get("/_sim/posts").json or []
    digests = [shelf.image(1).sha256, shelf.image(2).sha256]
    assert [item["sha256"] for item in entry["media"]] == digests
    assert (entry["text"], entry["requestCount"]) == ("Hello", 1)
    found = status(tiktok, publish_id)
    assert found["status"] == "PUBLISH_COMPLETE"
    assert found["downloaded_bytes"] == shelf.image(1).size + shelf.image(2).size


@pytest.mark.parametrize(
    "changes",
    [
        {"media_type": "VIDEO"},
        {"post_mode": "DIRECT POST"},
        {"post_info": PHOTO_INFO | {"title": "a" * 91}},
        {"post_info": PHOTO_INFO | {"description": "a" * 4001}},
        {"post_info": PHOTO_INFO | {"is_aigc": True}},
        {"post_info": PHOTO_INFO | {"disable_duet": True}},
        {"source_info": {"source": "FILE_UPLOAD"}},
        {
            "source_info": {
                "source": "PULL_FROM_URL",
                "photo_images": ["http://127.0.0.1:1/a.jpg"],
            }
        },
    ],
)
def test_a_wrong_request_for_photos_is_refused(
    tiktok: FlaskClient, changes: dict[str, Any]
) -> None:
    body = photos(["http://127.0.0.1:1/a.jpg"], **changes)
    assert code(call(tiktok, PHOTO_INIT, body)) == (400, "invalid_params")


@pytest.mark.parametrize(
    ("urls", "refused"),
    [
        ([], (400, "invalid_params")),
        (["http://127.0.0.1:1/a.jpg"] * 36, (400, "invalid_params")),
        (["http://127.0.0.1:1/a.png"], (400, "invalid_params")),
        (["https://elsewhere.example/a.jpg"], (403, "url_ownership_unverified")),
    ],
)
def test_wrong_urls_of_photos_are_refused(
    tiktok: FlaskClient, urls: list[str], refused: tuple[int, str]
) -> None:
    assert code(call(tiktok, PHOTO_INIT, photos(urls))) == refused


def test_photos_that_cannot_be_used_fail_later(tiktok: FlaskClient, shelf: Shelf) -> None:
    reasons = {
        shelf.url + "/missing.jpg": "photo_pull_failed",
        shelf.put("wrong.jpg", picture(kind="PNG")): "photo_pull_failed",
        shelf.put("nothing.jpg", b"nothing"): "file_format_check_failed",
        shelf.image(width=1081, height=1081).url: "picture_size_check_failed",
    }
    for url, reason in reasons.items():
        publish_id = call(tiktok, PHOTO_INIT, photos([url])).json["data"]["publish_id"]
        found = status(tiktok, publish_id)
        assert (found["status"], found["fail_reason"]) == ("FAILED", reason), url
    assert visible(tiktok) == []
