"""The upload of a video to Facebook, in chunks or as a stream."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import requests
import responses

from shared.domain.errors import (
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    Rejected,
)
from shared.domain.media import MediaAsset
from shared.platforms.base import Pending
from shared.platforms.facebook import uploads
from shared.platforms.facebook.checkpoint import Checkpoint
from shared.platforms.facebook.publishing import FINISH
from shared.platforms.facebook.uploads import UPLOAD
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, http_to
from tests.platforms.facebook.contract import REEL, error_body
from tests.platforms.facebook.steps import (
    PAGE,
    PLATFORM,
    URL,
    inject,
    publish,
    take_step,
    take_steps_until,
)

pytestmark = pytest.mark.slow


def _paths(twin: Twin, path: str) -> list[Mapping[str, str]]:
    """The headers of the requests to a path."""
    return [r.headers for r in twin.platform.requests.all() if r.path.startswith(path)]


def test_chunks_are_as_facebook_asks_and_continue_where_they_stopped(
    twin: Twin, shelf: Shelf
) -> None:
    video = shelf.large_video(11 * 1024 * 1024)
    post = a_post("facebook", media=[video])
    checkpoint = take_steps_until(twin.url, post, UPLOAD.name)
    inject(twin, "POST /v26.0/7700/videos", "reset_before", after=1)
    with pytest.raises(PlatformUnavailable):
        take_step(twin.url, post, checkpoint)
    # Facebook received the chunk before, but its offset is not in the checkpoint.
    result = take_step(twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert result.checkpoint.uploaded
    publish(twin.url, post, result.checkpoint)
    (visible,) = twin.platform.posts.all()
    assert visible.media[0].sha256 == video.sha256


def test_a_step_uploads_a_part_and_leaves_the_rest_to_the_next(
    twin: Twin, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_STEP_BYTES", 1)
    post = a_post("facebook", media=[shelf.large_video(5 * 1024 * 1024)])
    checkpoint = take_steps_until(twin.url, post, UPLOAD.name)
    result = take_step(twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert (result.checkpoint.start, result.checkpoint.uploaded) == (4 << 20, False)
    assert not result.sent
    assert PLATFORM.next_step(post.content, result.checkpoint) is UPLOAD
    publish(twin.url, post, result.checkpoint)
    assert len(twin.visible()) == 1


def test_a_chunk_at_the_wrong_offset_is_sent_from_the_right_one(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", media=[shelf.video()])
    checkpoint = replace(take_steps_until(twin.url, post, UPLOAD.name), start=1000)
    result = take_step(twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert result.checkpoint.uploaded


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"json": {"start_offset": "0", "end_offset": "9"}}, PlatformUnavailable),
        ({"json": {"start_offset": "9", "end_offset": "9"}}, PlatformUnavailable),
        ({"json": {}}, PlatformUnavailable),
        ({"json": {"start_offset": "soon"}}, PlatformUnavailable),
        ({"status": 400, "json": error_body(100, "Bad session")}, Rejected),
        ({"status": 400, "json": error_body(1, "Odd")}, PlatformUnavailable),
        ({"status": 400, "json": error_body(6001, "Odd", 1363037)}, PlatformUnavailable),
    ],
)
def test_an_upload_without_progress_is_an_error(
    twin: Twin, shelf: Shelf, answer: dict[str, Any], kind: type[PlatformError]
) -> None:
    post = a_post("facebook", media=[shelf.video()])
    at = Checkpoint(video_id="5", upload_session="6", end=9)
    with responses.RequestsMock() as recorded:
        recorded.add_passthru(shelf.url)
        recorded.add("POST", f"{PAGE}/videos", **answer)
        with pytest.raises(kind):
            take_step(URL, post, at)


def test_an_interrupted_stream_continues_at_the_byte_that_facebook_names(
    twin: Twin, shelf: Shelf
) -> None:
    video = shelf.video()
    post = a_post("facebook", media=[video], **REEL)
    checkpoint = take_steps_until(twin.url, post, UPLOAD.name)
    _send_half(checkpoint.upload_url, video)
    result = take_step(twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    sent = _paths(twin, "/video-upload")
    assert [headers["Offset"] for headers in sent] == ["0", "1000"]
    assert publish(twin.url, post, result.checkpoint)
    (visible,) = twin.platform.posts.all()
    assert visible.media[0].sha256 == video.sha256


def _send_half(url: str, video: MediaAsset) -> None:
    headers = {"Authorization": f"OAuth {TOKEN}", "offset": "0", "file_size": str(video.size)}
    answer = requests.post(url, data=requests.get(video.url).content[:1000], headers=headers)
    assert answer.json()["debug_info"]["type"] == "PartialRequestError"


def test_a_stream_whose_answer_was_lost_is_not_sent_again(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", media=[shelf.video()], **REEL)
    checkpoint = take_steps_until(twin.url, post, UPLOAD.name)
    inject(twin, "POST /video-upload", "accept_then_reset")
    with pytest.raises(PlatformUnavailable):
        take_step(twin.url, post, checkpoint)
    result = take_step(twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert PLATFORM.next_step(post.content, result.checkpoint) is FINISH
    assert len(_paths(twin, "/video-upload")) == 1


@pytest.mark.parametrize(
    ("info", "kind"),
    [
        ({"retriable": True, "type": "OffsetInvalidError"}, PlatformUnavailable),
        ({"retriable": False, "type": "NotAuthorizedError"}, PlatformUnavailable),
        ({"retriable": False, "type": "ProcessingFailedError"}, MediaRejected),
        ({"retriable": False, "type": "ParameterValidationError"}, Rejected),
    ],
)
def test_each_refusal_of_the_upload_host_is_the_right_error(
    info: dict[str, Any], kind: type[PlatformError]
) -> None:
    with responses.RequestsMock() as recorded:
        body = {"debug_info": {**info, "message": "Odd"}}
        recorded.add("POST", f"{URL}/a", status=400, json=body)
        with pytest.raises(kind, match="Odd") as failure:
            PLATFORM.accepted(http_to(URL).prepare("POST", "/a"))
    assert type(failure.value) is kind
    assert failure.value.platform_code == info["type"]
