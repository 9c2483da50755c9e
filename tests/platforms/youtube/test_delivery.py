"""Videos on their way to YouTube through the whole system: losses, limits and long processing."""

from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import read_fault
from shared.domain.media import MediaAsset
from tests import extent
from tests.media import Shelf
from tests.world import World

UPLOADS = "/upload/youtube/v3/videos"
PUT = f"PUT {UPLOADS}"
TEXT = "Only once, #whatever happens & wherever"
MIB = 1024 * 1024

MODES = ["accept_then_reset", "accept_then_500", "reset_before"]


def _fault(world: World, match: str, mode: str, **more: Any) -> None:
    fault = read_fault({"match": match, "mode": mode, **more})
    world.platforms["youtube"].faults.add(fault)


def _submit(world: World, *media: MediaAsset, **options: Any) -> str:
    target = {"platform": "youtube", "options": options} if options else "youtube"
    return world.submit(TEXT, target, media=media)


def _assert_published_once(world: World, post: str, asset: MediaAsset) -> None:
    run = world.run(post, "youtube")
    assert run["status"] == "succeeded", world.log
    (visible,) = world.platforms["youtube"].posts.all()
    assert visible.text == TEXT
    assert [item.sha256 for item in visible.media] == [asset.sha256]
    assert run["platformPostId"] == visible.id
    assert run["permalink"] == f"https://www.youtube.com/watch?v={visible.id}"
    assert world.open_documents() == []


def _error(world: World, post: str) -> dict[str, Any]:
    world.live_until_quiet()
    run = world.run(post, "youtube")
    assert run["status"] == "failed", world.log
    error: dict[str, Any] = run["error"]
    return error


@pytest.mark.parametrize("size", [0, 17 * MIB])
def test_a_video_is_published(world: World, shelf: Shelf, size: int) -> None:
    asset = shelf.large_video(size) if size else shelf.video()
    post = _submit(world, asset)
    world.live_until_quiet()
    _assert_published_once(world, post, asset)


@pytest.mark.parametrize("mode", extent.some(MODES, MODES[:1]))
@pytest.mark.parametrize(("size", "after"), [(0, 0), (17 * MIB, 3)])
def test_the_lost_answer_to_the_last_part(
    world: World, shelf: Shelf, mode: str, size: int, after: int
) -> None:
    asset = shelf.large_video(size) if size else shelf.video()
    _fault(world, PUT, mode, after=after)
    post = _submit(world, asset)
    world.deliver_due()
    assert world.submission(post)["status"] == "unconfirmed", world.log
    world.live_until_quiet()
    _assert_published_once(world, post, asset)
    sessions = [r for r in world.platforms["youtube"].requests.all() if r.method == "POST"]
    assert len(sessions) == 1


@pytest.mark.parametrize("mode", ["accept_then_reset", "reset_before"])
def test_a_lost_answer_whose_session_is_gone_is_found_in_the_list(
    world: World, shelf: Shelf, mode: str
) -> None:
    asset = shelf.video()
    _fault(world, PUT, mode)
    post = _submit(world, asset)
    world.deliver_due()
    world.platforms["youtube"].state.sessions.clear()
    world.live_until_quiet()
    _assert_published_once(world, post, asset)


@pytest.mark.parametrize("mode", extent.some(MODES, MODES[:1]))
@pytest.mark.parametrize("after", extent.some([0, 1, 2], [1]))
def test_a_disturbance_of_the_parts_before(
    world: World, shelf: Shelf, mode: str, after: int
) -> None:
    asset = shelf.large_video(17 * MIB)
    _fault(world, PUT, mode, after=after)
    post = _submit(world, asset)
    world.live_until_quiet()
    _assert_published_once(world, post, asset)
    assert world.run(post, "youtube")["visibleAttempts"] == 1


@pytest.mark.full
def test_a_session_that_is_lost_on_the_way(world: World, shelf: Shelf) -> None:
    asset = shelf.large_video(17 * MIB)
    _fault(world, PUT, "status", status=410, after=2)
    post = _submit(world, asset)
    world.live_until_quiet()
    _assert_published_once(world, post, asset)


