"""Lost answers on LinkedIn: the post is published once, and its run has the true state."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import read_fault
from shared import clock
from shared.domain import run as runs
from shared.domain.accounts import Account, Tokens
from shared.domain.media import MediaAsset
from shared.gcp.claims import Basis
from tests import extent
from tests.media import Shelf
from tests.world import USER, World

TEXT = "Only (once), #whatever happens & wherever"
LOSSES = ["accept_then_reset", "accept_then_500", "reset_before"]
MINUTE = timedelta(minutes=1)
MEDIA: dict[str, Callable[[Shelf], list[MediaAsset]]] = {
    "text": lambda shelf: [],
    "image": lambda shelf: [shelf.image()],
    "images": lambda shelf: [shelf.image(1), shelf.image(2)],
    "video": lambda shelf: [shelf.video()],
}


def _strike(world: World, mode: str, match: str = "POST /rest/posts", **more: Any) -> None:
    fault = read_fault({"match": match, "mode": mode, **more})
    world.platforms["linkedin"].faults.add(fault)


def _connect_page(world: World) -> dict[str, str]:
    """The target that posts as the page."""
    urn, token = "urn:li:organization:5005", "page-access-token"
    world.platforms["linkedin"].add_account("linkedin_page", "page", token, external_id=urn)
    page = Account(USER, "linkedin", "linkedin_page", urn, "page")
    world.put_tokens(page, Tokens(token))
    return {"platform": "linkedin", "accountId": "linkedin_page"}


def _submit_again(world: World) -> str:
    """Submit the same post as another one."""
    body = {"post": {"content": {"text": TEXT, "platform": ["linkedin"]}}}
    return world.submit_body(body, sent_key="another")


def _assert_published_once(world: World, post: str, media: list[MediaAsset]) -> None:
    (visible,) = world.platforms["linkedin"].posts.all()
    assert visible.text == TEXT
    assert [item.sha256 for item in visible.media] == [asset.sha256 for asset in media]
    run = world.run(post, "linkedin")
    assert run["status"] == "succeeded", world.log
    assert run["platformPostId"] == visible.id
    assert run["permalink"] == f"https://www.linkedin.com/feed/update/{visible.id}/"


@pytest.mark.parametrize("kind", extent.some(MEDIA, ("text", "video")))
@pytest.mark.parametrize("mode", LOSSES)
def test_a_page_finds_its_post_or_publishes_it_again(
    world: World, shelf: Shelf, mode: str, kind: str
) -> None:
    media = MEDIA[kind](shelf)
    _strike(world, mode)
    post = world.submit(TEXT, _connect_page(world), media)
    world.live_until_quiet()
    _assert_published_once(world, post, media)
    uploads = {"text": 0, "image": 1, "images": 2, "video": 1}
    assert len(world.platforms["linkedin"].state.uploads) == uploads[kind], (
        "nothing is uploaded again"
    )


@pytest.mark.parametrize("mode", LOSSES)
def test_a_members_text_is_sent_again_within_minutes(world: World, mode: str) -> None:
    _strike(world, mode)
    post = world.submit(TEXT, "linkedin")
    world.deliver_due()
    assert world.run(post, "linkedin")["status"] == "unconfirmed"
    world.live_until_quiet(longest=8 * MINUTE)
    _assert_published_once(world, post, [])


def test_a_members_text_is_sent_a_second_time_and_never_a_third(world: World) -> None:
    _strike(world, "accept_then_reset", times=2)
    post = world.submit(TEXT, "linkedin")
    world.live_until_quiet()
    assert world.visible("linkedin") == [TEXT]
    assert world.run(post, "linkedin")["status"] == "unconfirmed"
    sent = [r for r in world.platforms["linkedin"].requests.all() if r.method == "POST"]
    assert len(sent) == 2


@pytest.mark.parametrize("mode", LOSSES)
def test_a_members_text_is_not_sent_again_when_it_is_too_late(world: World, mode: str) -> None:
    _strike(world, mode)
    post = world.submit(TEXT, "linkedin")
    world.deliver_due()
    world.advance(9 * MINUTE)
    world.live_until_quiet()
    assert world.visible("linkedin") == ([] if mode == "reset_before" else [TEXT])
    assert world.run(post, "linkedin")["status"] == "unconfirmed"


@pytest.mark.full
@pytest.mark.parametrize("refusal", [403, 429, 422])
def test_a_refused_second_try_leaves_the_run_unconfirmed(world: World, refusal: int) -> None:
    _strike(world, "accept_then_reset")
    message = "Resource level throttle MEMBER DAY limit"
    _strike(world, "status", status=refusal, body={"status": refusal, "message": message})
    post = world.submit(TEXT, "linkedin")
    world.live_until_quiet()
    assert world.visible("linkedin") == [TEXT]
    assert world.run(post, "linkedin")["status"] == "unconfirmed"


@pytest.mark.full
@pytest.mark.parametrize("kind", extent.some(["image", "images", "video"], ["image"]))
@pytest.mark.parametrize("mode", LOSSES)
def test_a_members_media_are_never_sent_twice(
    world: World, shelf: Shelf, mode: str, kind: str
) -> None:
    _strike(world, mode)
    post = world.submit(TEXT, "linkedin", MEDIA[kind](shelf))
    world.live_until_quiet()
    assert world.visible("linkedin") == ([] if mode == "reset_before" else [TEXT])
    assert world.run(post, "linkedin")["status"] == "unconfirmed"


@pytest.mark.full
def test_two_runs_with_the_same_text_do_not_claim_each_others_post(world: World) -> None:
    _strike(world, "reset_before", times=2)
    posts = [world.submit(TEXT, "linkedin"), _submit_again(world)]
    assert posts[0] != posts[1]
    world.live_until_quiet()
    assert world.visible("linkedin") == []
    assert [world.run(post, "linkedin")["status"] for post in posts] == ["unconfirmed"] * 2


@pytest.mark.full
def test_a_repetition_does_not_take_the_post_that_the_user_reported_for_another(
    world: World,
) -> None:
    """LinkedIn answers the repetition with the first post of that text, which is another run's."""
    _strike(world, "accept_then_reset")
    first, second = world.submit(TEXT, "linkedin"), _submit_again(world)
    world.tasks.deliver_due()
    world.tasks.deliver(next(t.name for t in world.tasks.pending() if first in str(t.body)))
    _strike(world, "reset_before")
    world.deliver_due()
    (live,) = world.platforms["linkedin"].posts.all()
    stored = world.parts.deliveries.run(first, "linkedin")
    assert stored is not None
    reported = runs.succeed(stored.run, platform_post_id=live.id, permalink=None, now=clock.now())
    world.parts.deliveries.save(stored, reported, basis=Basis.USER)
    world.live_until_quiet()
    assert world.run(first, "linkedin")["platformPostId"] == live.id
    assert world.run(second, "linkedin")["status"] == "unconfirmed"
    sent = [r for r in world.platforms["linkedin"].requests.all() if r.method == "POST"]
    assert len(sent) == 3, "the first post, the second one, and its repetition"


