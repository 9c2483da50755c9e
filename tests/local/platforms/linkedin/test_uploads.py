"""The twin of LinkedIn answers as its documentation says: images and videos."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.linkedin import client
from tests.local.platforms.linkedin.client import ADA, BEARERS, PAGE
from tests.media import jpeg, mp4

PART = 4 * 1024 * 1024


def test_an_image_is_uploaded_with_the_token_and_shown(linkedin: FlaskClient) -> None:
    begun = client.begin_image(linkedin, PAGE)
    assert begun["uploadUrl"].startswith("http://localhost/dms-uploads/")
    status = client.path("images", begun["image"])
    assert linkedin.get(status, headers=client.headers(PAGE)).json["status"] == "WAITING_UPLOAD"
    assert linkedin.put(begun["uploadUrl"], data=jpeg()).status_code == 401
    other = {"Authorization": BEARERS[ADA]}
    assert linkedin.put(begun["uploadUrl"], data=jpeg(), headers=other).status_code == 403
    without_key = begun["uploadUrl"].partition("?")[0]
    own = {"Authorization": BEARERS[PAGE]}
    assert linkedin.put(without_key, data=jpeg(), headers=own).status_code == 403
    waiting = client.post(linkedin, PAGE, content={"media": {"id": begun["image"]}})
    assert client.code(waiting) == "MEDIA_ASSET_WAITING_UPLOAD"
    assert linkedin.put(begun["uploadUrl"], data=jpeg(), headers=own).status_code == 201
    assert linkedin.get(status, headers=client.headers(PAGE)).json == {
        "id": begun["image"],
        "owner": PAGE,
        "status": "AVAILABLE",
    }
    medium = {"id": begun["image"], "altText": "A picture"}
    assert client.post(linkedin, PAGE, content={"media": medium}).status_code == 201
    (shown,) = linkedin.get("/_sim/posts").json
    assert [item["sha256"] for item in shown["media"]] == [hashlib.sha256(jpeg()).hexdigest()]
    assert shown["requestCount"] == 1


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {"initializeUploadRequest": {"owner": ADA}}),
        ("?action=upload", {"initializeUploadRequest": {"owner": ADA}}),
        ("?action=initializeUpload", {"owner": ADA}),
        ("?action=initializeUpload", {"initializeUploadRequest": {}}),
        ("?action=initializeUpload", {"initializeUploadRequest": {"owner": ADA, "size": 1}}),
    ],
)
def test_a_malformed_upload_request_is_refused(
    linkedin: FlaskClient, query: str, fields: dict[str, Any]
) -> None:
    answer = linkedin.post(f"/rest/images{query}", json=fields, headers=client.headers())
    assert answer.status_code == 400


def test_an_author_cannot_upload_for_another(linkedin: FlaskClient) -> None:
    fields = {"initializeUploadRequest": {"owner": PAGE}}
    path = "/rest/images?action=initializeUpload"
    assert linkedin.post(path, json=fields, headers=client.headers(ADA)).status_code == 403
    image = client.upload_image(linkedin, PAGE)
    assert client.post(linkedin, ADA, content={"media": {"id": image}}).status_code == 400


@pytest.mark.parametrize(("count", "status"), [(1, 422), (2, 201), (20, 201), (21, 422)])
def test_a_post_of_several_images_has_two_to_twenty(
    linkedin: FlaskClient, count: int, status: int
) -> None:
    image = client.upload_image(linkedin)
    images = [{"id": image}] * count
    assert client.post(linkedin, content={"multiImage": {"images": images}}).status_code == status


def test_an_alt_text_has_its_limit(linkedin: FlaskClient) -> None:
    image = client.upload_image(linkedin)
    for length, status in ((4086, 201), (4087, 400)):
        medium = {"id": image, "altText": "a" * length}
        assert client.post(linkedin, content={"media": medium}).status_code == status


@pytest.mark.parametrize("data", [b"no image", mp4()], ids=["nonsense", "a video"])
def test_a_file_that_is_no_image_fails_in_processing(linkedin: FlaskClient, data: bytes) -> None:
    image = client.upload_image(linkedin, PAGE, data)
    status = linkedin.get(client.path("images", image), headers=client.headers(PAGE)).json["status"]
    assert status == "PROCESSING_FAILED"
    refused = client.post(linkedin, PAGE, content={"media": {"id": image}})
    assert client.code(refused) == "MEDIA_ASSET_PROCESSING_FAILED"


# Videos.


def _begin_video(linkedin: FlaskClient, size: int, author: str = PAGE) -> dict[str, Any]:
    fields = {"fileSizeBytes": size, "uploadCaptions": False, "uploadThumbnail": False}
    value: dict[str, Any] = client.begin(linkedin, "videos", author, **fields).json["value"]
    return value


def _put_part(linkedin: FlaskClient, part: dict[str, Any], data: bytes) -> Any:
    octets = {"Content-Type": "application/octet-stream"}
    piece = data[part["firstByte"] : part["lastByte"] + 1]
    return linkedin.put(part["uploadUrl"], data=piece, headers=octets)


def _finalize(linkedin: FlaskClient, video: str, etags: list[str], **more: Any) -> Any:
    fields = {"video": video, "uploadToken": "", "uploadedPartIds": etags, **more}
    return linkedin.post(
        "/rest/videos?action=finalizeUpload",
        json={"finalizeUploadRequest": fields},
        headers=client.headers(PAGE),
    )


def _upload_video(linkedin: FlaskClient, data: bytes) -> str:
    begun = _begin_video(linkedin, len(data))
    puts = [_put_part(linkedin, part, data) for part in begun["uploadInstructions"]]
    answer = _finalize(linkedin, begun["video"], [put.headers["ETag"] for put in puts])
    assert (answer.status_code, answer.data) == (200, b"")
    return str(begun["video"])


def _filled(size: int) -> bytes:
    filling = size - len(mp4())
    return mp4() + filling.to_bytes(4, "big") + b"free" + bytes(filling - 8)


def test_the_instructions_name_parts_of_four_mebibytes_inclusively(linkedin: FlaskClient) -> None:
    begun = _begin_video(linkedin, 2 * PART + 1)
    ranges = [(part["firstByte"], part["lastByte"]) for part in begun["uploadInstructions"]]
    assert ranges == [(0, PART - 1), (PART, 2 * PART - 1), (2 * PART, 2 * PART)]
    assert begun["uploadToken"] == ""


def test_a_video_of_several_parts_is_put_together_and_shown(linkedin: FlaskClient) -> None:
    data = _filled(PART + 1000)
    video = _upload_video(linkedin, data)
    urn = client.post(linkedin, PAGE, content={"media": {"id": video, "title": "A film"}}).headers[
        "x-restli-id"
    ]
    assert urn.startswith("urn:li:ugcPost:")
    (shown,) = linkedin.get("/_sim/posts").json
    assert [item["sha256"] for item in shown["media"]] == [hashlib.sha256(data).hexdigest()]


def test_a_part_has_the_length_of_its_range_and_the_content_type(linkedin: FlaskClient) -> None:
    begun = _begin_video(linkedin, PART + 1000)
    first, last = begun["uploadInstructions"]
    short = {**first, "lastByte": first["lastByte"] - 1}
    data = _filled(PART + 1000)
    assert _put_part(linkedin, short, data).status_code == 400
    assert linkedin.put(last["uploadUrl"], data=data[PART:]).status_code == 415
    etags = [_put_part(linkedin, last, data).headers["ETag"] for _ in range(2)]
    assert etags[0] != etags[1]


def test_finalizing_requires_all_parts_in_order_and_the_token(linkedin: FlaskClient) -> None:
    data = _filled(PART + 1000)
    begun = _begin_video(linkedin, len(data))
    etags = [
        _put_part(linkedin, part, data).headers["ETag"] for part in begun["uploadInstructions"]
    ]
    video = begun["video"]
    assert _finalize(linkedin, video, etags[::-1]).status_code == 400
    assert _finalize(linkedin, video, etags[:1]).status_code == 400
    assert _finalize(linkedin, video, ["another", *etags[1:]]).status_code == 400
    assert _finalize(linkedin, video, etags, uploadToken=None).status_code == 400
    assert _finalize(linkedin, "urn:li:video:another", etags).status_code == 400
    assert [_finalize(linkedin, video, etags).status_code for _ in range(2)] == [200, 200]


def test_a_video_cannot_be_in_a_multi_image(linkedin: FlaskClient) -> None:
    media = [{"id": _upload_video(linkedin, mp4())}, {"id": client.upload_image(linkedin, PAGE)}]
    refused = client.post(linkedin, PAGE, content={"multiImage": {"images": media}})
    assert client.code(refused) == "INVALID_URN_TYPE"


@pytest.mark.parametrize("data", [mp4(2), mp4(8, 200, 720), jpeg()], ids=["short", "thin", "image"])
def test_a_video_beyond_the_limits_fails_in_processing(linkedin: FlaskClient, data: bytes) -> None:
    video = _upload_video(linkedin, data)
    answer = linkedin.get(client.path("videos", video), headers=client.headers(PAGE)).json
    assert answer["status"] == "PROCESSING_FAILED"
    assert answer["processingFailureReason"]


def test_upload_urls_expire_after_thirty_days(linkedin: FlaskClient, offset: MovableOffset) -> None:
    begun = client.begin_image(linkedin)
    offset.moved = timedelta(days=30).total_seconds()
    answer = linkedin.put(begun["uploadUrl"], data=jpeg(), headers={"Authorization": BEARERS[ADA]})
    assert (answer.status_code, client.code(answer)) == (400, "EXPIRED_UPLOAD_URL")


def test_processing_takes_the_time_that_was_set(
    linkedin: FlaskClient, offset: MovableOffset
) -> None:
    linkedin.post("/_sim/processing", json={"seconds": 60})
    video = _upload_video(linkedin, mp4())
    states = []
    for moved in (0, 59, 61):
        offset.moved = moved
        states.append(
            linkedin.get(client.path("videos", video), headers=client.headers(PAGE)).json["status"]
        )
    assert states == ["PROCESSING", "PROCESSING", "AVAILABLE"]


@pytest.mark.parametrize("is_stuck", [False, True])
def test_a_post_is_refused_while_its_video_is_processed(
    linkedin: FlaskClient, offset: MovableOffset, is_stuck: bool
) -> None:
    linkedin.post("/_sim/processing", json={"seconds": 60})
    if is_stuck:
        fault = {"match": "POST /rest/videos", "mode": "processing_stuck", "after": 1}
        linkedin.post("/_sim/faults", json=fault)
    content = {"media": {"id": _upload_video(linkedin, mp4())}}
    for moved in (0, 59):
        offset.moved = moved
        assert (
            client.code(client.post(linkedin, PAGE, content=content))
            == "MEDIA_ASSET_WAITING_UPLOAD"
        )
    offset.moved = 61
    assert client.post(linkedin, PAGE, content=content).status_code == (422 if is_stuck else 201)
    assert len(client.visible(linkedin)) == (0 if is_stuck else 1)
