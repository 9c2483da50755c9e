"""Images, videos and carousels on Threads, and deletion."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from local.platforms.faults import read_fault
from shared import clock
from shared.domain.errors import MediaRejected, PlatformUnavailable, Rejected, TokenExpired
from shared.domain.media import MediaAsset
from shared.platforms.base import Pending, Post, Published
from shared.platforms.meta.containers import CHECK, CHECK_ITEM, CREATE, CREATE_ITEM, PUBLISH
from shared.platforms.threads.checkpoint import Checkpoint
from shared.platforms.threads.publishing import Publishing
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to
from tests.world import World

URL = "https://graph.threads.net"
API = f"{URL}/v1.0"
MINUTE = timedelta(minutes=1)
PLATFORM = Publishing()
IMAGE = MediaAsset("i", "https://media.test/i.jpg", "image/jpeg", 1000, "0" * 64, 1080, 1350)
VIDEO = MediaAsset("v", "https://media.test/v.mp4", "video/mp4", 1000, "1" * 64, 720, 1280, 8.0)


def _step(url: str, post: Post, checkpoint: Checkpoint) -> Published | Pending:
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, a_turn(post, http_to(url), checkpoint))


def _checkpoints(url: str, post: Post) -> list[Checkpoint]:
    """Every checkpoint up to the one from which the post is published."""
    passed = [Checkpoint()]
    while PLATFORM.next_step(post.content, passed[-1]) is not PUBLISH:
        result = _step(url, post, passed[-1])
        assert isinstance(result, Pending)
        passed.append(result.checkpoint)
    return passed


def _publish(url: str, post: Post) -> Checkpoint:
    ready = _checkpoints(url, post)[-1]
    assert isinstance(_step(url, post, ready), Published)
    return ready


@pytest.mark.parametrize(("kind", "alt"), [("IMAGE", "A mosaic"), ("VIDEO", None)])
def test_a_single_medium_is_published_with_its_text_and_alt_text(
    threads_twin: Twin, shelf: Shelf, kind: str, alt: str | None
) -> None:
    asset = shelf.png() if kind == "IMAGE" else shelf.video()
    _publish(threads_twin.url, a_post("threads", "Look", media=[asset], altTexts=[alt]))
    (visible,) = threads_twin.platform.posts.all()
    draft = visible.details["draft"]
    assert (visible.text, draft.kind, draft.alt_text) == ("Look", kind, alt)
    assert [item.sha256 for item in visible.media] == [asset.sha256]


def test_a_carousel_is_created_item_by_item_and_has_its_text_once(
    threads_twin: Twin, shelf: Shelf
) -> None:
    media = [shelf.image(), shelf.video(), shelf.png()]
    post = a_post("threads", "Three #things", media=media, altTexts=[None, "two"], topicTag="code")
    passed = _checkpoints(threads_twin.url, post)
    steps = [PLATFORM.next_step(post.content, checkpoint) for checkpoint in passed]
    assert steps == [CREATE_ITEM] * 3 + [CHECK_ITEM] * 3 + [CREATE, CHECK, PUBLISH]
    assert threads_twin.visible() == []
    _step(threads_twin.url, post, passed[-1])
    (visible,) = threads_twin.platform.posts.all()
    draft = visible.details["draft"]
    assert (visible.text, draft.kind, draft.topic_tag) == ("Three #things", "CAROUSEL", "code")
    assert [item.sha256 for item in visible.media] == [asset.sha256 for asset in media]
    children = [threads_twin.platform.state.containers[child].draft for child in draft.children]
    assert [(child.alt_text, child.text) for child in children] == [
        (None, ""),
        ("two", ""),
        (None, ""),
    ]


def test_steps_that_only_read_are_polls_and_only_publishing_is_visible() -> None:
    steps = (CREATE_ITEM, CHECK_ITEM, CREATE, CHECK, PUBLISH)
    assert [step.polls for step in steps] == [False, True, False, True, False]
    assert [step.visible for step in steps] == [False] * 4 + [True]


def test_a_link_is_attached_to_a_text(threads_twin: Twin) -> None:
    _publish(threads_twin.url, a_post("threads", linkAttachment="https://example.com/a"))
    (visible,) = threads_twin.platform.posts.all()
    assert visible.details["draft"].link_attachment == "https://example.com/a"


def _checked(
    checkpoint: Checkpoint, media: Sequence[MediaAsset] = (VIDEO, IMAGE), **container: str
) -> Pending:
    post = a_post("threads", media=media)
    step = PLATFORM.next_step(post.content, checkpoint)
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{API}/55", json={"id": "55", **container})
        result = PLATFORM.take(step, a_turn(post, http_to(URL), checkpoint))
    assert isinstance(result, Pending)
    return result


def test_a_video_is_polled_for_ten_minutes() -> None:
    checkpoint = Checkpoint(container="55")
    waits = timedelta(0)
    while checkpoint.container:
        result = _checked(checkpoint, [VIDEO], status="IN_PROGRESS")
        waits, checkpoint = waits + result.poll_after, result.checkpoint
    assert timedelta(minutes=10) <= waits < timedelta(minutes=12)


SECOND = Checkpoint(items=("44", "55"), ready=1)


def test_the_items_of_a_carousel_are_polled_one_after_the_other() -> None:
    waiting = _checked(SECOND, status="IN_PROGRESS")
    assert waiting.poll_after > timedelta(0)
    ready = _checked(waiting.checkpoint, status="FINISHED")
    assert ready.checkpoint.ready == 2
    assert PLATFORM.next_step(
        a_post("threads", media=[VIDEO, IMAGE]).content, ready.checkpoint
    ) is (CREATE)


def test_an_expired_item_starts_the_carousel_again() -> None:
    again = _checked(SECOND, status="EXPIRED")
    assert again.checkpoint == Checkpoint(failures=1)


def test_a_failed_item_is_created_again_and_the_others_are_kept() -> None:
    again = _checked(SECOND, status="ERROR")
    assert again.checkpoint == Checkpoint(items=("44", None), ready=1, failures=1)
    content = a_post("threads", media=[VIDEO, IMAGE]).content
    assert PLATFORM.next_step(content, again.checkpoint) is CREATE_ITEM


def test_an_item_that_fails_twice_or_is_invalid_is_a_media_error() -> None:
    with pytest.raises(MediaRejected, match="INVALID_ASPEC_RATIO"):
        _checked(SECOND, status="ERROR", error_message="INVALID_ASPEC_RATIO")
    with pytest.raises(MediaRejected, match="FAILED_DOWNLOADING_VIDEO"):
        _checked(
            replace(SECOND, failures=1), status="ERROR", error_message="FAILED_DOWNLOADING_VIDEO"
        )


def _created(answer: Mapping[str, Any], checkpoint: Checkpoint) -> Pending:
    post = a_post("threads", media=[IMAGE, IMAGE])
    step = PLATFORM.next_step(post.content, checkpoint)
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{API}/me/threads", status=400, json={"error": answer})
        result = PLATFORM.take(step, a_turn(post, http_to(URL), checkpoint))
    assert isinstance(result, Pending)
    return result


@pytest.mark.parametrize(
    "checkpoint",
    [Checkpoint(items=("44",)), Checkpoint(items=("44", "55"), ready=2)],
    ids=["item", "parent"],
)
def test_media_that_threads_could_not_download_are_tried_three_times(
    checkpoint: Checkpoint,
) -> None:
    refusal = {"code": 9004, "error_subcode": 2207052, "message": "Only photo or video"}
    once = _created(refusal, checkpoint)
    assert (once.checkpoint.failures, once.poll_after) == (1, timedelta(seconds=10))
    twice = _created(refusal, replace(checkpoint, failures=1))
    assert twice.checkpoint.failures == 2
    with pytest.raises(MediaRejected, match="could not download"):
        _created(refusal, replace(checkpoint, failures=2))


def test_items_that_are_not_found_yet_are_retried() -> None:
    race = {"code": 24, "error_subcode": 4279009, "is_transient": False, "message": "None"}
    with pytest.raises(PlatformUnavailable, match="yet"):
        _created(race, Checkpoint(items=("44", "55"), ready=2))


def test_a_post_of_another_kind_is_not_mistaken_for_this_one(
    threads_twin: Twin, shelf: Shelf
) -> None:
    kinds: list[list[MediaAsset]] = [
        [shelf.image()],
        [shelf.video()],
        [shelf.image(1), shelf.image(2)],
    ]
    posts = [a_post("threads", "", media=media) for media in kinds]
    ready = [_publish(threads_twin.url, post) for post in posts]
    ids = [visible.id for visible in threads_twin.platform.posts.all()]
    for post, checkpoint, post_id in zip(posts, ready, ids, strict=True):
        since = clock.now() - MINUTE
        turn = a_turn(post, http_to(threads_twin.url), checkpoint)
        sighting = PLATFORM.look_up(turn, since)
        assert [listed.platform_post_id for listed in sighting.same] == [post_id]


def _fault(world: World, match: str, mode: str, **more: Any) -> None:
    fault = {"match": match, "mode": mode, **more}
    world.platforms["threads"].faults.add(read_fault(fault))


def _assert_published(world: World, post: str, media: Sequence[MediaAsset]) -> None:
    assert world.run(post, "threads")["status"] == "succeeded", world.log
    (visible,) = world.platforms["threads"].posts.all()
    assert [item.sha256 for item in visible.media] == [asset.sha256 for asset in media]


@pytest.mark.full
def test_soku_waits_for_processing(world: World, shelf: Shelf) -> None:
    world.platforms["threads"].processing_time = timedelta(seconds=90)
    media = [shelf.video(), shelf.image()]
    post = world.submit("Hello", "threads", media)
    world.deliver_due()
    assert world.visible("threads") == []
    world.live_until_quiet()
    _assert_published(world, post, media)


def test_one_processing_failure_is_retried(world: World, shelf: Shelf) -> None:
    _fault(world, "POST /v1.0/me/threads", "processing_failed", after=1)
    media = [shelf.image(1), shelf.image(2)]
    post = world.submit("Hello", "threads", media)
    world.live_until_quiet()
    _assert_published(world, post, media)


@pytest.mark.parametrize(
    ("mode", "category"),
    [("processing_failed", "media_error"), ("processing_stuck", "platform_unavailable")],
)
@pytest.mark.full
def test_media_that_are_never_ready_end_the_run_with_nothing_live(
    world: World, shelf: Shelf, mode: str, category: str
) -> None:
    _fault(world, "POST /v1.0/me/threads", mode, times=3)
    post = world.submit("Hello", "threads", [shelf.image()])
    world.live_until_quiet()
    run = world.run(post, "threads")
    assert (run["status"], run["error"]["category"]) == ("failed", category), world.log
    assert world.visible("threads") == []


@pytest.mark.parametrize(("kind", "tries"), [("image", 3), ("video", 2)])
def test_soku_gives_up_on_media_that_do_not_exist(
    threads_twin: Twin, shelf: Shelf, kind: str, tries: int
) -> None:
    asset = shelf.image() if kind == "image" else shelf.video()
    post = a_post("threads", media=[replace(asset, url=f"{shelf.url}/gone.{kind}")])
    with pytest.raises(MediaRejected):
        _checkpoints(threads_twin.url, post)
    methods = [received.method for received in threads_twin.platform.requests.all()]
    assert methods.count("POST") == tries
    assert threads_twin.visible() == []


def test_deleting_a_post_that_is_gone_is_no_error(threads_twin: Twin) -> None:
    post = a_post("threads")
    _publish(threads_twin.url, post)
    (visible,) = threads_twin.platform.posts.all()
    for _ in range(2):
        PLATFORM.delete(post, visible.id, http_to(threads_twin.url))
        assert threads_twin.visible() == []


MISSING = {"error": {"code": 100, "error_subcode": 33, "message": "Unsupported delete request."}}


@pytest.mark.parametrize(
    ("deleted", "read", "kind"),
    [
        # It is still there, so the permission was missing.
        ({"status": 400, "json": MISSING}, {"status": 200, "json": {"id": "9"}}, Rejected),
        ({"status": 200, "json": {}}, None, PlatformUnavailable),
        ({"status": 400, "json": {"error": {"code": 190}}}, None, TokenExpired),
        ({"status": 403, "json": {"error": {"code": 10}}}, None, Rejected),
    ],
)
def test_a_deletion_that_did_not_happen_is_an_error(
    deleted: dict[str, Any], read: dict[str, Any] | None, kind: type
) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("DELETE", f"{API}/9", **deleted)
        if read:
            recorded.add("GET", f"{API}/9", **read)
        with pytest.raises(kind) as failure:
            PLATFORM.delete(a_post("threads"), "9", http_to(URL))
    assert type(failure.value) is kind
