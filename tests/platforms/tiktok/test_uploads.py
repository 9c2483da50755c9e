"""Videos on their way to TikTok: chunks, interruptions, lost answers, and processing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from local.platforms.faults import read_fault
from local.platforms.tiktok.twin import TikTok as SimulatedTikTok
from shared import clock
from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    Rejected,
    TokenExpired,
)
from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import UPLOAD_STEP_BYTES, Pending, Post, Published, Step
from shared.platforms.http import ClaimLimits, ClaimRanOut
from shared.platforms.tiktok.checkpoint import Checkpoint, Settings
from shared.platforms.tiktok.publishing import CHECK, START_UPLOAD, UPLOAD, UPLOAD_LAST
from shared.platforms.tiktok.uploads import Chunks
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to
from tests.platforms.tiktok.steps import CHUNK, NEW, PLATFORM, step, until
from tests.world import World

pytestmark = pytest.mark.slow

SIZE = 3 * CHUNK + 777
URL = "https://open.tiktokapis.com"
UPLOAD_URL = "https://open-upload-sg.tiktokapis.com/video/?upload_id=1&upload_token=secret"
STATUS = f"{URL}/v2/post/publish/status/fetch/"
STARTED = Checkpoint(
    settings=Settings("PUBLIC_TO_EVERYONE"),
    creator="ann",
    publish_id="v_pub_file~v2-1.5",
    upload_url=UPLOAD_URL,
    tries=1,
)


@pytest.fixture
def film(shelf: Shelf) -> Post:
    return a_post("tiktok", media=[shelf.large_video(SIZE)])


def _fault(platform: Any, match: str, mode: str, **more: Any) -> None:
    platform.faults.add(read_fault({"match": match, "mode": mode, **more}))


def _ranges(twin: Twin, status: int) -> list[str]:
    received = twin.platform.requests.all()
    return [r.headers["Content-Range"] for r in received if (r.method, r.status) == ("PUT", status)]


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


@pytest.mark.parametrize("mode", ["reset_before", "accept_then_reset", "accept_then_500"])
def test_an_upload_goes_on_where_tiktok_is(tiktok: Twin, film: Post, mode: str) -> None:
    checkpoint = until(tiktok, film, UPLOAD, NEW)
    _fault(tiktok.platform, "PUT /video/", mode, after=1)
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
    assert len(_ranges(tiktok, 201)) == 1


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


def _recorded(
    taken: Step, checkpoint: Checkpoint, film: Post, *answers: tuple[str, str, dict[str, Any]]
) -> Published | Pending:
    with responses.RequestsMock() as recorded:
        recorded.add_passthru(film.content.media[0].url)
        for method, url, answer in answers:
            recorded.add(method, url, **answer)
        return PLATFORM.take(taken, a_turn(film, http_to(URL), checkpoint))


def _status(**data: Any) -> tuple[str, str, dict[str, Any]]:
    return ("POST", STATUS, {"json": {"data": data, "error": {"code": "ok"}}})


def _chunk(status: int) -> tuple[str, str, dict[str, Any]]:
    return ("PUT", UPLOAD_URL, {"status": status, "body": f"not here: {UPLOAD_URL}"})


BEHIND = {"status": "PROCESSING_UPLOAD"}


@pytest.mark.parametrize(
    ("state", "offset"), [({**BEHIND, "uploaded_bytes": CHUNK}, CHUNK), ({**BEHIND}, None)]
)
def test_a_chunk_out_of_order_asks_where_tiktok_is(
    film: Post, state: dict[str, Any], offset: int | None
) -> None:
    if offset is None:
        with pytest.raises(OutcomeUnknown):
            _recorded(UPLOAD, STARTED, film, _chunk(416), _status(**state))
        return
    result = _recorded(UPLOAD, STARTED, film, _chunk(416), _status(**state))
    assert result == Pending(replace(STARTED, offset=offset))


def test_an_upload_that_came_to_nothing_or_is_out_of_step_is_begun_anew(film: Post) -> None:
    again = Pending(Checkpoint(tries=1), timedelta(seconds=10))
    assert _recorded(UPLOAD, STARTED, film, _chunk(416), _status(status="FAILED")) == again
    odd = _status(**BEHIND, uploaded_bytes=CHUNK + 1)
    assert _recorded(UPLOAD, STARTED, film, _chunk(416), odd) == Pending(Checkpoint(tries=1))


def test_a_chunk_that_is_waited_for_and_not_taken_is_backed_off(film: Post) -> None:
    with pytest.raises(PlatformUnavailable, match="refuses the part"):
        _recorded(UPLOAD, STARTED, film, _chunk(416), _status(**BEHIND, uploaded_bytes=0))


def test_a_whole_upload_before_the_last_chunk_is_looked_up(film: Post) -> None:
    with pytest.raises(OutcomeUnknown, match="whole video"):
        _recorded(UPLOAD, STARTED, film, _chunk(416), _status(status="PUBLISH_COMPLETE"))


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Rejected), (429, RateLimited), (418, PlatformUnavailable), (201, PlatformUnavailable)],
)
def test_a_chunk_that_was_not_stored(film: Post, status: int, error: type[PlatformError]) -> None:
    with pytest.raises(error) as failure:
        _recorded(UPLOAD, STARTED, film, _chunk(status))
    assert type(failure.value) is error
    assert "secret" not in f"{failure.value.message} {failure.value.platform_message}"


LAST = replace(STARTED, offset=2 * CHUNK)


@pytest.mark.parametrize("status", [200, 201])
def test_the_last_chunk_hands_the_post_over(film: Post, status: int) -> None:
    result = _recorded(UPLOAD_LAST, LAST, film, _chunk(status))
    assert result == Pending(replace(LAST, sent=True), timedelta(seconds=5), sent=True)


@pytest.mark.parametrize("status", [206, 302, 409, 416, 418, 500])
def test_an_unclear_answer_to_the_last_chunk_is_looked_up(film: Post, status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        _recorded(UPLOAD_LAST, LAST, film, _chunk(status))


@pytest.mark.parametrize(("status", "error"), [(400, Rejected), (429, RateLimited)])
def test_a_refused_last_chunk_has_posted_nothing(
    film: Post, status: int, error: type[PlatformError]
) -> None:
    with pytest.raises(error):
        _recorded(UPLOAD_LAST, LAST, film, _chunk(status))


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
            _recorded(START_UPLOAD, Checkpoint(settings=Settings()), film, answer)


# What is polled.

SENT = replace(LAST, sent=True)


def _check(film: Post, checkpoint: Checkpoint = SENT, **state: Any) -> Published | Pending:
    return _recorded(CHECK, checkpoint, film, _status(**state))


@pytest.mark.parametrize("found", [[7], ["7"], 7, "7"])
def test_a_complete_post_is_named_in_every_form(film: Post, found: Any) -> None:
    result = _check(film, status="PUBLISH_COMPLETE", publicaly_available_post_id=found)
    assert result == Published("7", "https://www.tiktok.com/@ann/video/7")


def test_processing_is_polled_at_growing_distances_and_then_left_to_look_ups(film: Post) -> None:
    checkpoint = SENT
    waits = []
    with pytest.raises(OutcomeUnknown, match="10 minutes"):
        while True:
            result = _check(film, checkpoint, status="PROCESSING_UPLOAD", uploaded_bytes=SIZE)
            assert isinstance(result, Pending)
            assert result.sent
            waits.append(result.poll_after.total_seconds())
            checkpoint = result.checkpoint
    assert waits == [5] * 12 + [20] * 27


C = ErrorCategory
FAILURES: list[tuple[str, type[PlatformError], ErrorCategory]] = [
    ("file_format_check_failed", MediaRejected, C.MEDIA_ERROR),
    ("duration_check_failed", MediaRejected, C.MEDIA_ERROR),
    ("frame_rate_check_failed", MediaRejected, C.MEDIA_ERROR),
    ("picture_size_check_failed", MediaRejected, C.MEDIA_ERROR),
    ("video_pull_failed", MediaRejected, C.MEDIA_ERROR),
    ("publish_cancelled", Rejected, C.UNKNOWN),
    ("auth_removed", Rejected, C.AUTH_EXPIRED),
    ("spam_risk_too_many_posts", Rejected, C.RATE_LIMITED),
    ("spam_risk_user_banned_from_posting", Rejected, C.PERMISSION),
    ("spam_risk_text", ContentRejected, C.CONTENT_POLICY),
    ("spam_risk", ContentRejected, C.CONTENT_POLICY),
    ("something_new", Rejected, C.UNKNOWN),
]


@pytest.mark.parametrize(("reason", "error", "category"), FAILURES)
def test_a_failed_post_is_refused_for_its_reason(
    film: Post, reason: str, error: type[PlatformError], category: ErrorCategory
) -> None:
    with pytest.raises(error) as failure:
        _check(film, status="FAILED", fail_reason=reason)
    assert type(failure.value) is error
    assert (failure.value.category, failure.value.platform_code) == (category, reason)


@pytest.mark.parametrize(
    ("reason", "category"),
    [("internal", C.PLATFORM_UNAVAILABLE), ("photo_pull_failed", C.MEDIA_ERROR)],
)
def test_a_passing_failure_starts_over_twice(
    film: Post, reason: str, category: ErrorCategory
) -> None:
    for tries in (1, 2):
        result = _check(film, replace(SENT, tries=tries), status="FAILED", fail_reason=reason)
        assert result == Pending(Checkpoint(tries=tries), timedelta(seconds=10))
    with pytest.raises(Rejected) as failure:
        _check(film, replace(SENT, tries=3), status="FAILED", fail_reason=reason)
    assert failure.value.category is category


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "invalid_publish_id", ReadRefused),
        (401, "scope_not_authorized", ReadRefused),
        (401, "access_token_invalid", TokenExpired),
        (429, "rate_limit_exceeded", RateLimited),
        (200, "internal_error", PlatformUnavailable),
        (500, "internal_error", PlatformUnavailable),
    ],
)
def test_a_refused_question_says_nothing_of_the_post(
    film: Post, status: int, code: str, error: type[PlatformError]
) -> None:
    body = {"status": status, "json": {"error": {"code": code, "message": "No"}}}
    with pytest.raises(error) as failure:
        _recorded(CHECK, SENT, film, ("POST", STATUS, body))
    assert type(failure.value) is error


# After a lost answer.


def _look(film: Post, checkpoint: Checkpoint, **state: Any) -> Sighting:
    since = clock.now() - timedelta(minutes=1)
    with responses.RequestsMock() as recorded:
        method, url, answer = _status(**state)
        recorded.add(method, url, **answer)
        return PLATFORM.look_up(a_turn(film, http_to(URL), checkpoint), since)


def test_a_lost_last_chunk_is_found_by_its_publish_id(film: Post) -> None:
    named = _look(film, LAST, status="PUBLISH_COMPLETE", publicaly_available_post_id=[7]).made
    assert named
    assert (named.platform_post_id, named.permalink) == ("7", "https://www.tiktok.com/@ann/video/7")
    unnamed = _look(film, LAST, status="PUBLISH_COMPLETE").made
    assert unnamed
    assert (unnamed.platform_post_id, unnamed.permalink) == (STARTED.publish_id, None)


def test_an_incomplete_upload_goes_on_and_a_failed_one_is_asked_for_its_reason(film: Post) -> None:
    incomplete = _look(film, LAST, status="PROCESSING_UPLOAD", uploaded_bytes=CHUNK)
    going_on = replace(LAST, offset=CHUNK)
    assert incomplete == Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=going_on)
    failed = _look(film, LAST, status="FAILED", fail_reason="spam_risk")
    assert failed == Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=SENT)
    assert PLATFORM.next_step(film.content, SENT) is CHECK


@pytest.mark.parametrize(
    ("checkpoint", "state"),
    [
        (LAST, {"uploaded_bytes": SIZE}),
        (LAST, {}),
        # It had said before that it has all of it.
        (SENT, {"uploaded_bytes": CHUNK}),
    ],
)
def test_an_upload_that_may_be_whole_proves_nothing(
    film: Post, checkpoint: Checkpoint, state: dict[str, Any]
) -> None:
    assert _look(film, checkpoint, status="PROCESSING_UPLOAD", **state) == Sighting()


# Through the whole system.


def _run(world: World, film: Post) -> tuple[str, dict[str, Any]]:
    post = world.submit("Hello", "tiktok", film.content.media)
    world.live_until_quiet()
    return post, world.run(post, "tiktok")


def _assert_once(world: World, film: Post) -> None:
    (visible,) = world.platforms["tiktok"].posts.all()
    assert visible.media[0].sha256 == film.content.media[0].sha256


@pytest.mark.parametrize("mode", ["reset_before", "accept_then_reset"])
def test_a_chunk_lost_in_the_middle_costs_nothing(world: World, film: Post, mode: str) -> None:
    _fault(world.platforms["tiktok"], "PUT /video/", mode, after=1)
    _, run = _run(world, film)
    assert run["status"] == "succeeded", world.log
    _assert_once(world, film)


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


def test_processing_that_never_ends_stays_unconfirmed(world: World, film: Post) -> None:
    _fault(world.platforms["tiktok"], "PUT /video/", "processing_stuck", after=2)
    _, run = _run(world, film)
    assert run["status"] == "unconfirmed", world.log
    assert world.visible("tiktok") == []
    assert len(world.platforms["tiktok"].requests.all()) > 40, "it was polled"


def test_processing_of_half_an_hour_is_found_by_a_look_up(world: World, film: Post) -> None:
    world.platforms["tiktok"].processing_time = timedelta(minutes=25)
    _, run = _run(world, film)
    assert run["status"] == "succeeded", world.log
    _assert_once(world, film)


def test_a_video_that_tiktok_cannot_process_fails_the_run(world: World, film: Post) -> None:
    _fault(world.platforms["tiktok"], "PUT /video/", "processing_failed", after=2)
    _, run = _run(world, film)
    assert run["status"] == "failed"
    assert run["error"]["category"] == "media_error"
    assert run["error"]["platformCode"] == "file_format_check_failed"
    assert world.visible("tiktok") == []


def test_an_internal_failure_of_tiktok_uploads_the_video_again(world: World, film: Post) -> None:
    platform = world.platforms["tiktok"]
    assert isinstance(platform, SimulatedTikTok)
    platform.state.fail_reason = "internal"
    _fault(platform, "PUT /video/", "processing_failed", after=2)
    _, run = _run(world, film)
    assert run["status"] == "succeeded", world.log
    _assert_once(world, film)
    assert len(platform.state.publications) == 2


def test_a_failure_behind_a_lost_answer_is_told_without_another_upload(
    world: World, film: Post
) -> None:
    platform = world.platforms["tiktok"]
    assert isinstance(platform, SimulatedTikTok)
    _fault(platform, "PUT /video/", "accept_then_reset", after=2)
    _fault(platform, "POST /v2/post/publish/status/fetch/", "processing_failed")
    platform.processing_time = timedelta(minutes=2)
    _, run = _run(world, film)
    assert run["status"] == "failed", world.log
    assert run["error"]["category"] == "media_error"
    assert len(platform.state.publications) == 1
    assert world.visible("tiktok") == []


def test_the_daily_cap_of_a_creator_fails_and_names_when_it_ends(world: World, film: Post) -> None:
    _fault(world.platforms["tiktok"], "POST /v2/post/publish/creator_info/query/", "quota")
    _, run = _run(world, film)
    assert (run["status"], run["error"]["category"]) == ("failed", "rate_limited")
    assert run["error"]["retryable"]
    assert "can be retried after" in run["error"]["message"]


def test_the_cap_of_our_app_is_waited_out(world: World, film: Post) -> None:
    creator = "POST /v2/post/publish/creator_info/query/"
    _fault(world.platforms["tiktok"], creator, "quota", variant="reached_active_user_cap")
    _, run = _run(world, film)
    assert run["status"] == "succeeded"
    _assert_once(world, film)


def test_a_token_that_ends_in_the_middle_is_refreshed(world: World, film: Post) -> None:
    _fault(world.platforms["tiktok"], "POST /v2/post/publish/status/fetch/", "expired_token")
    _, run = _run(world, film)
    assert run["status"] == "succeeded", world.log
    _assert_once(world, film)


def test_a_revoked_authorization_after_sending_is_no_failure(world: World, film: Post) -> None:
    _fault(world.platforms["tiktok"], "POST /v2/post/publish/status/fetch/", "revoked_token")
    _, run = _run(world, film)
    assert run["status"] == "unconfirmed", world.log
    _assert_once(world, film)


def test_no_chunk_leaves_when_the_claim_is_over(tiktok: Twin, film: Post) -> None:
    checkpoint = until(tiktok, film, UPLOAD, NEW)
    http = http_to(tiktok.url)
    http.limits = ClaimLimits(lease_until=clock.now())
    with pytest.raises(ClaimRanOut):
        PLATFORM.take(UPLOAD, a_turn(film, http, checkpoint))
    assert _ranges(tiktok, 206) == []
