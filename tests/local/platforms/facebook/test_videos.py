"""The twin of Facebook answers as its documentation says: videos, reels and stories."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.facebook.client import PAGE, TOKEN, Upload, codes, post, visible
from tests.media import Shelf, mp4

# Videos.


def start(facebook: FlaskClient, size: int) -> dict[str, Any]:
    begun: dict[str, Any] = post(facebook, "videos", upload_phase="start", file_size=str(size)).json
    return begun


def transfer(facebook: FlaskClient, begun: dict[str, Any], at: int, chunk: bytes) -> Any:
    form = TOKEN | {
        "upload_phase": "transfer",
        "upload_session_id": begun["upload_session_id"],
        "start_offset": str(at),
        "video_file_chunk": (io.BytesIO(chunk), "chunk"),
    }
    return facebook.post(f"{PAGE}/videos", data=form)


def finish(facebook: FlaskClient, begun: dict[str, Any], **form: str) -> Any:
    session = {"upload_phase": "finish", "upload_session_id": begun["upload_session_id"]}
    return post(facebook, "videos", **session, description="Film", **form)


def test_a_video_is_uploaded_in_chunks_with_offsets_as_strings(facebook: FlaskClient) -> None:
    data = mp4()
    begun = start(facebook, len(data))
    assert (begun["start_offset"], begun["end_offset"]) == ("0", str(len(data)))
    half = len(data) // 2
    answer = transfer(facebook, begun, 0, data[:half]).json
    assert answer == {"start_offset": str(half), "end_offset": str(len(data))}
    assert transfer(facebook, begun, 0, data[:half]).json == answer
    assert codes(finish(facebook, begun))[1] == 6000
    assert transfer(facebook, begun, half, data[half:]).json["start_offset"] == str(len(data))
    assert visible(facebook) == []
    assert finish(facebook, begun).json == {"success": True}
    [entry] = visible(facebook)
    assert (entry["text"], entry["media"][0]["size"], entry["requestCount"]) == (
        "Film",
        len(data),
        1,
    )
    assert finish(facebook, begun).status_code == 400
    assert len(visible(facebook)) == 1


def test_a_chunk_at_a_wrong_offset_or_too_long_is_answered_with_the_right_offset(
    facebook: FlaskClient,
) -> None:
    begun = start(facebook, 100)
    for at, length in ((10, 10), (0, 101), (0, 0)):
        answer = transfer(facebook, begun, at, bytes(length))
        assert codes(answer)[2] == 1363037
        offsets = answer.json["error"]["error_data"]
        assert offsets == {"start_offset": "0", "end_offset": "100"}


def test_an_upload_needs_a_size_a_session_and_a_known_phase(facebook: FlaskClient) -> None:
    assert post(facebook, "videos", upload_phase="start").status_code == 400
    assert transfer(facebook, {"upload_session_id": "1"}, 0, b"a").status_code == 400
    assert post(facebook, "videos", upload_phase="odd").status_code == 400
    assert post(facebook, "video_reels", upload_phase="transfer").status_code == 400


def kind(answer: Any) -> str:
    value: str = answer.json["debug_info"]["type"]
    return value


def test_the_upload_host_is_strict_about_its_headers(facebook: FlaskClient) -> None:
    upload = Upload(facebook)
    assert kind(upload.send(b"abc", Authorization="Bearer ada-page")) == "NotAuthorizedError"
    assert kind(upload.send(b"abc", Authorization="OAuth bob-page")) == "ParameterValidationError"
    assert kind(upload.send(b"abc", offset="")) == "ParameterValidationError"
    assert kind(upload.send(b"abc", file_size="many")) == "ParameterValidationError"
    assert kind(upload.send(b"abc", offset="2")) == "OffsetInvalidError"
    assert kind(upload.send(b"abc", file_size="2")) == "ParameterValidationError"


def test_an_upload_that_ends_early_continues_where_it_stopped(facebook: FlaskClient) -> None:
    upload, data = Upload(facebook), mp4()
    size = str(len(data))
    answer = upload.send(data[:500], file_size=size)
    assert (kind(answer), answer.json["debug_info"]["retriable"]) == ("PartialRequestError", True)
    assert upload.status()["status"]["uploading_phase"] == {
        "status": "in_progress",
        "bytes_transfered": 500,
    }
    assert upload.finish().status_code == 400
    assert upload.send(data[500:], file_size=size, offset="500").json == {"success": True}
    assert upload.status()["status"]["video_status"] == "upload_complete"
    assert visible(facebook) == []


def test_bytes_can_be_fetched_from_a_url(facebook: FlaskClient, shelf: Shelf) -> None:
    upload, video = Upload(facebook), shelf.video()
    answer = upload.send(b"", file_url=video.url, file_size=str(video.size))
    assert answer.json == {"success": True}
    upload.finish()
    assert visible(facebook)[0]["media"][0]["sha256"] == video.sha256


def test_a_finished_reel_returns_no_id_and_is_live_after_processing(
    facebook: FlaskClient, offset: MovableOffset
) -> None:
    facebook.post("/_sim/processing", json={"seconds": 60})
    upload = Upload(facebook)
    upload.send(mp4())
    assert upload.finish(description="Reel").json == {"success": True}
    during = upload.status()
    assert (during["status"]["video_status"], during["published"]) == ("processing", False)
    assert during["status"]["publishing_phase"] == {"status": "not_started"}
    assert visible(facebook) == []
    offset.moved = 61
    after = upload.status()
    assert (after["status"]["video_status"], after["published"]) == ("ready", True)
    assert after["status"]["publishing_phase"]["status"] == "complete"
    [entry] = visible(facebook)
    assert entry["id"] == f"1020_{after['post_id']}"
    assert entry["text"] == "Reel"


def test_a_draft_is_never_visible(facebook: FlaskClient) -> None:
    upload = Upload(facebook)
    upload.send(mp4())
    upload.finish(video_state="DRAFT")
    status = upload.status()["status"]
    assert status["publishing_phase"] == {"status": "complete", "publish_status": "draft"}
    assert visible(facebook) == []


@pytest.mark.parametrize(
    ("edge", "data", "subcode"),
    [
        pytest.param(
            "video_reels", lambda: mp4(width=1280, height=720), 1363040, marks=pytest.mark.full
        ),
        pytest.param(
            "video_reels", lambda: mp4(width=360, height=640), 1363127, marks=pytest.mark.full
        ),
        ("video_reels", lambda: mp4(seconds=2), 1363128),
        ("video_stories", lambda: mp4(seconds=2), 1363128),
    ],
)
def test_an_invalid_reel_is_refused(
    facebook: FlaskClient, edge: str, data: Any, subcode: int
) -> None:
    upload = Upload(facebook, edge)
    upload.send(data())
    assert codes(upload.finish())[2] == subcode
    assert visible(facebook) == []


@pytest.mark.parametrize("way", ["bytes", "fault"])
def test_a_video_that_cannot_be_processed_ends_in_an_error(facebook: FlaskClient, way: str) -> None:
    upload = Upload(facebook)
    upload.send(mp4() if way == "fault" else b"no video")
    if way == "fault":
        fault = {"match": f"POST {PAGE}/video_reels", "mode": "processing_failed"}
        facebook.post("/_sim/faults", json=fault)
    assert upload.finish().json == {"success": True}
    assert upload.status()["status"]["video_status"] == "error"
    assert visible(facebook) == []


def test_a_video_story_has_no_text(facebook: FlaskClient) -> None:
    upload = Upload(facebook, "video_stories")
    upload.send(mp4())
    answer = upload.finish(description="Words").json
    [entry] = visible(facebook)
    assert (entry["id"], entry["text"], entry["requestCount"]) == (answer["post_id"], "", 1)
