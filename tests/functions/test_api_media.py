"""POST /v1/media: accepted files and URLs, the answers, and what a failure leaves behind."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from local.storage_emulator import StorageEmulator
from shared.gcp.firestore import StoreRefused, StoreUnavailable
from shared.media import intake, places
from tests.functions.api_client import ApiClient, error_of, post
from tests.functions.media_api import LIMITS, MEDIA, MediaApi
from tests.geotagged import PLACES, photo
from tests.media import Shelf, jpeg, mp4, png
from tests.media_samples import webp_of
from tests.platforms.servers import answering, closed_port, raw_answer, serving


@pytest.fixture
def media(api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> Iterator[MediaApi]:
    yield MediaApi(api, storage, shelf)


def failed(answer: Any, code: str) -> dict[str, Any]:
    """The only violation of a request for a file that could not be downloaded."""
    (fault,) = error_of(answer, 400, "upload_failed")["details"]
    assert fault["code"] == code, fault
    assert fault["message"]
    return fault


def test_an_image_is_stored_and_described(media: MediaApi) -> None:
    data = jpeg(1080, 1350)
    answer = media.stored(media.shelf.put("a.jpg", data))
    assert {name: value for name, value in answer.items() if name not in ("id", "url")} == {
        "contentType": "image/jpeg",
        "size": len(data),
        "width": 1080,
        "height": 1350,
    }
    fetched = requests.get(answer["url"], timeout=10)
    assert fetched.content == data
    assert fetched.headers["Content-Type"] == "image/jpeg"
    assert list(media.objects().values()) == [hashlib.sha256(data).hexdigest()]


@pytest.mark.full
def test_a_video_is_stored_and_described(media: MediaApi) -> None:
    data = mp4(8, 720, 1280)
    answer = media.stored(media.shelf.put("a.mp4", data))
    assert answer["contentType"] == "video/mp4"
    assert (answer["width"], answer["height"], answer["size"]) == (720, 1280, len(data))
    assert answer["duration"] == pytest.approx(8, abs=0.05)
    (document,) = media.documents()
    assert document["sha256"] == hashlib.sha256(data).hexdigest()
    assert (document["codec"], document["audioCodec"]) == ("h264", "aac")
    assert document["frameRate"] == pytest.approx(30)


def test_the_type_is_determined_by_the_bytes(media: MediaApi) -> None:
    answer = media.stored(media.shelf.put("really-a-png.jpg", png()))
    assert answer["contentType"] == "image/png"
    assert answer["url"].endswith(".png")


def test_the_name_of_a_file_cannot_be_guessed(media: MediaApi) -> None:
    urls = {media.stored(media.shelf.put(f"{n}.jpg", jpeg(seed=n)))["url"] for n in (1, 2)}
    assert len(urls) == 2
    assert all(len(url.rpartition("/")[2].partition(".")[0]) >= 22 for url in urls)


def test_the_same_url_is_the_same_file_for_a_day(media: MediaApi) -> None:
    url = media.shelf.put("same.jpg", jpeg())
    first = media.stored(url)
    media.shelf.put("same.jpg", jpeg(seed=9))
    media.api.world.advance(timedelta(hours=23, minutes=59))
    assert media.stored(url) == first
    media.api.world.advance(timedelta(minutes=2))
    later = media.stored(url)
    assert later["url"] != first["url"]
    assert media.stored(url) == later
    assert len(media.objects()) == len(media.documents()) == 2


def test_a_file_belongs_to_one_user(media: MediaApi) -> None:
    url = media.shelf.put("whose.jpg", jpeg())
    mine = media.stored(url)
    other = media.api.another_user()
    theirs = other.call("POST", MEDIA, json={"url": url}).json
    assert theirs["url"] != mine["url"]


@pytest.mark.full
def test_two_requests_that_race_for_a_url_get_the_same_answer(media: MediaApi) -> None:
    url = media.shelf.put("race.jpg", jpeg())
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(media.stored, [url] * 6))
    assert len({answer["url"] for answer in answers}) == 1
    assert len(media.objects()) == len(media.documents()) == 1


def test_a_url_of_a_stored_file_is_returned_unchanged(media: MediaApi) -> None:
    stored = media.stored(media.shelf.put("own.jpg", jpeg()))
    assert media.stored(stored["url"]) == stored
    assert len(media.objects()) == 1


def test_another_users_file_is_not_found(media: MediaApi) -> None:
    stored = media.stored(media.shelf.put("theirs.jpg", jpeg()))
    other = media.api.another_user()
    refused = error_of(
        other.call("POST", MEDIA, json={"url": stored["url"]}), 400, "validation_error"
    )
    assert refused["details"][0]["code"] == "unknown_media"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing"),
        ({"url": None}, "invalid"),
        ({"url": 5}, "invalid"),
        ({"url": "https://example.com/a.jpg", "name": "a"}, "unknown_field"),
    ],
)
def test_a_body_of_another_shape_is_refused(media: MediaApi, body: Any, code: str) -> None:
    refused = error_of(media.api.call("POST", MEDIA, json=body), 400, "validation_error")
    assert [fault["code"] for fault in refused["details"]] == [code]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a.jpg",
        "http://169.254.169.254/computeMetadata/v1/",
        "http://localhost/a.jpg",
        "http://[::1]/a.jpg",
        "http://metadata.google.internal/",
        "not a url",
        "",
    ],
)
def test_files_are_downloaded_only_from_the_public_internet(media: MediaApi, url: str) -> None:
    error_of(media.store(url), 400, "upload_failed")
    assert media.has_nothing()


def test_a_private_address_is_refused_although_another_is_allowed(media: MediaApi) -> None:
    with serving(answering(raw_answer(200, jpeg()))) as server:
        failed(media.store(f"{server.url}/a.jpg"), "bad_url")
        assert server.heard == []
    assert media.has_nothing()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.jpg", b"<!DOCTYPE html><html><body>Hello</body></html>"),
        ("drawing.jpg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
        ("empty.jpg", b""),
        ("text.mp4", b"just some words"),
        ("half.jpg", jpeg()[: len(jpeg()) // 2]),
        ("half.mp4", mp4()[: len(mp4()) // 2]),
    ],
)
def test_a_file_that_is_no_image_or_video_leaves_nothing_behind(
    media: MediaApi, name: str, data: bytes
) -> None:
    error_of(media.store(media.shelf.put(name, data)), 400, "upload_failed")
    assert media.has_nothing()


def test_a_missing_file_is_reported_with_the_status_of_the_server(media: MediaApi) -> None:
    fault = failed(media.store(f"{media.shelf.url}/no-such-picture.jpg"), "http_status")
    assert "404" in fault["message"]
    assert fault["field"] == "url"


def test_an_unreachable_server_is_reported(media: MediaApi) -> None:
    origin = f"http://{closed_port()}"
    settings = media.api.world.parts.settings
    allowed = replace(settings.media, fetch_allowed_origins=(origin,))
    media.api.world.with_parts(settings=replace(settings, media=allowed))
    failed(media.store(f"{origin}/a.jpg"), "unreachable")


@pytest.mark.parametrize("kind", ["image", "video"])
def test_each_kind_has_a_limit_of_its_own(media: MediaApi, kind: str) -> None:
    most = LIMITS[f"max_{kind}_bytes"]
    data = jpeg() if kind == "image" else mp4()
    url = media.shelf.put(f"large.{kind}", data + bytes(most - len(data) + 1))
    failed(media.store(url), "too_large")
    assert media.has_nothing()


def test_a_body_that_breaks_off_leaves_nothing_behind(media: MediaApi) -> None:
    data = mp4()
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data[: len(data) // 2]
    with serving(answering(cut)) as server:
        settings = media.api.world.parts.settings
        allowed = replace(settings.media, fetch_allowed_origins=(server.url,))
        media.api.world.with_parts(settings=replace(settings, media=allowed))
        failed(media.store(f"{server.url}/a.mp4"), "incomplete")
    assert media.has_nothing()


def test_a_commit_that_fails_leaves_no_object(
    media: MediaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise StoreRefused("not today")

    monkeypatch.setattr(intake, "commit", refuse)
    failed(media.store(media.shelf.put("lost.jpg", jpeg())), "storage_unavailable")
    assert media.objects() == {}


def test_a_commit_without_a_response_may_have_kept_the_file(
    media: MediaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = media.shelf.put("kept.jpg", jpeg())
    commit = intake.commit

    def lose_response(*arguments: Any, **named: Any) -> None:
        commit(*arguments, **named)
        raise StoreUnavailable("no response")

    with monkeypatch.context() as patch:
        patch.setattr(intake, "commit", lose_response)
        failed(media.store(url), "storage_unavailable")
    stored = media.store(url)
    assert stored.status_code in (200, 201), stored.text
    assert requests.get(stored.json["url"], timeout=10).content == jpeg()


def test_the_secrets_of_a_url_are_stored_nowhere(media: MediaApi) -> None:
    url = media.shelf.put("signed.jpg", jpeg())
    media.stored(f"{url}?X-Goog-Signature=canary")
    missing = media.store(f"{media.shelf.url}/no.jpg?X-Goog-Signature=canary")
    db, user = media.api.world.parts.db, media.api.user_id
    written = [
        str(snapshot.to_dict())
        for name in ("media", "mediaSources", "apiRequests")
        for snapshot in db.collection(f"users/{user}/{name}").stream()
    ]
    assert len(written) >= 3
    assert "canary" not in "".join([*written, missing.text])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_position_of_a_photo_is_not_stored_unless_the_user_wants_it(
    media: MediaApi, kind: str
) -> None:
    data = photo(kind)
    url = media.shelf.put(f"place.{kind}", data)
    public = requests.get(media.stored(url)["url"], timeout=10).content
    assert len(public) == len(data)
    assert not [place for place in PLACES if place in public]
    (document,) = media.documents()
    assert document["sha256"] == hashlib.sha256(public).hexdigest()
    body = {"url": url, "keepLocation": True}
    first, again = (media.api.call("POST", MEDIA, json=body).json for _ in range(2))
    assert first == again
    assert requests.get(first["url"], timeout=10).content == data
    assert media.stored(url)["url"] != first["url"]


def test_a_user_who_stores_three_files_waits_for_one(
    media: MediaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SECONDS", 0.01)
    url = media.shelf.put("fourth.jpg", jpeg())
    with ExitStack() as stack:
        for _ in range(places.FILES_OF_A_USER):
            stack.enter_context(intake._PLACES.one(media.api.user_id))
        for method, path, body in (
            ("POST", MEDIA, {"url": url}),
            ("POST", "/v1/posts", post("Hello", ["x"], content={"imageUrls": [url]})),
            ("POST", "/v1/posts/validate", post("Hello", ["x"], content={"imageUrls": [url]})),
        ):
            answer = media.api.call(method, path, json=body)
            error_of(answer, 429, "rate_limit_exceeded")
            assert answer.headers["Retry-After"] == "5"
    assert media.has_nothing()
    media.stored(url)


def test_a_file_that_cannot_be_inspected_is_refused(media: MediaApi) -> None:
    fault = failed(media.store(media.shelf.put("bomb.webp", webp_of(16_000, 6_250))), "not_media")
    assert "too many pixels" in fault["message"]
    assert media.has_nothing()


@pytest.mark.full
def test_a_request_is_counted_before_it_downloads(media: MediaApi) -> None:
    url = media.shelf.put("counted.jpg", jpeg())
    left = [int(media.store(url).headers["X-RateLimit-Remaining"]) for _ in range(3)]
    assert left == [left[0], left[0] - 1, left[0] - 2]
    for _ in range(3, 30):
        media.stored(url)
    error_of(media.store(url), 429, "rate_limit_exceeded")


def test_without_a_subscription_nothing_is_downloaded(media: MediaApi) -> None:
    expired = media.api.another_user(status="canceled")
    url = media.shelf.put("unpaid.jpg", jpeg())
    error_of(expired.call("POST", MEDIA, json={"url": url}), 403, "forbidden")
    assert media.has_nothing()
