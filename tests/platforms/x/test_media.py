"""Media on X: uploaded in segments, processed, described and attached."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from local.platforms.faults import read_fault
from shared.domain.errors import MediaRejected, PlatformUnavailable, RateLimited, TokenExpired
from shared.domain.media import MediaAsset
from shared.platforms.base import Pending, Post, Published
from shared.platforms.x.checkpoint import Checkpoint, Upload
from shared.platforms.x.limits import MIB
from shared.platforms.x.publishing import CREATE, Publishing
from shared.platforms.x.uploads import CHECK, DESCRIBE, FINALIZE, UPLOAD
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to
from tests.platforms.x.media import gif
from tests.world import World

pytestmark = pytest.mark.slow

URL = "https://api.x.com"
PLATFORM = Publishing()
APPEND = "POST /2/media/upload/"


def _step(url: str, post: Post, checkpoint: Checkpoint) -> Published | Pending:
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, a_turn(post, http_to(url), checkpoint))


def _checkpoints(url: str, post: Post, checkpoint: Checkpoint) -> list[Checkpoint]:
    """Every checkpoint up to the one from which the post is created."""
    passed = [checkpoint]
    while PLATFORM.next_step(post.content, passed[-1]) is not CREATE:
        result = _step(url, post, passed[-1])
        assert isinstance(result, Pending)
        passed.append(result.checkpoint)
    return passed


def _uploaded(url: str, post: Post) -> Checkpoint:
    return _checkpoints(url, post, Checkpoint())[-1]


def _sent_segments(twin: Twin) -> int:
    paths = [received.path for received in twin.platform.requests.all()]
    return sum(path.endswith("/append") for path in paths)


def _visible_hashes(twin: Twin) -> list[list[str]]:
    return [[item.sha256 for item in post.media] for post in twin.platform.posts.all()]


def test_media_are_uploaded_one_after_the_other_and_nothing_is_visible_before(
    x_twin: Twin, shelf: Shelf
) -> None:
    media = [shelf.image(1), shelf.png(2), shelf.image(3)]
    post = a_post("x", "Three", media=media)
    passed = _checkpoints(x_twin.url, post, Checkpoint())
    steps = [PLATFORM.next_step(post.content, checkpoint) for checkpoint in passed]
    assert steps == [UPLOAD, FINALIZE] * 3 + [CREATE]
    assert x_twin.visible() == []
    _step(x_twin.url, post, passed[-1])
    assert _visible_hashes(x_twin) == [[asset.sha256 for asset in media]]
    assert x_twin.visible() == ["Three"]


def test_only_creating_the_post_is_visible_and_only_asking_for_the_state_is_a_poll() -> None:
    steps = (UPLOAD, FINALIZE, CHECK, DESCRIBE, CREATE)
    assert [step.visible for step in steps] == [False] * 4 + [True]
    assert [step.polls for step in steps] == [False, False, True, False, False]


def test_a_video_goes_in_segments_of_four_mebibytes_and_its_bytes_arrive_as_they_are(
    x_twin: Twin, shelf: Shelf
) -> None:
    video = shelf.large_video(9 * MIB)
    post = a_post("x", "", media=[video])
    _step(x_twin.url, post, _uploaded(x_twin.url, post))
    assert _sent_segments(x_twin) == 3
    (visible,) = x_twin.platform.posts.all()
    assert (visible.text, visible.details["attached"][0][1]) == ("", "video")
    assert _visible_hashes(x_twin) == [[video.sha256]]


@pytest.mark.full
def test_a_large_video_takes_several_steps_and_goes_on_where_the_last_one_ended(
    x_twin: Twin, shelf: Shelf
) -> None:
    post = a_post("x", media=[shelf.large_video(70 * MIB)])
    first = _step(x_twin.url, post, Checkpoint())
    assert isinstance(first, Pending)
    assert first.checkpoint.upload.sent == 64 * MIB
    x_twin.platform.faults.add(
        read_fault({"match": APPEND, "mode": "status", "status": 503, "after": 1})
    )
    with pytest.raises(PlatformUnavailable):
        _step(x_twin.url, post, first.checkpoint)
    assert _sent_segments(x_twin) == 18
    _step(x_twin.url, post, _checkpoints(x_twin.url, post, first.checkpoint)[-1])
    # Two segments of the second part, one of them twice.
    assert _sent_segments(x_twin) == 16 + 2 + 2
    assert _visible_hashes(x_twin) == [[post.content.media[0].sha256]]


@pytest.mark.parametrize(("moves", "kind"), [(True, "animated_gif"), (False, "photo")])
def test_only_a_gif_that_moves_is_sent_as_one(
    x_twin: Twin, shelf: Shelf, moves: bool, kind: str
) -> None:
    asset = gif(shelf, frames=3 if moves else 1)
    post = a_post("x", media=[asset])
    _step(x_twin.url, post, _uploaded(x_twin.url, post))
    (visible,) = x_twin.platform.posts.all()
    assert visible.details["attached"][0][1] == kind
    assert visible.media[0].sha256 == asset.sha256


def test_alt_texts_are_given_to_their_images_before_the_post(x_twin: Twin, shelf: Shelf) -> None:
    media = [shelf.image(seed) for seed in (1, 2, 3)]
    post = a_post("x", media=media, altTexts=["first", None, "third"])
    _step(x_twin.url, post, _uploaded(x_twin.url, post))
    (visible,) = x_twin.platform.posts.all()
    assert [alt for _, _, alt in visible.details["attached"]] == ["first", None, "third"]


def _state(**info: Any) -> dict[str, Any]:
    return {"data": {"id": "55", "processing_info": info} if info else {"id": "55"}}


PROCESSING = Checkpoint(upload=Upload("55", sent=1000, state="processing"))
UPLOADED = Checkpoint(media_ids=("55",))
VIDEO = MediaAsset("v", "https://media.test/v.mp4", "video/mp4", 1000, "0" * 64, 720, 1280, 8.0)


def _check(checkpoint: Checkpoint = PROCESSING, **info: Any) -> Pending:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/2/media/upload", json=_state(**info))
        result = PLATFORM.take(CHECK, a_turn(a_post("x", media=[VIDEO]), http_to(URL), checkpoint))
    assert isinstance(result, Pending)
    return result


@pytest.mark.parametrize("state", ["pending", "in_progress"])
@pytest.mark.parametrize(("named", "wait"), [({"check_after_secs": 3}, 3), ({}, 5)])
def test_processing_is_asked_for_again_when_x_says(
    state: str, named: dict[str, int], wait: int
) -> None:
    result = _check(state=state, **named)
    assert result.poll_after == timedelta(seconds=wait)
    assert result.checkpoint.upload.waited == wait
    assert PLATFORM.next_step(a_post("x", media=[VIDEO]).content, result.checkpoint) is CHECK


@pytest.mark.parametrize("info", [{}, {"state": "succeeded"}])
def test_what_is_processed_or_needs_none_is_ready(info: dict[str, Any]) -> None:
    assert _check(**info).checkpoint == Checkpoint(media_ids=("55",))


def test_media_that_x_cannot_use_are_not_uploaded_again() -> None:
    error = {"code": 1, "name": "InvalidMedia", "message": "unsupported codec"}
    with pytest.raises(MediaRejected, match="unsupported codec") as refusal:
        _check(state="failed", error=error)
    assert refusal.value.platform_code == "InvalidMedia"
    with pytest.raises(MediaRejected, match="InvalidMedia"):
        _check(state="failed")


def test_a_fault_of_xs_own_and_endless_processing_begin_once_more() -> None:
    restarted = Checkpoint(restarts=1)
    internal = {"state": "failed", "error": {"name": "InternalError", "message": "Oops"}}
    assert _check(**internal).checkpoint == restarted
    with pytest.raises(MediaRejected, match="Oops"):
        _check(replace(PROCESSING, restarts=1), **internal)
    endless = Checkpoint(upload=Upload("55", sent=1000, state="processing", waited=480))
    assert _check(endless, state="in_progress").checkpoint == restarted
    with pytest.raises(PlatformUnavailable, match="did not finish"):
        _check(replace(endless, restarts=1), state="in_progress")


@pytest.mark.full
@pytest.mark.parametrize("status", [400, 409, 413, 431])
def test_a_refused_segment_begins_the_upload_again_with_smaller_ones_and_once(
    x_twin: Twin, shelf: Shelf, status: int
) -> None:
    post = a_post("x", media=[shelf.large_video(5 * MIB)])
    fault = {"match": APPEND, "mode": "status", "status": status, "after": 2}
    x_twin.platform.faults.add(read_fault(fault))
    restarted = _step(x_twin.url, post, Checkpoint())
    assert restarted == Pending(Checkpoint(restarts=1))
    _step(x_twin.url, post, _checkpoints(x_twin.url, post, restarted.checkpoint)[-1])
    assert _sent_segments(x_twin) == 2 + 5
    assert _visible_hashes(x_twin) == [[post.content.media[0].sha256]]
    x_twin.platform.faults.add(read_fault(fault))
    with pytest.raises(MediaRejected):
        _step(x_twin.url, post, restarted.checkpoint)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 400, "json": {"detail": "No."}}, MediaRejected),
        ({"status": 401, "json": {}}, TokenExpired),
        ({"status": 404, "json": {}}, PlatformUnavailable),
        ({"status": 429, "json": {}}, RateLimited),
        ({"status": 503, "body": "<html>"}, PlatformUnavailable),
        ({"status": 200, "json": {"data": {}}}, PlatformUnavailable),
        ({"status": 200, "json": []}, PlatformUnavailable),
    ],
)
def test_an_upload_that_cannot_begin(answer: dict[str, Any], kind: type) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/2/media/upload/initialize", **answer)
        with pytest.raises(kind) as failure:
            PLATFORM.take(UPLOAD, a_turn(a_post("x", media=[VIDEO]), http_to(URL)))
    assert type(failure.value) is kind


def _refused_ids(checkpoint: Checkpoint) -> Pending:
    refusal = {"errors": [{"message": "Your media IDs are invalid."}]}
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/2/tweets", status=400, json=refusal)
        result = PLATFORM.take(CREATE, a_turn(a_post("x", media=[VIDEO]), http_to(URL), checkpoint))
    assert isinstance(result, Pending)
    return result


def test_unknown_ids_are_tried_again_then_uploaded_again_then_given_up() -> None:
    first = _refused_ids(UPLOADED)
    assert first.checkpoint.media_ids == ("55",)
    assert first.poll_after == timedelta(seconds=5)
    second = _refused_ids(first.checkpoint)
    assert PLATFORM.next_step(a_post("x", media=[VIDEO]).content, second.checkpoint) is UPLOAD
    third = _refused_ids(replace(second.checkpoint, media_ids=("56",)))
    assert third.poll_after == timedelta(seconds=5)
    with pytest.raises(MediaRejected):
        _refused_ids(third.checkpoint)


def test_a_video_that_the_account_may_not_post_is_not_tried_again() -> None:
    refusal = {"detail": "This user is not allowed to post a video longer than 2 minutes"}
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/2/tweets", status=403, json=refusal)
        with pytest.raises(MediaRejected, match="2 minutes"):
            PLATFORM.take(CREATE, a_turn(a_post("x", media=[VIDEO]), http_to(URL), UPLOADED))


def _published(world: World, post: str, media: Sequence[MediaAsset]) -> None:
    assert world.run(post, "x")["status"] == "succeeded", world.log
    (visible,) = world.platforms["x"].posts.all()
    assert [item.sha256 for item in visible.media] == [asset.sha256 for asset in media]


def test_a_video_is_waited_for_and_published(world: World, shelf: Shelf) -> None:
    world.platforms["x"].processing_time = timedelta(seconds=40)
    post = world.submit("", "x", [shelf.video()])
    world.deliver_due()
    assert world.visible("x") == []
    world.live_until_quiet()
    _published(world, post, [shelf.video()])


def test_ids_that_x_does_not_know_yet_are_posted_a_moment_later(world: World, shelf: Shelf) -> None:
    world.platforms["x"].state.unknown_media = 3
    post = world.submit("Hello", "x", [shelf.image()])
    world.live_until_quiet()
    _published(world, post, [shelf.image()])
    paths = [received.path for received in world.platforms["x"].requests.all()]
    assert paths.count("/2/media/upload/initialize") == 2


@pytest.mark.full
@pytest.mark.parametrize(
    ("mode", "status", "category"),
    [
        ("processing_failed", "failed", "media_error"),
        pytest.param("processing_stuck", "failed", "platform_unavailable", marks=pytest.mark.full),
    ],
)
def test_media_that_never_get_ready_end_the_run_with_nothing_live(
    world: World, shelf: Shelf, mode: str, status: str, category: str
) -> None:
    fault = {"match": "POST /2/media/upload/initialize", "mode": mode, "times": 2}
    world.platforms["x"].faults.add(read_fault(fault))
    world.platforms["x"].processing_time = timedelta(minutes=10)
    post = world.submit("Hello", "x", [shelf.video()])
    world.live_until_quiet()
    run = world.run(post, "x")
    assert (run["status"], run["error"]["category"]) == (status, category), world.log
    assert world.visible("x") == []


@pytest.mark.parametrize("mode", ["accept_then_reset", "reset_before"])
def test_after_a_lost_answer_the_media_are_not_uploaded_again(
    world: World, shelf: Shelf, mode: str
) -> None:
    media = [shelf.image(1), shelf.image(2)]
    world.platforms["x"].faults.add(read_fault({"match": "POST /2/tweets", "mode": mode}))
    post = world.submit("", "x", media)
    world.live_until_quiet()
    _published(world, post, media)
    paths = [received.path for received in world.platforms["x"].requests.all()]
    assert paths.count("/2/media/upload/initialize") == 2


def test_another_post_without_text_is_not_taken_for_ours(x_twin: Twin, shelf: Shelf) -> None:
    image, video = a_post("x", "", media=[shelf.image()]), a_post("x", "", media=[shelf.video()])
    two = a_post("x", "", media=[shelf.image(1), shelf.image(2)])
    for post in (image, video, two):
        _step(x_twin.url, post, _uploaded(x_twin.url, post))
    ids = [visible.id for visible in x_twin.platform.posts.all()]
    since = x_twin.platform.posts.all()[0].visible_at - timedelta(minutes=1)
    for post, post_id in zip((image, video, two), ids, strict=True):
        (seen,) = PLATFORM.look_up(a_turn(post, http_to(x_twin.url)), since).same
        assert seen.platform_post_id == post_id


def test_a_post_is_deleted_and_one_that_is_gone_is_no_error(x_twin: Twin) -> None:
    post = a_post("x")
    published = _step(x_twin.url, post, Checkpoint())
    assert isinstance(published, Published)
    for _ in range(2):
        PLATFORM.delete(post, published.platform_post_id, http_to(x_twin.url))
        assert x_twin.visible() == []


def test_a_deletion_that_x_does_not_confirm_is_an_error() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("DELETE", f"{URL}/2/tweets/9", json={"data": {"deleted": False}})
        with pytest.raises(PlatformUnavailable, match="did not confirm"):
            PLATFORM.delete(a_post("x"), "9", http_to(URL))
        recorded.replace("DELETE", f"{URL}/2/tweets/9", status=401, json={})
        with pytest.raises(TokenExpired):
            PLATFORM.delete(a_post("x"), "9", http_to(URL))
