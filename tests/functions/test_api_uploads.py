"""Direct uploads: a signed URL for a file, and storing the uploaded file."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from local.storage_emulator import StorageEmulator
from shared.gcp.storage import MediaBucket, StorageUnavailable
from tests.functions.api_client import ApiClient, error_of, faults_of
from tests.functions.media_api import LIMITS, MediaApi
from tests.geotagged import photo
from tests.media import Shelf, jpeg, mp4

UPLOADS = "/v1/media/uploads"


@pytest.fixture
def media(
    api: ApiClient,
    storage: StorageEmulator,
    shelf: Shelf,
    signing_key: None,
) -> Iterator[MediaApi]:
    yield MediaApi(api, storage, shelf)


def begin(media: MediaApi, data: bytes, content_type: str = "image/jpeg") -> dict[str, Any]:
    asked = {"contentType": content_type, "size": len(data)}
    answer = media.api.call("POST", UPLOADS, json=asked)
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json
    return begun


def put(begun: dict[str, Any], data: bytes) -> None:
    answer = requests.request(
        begun["method"], begun["url"], data=data, headers=begun["headers"], timeout=10
    )
    assert answer.ok, answer.text


def complete(media: MediaApi, upload_id: str, user: ApiClient | None = None) -> Any:
    return (user or media.api).call("POST", f"{UPLOADS}/{upload_id}/complete")


@pytest.mark.full
@pytest.mark.parametrize(
    ("data", "content_type"), [(jpeg(), "image/jpeg"), (mp4(), "video/mp4")], ids=["image", "video"]
)
def test_an_uploaded_file_is_stored_like_any_other(
    media: MediaApi, data: bytes, content_type: str
) -> None:
    begun = begin(media, data, content_type)
    put(begun, data)
    answer = complete(media, begun["uploadId"])
    assert answer.status_code == 201, answer.text
    assert answer.json["contentType"] == content_type
    assert answer.json["size"] == len(data)
    assert requests.get(answer.json["url"], timeout=10).content == data
    media.api.accept({"post": {"content": {"mediaUrls": [answer.json["url"]], "platform": "x"}}})


def test_the_url_accepts_one_file_of_that_size_and_type_for_a_limited_time(media: MediaApi) -> None:
    begun = begin(media, jpeg())
    assert begun["headers"] == {
        "Content-Type": "image/jpeg",
        "X-Goog-Content-Length-Range": f"1,{len(jpeg())}",
        "X-Goog-If-Generation-Match": "0",
    }
    query = parse_qs(urlsplit(begun["url"]).query)
    assert query["X-Goog-Expires"] == ["3600"]
    signed = set(query["X-Goog-SignedHeaders"][0].split(";"))
    assert {name.lower() for name in begun["headers"]} <= signed
    assert query["X-Goog-Signature"]


@pytest.mark.full
def test_completing_again_returns_the_same_answer(media: MediaApi) -> None:
    begun = begin(media, jpeg())
    put(begun, jpeg())
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: complete(media, begun["uploadId"]), range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    found = {answer.json["url"] for answer in answers}
    assert found == {complete(media, begun["uploadId"]).json["url"]}
    assert len([name for name in media.objects() if name.startswith("media/")]) == 1


@pytest.mark.full
def test_an_upload_without_a_file_can_be_completed_later(media: MediaApi) -> None:
    begun = begin(media, jpeg())
    error_of(complete(media, begun["uploadId"]), 409, "invalid_state")
    put(begun, jpeg())
    assert complete(media, begun["uploadId"]).status_code == 201


@pytest.mark.full
def test_a_file_that_is_no_media_is_refused_and_another_type_is_recognized(
    media: MediaApi,
) -> None:
    page = b"<html><body>no picture</body></html>"
    begun = begin(media, page)
    put(begun, page)
    error_of(complete(media, begun["uploadId"]), 400, "upload_failed")
    assert [n for n in media.objects() if n.startswith("media/")] == []
    film = begin(media, mp4(), "video/webm")
    put(film, mp4())
    assert complete(media, film["uploadId"]).json["contentType"] == "video/mp4"


def test_a_file_larger_than_announced_is_refused(media: MediaApi) -> None:
    begun = begin(media, jpeg()[:-10])
    put(begun, jpeg())
    fault = error_of(complete(media, begun["uploadId"]), 400, "upload_failed")["details"][0]
    assert fault["code"] == "too_large"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {("contentType", "missing"), ("size", "missing")}),
        ({"contentType": "text/html", "size": 5}, {("contentType", "invalid")}),
        ({"contentType": {}, "size": 5}, {("contentType", "invalid")}),
        ({"contentType": None, "size": 5}, {("contentType", "invalid")}),
        ({"contentType": "image/png", "size": 0}, {("size", "invalid")}),
        ({"contentType": "image/png", "size": True}, {("size", "invalid")}),
        ({"contentType": "image/png", "size": 5, "a": 1}, {("a", "unknown_field")}),
        (
            {"contentType": "image/png", "size": LIMITS["max_image_bytes"] + 1},
            {("size", "too_large")},
        ),
    ],
)
def test_an_invalid_request_is_refused_with_its_violations(
    media: MediaApi, body: Any, expected: set[tuple[str, str]]
) -> None:
    found = faults_of(media.api.call("POST", UPLOADS, json=body))
    assert {(field, code) for field, _, code in found} == expected


def test_another_users_upload_is_not_found(media: MediaApi) -> None:
    begun = begin(media, jpeg())
    put(begun, jpeg())
    other = media.api.another_user()
    error_of(complete(media, begun["uploadId"], other), 404, "not_found")
    error_of(complete(media, "x" * 22), 404, "not_found")
    error_of(complete(media, "a b"), 404, "not_found")
    # Firestore refuses to read an id of this form.
    error_of(complete(media, f"__{'a' * 18}__"), 404, "not_found")


def test_a_file_that_was_refused_is_not_copied_again(
    media: MediaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = jpeg()[:5000]
    begun = begin(media, data)
    put(begun, data)
    first = error_of(complete(media, begun["uploadId"]), 400, "upload_failed")
    monkeypatch.setattr(MediaBucket, "store", None)
    again = error_of(complete(media, begun["uploadId"]), 400, "upload_failed")
    assert (again["message"], again["details"]) == (first["message"], first["details"])


@pytest.mark.full
def test_a_failure_of_the_storage_can_be_repeated(
    media: MediaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = begin(media, jpeg())
    put(begun, jpeg())

    def fail(*_: Any) -> None:
        raise StorageUnavailable("not today")

    with monkeypatch.context() as patch:
        patch.setattr(MediaBucket, "store", fail)
        error_of(complete(media, begun["uploadId"]), 400, "upload_failed")
    assert complete(media, begun["uploadId"]).status_code == 201


@pytest.mark.full
@pytest.mark.parametrize("keeps", [True, False])
def test_an_uploaded_photo_keeps_its_position_only_on_request(media: MediaApi, keeps: bool) -> None:
    data = photo("JPEG")
    wanted = {"contentType": "image/jpeg", "size": len(data), "keepLocation": keeps}
    begun = media.api.call("POST", UPLOADS, json=wanted).json
    put(begun, data)
    url = complete(media, begun["uploadId"]).json["url"]
    assert (requests.get(url, timeout=10).content == data) == keeps


@pytest.mark.full
def test_an_upload_whose_file_was_deleted_is_gone(media: MediaApi) -> None:
    begun = begin(media, jpeg())
    put(begun, jpeg())
    stored = complete(media, begun["uploadId"])
    assert stored.status_code == 201, stored.text
    deleted = media.api.call("DELETE", f"/v1/media/{stored.json['id']}")
    assert deleted.status_code == 204
    error_of(complete(media, begun["uploadId"]), 404, "not_found")