def test_a_post_that_may_be_live_does_not_fail_because_it_was_tried_too_often(world: World) -> None:
    _strike(world, "accept_then_reset")
    post = world.submit(TEXT, "linkedin")
    world.deliver_due()
    stored = world.parts.deliveries.run(post, "linkedin")
    assert stored is not None
    often = replace(stored.run, visible_attempts=runs.MAX_VISIBLE_ATTEMPTS)
    world.parts.deliveries.save(stored, often)
    world.live_until_quiet()
    _assert_published_once(world, post, [])


def test_the_same_text_a_little_later_fails_as_a_duplicate(world: World) -> None:
    world.submit(TEXT, "linkedin")
    world.deliver_due()
    world.advance(9 * MINUTE)
    again = _submit_again(world)
    world.live_until_quiet()
    assert world.visible("linkedin") == [TEXT]
    run = world.run(again, "linkedin")
    assert (run["status"], run["error"]["category"]) == ("failed", "duplicate")


# Requests before the visible one.
_BEFORE = ["POST /rest/videos", "PUT /dms-uploads/", "GET /rest/videos/"]


@pytest.mark.parametrize("mode", ["expired_token", "rate_limit", "reset_before"])
@pytest.mark.parametrize("match", extent.some(_BEFORE, ["PUT /dms-uploads/"]))
def test_a_failure_before_the_visible_step_is_retried(
    world: World, shelf: Shelf, match: str, mode: str
) -> None:
    if match.startswith("PUT") and mode == "expired_token":
        # Requests with parts of a video have no token.
        match = "POST /rest/posts"
    _strike(world, mode, match)
    media = [shelf.video()]
    post = world.submit(TEXT, "linkedin", media)
    world.live_until_quiet()
    _assert_published_once(world, post, media)


def test_a_revoked_token_fails_the_run(world: World) -> None:
    _strike(world, "revoked_token")
    post = world.submit(TEXT, "linkedin")
    world.live_until_quiet()
    run = world.run(post, "linkedin")
    assert (run["status"], run["error"]["category"]) == ("failed", "auth_expired")
    assert world.visible("linkedin") == []


@pytest.mark.full
def test_a_pages_media_that_fail_or_get_stuck_end_the_run_unpublished(
    world: World, shelf: Shelf
) -> None:
    page = _connect_page(world)
    for mode, category in (
        ("processing_failed", "media_error"),
        ("processing_stuck", "platform_unavailable"),
    ):
        _strike(world, mode, "POST /rest/videos", after=1)
        post = world.submit(f"{TEXT} {mode}", page, [shelf.video()])
        world.live_until_quiet()
        run = world.run(post, "linkedin")
        assert (run["status"], run["error"]["category"]) == ("failed", category)
    assert world.visible("linkedin") == []
