"""The chunks of a video on TikTok: sent, continued, refused and lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.tiktok.twin import TikTok as SimulatedTikTok
from shared import clock
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
)
from shared.platforms.base import UPLOAD_STEP_BYTES, Pending, Post, Step
from shared.platforms.http import ClaimLimits, ClaimRanOut
from shared.platforms.tiktok.checkpoint import Checkpoint, Settings
from shared.platforms.tiktok.publishing import START_UPLOAD, UPLOAD, UPLOAD_LAST
from shared.platforms.tiktok.uploads import Chunks
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to
from tests.platforms.tiktok.steps import CHUNK, NEW, PLATFORM, step, until
from tests.platforms.tiktok.uploading import (
    BEHIND,
    LAST,
    STARTED,
    URL,
    chunk_answer,
    fault,
    ranges_of,
    recorded,
    status_answer,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("size", "chunk_size", "count", "last"),
    [
        (1, 1, 1, 1),
        (5_000_000, 5_000_000, 1, 5_000_000),
        (CHUNK, CHUNK, 1, CHUNK),
        (2 * CHUNK - 1, 2 * CHUNK - 1, 1, 2 * CHUNK - 1),
        (2 * CHUNK, CHUNK, 2, CHUNK),
        (2 * CHUNK + 1, CHUNK, 2, CHUNK + 1),
        (50_000_123, CHUNK, 9, 50_000_123 - 8 * CHUNK),
        (4_000_000_000, CHUNK, 762, 4_000_000_000 - 761 * CHUNK),
    ],
)
def test_the_last_chunk_takes_the_remainder(
    size: int, chunk_size: int, count: int, last: int
) -> None:
    chunks = Chunks(size)
    assert (chunks.chunk_size, chunks.count) == (chunk_size, count)
    assert chunks.length_at(chunks.last_start) == last < 2 * CHUNK
    assert chunks.headers_at(chunks.last_start, "video/mp4")["Content-Range"] == (
        f"bytes {size - last}-{size - 1}/{size}"
    )


@pytest.mark.full
def test_a_step_sends_many_chunks_and_lets_the_next_one_go_on(tiktok: Twin, shelf: Shelf) -> None:
    post = a_post("tiktok", media=[shelf.large_video(UPLOAD_STEP_BYTES + 4 * CHUNK)])
    checkpoint = until(tiktok, post, UPLOAD, NEW)
    result = step(tiktok, post, checkpoint)
    assert isinstance(result, Pending)
    assert result.checkpoint.offset == 13 * CHUNK
    checkpoint = until(tiktok, post, UPLOAD_LAST, result.checkpoint)
    assert checkpoint.offset == 15 * CHUNK
    step(tiktok, post, checkpoint)
    (visible,) = tiktok.platform.posts.all()
    assert visible.media[0].sha256 == post.content.media[0].sha256


@pytest.mark.full
@pytest.mark.parametrize("mode", ["reset_before", "accept_then_reset", "accept_then_500"])
def test_an_upload_goes_on_where_tiktok_is(tiktok: Twin, film: Post, mode: str) -> None:
    checkpoint = until(tiktok, film, UPLOAD, NEW)
    fault(tiktok.platform, "PUT /video/", mode, after=1)
    with pytest.raises(PlatformUnavailable):
        step(tiktok, film, checkpoint)
    # Nothing was noted of the step that broke off: it is taken again from its beginning.
    resynced = step(tiktok, film, checkpoint)
    assert isinstance(resynced, Pending)
    arrived = CHUNK if mode == "reset_before" else 2 * CHUNK
    assert resynced.checkpoint == replace(checkpoint, offset=arrived)
    step(tiktok, film, until(tiktok, film, UPLOAD_LAST, resynced.checkpoint))
    (visible,) = tiktok.platform.posts.all()
    assert visible.media[0].sha256 == film.content.media[0].sha256
    assert len(ranges_of(tiktok, 201)) == 1


@pytest.mark.parametrize("stop", [UPLOAD, UPLOAD_LAST])
def test_an_expired_upload_is_started_again(tiktok: Twin, film: Post, stop: Step) -> None:
    checkpoint = until(tiktok, film, stop, NEW)
    platform = tiktok.platform
    assert isinstance(platform, SimulatedTikTok)
    for publication in platform.state.publications.values():
        publication.begun_at -= timedelta(hours=1)
    result = step(tiktok, film, checkpoint)
    assert result == Pending(Checkpoint(tries=1), timedelta(seconds=10))
    again = until(tiktok, film, stop, result.checkpoint)
    assert again.tries == 2
    assert again.publish_id != checkpoint.publish_id
    for publication in platform.state.publications.values():
        publication.begun_at -= timedelta(hours=1)
    with pytest.raises(PlatformUnavailable, match="expire"):
        step(tiktok, film, replace(again, tries=3))
    assert tiktok.visible() == []


@pytest.mark.parametrize(
    ("state", "offset"), [({**BEHIND, "uploaded_bytes": CHUNK}, CHUNK), ({**BEHIND}, None)]
)
def test_a_chunk_out_of_order_asks_where_tiktok_is(
    film: Post, state: dict[str, Any], offset: int | None
) -> None:
    if offset is None:
        with pytest.raises(OutcomeUnknown):
            recorded(UPLOAD, STARTED, film, chunk_answer(416), status_answer(**state))
        return
    result = recorded(UPLOAD, STARTED, film, chunk_answer(416), status_answer(**state))
    assert result == Pending(replace(STARTED, offset=offset))


def test_an_upload_that_came_to_nothing_or_is_out_of_step_is_begun_again(film: Post) -> None:
    again = Pending(Checkpoint(tries=1), timedelta(seconds=10))
    assert (
        recorded(UPLOAD, STARTED, film, chunk_answer(416), status_answer(status="FAILED")) == again
    )
    odd = status_answer(**BEHIND, uploaded_bytes=CHUNK + 1)
    assert recorded(UPLOAD, STARTED, film, chunk_answer(416), odd) == Pending(Checkpoint(tries=1))


def test_a_chunk_that_is_waited_for_and_not_taken_is_backed_off(film: Post) -> None:
    with pytest.raises(PlatformUnavailable, match="refuses the part"):
        recorded(
            UPLOAD, STARTED, film, chunk_answer(416), status_answer(**BEHIND, uploaded_bytes=0)
        )


def test_a_whole_upload_before_the_last_chunk_is_looked_up(film: Post) -> None:
    with pytest.raises(OutcomeUnknown, match="whole video"):
        recorded(UPLOAD, STARTED, film, chunk_answer(416), status_answer(status="PUBLISH_COMPLETE"))


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Rejected), (429, RateLimited), (418, PlatformUnavailable), (201, PlatformUnavailable)],
)
def test_a_chunk_that_was_not_stored(film: Post, status: int, error: type[PlatformError]) -> None:
    with pytest.raises(error) as failure:
        recorded(UPLOAD, STARTED, film, chunk_answer(status))
    assert type(failure.value) is error
    assert "secret" not in f"{failure.value.message} {failure.value.platform_message}"


@pytest.mark.parametrize("status", [200, 201])
def test_the_last_chunk_hands_the_post_over(film: Post, status: int) -> None:
    result = recorded(UPLOAD_LAST, LAST, film, chunk_answer(status))
    assert result == Pending(replace(LAST, sent=True), timedelta(seconds=5), sent=True)


@pytest.mark.parametrize("status", [206, 302, 409, 416, 418, 500])
def test_an_unclear_answer_to_the_last_chunk_is_looked_up(film: Post, status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        recorded(UPLOAD_LAST, LAST, film, chunk_answer(status))


@pytest.mark.parametrize(("status", "error"), [(400, Rejected), (429, RateLimited)])
def test_a_refused_last_chunk_has_posted_nothing(
    film: Post, status: int, error: type[PlatformError]
) -> None:
    with pytest.raises(error):
        recorded(UPLOAD_LAST, LAST, film, chunk_answer(status))


def test_the_last_chunk_carries_no_token_and_leaves_no_address_behind(
    tiktok: Twin, film: Post
) -> None:
    checkpoint = until(tiktok, film, UPLOAD_LAST, NEW)
    http = http_to(tiktok.url)
    PLATFORM.take(UPLOAD_LAST, a_turn(film, http, checkpoint))
    assert "Authorization" not in tiktok.platform.requests.all()[-1].headers
    assert [exchange.url for exchange in http.exchanges] == [f"{tiktok.url}/video/"]


def test_an_upload_without_its_address_is_begun_again(film: Post) -> None:
    init = f"{URL}/v2/post/publish/video/init/"
    for data in ({}, {"publish_id": "v"}, {"upload_url": "u"}):
        answer = ("POST", init, {"json": {"data": data, "error": {"code": "ok"}}})
        with pytest.raises(PlatformUnavailable, match="its address"):
            recorded(START_UPLOAD, Checkpoint(settings=Settings()), film, answer)


def test_no_chunk_leaves_when_the_claim_is_over(tiktok: Twin, film: Post) -> None:
    checkpoint = until(tiktok, film, UPLOAD, NEW)
    http = http_to(tiktok.url)
    http.limits = ClaimLimits(lease_until=clock.now())
    with pytest.raises(ClaimRanOut):
        PLATFORM.take(UPLOAD, a_turn(film, http, checkpoint))
    assert ranges_of(tiktok, 206) == []
