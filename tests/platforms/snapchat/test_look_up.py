"""Looking a post up on Snapchat after a lost answer, and what follows for its run."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from local.platforms.faults import read_fault
from shared import clock
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms.base import Post
from shared.platforms.snapchat.checkpoint import Checkpoint, Media
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to
from tests.platforms.snapchat.contract import SAVED, STORY
from tests.platforms.snapchat.delivery import PUBLISHING, published, ready
from tests.world import World

URL = "https://businessapi.snapchat.com"
PROFILE = "/v1/public_profiles/7700"
MINUTE = timedelta(minutes=1)
DONE = Checkpoint(Media("m1", parts=1, finalized=True))


@pytest.fixture
def snapchat(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("snapchat")


def _look(url: str, post: Post, checkpoint: Checkpoint = DONE) -> Sighting:
    return PUBLISHING.look_up(a_turn(post, http_to(url), checkpoint), clock.now() - MINUTE)


@pytest.mark.full
@pytest.mark.parametrize(
    ("text", "options"),
    [("plain #tag", {}), ("two  spaces\n", {}), ("", {}), ("Title", SAVED), ("", STORY)],
)
def test_a_post_is_recognized_in_its_list(
    snapchat: Twin, shelf: Shelf, text: str, options: dict[str, str]
) -> None:
    post = a_post("snapchat", text, media=[shelf.video()], **options)
    checkpoint = replace(ready(snapchat.url, post), waits=3)
    before = _look(snapchat.url, post, checkpoint)
    assert before == Sighting(list_was_read=True, checkpoint=replace(checkpoint, waits=0))
    made = published(snapchat.url, post)
    (same,) = _look(snapchat.url, post, checkpoint).same
    assert same.platform_post_id == made.platform_post_id


def test_posts_with_another_text_or_of_another_kind_are_other_ones(
    snapchat: Twin, shelf: Shelf
) -> None:
    video = [shelf.video()]
    for text, options in (("Hello", {}), ("Hello", SAVED), ("", STORY)):
        published(snapchat.url, a_post("snapchat", text, media=video, **options))
    ours = _look(snapchat.url, a_post("snapchat", "Hello!", media=video))
    assert (ours.same, ours.list_was_read) == ((), True)
    title = _look(snapchat.url, a_post("snapchat", "Hello!", media=video, **SAVED))
    assert (title.same, title.list_was_read) == ((), True)
    image = _look(snapchat.url, a_post("snapchat", "", media=[shelf.image()]))
    assert (image.same, image.list_was_read) == ((), True)


def test_several_matches_without_a_text_prove_neither_presence_nor_absence(
    snapchat: Twin, shelf: Shelf
) -> None:
    for seed in (1, 2):
        published(snapchat.url, a_post("snapchat", "", media=[shelf.image(seed)]))
    ours = a_post("snapchat", "", media=[shelf.image(3)])
    sighting = _look(snapchat.url, ours)
    assert (sighting.same, sighting.list_was_read) == ((), False)


def test_the_list_is_read_back_to_the_start_of_the_window(snapchat: Twin, shelf: Shelf) -> None:
    oldest = a_post("snapchat", "the oldest", media=[shelf.video()])
    published(snapchat.url, oldest)
    template = snapchat.platform.posts.all()[0]
    for number in range(120):
        fields = {"id": f"W7_{number}", "shown": f"{number}", "text": f"{number}"}
        snapchat.platform.posts.add(type(template)(**{**vars(template), **fields}))
    sighting = _look(snapchat.url, oldest)
    assert [post.platform_post_id for post in sighting.same] == [template.id]
    assert sighting.list_was_read
    before = len(snapchat.platform.requests.all())
    since = clock.now() + MINUTE
    PUBLISHING.look_up(a_turn(oldest, http_to(snapchat.url), DONE), since)
    assert len(snapchat.platform.requests.all()) == before + 1


def _recorded(shelf: Shelf, *listed: Any, **page: Any) -> Sighting:
    body = {"request_status": "SUCCESS", "spotlights": list(listed), **page}
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}{PROFILE}/spotlights", json=body)
        return _look(URL, a_post("snapchat", "Hello", media=[shelf.video()]))


def _item(created_at: Any, **more: Any) -> dict[str, Any]:
    return {"id": "W7_1", "created_at": created_at, "description": "Hello", **more}


def test_times_are_read_in_every_form(shelf: Shelf) -> None:
    now = clock.now().replace(microsecond=0)
    seconds = int(now.timestamp())
    for created_at in (
        now.isoformat(),
        now.isoformat().replace("+00:00", "Z"),
        now.isoformat().replace("+00:00", ""),
        seconds,
        str(seconds),
        seconds * 1000,
    ):
        (same,) = _recorded(shelf, {"spotlight": _item(created_at)}).same
        assert same == SeenPost("W7_1", now)


@pytest.mark.parametrize(
    "item",
    [
        {"id": "W7_1", "description": "Hello"},
        _item("yesterday"),
        _item(None),
        _item("2999-01-01T00:00:00Z", description=None),
        _item("2999-01-01T00:00:00Z", id=None),
    ],
)
def test_an_item_that_cannot_be_compared_proves_no_absence(
    shelf: Shelf, item: dict[str, Any]
) -> None:
    sighting = _recorded(shelf, {"sub_request_status": "SUCCESS", "spotlight": item})
    assert (sighting.same, sighting.list_was_read) == ((), False)


def test_a_list_without_end_proves_no_absence(shelf: Shelf) -> None:
    sighting = _recorded(shelf, paging={"next_page_id": "again"})
    assert (sighting.same, sighting.list_was_read) == ((), False)


def test_an_accepted_story_is_not_searched_for(snapchat: Twin, shelf: Shelf) -> None:
    posted_at = datetime(2026, 11, 22, 5, tzinfo=UTC)
    story = a_post("snapchat", "", media=[shelf.image()])
    sighting = _look(snapchat.url, story, replace(DONE, posted_at=posted_at))
    assert sighting == Sighting(made=SeenPost("m1", posted_at))


@pytest.mark.parametrize("state", ["LIVE", "REJECTED"])
def test_only_moderation_can_have_rejected_an_accepted_spotlight(shelf: Shelf, state: str) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    posted_at = clock.now()
    checkpoint = replace(DONE, posted_at=posted_at, post_id="W7_1")
    with responses.RequestsMock() as recorded:
        body = {"request_status": "SUCCESS", "spotlight": {"id": "W7_1", "state": state}}
        recorded.add("GET", f"{URL}{PROFILE}/spotlights/W7_1", json=body)
        sighting = _look(URL, post, checkpoint)
    made = SeenPost("W7_1", posted_at)
    assert sighting == (Sighting(made=made) if state == "LIVE" else Sighting())


# The same in the whole system.


def _fault(world: World, mode: str, match: str = "", after: int = 1, **more: Any) -> None:
    """Let a request to publish suffer `mode`: the first such POST creates the media."""
    match = match or "POST /v1/public_profiles/"
    described = {"match": match, "mode": mode, "after": after, **more}
    world.platforms["snapchat"].faults.add(read_fault(described))


def _run(world: World, post: str) -> dict[str, Any]:
    return world.run(post, "snapchat")


def _target(**options: Any) -> dict[str, Any]:
    return {"platform": "snapchat", "options": options}


@pytest.mark.parametrize("mode", ["accept_then_reset", "accept_then_500", "reset_before"])
@pytest.mark.parametrize("options", [{}, STORY, SAVED])
def test_a_lost_answer_ends_with_one_post(
    world: World, shelf: Shelf, mode: str, options: dict[str, str]
) -> None:
    _fault(world, mode)
    text = "" if options == STORY else "Hello"
    post = world.submit(text, _target(**options), [shelf.video()])
    world.deliver_due()
    assert _run(world, post)["status"] == "unconfirmed"
    world.live_until_quiet()
    assert _run(world, post)["status"] == "succeeded", world.log
    assert world.visible("snapchat") == [text]
    media = world.platforms["snapchat"].state.media  # type: ignore[attr-defined]
    assert len(media) == 1, "the same media are published again"


@pytest.mark.full
def test_a_post_that_is_already_in_progress_is_found(world: World, shelf: Shelf) -> None:
    twin = world.platforms["snapchat"]
    # Longer than absence from the list takes to count.
    twin.state.posting_time = timedelta(minutes=50)  # type: ignore[attr-defined]
    _fault(world, "accept_then_reset")
    post = world.submit("Hello", "snapchat", [shelf.video()])
    world.live_until_quiet()
    assert _run(world, post)["status"] == "succeeded", world.log
    (visible,) = twin.posts.all()
    assert twin.posts.request_count(visible) == 2, (
        "the second request learns that the first is in progress"
    )
    assert _run(world, post)["platformPostId"] == visible.id


@pytest.mark.full
def test_two_stories_that_could_be_ours_leave_the_run_unconfirmed(
    world: World, shelf: Shelf
) -> None:
    _fault(world, "accept_then_reset")
    post = world.submit("", _target(), [shelf.image(1)])
    world.deliver_due()
    world.submit("", _target(), [shelf.image(2)])
    world.live_until_quiet()
    assert _run(world, post)["status"] == "unconfirmed", world.log
    assert world.visible("snapchat") == ["", ""]


@pytest.mark.full
def test_processing_is_waited_for(world: World, shelf: Shelf) -> None:
    world.platforms["snapchat"].processing_time = timedelta(minutes=3)
    post = world.submit("Hello", "snapchat", [shelf.video()])
    world.live_until_quiet(timedelta(minutes=10))
    assert _run(world, post)["status"] == "succeeded", world.log
    assert world.visible("snapchat") == ["Hello"]


@pytest.mark.full
def test_processing_that_never_ends_fails_and_can_be_retried(world: World, shelf: Shelf) -> None:
    _fault(world, "processing_stuck", after=0)
    post = world.submit("Hello", "snapchat", [shelf.video()])
    world.live_until_quiet()
    error = _run(world, post)["error"]
    assert (_run(world, post)["status"], error["category"]) == ("failed", "platform_unavailable")
    assert error["retryable"]
    assert world.visible("snapchat") == []


def test_a_spotlight_that_moderation_rejects_later_fails(world: World, shelf: Shelf) -> None:
    world.platforms["snapchat"].state.moderation_time = timedelta(minutes=2)  # type: ignore[attr-defined]
    _fault(world, "processing_failed")
    post = world.submit("Hello", "snapchat", [shelf.video()])
    world.live_until_quiet()
    run = _run(world, post)
    assert (run["status"], run["error"]["category"]) == ("failed", "content_policy"), world.log
    assert not run["error"]["retryable"]


@pytest.mark.full
def test_failed_checks_do_not_fail_an_accepted_spotlight(world: World, shelf: Shelf) -> None:
    _fault(world, "status", "GET /v1/public_profiles/", after=0, status=503, times=8)
    post = world.submit("Hello", "snapchat", [shelf.video()])
    world.live_until_quiet()
    assert _run(world, post)["status"] == "succeeded", world.log
    assert world.visible("snapchat") == ["Hello"]


def test_a_token_that_expires_during_the_delivery_is_refreshed(world: World, shelf: Shelf) -> None:
    world.platforms["snapchat"].state.rotates = True  # type: ignore[attr-defined]
    _fault(world, "expired_token", "POST /us/", after=0)
    _fault(world, "expired_token")
    post = world.submit("Hello", "snapchat", [shelf.video()])
    world.live_until_quiet()
    assert _run(world, post)["status"] == "succeeded", world.log
    assert world.visible("snapchat") == ["Hello"]


def test_a_revoked_authorization_tells_the_user_to_reconnect(world: World, shelf: Shelf) -> None:
    _fault(world, "revoked_token")
    post = world.submit("Hello", "snapchat", [shelf.video()])
    world.live_until_quiet()
    run = _run(world, post)
    assert (run["status"], run["error"]["category"]) == ("failed", "auth_expired"), world.log
    assert "Reconnect" in run["error"]["message"]


@pytest.mark.parametrize("mode", ["rate_limit", "quota"])
def test_a_limit_is_waited_out(world: World, shelf: Shelf, mode: str) -> None:
    _fault(world, mode)
    post = world.submit("Hello", "snapchat", [shelf.video()])
    world.live_until_quiet(timedelta(minutes=5))
    assert _run(world, post)["status"] == "succeeded", world.log
    assert world.visible("snapchat") == ["Hello"]
