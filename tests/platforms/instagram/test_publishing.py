"""Instagram against its simulated twin, through the whole system."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import Fault
from shared import clock
from shared.domain.errors import InvalidRequest
from shared.domain.media import MediaAsset
from tests.media import Shelf
from tests.platforms.contract import TEXT, Example, one_image, three_images
from tests.platforms.instagram.contract import CONTRACT, error_body, ten_images
from tests.world import World


def _target(example: Example) -> dict[str, Any]:
    return {"platform": "instagram", "options": dict(example.options)}


@pytest.mark.full
@pytest.mark.parametrize("mode", ["accept_then_reset", "reset_before"])
@pytest.mark.parametrize("name", ["mixed carousel", "reel", "video story"])
def test_a_lost_answer_creates_no_other_container(
    world: World, shelf: Shelf, name: str, mode: str
) -> None:
    (example,) = (example for example in CONTRACT.examples if example.name == name)
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", mode, after=example.visible_after))
    post = world.submit(example.text, _target(example), example.media(shelf))
    world.live_until_quiet()
    (visible,) = twin.posts.all()
    run = world.run(post, "instagram")
    assert (run["status"], run["platformPostId"]) == ("succeeded", visible.id)
    assert twin.posts.request_count(visible) == (2 if mode == "reset_before" else 1)
    assert len(twin.state.containers) == example.visible_after, "the same container was published"


@pytest.mark.full
@pytest.mark.parametrize(
    "options",
    [
        {"postType": "igtv"},
        {"thumbOffset": -1},
        {"thumbOffset": "5"},
        {"locationId": "here"},
        {"audioName": ""},
        {"trialReel": "always"},
        {"collaborators": "ann"},
        {"coverUrl": "https://example.com/a.jpg"},
    ],
)
def test_invalid_options_are_refused(world: World, shelf: Shelf, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        world.submit("", {"platform": "instagram", "options": options}, [shelf.video()])
    assert refused.value.violations[0].code == "invalid_option"


@pytest.mark.full
@pytest.mark.parametrize(
    ("text", "media"),
    [
        ("a" * 2200, one_image),
        ("#a" * 30, one_image),
        ("@a " * 20 + "ann@example.com", one_image),
        ("https://example.com/#a " + "#b " * 30, one_image),
        ("ten", ten_images),
        ("square", lambda shelf: (shelf.image(width=1080, height=1080),)),
        ("widest", lambda shelf: (shelf.image(width=1910, height=1000),)),
    ],
)
def test_posts_at_the_limits_are_published_unchanged(
    world: World, shelf: Shelf, text: str, media: Callable[[Shelf], Sequence[MediaAsset]]
) -> None:
    world.submit(text, "instagram", media(shelf))
    world.live_until_quiet()
    assert world.visible("instagram") == [text]


@pytest.mark.full
def test_a_crash_costs_a_carousel_at_most_one_container(world: World, shelf: Shelf) -> None:
    twin = world.platforms["instagram"]
    for after in (1, 4, 7):
        twin.faults.add(Fault("POST", "/v26.0/", "accept_then_reset", after=after))
    post = world.submit(TEXT, "instagram", ten_images(shelf))
    world.live_until_quiet()
    assert world.run(post, "instagram")["status"] == "succeeded"
    assert len(twin.posts.all()) == 1
    assert len(twin.state.containers) == 11 + 3


@pytest.mark.full
def test_soku_waits_for_long_processing(world: World, shelf: Shelf) -> None:
    twin = world.platforms["instagram"]
    twin.processing_time = timedelta(minutes=40)
    post = world.submit(TEXT, "instagram", [shelf.video(), shelf.image()])
    world.live_until_quiet()
    assert world.run(post, "instagram")["status"] == "succeeded"
    assert len(twin.state.containers) == 3


@pytest.mark.parametrize(
    ("mode", "times", "status", "category"),
    [
        ("processing_failed", 1, "succeeded", None),
        ("processing_failed", 9, "failed", "media_error"),
        pytest.param("processing_stuck", 1, "succeeded", None, marks=pytest.mark.full),
        pytest.param(
            "processing_stuck", 99, "failed", "platform_unavailable", marks=pytest.mark.full
        ),
    ],
)
def test_processing_that_does_not_succeed(
    world: World, shelf: Shelf, mode: str, times: int, status: str, category: str | None
) -> None:
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", mode, times))
    post = world.submit(TEXT, "instagram", [shelf.video()])
    world.live_until_quiet()
    run = world.run(post, "instagram")
    assert run["status"] == status
    assert (run.get("error") or {}).get("category") == category
    assert len(twin.posts.all()) == (status == "succeeded")


@pytest.mark.full
def test_only_the_failed_item_of_a_carousel_is_created_again(world: World, shelf: Shelf) -> None:
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", "processing_failed", after=1))
    media = three_images(shelf)
    world.submit(TEXT, "instagram", media)
    world.live_until_quiet()
    (visible,) = twin.posts.all()
    assert [item.sha256 for item in visible.media] == [asset.sha256 for asset in media]
    assert len(twin.state.containers) == 5


def test_an_expired_token_is_refreshed_and_a_revoked_one_ends_the_run(
    world: World, shelf: Shelf
) -> None:
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", "expired_token", after=1))
    first = world.submit("first", "instagram", [shelf.image()])
    world.live_until_quiet()
    assert world.run(first, "instagram")["status"] == "succeeded"
    twin.faults.add(Fault("POST", "/v26.0/", "revoked_token"))
    second = world.submit("second", "instagram", [shelf.image()])
    world.live_until_quiet()
    assert world.run(second, "instagram")["error"]["category"] == "auth_expired"
    assert world.visible("instagram") == ["first"]


@pytest.mark.full
@pytest.mark.parametrize("mode", ["quota", "rate_limit"])
def test_soku_waits_for_limits_to_reset(world: World, shelf: Shelf, mode: str) -> None:
    twin = world.platforms["instagram"]
    twin.faults.add(Fault("POST", "/v26.0/", mode, 2, after=1))
    began = clock.now()
    post = world.submit(TEXT, "instagram", [shelf.image()])
    world.live_until_quiet()
    assert world.run(post, "instagram")["status"] == "succeeded"
    wait = timedelta(hours=2) if mode == "quota" else timedelta(minutes=2)
    assert wait <= clock.now() - began < 2 * wait
    assert len(twin.state.containers) == 1


@pytest.mark.parametrize("races", [1, 4])
def test_a_container_that_is_not_ready_after_all_is_published_later(
    world: World, shelf: Shelf, races: int
) -> None:
    twin = world.platforms["instagram"]
    twin.state.publish_races = races
    post = world.submit(TEXT, "instagram", [shelf.image()])
    world.live_until_quiet()
    assert world.run(post, "instagram")["status"] == "succeeded"
    assert (len(twin.posts.all()), len(twin.state.containers)) == (1, 1)


def test_a_lagging_list_does_not_cause_a_second_post(world: World, shelf: Shelf) -> None:
    twin = world.platforms["instagram"]
    twin.listing_lag = timedelta(hours=1)
    twin.faults.add(Fault("POST", "/v26.0/", "accept_then_reset", after=1))
    post = world.submit(TEXT, "instagram", [shelf.image()])
    world.live_until_quiet()
    (visible,) = twin.posts.all()
    assert world.run(post, "instagram")["platformPostId"] == visible.id


def test_a_failed_permalink_does_not_fail_the_post(world: World, shelf: Shelf) -> None:
    twin = world.platforms["instagram"]
    gone = {"status": 400, "body": error_body(100, 33)}
    twin.faults.add(Fault("GET", "/v26.0/", "status", 1, 1, gone))
    post = world.submit(TEXT, "instagram", [shelf.image()])
    world.live_until_quiet()
    run = world.run(post, "instagram")
    assert (run["status"], run.get("permalink")) == ("succeeded", None)
    assert len(twin.posts.all()) == 1
