"""A video that Facebook processes: polled until it is live or has failed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from local.platforms.faults import read_fault
from shared.domain.errors import (
    MediaRejected,
    OutcomeUnknown,
    ReadRefused,
)
from shared.domain.reconciliation import Sighting
from shared.platforms.base import Pending, Published
from shared.platforms.facebook.publishing import CHECK, FINISH
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post
from tests.platforms.facebook.contract import REEL, WORLDS_PAGE, error_body
from tests.platforms.facebook.steps import (
    FINISHED,
    PLATFORM,
    URL,
    look_up,
    take_step,
    take_steps_until,
)
from tests.world import World

pytestmark = pytest.mark.slow


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
        return take_step(URL, post, replace(FINISHED, polls=polls))


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
            take_step(URL, post, FINISHED)


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


def _submit(world: World, shelf: Shelf, **options: Any) -> str:
    target = {"platform": "facebook", "options": options}
    return world.submit("Hello", target, [shelf.video()])


def _fail(world: World, mode: str) -> None:
    match = f"POST /v26.0/{WORLDS_PAGE}/video_reels"
    world.platforms["facebook"].faults.add(read_fault({"match": match, "mode": mode, "after": 1}))


@pytest.mark.full
def test_soku_waits_for_processing(world: World, shelf: Shelf) -> None:
    world.platforms["facebook"].processing_time = timedelta(minutes=4)
    post = _submit(world, shelf, **REEL)
    world.deliver_due()
    assert world.visible("facebook") == []
    world.live_until_quiet()
    assert world.run(post, "facebook")["status"] == "succeeded"
    assert world.visible("facebook") == ["Hello"]


@pytest.mark.full
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


@pytest.mark.full
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
