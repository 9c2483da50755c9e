"""Videos to TikTok through the whole system."""

from datetime import timedelta
from typing import Any

import pytest

from local.platforms.tiktok.twin import TikTok as SimulatedTikTok
from shared.platforms.base import Post
from tests.platforms.tiktok.uploading import (
    fault,
)
from tests.world import World


def _run(world: World, film: Post) -> tuple[str, dict[str, Any]]:
    post = world.submit("Hello", "tiktok", film.content.media)
    world.live_until_quiet()
    return post, world.run(post, "tiktok")


def _assert_once(world: World, film: Post) -> None:
    (visible,) = world.platforms["tiktok"].posts.all()
    assert visible.media[0].sha256 == film.content.media[0].sha256


@pytest.mark.parametrize("mode", ["reset_before", "accept_then_reset"])
def test_a_chunk_lost_in_the_middle_costs_nothing(world: World, film: Post, mode: str) -> None:
    fault(world.platforms["tiktok"], "PUT /video/", mode, after=1)
    _, run = _run(world, film)
    assert run["status"] == "succeeded", world.log
    _assert_once(world, film)


@pytest.mark.full
def test_processing_takes_its_time_and_the_run_waits_for_it(world: World, film: Post) -> None:
    world.platforms["tiktok"].processing_time = timedelta(minutes=3)
    post = world.submit("Hello", "tiktok", film.content.media)
    world.deliver_due()
    assert world.run(post, "tiktok")["status"] == "processing"
    assert world.visible("tiktok") == []
    world.live_until_quiet()
    run = world.run(post, "tiktok")
    assert run["status"] == "succeeded"
    assert run["permalink"] == f"https://www.tiktok.com/@tiktok_ann/video/{run['platformPostId']}"
    _assert_once(world, film)


@pytest.mark.full
def test_processing_that_never_ends_stays_unconfirmed(world: World, film: Post) -> None:
    fault(world.platforms["tiktok"], "PUT /video/", "processing_stuck", after=2)
    _, run = _run(world, film)
    assert run["status"] == "unconfirmed", world.log
    assert world.visible("tiktok") == []
    assert len(world.platforms["tiktok"].requests.all()) > 40, "it was polled"


@pytest.mark.full
def test_processing_of_half_an_hour_is_found_by_a_look_up(world: World, film: Post) -> None:
    world.platforms["tiktok"].processing_time = timedelta(minutes=25)
    _, run = _run(world, film)
    assert run["status"] == "succeeded", world.log
    _assert_once(world, film)


def test_a_video_that_tiktok_cannot_process_fails_the_run(world: World, film: Post) -> None:
    fault(world.platforms["tiktok"], "PUT /video/", "processing_failed", after=2)
    _, run = _run(world, film)
    assert run["status"] == "failed"
    assert run["error"]["category"] == "media_error"
    assert run["error"]["platformCode"] == "file_format_check_failed"
    assert world.visible("tiktok") == []


@pytest.mark.full
def test_an_internal_failure_of_tiktok_uploads_the_video_again(world: World, film: Post) -> None:
    platform = world.platforms["tiktok"]
    assert isinstance(platform, SimulatedTikTok)
    platform.state.fail_reason = "internal"
    fault(platform, "PUT /video/", "processing_failed", after=2)
    _, run = _run(world, film)
    assert run["status"] == "succeeded", world.log
    _assert_once(world, film)
    assert len(platform.state.publications) == 2


def test_a_failure_behind_a_lost_answer_is_told_without_another_upload(
    world: World, film: Post
) -> None:
    platform = world.platforms["tiktok"]
    assert isinstance(platform, SimulatedTikTok)
    fault(platform, "PUT /video/", "accept_then_reset", after=2)
    fault(platform, "POST /v2/post/publish/status/fetch/", "processing_failed")
    platform.processing_time = timedelta(minutes=2)
    _, run = _run(world, film)
    assert run["status"] == "failed", world.log
    assert run["error"]["category"] == "media_error"
    assert len(platform.state.publications) == 1
    assert world.visible("tiktok") == []


def test_the_daily_cap_of_a_creator_fails_and_names_when_it_ends(world: World, film: Post) -> None:
    fault(world.platforms["tiktok"], "POST /v2/post/publish/creator_info/query/", "quota")
    _, run = _run(world, film)
    assert (run["status"], run["error"]["category"]) == ("failed", "rate_limited")
    assert run["error"]["retryable"]
    assert "can be retried after" in run["error"]["message"]


@pytest.mark.full
def test_the_cap_of_our_app_is_waited_out(world: World, film: Post) -> None:
    creator = "POST /v2/post/publish/creator_info/query/"
    fault(world.platforms["tiktok"], creator, "quota", variant="reached_active_user_cap")
    _, run = _run(world, film)
    assert run["status"] == "succeeded"
    _assert_once(world, film)


def test_a_token_that_ends_in_the_middle_is_refreshed(world: World, film: Post) -> None:
    fault(world.platforms["tiktok"], "POST /v2/post/publish/status/fetch/", "expired_token")
    _, run = _run(world, film)
    assert run["status"] == "succeeded", world.log
    _assert_once(world, film)


@pytest.mark.full
def test_a_revoked_authorization_after_sending_is_no_failure(world: World, film: Post) -> None:
    fault(world.platforms["tiktok"], "POST /v2/post/publish/status/fetch/", "revoked_token")
    _, run = _run(world, film)
    assert run["status"] == "unconfirmed", world.log
    _assert_once(world, film)
