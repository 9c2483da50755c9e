"""What became of a video that YouTube has: processing, and looking up a lost answer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses

from shared import clock
from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    Rejected,
)
from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import Pending, Published
from shared.platforms.youtube.checkpoint import Checkpoint
from shared.platforms.youtube.publishing import CHECK, FINISH, POLL_AFTER
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to
from tests.platforms.youtube.steps import (
    MIB,
    MINUTE,
    PLATFORM,
    PUT,
    STARTED,
    URL,
    changed,
    fault,
    go_to,
    look,
    publish,
    received,
    session_answers,
    step,
)

# Processing.


def test_processing_is_polled_quickly_first_and_for_half_an_hour(twin: Twin, shelf: Shelf) -> None:
    twin.platform.processing_time = timedelta(hours=2)
    post = a_post("youtube", media=[shelf.video()])
    checkpoint = go_to(CHECK, twin.url, post)
    waits = []
    while isinstance(result := step(twin.url, post, checkpoint), Pending):
        assert result.sent
        waits.append(int(result.poll_after.total_seconds()))
        checkpoint = result.checkpoint
    assert [1, *waits] == list(POLL_AFTER)
    assert 28 * 60 < sum(POLL_AFTER) < 32 * 60
    assert result.platform_post_id == twin.platform.posts.all()[0].id


@pytest.mark.parametrize(
    ("status", "reason", "kind", "category", "piece"),
    [
        ("failed", "conversion", MediaRejected, ErrorCategory.MEDIA_ERROR, "converted"),
        ("failed", "codec", MediaRejected, ErrorCategory.MEDIA_ERROR, "codec"),
        ("rejected", "copyright", ContentRejected, ErrorCategory.CONTENT_POLICY, "copyright"),
        ("rejected", "termsOfUse", ContentRejected, ErrorCategory.CONTENT_POLICY, "Studio"),
        ("rejected", "duplicate", DuplicateRejected, ErrorCategory.DUPLICATE, "duplicate"),
        ("rejected", "length", MediaRejected, ErrorCategory.MEDIA_ERROR, "Verify"),
        ("rejected", "uploaderAccountSuspended", Rejected, ErrorCategory.PERMISSION, "suspended"),
    ],
)
def test_a_video_that_comes_to_nothing_says_why(
    twin: Twin,
    shelf: Shelf,
    status: str,
    reason: str,
    kind: type[Rejected],
    category: ErrorCategory,
    piece: str,
) -> None:
    ending = {"uploadStatus": status, "reason": reason}
    assert requests.post(f"{twin.url}/_sim/ending", json=ending, timeout=5).ok
    with pytest.raises(kind, match=piece) as refusal:
        publish(twin.url, a_post("youtube", media=[shelf.video()]))
    assert type(refusal.value) is kind
    assert (refusal.value.category, refusal.value.platform_code) == (category, reason)
    assert twin.visible() == []


def test_a_file_that_is_no_video_fails(twin: Twin, shelf: Shelf) -> None:
    text = changed(shelf.image(), content_type="video/mp4")
    with pytest.raises(MediaRejected, match="not a video"):
        publish(twin.url, a_post("youtube", media=[text]))


def _checked(item: Mapping[str, Any] | None, **more: Any) -> Published | Pending:
    checkpoint = replace(STARTED, video="abc", **more)
    with responses.RequestsMock() as recorded:
        items = [] if item is None else [{"id": "abc", "status": item}]
        recorded.add("GET", f"{URL}/youtube/v3/videos", json={"items": items})
        return PLATFORM.take(CHECK, a_turn(a_post("youtube"), http_to(URL), checkpoint))


def test_an_upload_that_youtube_cut_short_is_made_again() -> None:
    cut_short = {"uploadStatus": "failed", "failureReason": "uploadAborted"}
    result = _checked(cut_short)
    assert isinstance(result, Pending)
    assert (result.checkpoint, result.sent) == (Checkpoint(sessions=1), False)
    with pytest.raises(MediaRejected, match="interrupted"):
        _checked(cut_short, sessions=3)


def test_a_video_that_is_deleted_meanwhile_is_not_called_published() -> None:
    with pytest.raises(Rejected, match="deleted"):
        _checked({"uploadStatus": "deleted"})


def test_a_video_that_is_not_shown_is_waited_for_and_then_looked_up() -> None:
    waiting = _checked(None)
    assert isinstance(waiting, Pending)
    assert waiting.sent
    with pytest.raises(OutcomeUnknown):
        _checked(None, polls=len(POLL_AFTER))


# Looking up what became of a lost answer.


def test_the_session_says_how_far_it_is_and_then_which_video_it_made(
    twin: Twin, shelf: Shelf
) -> None:
    asset = shelf.large_video(9 * MIB)
    post = a_post("youtube", media=[asset])
    checkpoint = go_to(FINISH, twin.url, post)
    before = look(twin.url, post, replace(checkpoint, offset=0))
    assert (before.handle, before.made) == (Handle.NOT_PUBLISHED, None)
    assert before.checkpoint == checkpoint
    sent = step(twin.url, post, checkpoint)
    assert isinstance(sent, Pending)
    for known in (checkpoint, sent.checkpoint):
        made = look(twin.url, post, known).made
        assert made is not None
        assert made.platform_post_id == sent.checkpoint.video
        assert made.permalink == f"https://www.youtube.com/watch?v={made.platform_post_id}"
        assert abs(clock.now() - made.created_at) < MINUTE


def test_a_video_that_came_to_nothing_goes_back_to_the_check(twin: Twin, shelf: Shelf) -> None:
    post = a_post("youtube", media=[shelf.video()])
    checkpoint = go_to(FINISH, twin.url, post)
    fault(twin, PUT, "processing_failed")
    step(twin.url, post, checkpoint)
    sighting = look(twin.url, post, checkpoint)
    assert sighting.handle is Handle.NOT_PUBLISHED
    assert sighting.checkpoint is not None
    assert PLATFORM.next_step(post.content, sighting.checkpoint) is CHECK
    with pytest.raises(MediaRejected):
        step(twin.url, post, sighting.checkpoint)


def test_a_session_that_is_gone_leaves_the_list_of_uploads(twin: Twin, shelf: Shelf) -> None:
    post = a_post("youtube", "The  title\nand more", media=[shelf.video()])
    checkpoint = go_to(FINISH, twin.url, post)
    step(twin.url, post, checkpoint)
    publish(twin.url, a_post("youtube", "Another", media=[shelf.video()]))
    twin.platform.state.sessions.clear()
    sighting = look(twin.url, post, checkpoint)
    (seen,) = sighting.same
    assert seen.platform_post_id == twin.platform.posts.all()[0].id
    assert (sighting.list_was_read, sighting.handle, sighting.made) == (True, None, None)


def test_the_list_of_uploads_is_read_back_to_the_intent(twin: Twin, shelf: Shelf) -> None:
    post = a_post("youtube", "The oldest", media=[shelf.video()])
    checkpoint = go_to(FINISH, twin.url, post)
    step(twin.url, post, checkpoint)
    oldest = twin.platform.posts.all()[0]
    for number in range(60):
        other = f"number{number:05d}"
        made = twin.platform.state.videos[oldest.id]
        resource = {**made.resource, "snippet": {"title": other}}
        twin.platform.state.videos[other] = type(made)(**{**vars(made), "resource": resource})
        twin.platform.posts.add(type(oldest)(**{**vars(oldest), "id": other}))
    twin.platform.state.sessions.clear()
    (seen,) = look(twin.url, post, checkpoint).same
    assert seen.platform_post_id == oldest.id
    later = PLATFORM.look_up(a_turn(post, http_to(twin.url), checkpoint), clock.now() + MINUTE)
    assert later == Sighting(list_was_read=True)
    pages = [r for r in received(twin, "GET") if r.path.endswith("/playlistItems")]
    assert len(pages) == 2 + 1


@pytest.mark.parametrize(
    ("answer", "sighting"),
    [
        ({"json": {}}, Sighting(handle=Handle.PUBLISHED)),
        ({"status": 308, "headers": {"Range": "bytes=0-9999999999"}}, Sighting()),
    ],
)
def test_a_session_that_is_unclear_proves_no_absence(
    shelf: Shelf, answer: dict[str, Any], sighting: Sighting
) -> None:
    post = a_post("youtube", media=[shelf.video()])
    with session_answers(shelf, **answer):
        assert look(URL, post, STARTED) == sighting


def test_a_video_that_is_not_shown_proves_nothing(shelf: Shelf) -> None:
    post = a_post("youtube", media=[shelf.video()])
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/youtube/v3/videos", json={"items": []})
        assert look(URL, post, replace(STARTED, video="a")) == Sighting()
