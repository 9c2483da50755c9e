"""Videos, reels and stories on Facebook: their upload and their processing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses

from local.platforms.faults import read_fault
from shared.domain.errors import (
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    ReadRefused,
    Rejected,
)
from shared.domain.media import MediaAsset
from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import Pending, Published
from shared.platforms.facebook import uploads
from shared.platforms.facebook.checkpoint import Checkpoint
from shared.platforms.facebook.publishing import CHECK, FINISH
from shared.platforms.facebook.uploads import UPLOAD
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, http_to
from tests.platforms.facebook.contract import REEL, STORY, WORLDS_PAGE, error_body
from tests.platforms.facebook.steps import (
    PAGE,
    PLATFORM,
    URL,
    look_up,
    publish,
    take_step,
    take_steps_until,
)
from tests.world import World

pytestmark = pytest.mark.slow

KINDS: list[tuple[str, dict[str, Any]]] = [("Hello", {}), ("Hello", REEL), ("", STORY)]
SENT = Checkpoint(video_id="5", upload_url=f"{URL}/video-upload/5", uploaded=True, finished=True)


def _fault(twin: Twin, match: str, mode: str, **more: Any) -> None:
    twin.platform.faults.add(read_fault({"match": match, "mode": mode, **more}))


def _paths(twin: Twin, path: str) -> list[Mapping[str, str]]:
    """The headers of the requests to a path."""
    return [r.headers for r in twin.platform.requests.all() if r.path.startswith(path)]


@pytest.mark.parametrize(("text", "options"), KINDS)
def test_a_video_of_each_kind_arrives_unchanged(
    twin: Twin, shelf: Shelf, text: str, options: dict[str, Any]
) -> None:
    video = shelf.video()
    published = publish(twin.url, a_post("facebook", text, media=[video], **options))
    (visible,) = twin.platform.posts.all()
    assert visible.text == text
    assert [item.sha256 for item in visible.media] == [video.sha256]
    assert published.platform_post_id == visible.id
    assert published.permalink == f"https://www.facebook.com{visible.details['path']}"


@pytest.mark.parametrize("options", [{}, REEL])
def test_the_title_reaches_facebook(twin: Twin, shelf: Shelf, options: dict[str, Any]) -> None:
    publish(twin.url, a_post("facebook", media=[shelf.video()], title="What happened", **options))
    (visible,) = twin.platform.posts.all()
    assert visible.details["title"] == "What happened"


def test_chunks_are_as_facebook_asks_and_continue_where_they_stopped(
    twin: Twin, shelf: Shelf
) -> None:
    video = shelf.large_video(11 * 1024 * 1024)
    post = a_post("facebook", media=[video])
    checkpoint = take_steps_until(twin.url, post, UPLOAD.name)
    _fault(twin, "POST /v26.0/7700/videos", "reset_before", after=1)
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
    _fault(twin, "POST /video-upload", "accept_then_reset")
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


def test_a_video_in_processing_is_polled_and_may_go_live(twin: Twin, shelf: Shelf) -> None:
    twin.platform.processing_time = timedelta(minutes=5)
    post = a_post("facebook", media=[shelf.video()], **REEL)
    result = take_step(twin.url, post, take_steps_until(twin.url, post, FINISH.name))
    assert isinstance(result, Pending)
    waits = [0.0]
    for _ in range(8):
        assert PLATFORM.next_step(post.content, result.checkpoint) is CHECK
        result = take_step(twin.url, post, result.checkpoint)
        assert isinstance(result, Pending)
        assert result.sent
        waits.append(result.poll_after.total_seconds())
    assert waits == [0, 10, 10, 10, 10, 10, 10, 30, 30]
    # The publishing phase has "not started" now either, so that proves nothing.
    assert look_up(twin.url, post, result.checkpoint) == Sighting()


def _check(shelf: Shelf, polls: int = 0, post_id: str = "5_6", **video: Any) -> Published | Pending:
    post = a_post("facebook", media=[shelf.video()], **REEL)
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/v26.0/5", json={"id": "5", "post_id": post_id, **video})
        return take_step(URL, post, replace(SENT, polls=polls))


def _status(whole: str, **phases: Any) -> dict[str, Any]:
    return {"video_status": whole, **{f"{name}_phase": phase for name, phase in phases.items()}}


def test_after_a_quarter_of_an_hour_the_video_is_looked_up(shelf: Shelf) -> None:
    with pytest.raises(OutcomeUnknown, match="drafts"):
        _check(shelf, 34, status=_status("processing"))


@pytest.mark.parametrize(
    "body", [error_body(100, "No such object", 33), error_body(200, "Missing")]
)
def test_a_refused_poll_does_not_prove_that_nothing_is_live(
    shelf: Shelf, body: dict[str, Any]
) -> None:
    post = a_post("facebook", media=[shelf.video()], **REEL)
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/v26.0/5", status=400, json=body)
        with pytest.raises(ReadRefused):
            take_step(URL, post, SENT)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (_status("error"), "error"),
        (_status("expired"), "expired"),
        (_status("upload_failed"), "upload_failed"),
        (_status("processing", processing={"status": "error"}), "processing failed"),
        (_status("error", processing={"status": "error", "error": {"message": "Bad"}}), "Bad"),
        (_status("ready", publishing={"status": "error", "errors": [{"message": "No"}]}), "No"),
    ],
)
@pytest.mark.parametrize("published", [False, True])
def test_a_failed_video_is_a_media_error(
    shelf: Shelf, status: dict[str, Any], reason: str, published: bool
) -> None:
    with pytest.raises(MediaRejected, match=reason):
        _check(shelf, status=status, published=published)


@pytest.mark.parametrize(
    "video",
    [
        {"status": _status("processing")},
        {"status": "odd"},
        {"status": _status("ready", publishing="odd")},
        {"status": _status("ready", publishing={"status": "complete", "publish_status": "draft"})},
    ],
)
def test_a_video_that_is_neither_live_nor_failed_is_polled_again(
    shelf: Shelf, video: dict[str, Any]
) -> None:
    result = _check(shelf, **video)
    assert isinstance(result, Pending)
    assert result.sent


@pytest.mark.parametrize(
    ("post_id", "expected"), [("7700_6", "7700_6"), ("6", "7700_6"), ("", "7700_5")]
)
@pytest.mark.parametrize(
    "video",
    [
        {"status": _status("ready", publishing={"status": "complete"})},
        {"status": _status("ready"), "published": True},
    ],
)
def test_a_live_video_has_the_id_with_which_it_can_be_read(
    shelf: Shelf, video: dict[str, Any], post_id: str, expected: str
) -> None:
    assert _check(shelf, post_id=post_id, permalink_url="/reel/5/", **video) == Published(
        expected, "https://www.facebook.com/reel/5/"
    )


@pytest.mark.parametrize(("text", "options"), KINDS)
def test_the_video_proves_that_it_was_never_finished(
    twin: Twin, shelf: Shelf, text: str, options: dict[str, Any]
) -> None:
    post = a_post("facebook", text, media=[shelf.video()], **options)
    checkpoint = take_steps_until(twin.url, post, FINISH.name)
    before = look_up(twin.url, post, replace(checkpoint, finished=True, polls=34))
    assert before == Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=checkpoint)
    published = publish(twin.url, post, checkpoint)
    made = look_up(twin.url, post, checkpoint).made
    assert made is not None
    assert made.platform_post_id == published.platform_post_id


def test_a_failed_video_is_proven_absent_and_started_again(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", media=[shelf.video()])
    checkpoint = take_steps_until(twin.url, post, FINISH.name)
    _fault(twin, "POST /v26.0/7700/videos", "processing_failed")
    take_step(twin.url, post, checkpoint)
    sighting = look_up(twin.url, post, checkpoint)
    assert sighting == Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=Checkpoint())


def test_a_photo_story_is_found_by_its_photo(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", "", media=[shelf.image()], **STORY)
    checkpoint = take_steps_until(twin.url, post, "publish_photo_story")
    not_found = Sighting(list_was_read=True, checkpoint=checkpoint)
    assert look_up(twin.url, post, checkpoint) == not_found
    published = take_step(twin.url, post, checkpoint)
    assert isinstance(published, Published)
    made = look_up(twin.url, post, checkpoint).made
    assert made is not None
    assert made.platform_post_id == published.platform_post_id
    assert PLATFORM.permalink(post, published.platform_post_id, http_to(twin.url)) == made.permalink


# Through the whole system.


def _submit(world: World, shelf: Shelf, **options: Any) -> str:
    target = {"platform": "facebook", "options": options}
    return world.submit("Hello", target, [shelf.video()])


def _fail(world: World, mode: str) -> None:
    match = f"POST /v26.0/{WORLDS_PAGE}/video_reels"
    world.platforms["facebook"].faults.add(read_fault({"match": match, "mode": mode, "after": 1}))


def test_soku_waits_for_processing(world: World, shelf: Shelf) -> None:
    world.platforms["facebook"].processing_time = timedelta(minutes=4)
    post = _submit(world, shelf, **REEL)
    world.deliver_due()
    assert world.visible("facebook") == []
    world.live_until_quiet()
    assert world.run(post, "facebook")["status"] == "succeeded"
    assert world.visible("facebook") == ["Hello"]


def test_processing_longer_than_the_polls_is_found_by_a_look_up(world: World, shelf: Shelf) -> None:
    world.platforms["facebook"].processing_time = timedelta(minutes=40)
    post = _submit(world, shelf, **REEL)
    world.live_until_quiet()
    assert world.run(post, "facebook")["status"] == "succeeded"
    assert world.visible("facebook") == ["Hello"]


def test_a_video_that_cannot_be_processed_fails(world: World, shelf: Shelf) -> None:
    _fail(world, "processing_failed")
    post = _submit(world, shelf, **REEL)
    world.live_until_quiet()
    run = world.run(post, "facebook")
    assert (run["status"], run["error"]["category"]) == ("failed", "media_error")
    assert world.visible("facebook") == []


def test_processing_that_never_ends_stays_unconfirmed(world: World, shelf: Shelf) -> None:
    _fail(world, "processing_stuck")
    post = _submit(world, shelf, **REEL)
    world.live_until_quiet(timedelta(hours=20))
    assert world.run(post, "facebook")["status"] == "unconfirmed"
    assert world.visible("facebook") == []


def test_a_revoked_token_disconnects_the_account(world: World, shelf: Shelf) -> None:
    fault = {"match": f"POST /v26.0/{WORLDS_PAGE}/video_reels", "mode": "revoked_token"}
    world.platforms["facebook"].faults.add(read_fault(fault))
    post = _submit(world, shelf, **REEL)
    world.live_until_quiet()
    run = world.run(post, "facebook")
    assert (run["status"], run["error"]["category"]) == ("failed", "auth_expired")
    assert "Reconnect the account" in run["error"]["message"]
