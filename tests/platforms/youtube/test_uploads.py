"""Uploads to YouTube that stumble, and the sessions that they go through."""

from dataclasses import replace
from typing import Any

import pytest
import responses

from shared.domain.errors import (
    OutcomeUnknown,
    PlatformUnavailable,
)
from shared.platforms.base import Pending
from shared.platforms.youtube.checkpoint import Checkpoint
from shared.platforms.youtube.publishing import FINISH, START, UPLOAD
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post
from tests.platforms.youtube.steps import (
    MIB,
    PLATFORM,
    PUT,
    STARTED,
    UPLOADS,
    URL,
    an_error,
    changed,
    fault,
    go_to,
    publish,
    received,
    session_answers,
    step,
)

# Publishing.


def test_the_upload_goes_on_after_a_failure_in_the_middle(twin: Twin, shelf: Shelf) -> None:
    asset = shelf.large_video(30 * MIB)
    post = a_post("youtube", media=[asset])
    checkpoint = go_to(UPLOAD, twin.url, post)
    # The status, the first part, and the second one, whose answer is lost.
    fault(twin, PUT, "accept_then_reset", after=2)
    with pytest.raises(PlatformUnavailable):
        step(twin.url, post, checkpoint)
    result = step(twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    ranges = [r.headers["Content-Range"] for r in received(twin, "PUT")]
    starts = [value.partition("-")[0].removeprefix("bytes ") for value in ranges]
    total = f"*/{asset.size}"
    assert starts == [total, "0", f"{8 * MIB}", total, f"{16 * MIB}"]
    step(twin.url, post, result.checkpoint)
    (visible,) = twin.platform.posts.all()
    assert [item.sha256 for item in visible.media] == [asset.sha256]


def test_what_youtube_did_not_keep_is_sent_again(twin: Twin, shelf: Shelf) -> None:
    asset = shelf.large_video(20 * MIB)
    post = a_post("youtube", media=[asset])
    twin.platform.state.partial_stores = 3
    published = publish(twin.url, post)
    (visible,) = twin.platform.posts.all()
    assert visible.id == published.platform_post_id
    assert [item.sha256 for item in visible.media] == [asset.sha256]


def test_a_last_part_that_is_kept_in_part_is_not_visible(twin: Twin, shelf: Shelf) -> None:
    asset = shelf.video()
    post = a_post("youtube", media=[asset])
    checkpoint = go_to(FINISH, twin.url, post)
    twin.platform.state.partial_stores = 1
    result = step(twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert not result.sent
    assert result.checkpoint.offset == asset.size // 2 // 262144 * 262144
    assert twin.visible() == []
    step(twin.url, post, result.checkpoint)
    (visible,) = twin.platform.posts.all()
    assert [item.sha256 for item in visible.media] == [asset.sha256]


def test_an_upload_that_does_not_move_is_given_up(shelf: Shelf) -> None:
    post = a_post("youtube", media=[shelf.video()])
    checkpoint = STARTED
    waits = []
    with session_answers(shelf, status=308):
        for _ in range(3):
            result = step(URL, post, checkpoint)
            assert isinstance(result, Pending)
            waits.append(result.poll_after.total_seconds())
            checkpoint = result.checkpoint
        with pytest.raises(PlatformUnavailable, match="does not keep"):
            step(URL, post, checkpoint)
    assert waits == [5, 30, 120]


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("size", [2 * MIB, 9 * MIB])
def test_a_session_that_is_gone_is_replaced_a_few_times(
    shelf: Shelf, status: int, size: int
) -> None:
    post = a_post("youtube", media=[changed(shelf.large_video(9 * MIB), size=size)])
    checkpoint = replace(STARTED, sessions=2)
    with session_answers(shelf, status=status):
        result = step(URL, post, checkpoint)
        assert isinstance(result, Pending)
        assert result.checkpoint == Checkpoint(sessions=2)
        assert PLATFORM.next_step(post.content, result.checkpoint) is START
        with pytest.raises(PlatformUnavailable, match="ended the upload"):
            step(URL, post, replace(checkpoint, sessions=3))


def test_a_session_without_an_address_is_begun_again(shelf: Shelf) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}{UPLOADS}", status=200)
        with pytest.raises(PlatformUnavailable):
            step(URL, a_post("youtube", media=[shelf.video()]), Checkpoint())


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "json": {}},
        {"status": 201, "body": "<html>"},
        {"status": 308, "headers": {"Range": "bytes=0-9999999999"}},
        {"status": 500, "body": ""},
        {"status": 503, "json": an_error(503, "backendError")},
    ],
)
def test_a_disturbance_in_the_last_part_is_looked_up_and_not_repeated(
    shelf: Shelf, answer: dict[str, Any]
) -> None:
    post = a_post("youtube", media=[shelf.video()])
    with session_answers(shelf, **answer), pytest.raises(OutcomeUnknown):
        step(URL, post, STARTED)


def test_a_session_that_has_made_its_video_already_is_looked_up(shelf: Shelf) -> None:
    post = a_post("youtube", media=[shelf.large_video(9 * MIB)])
    with session_answers(shelf, json={"id": "abc"}), pytest.raises(OutcomeUnknown):
        step(URL, post, STARTED)


def test_an_unknown_form_of_range_is_no_progress(shelf: Shelf) -> None:
    post = a_post("youtube", media=[shelf.video()])
    answers = session_answers(shelf, status=308, headers={"Range": "0-99"})
    with answers, pytest.raises(PlatformUnavailable, match="unknown format"):
        step(URL, post, STARTED)