@pytest.mark.parametrize("after", extent.some([0, 1, 3], [1]))
def test_a_token_that_ends_on_the_way_is_refreshed(world: World, shelf: Shelf, after: int) -> None:
    asset = shelf.large_video(17 * MIB)
    _fault(world, PUT, "expired_token", after=after)
    post = _submit(world, asset)
    world.live_until_quiet()
    _assert_published_once(world, post, asset)
    refreshes = [r for r in world.platforms["youtube"].requests.all() if r.path == "/token"]
    assert len(refreshes) == 1


def test_a_grant_that_has_ended_asks_for_a_new_one(world: World, shelf: Shelf) -> None:
    _fault(world, f"POST {UPLOADS}", "revoked_token")
    error = _error(world, _submit(world, shelf.video()))
    assert (error["category"], error["retryable"]) == ("auth_expired", True)
    assert "Reconnect" in error["message"]
    assert world.visible("youtube") == []


@pytest.mark.full
def test_long_processing_is_waited_for(world: World, shelf: Shelf) -> None:
    world.platforms["youtube"].processing_time = timedelta(minutes=3)
    post = _submit(world, shelf.video())
    world.deliver_due()
    run = world.run(post, "youtube")
    assert (run["status"], run["sentAt"] is not None) == ("processing", True)
    world.live_until_quiet(timedelta(minutes=5))
    _assert_published_once(world, post, shelf.video())


@pytest.mark.full
def test_processing_that_never_ends_is_not_waited_for_for_ever(world: World, shelf: Shelf) -> None:
    _fault(world, PUT, "processing_stuck")
    post = _submit(world, shelf.video())
    world.live_until_quiet(timedelta(minutes=35))
    _assert_published_once(world, post, shelf.video())


def test_a_video_that_cannot_be_processed_fails_and_is_not_repeated(
    world: World, shelf: Shelf
) -> None:
    _fault(world, PUT, "processing_failed")
    error = _error(world, _submit(world, shelf.video()))
    assert (error["category"], error["platformCode"]) == ("media_error", "conversion")
    assert world.visible("youtube") == []
    sessions = [r for r in world.platforms["youtube"].requests.all() if r.method == "POST"]
    assert len(sessions) == 1


def test_a_lost_answer_of_a_video_that_cannot_be_processed(world: World, shelf: Shelf) -> None:
    asset = shelf.image()
    broken = MediaAsset(**{**vars(asset), "content_type": "video/mp4"})
    _fault(world, PUT, "accept_then_reset")
    error = _error(world, _submit(world, broken))
    assert (error["category"], error["platformCode"]) == ("media_error", "invalidFile")
    sessions = [r for r in world.platforms["youtube"].requests.all() if r.method == "POST"]
    assert len(sessions) == 1


def test_a_poll_that_cannot_be_made_leaves_the_truth_open_until_it_can(
    world: World, shelf: Shelf
) -> None:
    _fault(world, "GET /youtube/v3/videos", "quota")
    post = _submit(world, shelf.video())
    while world.submission(post)["status"] == "processing":
        world.advance(timedelta(seconds=1))
        world.deliver_due()
    world.live_until_quiet(timedelta(hours=26))
    _assert_published_once(world, post, shelf.video())


@pytest.mark.parametrize("variant", ["project", "channel"])
def test_a_daily_limit_fails_with_the_time_of_the_next_try(
    world: World, shelf: Shelf, variant: str
) -> None:
    times = 20  # until it would be given up in any case
    _fault(world, f"POST {UPLOADS}", "quota", variant=variant, times=times)
    error = _error(world, _submit(world, shelf.video()))
    assert (error["category"], error["retryable"]) == ("rate_limited", True)
    assert world.visible("youtube") == []


def test_a_short_limit_passes(world: World, shelf: Shelf) -> None:
    _fault(world, PUT, "rate_limit")
    post = _submit(world, shelf.video())
    world.live_until_quiet()
    _assert_published_once(world, post, shelf.video())


def test_no_secret_is_kept_in_the_records(world: World, shelf: Shelf) -> None:
    post = _submit(world, shelf.video())
    world.live_until_quiet()
    path = f"postSubmissions/{post}/runs/youtube/attempts"
    records = [str(found.to_dict()) for found in world.parts.db.collection(path).stream()]
    assert len(records) == 2
    assert not any("upload_id" in record or "Bearer" in record for record in records)
