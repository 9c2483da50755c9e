"""Requests to TikTok that ours does not send, and the URL prefixes that must be verified."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.tiktok.twin import TikTok
from tests.media import Shelf, mp4

PUBLISH = "/v2/post/publish"
VIDEO, INBOX, PHOTOS = (f"{PUBLISH}/{path}/init/" for path in ("video", "inbox/video", "content"))
# The bodies of TikTok's own documentation.
VIDEO_SAMPLE = {
    "title": "this will be a funny #cat video on your @tiktok #fyp",
    "privacy_level": "MUTUAL_FOLLOW_FRIENDS",
    "disable_duet": False,
    "disable_comment": True,
    "disable_stitch": False,
    "video_cover_timestamp_ms": 1000,
}
UPLOAD_SAMPLE = {
    "source": "FILE_UPLOAD",
    "video_size": 50000123,
    "chunk_size": 10000000,
    "total_chunk_count": 5,
}
PHOTO_SAMPLE = {
    "title": "funny cat",
    "description": "this will be a #funny photo on your @tiktok #fyp",
    "disable_comment": True,
    "privacy_level": "PUBLIC_TO_EVERYONE",
    "auto_add_music": True,
}


@pytest.fixture
def tiktok() -> Iterator[FlaskClient]:
    platform = TikTok()
    platform.add_account("ada", "ada_films", "ada-access", external_id="open-1")
    yield platform.app.test_client()


def call(tiktok: FlaskClient, path: str, **body: Any) -> Any:
    headers = {"Authorization": "Bearer ada-access"}
    return tiktok.post(path, json=body, headers=headers)


def verify(tiktok: FlaskClient, *prefixes: str) -> None:
    body = {"prefixes": list(prefixes)}
    assert tiktok.post("/_sim/url_prefixes", json=body).status_code == 200


def status(tiktok: FlaskClient, begun: Any) -> dict[str, Any]:
    publish_id = begun.json["data"]["publish_id"]
    found: dict[str, Any] = call(tiktok, f"{PUBLISH}/status/fetch/", publish_id=publish_id).json
    return found["data"]


def visible(tiktok: FlaskClient) -> list[str]:
    return [post["text"] for post in tiktok.get("/_sim/posts").json or []]


def photos(*urls: str) -> dict[str, Any]:
    source = {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": list(urls)}
    return {"source_info": source, "media_type": "PHOTO"}


# URL prefixes.


@pytest.mark.parametrize(
    ("verified", "is_accepted"),
    [
        ([], False),
        (["{}"], True),
        (["https://a.test", "{}/"], True),
        (["{}/media"], False),
        (["{}x"], False),
        (["http://127.0.0.1"], False),
    ],
)
@pytest.mark.parametrize("is_video", [False, True])
def test_media_are_downloaded_only_from_verified_prefixes(
    tiktok: FlaskClient, shelf: Shelf, verified: list[str], is_accepted: bool, is_video: bool
) -> None:
    verify(tiktok, *(prefix.format(shelf.url) for prefix in verified))
    if is_video:
        source = {"source": "PULL_FROM_URL", "video_url": shelf.video().url}
        answer = call(tiktok, VIDEO, post_info=VIDEO_SAMPLE, source_info=source)
    else:
        body = photos(shelf.image().url)
        answer = call(tiktok, PHOTOS, post_info=PHOTO_SAMPLE, post_mode="DIRECT_POST", **body)
    expected = (200, "ok") if is_accepted else (403, "url_ownership_unverified")
    assert (answer.status_code, answer.json["error"]["code"]) == expected
    assert len(visible(tiktok)) == is_accepted


def test_a_reset_keeps_the_verified_prefixes(tiktok: FlaskClient, shelf: Shelf) -> None:
    verify(tiktok, shelf.url)
    tiktok.post("/_sim/reset")
    body = photos(shelf.image().url)
    answer = call(tiktok, PHOTOS, post_info=PHOTO_SAMPLE, post_mode="DIRECT_POST", **body)
    assert answer.status_code == 200


@pytest.mark.parametrize("prefixes", [None, "https://a.test", [""], [5]])
def test_verified_prefixes_are_a_list_of_urls(tiktok: FlaskClient, prefixes: Any) -> None:
    assert tiktok.post("/_sim/url_prefixes", json={"prefixes": prefixes}).status_code == 400


# The samples of the documentation.


def test_the_samples_of_direct_posts_need_no_brand_toggles(
    tiktok: FlaskClient, shelf: Shelf
) -> None:
    begun = call(tiktok, VIDEO, post_info=VIDEO_SAMPLE, source_info=UPLOAD_SAMPLE)
    assert set(begun.json["data"]) == {"publish_id", "upload_url"}
    verify(tiktok, shelf.url)
    body = photos(shelf.image(1).url, shelf.image(2).url)
    posted = call(tiktok, PHOTOS, post_info=PHOTO_SAMPLE, post_mode="DIRECT_POST", **body)
    assert posted.status_code == 200
    assert visible(tiktok) == [PHOTO_SAMPLE["description"]]


def test_a_video_is_downloaded_from_its_url(tiktok: FlaskClient, shelf: Shelf) -> None:
    verify(tiktok, shelf.url)
    source = {"source": "PULL_FROM_URL", "video_url": shelf.video().url}
    begun = call(tiktok, VIDEO, post_info=VIDEO_SAMPLE, source_info=source)
    assert set(begun.json["data"]) == {"publish_id"}
    state = status(tiktok, begun)
    assert (state["status"], state["downloaded_bytes"]) == (
        "PUBLISH_COMPLETE",
        shelf.video().size,
    )
    [post] = tiktok.get("/_sim/posts").json or []
    assert (post["text"], post["requestCount"]) == (VIDEO_SAMPLE["title"], 1)
    missing = {"source": "PULL_FROM_URL", "video_url": f"{shelf.url}/none.mp4"}
    failed = call(tiktok, VIDEO, post_info=VIDEO_SAMPLE, source_info=missing)
    assert status(tiktok, failed)["fail_reason"] == "video_pull_failed"


@pytest.mark.parametrize("kind", ["uploaded video", "downloaded video", "photos"])
def test_a_draft_ends_in_the_inbox_and_is_not_visible(
    tiktok: FlaskClient, shelf: Shelf, kind: str
) -> None:
    verify(tiktok, shelf.url)
    film = mp4()
    if kind == "photos":
        info = {"title": "funny cat", "description": "a photo"}
        body = photos(shelf.image().url)
        begun = call(tiktok, PHOTOS, post_info=info, post_mode="MEDIA_UPLOAD", **body)
    elif kind == "downloaded video":
        source = {"source": "PULL_FROM_URL", "video_url": shelf.video().url}
        begun = call(tiktok, INBOX, source_info=source)
    else:
        size = len(film)
        sizes = {"video_size": size, "chunk_size": size, "total_chunk_count": 1}
        begun = call(tiktok, INBOX, source_info={"source": "FILE_UPLOAD", **sizes})
        headers = {"Content-Type": "video/mp4", "Content-Range": f"bytes 0-{size - 1}/{size}"}
        url = begun.json["data"]["upload_url"]
        assert tiktok.put(url, data=film, headers=headers).status_code == 201
    assert status(tiktok, begun)["status"] == "SEND_TO_USER_INBOX"
    assert visible(tiktok) == []


def test_a_draft_needs_the_scope_for_drafts(tiktok: FlaskClient) -> None:
    account = {"accountId": "ada", "username": "ada", "accessToken": "ada-access"}
    tiktok.post("/_sim/accounts", json=account | {"scopes": ["video.publish"]})
    assert call(tiktok, INBOX, source_info=UPLOAD_SAMPLE).status_code == 401
    begun = call(tiktok, VIDEO, post_info=VIDEO_SAMPLE, source_info=UPLOAD_SAMPLE)
    assert begun.status_code == 200
