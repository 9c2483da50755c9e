"""What Instagram answers when something goes wrong, and what Soku does next."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    ContentRejected,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import Pending, Post, Published, Step
from shared.platforms.instagram.checkpoint import Checkpoint
from shared.platforms.instagram.connecting import Connecting
from shared.platforms.instagram.publishing import Publishing
from shared.platforms.meta.containers import CHECK, CHECK_ITEM, CREATE, CREATE_ITEM, PUBLISH
from tests.platforms.contract import Refusal
from tests.platforms.examples import TOKEN, a_post, a_turn, an_answer, http_to
from tests.platforms.instagram.contract import CONTRACT, error_body

URL = "https://graph.instagram.com"
API = f"{URL}/v26.0"
PLATFORM = Publishing()
IMAGE = MediaAsset("a", "https://media.test/a.jpg", "image/jpeg", 1000, "00", 1080, 1350)
VIDEO = MediaAsset("b", "https://media.test/b.mp4", "video/mp4", 1000, "01", 720, 1280, 8.0)
CREATED = Checkpoint(container="55")
READY = replace(CREATED, finished=True)


def _image() -> Post:
    return a_post("instagram", media=[IMAGE])


def _reel() -> Post:
    return a_post("instagram", media=[VIDEO])


def _carousel() -> Post:
    return a_post("instagram", media=[IMAGE, VIDEO])


def _take(
    step: Step, post: Post, checkpoint: Checkpoint, method: str, path: str, **answer: Any
) -> Published | Pending:
    """One step, with one recorded answer."""
    assert PLATFORM.next_step(post.content, checkpoint) is step
    with responses.RequestsMock() as recorded:
        recorded.add(method, f"{API}/{path}", **answer)
        return PLATFORM.take(step, a_turn(post, http_to(URL), checkpoint))


def _pending(result: Published | Pending) -> Pending:
    assert isinstance(result, Pending)
    assert not result.sent
    return result


def _check(post: Post, checkpoint: Checkpoint, **container: Any) -> Pending:
    return _pending(_take(CHECK, post, checkpoint, "GET", "55", json={"id": "55", **container}))


def _create(post: Post, checkpoint: Checkpoint, **answer: Any) -> Pending:
    return _pending(_take(CREATE, post, checkpoint, "POST", "7700/media", **answer))


def _publish(**answer: Any) -> Published | Pending:
    return _take(PUBLISH, _image(), READY, "POST", "7700/media_publish", **answer)


# What an error means.


@pytest.mark.parametrize("refusal", CONTRACT.refusals, ids=[r.name for r in CONTRACT.refusals])
def test_a_refusal_has_its_category(refusal: Refusal) -> None:
    body = dict(refusal.body) if isinstance(refusal.body, Mapping) else refusal.body
    error = PLATFORM.error_of(an_answer(refusal.status, body))
    assert type(error) is refusal.error
    assert error.category is refusal.category
    assert error.platform_code
    assert not error.concerns_operator


@pytest.mark.parametrize(
    ("body", "piece"),
    [
        (error_body(190, 463), "Reconnect the account"),
        (error_body(25, 2207050), "Open the Instagram app"),
        (error_body(36001, 2207005), "Convert this image"),
        (error_body(36003, 2207009), "Crop this image"),
        (error_body(352, 2207026), "H.264"),
        (error_body(36004, 2207010), "Shorten it"),
        (error_body(100, 2207081), "Remove trialReel"),
        (error_body(4, 2207051), "Do not send it again"),
        (error_body(100, 33, error_user_msg="Gone for good"), "Gone for good"),
    ],
)
def test_an_error_message_tells_the_user_what_to_do(body: Any, piece: str) -> None:
    assert piece in PLATFORM.error_of(an_answer(400, body)).message


def test_the_code_and_message_of_instagram_are_kept() -> None:
    error = PLATFORM.error_of(an_answer(400, error_body(36001, 2207005, "Bad format")))
    assert (error.platform_code, error.platform_message) == ("36001/2207005", "Bad format")


def test_the_daily_cap_is_retried_every_hour_unless_the_header_names_a_time() -> None:
    error = PLATFORM.error_of(an_answer(400, error_body(9, 2207042)))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(hours=1)
    usage = '{"7700": [{"type": "instagram", "estimated_time_to_regain_access": 12}]}'
    for body in (error_body(9, 2207042), error_body(80002)):
        error = PLATFORM.error_of(an_answer(400, body, X_Business_Use_Case_Usage=usage))
        assert isinstance(error, RateLimited)
        assert error.retry_after == timedelta(minutes=12)


# Creating.


@pytest.mark.parametrize("post", [_image(), _carousel()], ids=["single", "item"])
def test_media_that_could_not_be_downloaded_are_tried_twice_more(post: Post) -> None:
    step = CREATE if post.content.media == (IMAGE,) else CREATE_ITEM
    refused = {"status": 400, "json": error_body(9004, 2207052)}
    checkpoint = Checkpoint()
    waits = []
    for _ in range(2):
        result = _pending(_take(step, post, checkpoint, "POST", "7700/media", **refused))
        waits.append(result.poll_after.total_seconds())
        checkpoint = result.checkpoint
    assert waits == [10, 20]
    with pytest.raises(MediaRejected, match="could not download"):
        _take(step, post, checkpoint, "POST", "7700/media", **refused)


def test_invalid_media_fail_at_once() -> None:
    with pytest.raises(MediaRejected, match="JPEG"):
        _create(_image(), Checkpoint(), status=400, json=error_body(36001, 2207005))


@pytest.mark.parametrize("answer", [{"json": {}}, {"json": []}, {"body": "<html>"}])
def test_a_creation_without_an_id_is_repeated(answer: dict[str, Any]) -> None:
    with pytest.raises(PlatformUnavailable, match="without returning its id"):
        _create(_image(), Checkpoint(), **answer)


def test_a_carousel_whose_items_are_not_ready_goes_back_to_them() -> None:
    checkpoint = Checkpoint(items=("1", "2"), ready=2)
    for body in (error_body(9007, 2207027), error_body(24, 2207006), error_body(24, 2207008)):
        result = _create(_carousel(), checkpoint, status=400, json=body)
        assert result.checkpoint == replace(checkpoint, ready=0, failures=1)
    failed = replace(checkpoint, failures=2)
    with pytest.raises(PlatformUnavailable):
        _create(_carousel(), failed, status=400, json=error_body(9007, 2207027))


# Polling.


def _waits(post: Post) -> list[float]:
    """Seconds between the polls of a container that never finishes."""
    checkpoint = CREATED
    waits = []
    while checkpoint.container:
        result = _check(post, checkpoint, status_code="IN_PROGRESS")
        waits.append(result.poll_after.total_seconds())
        checkpoint = result.checkpoint
    assert checkpoint == Checkpoint(failures=1)
    return waits[:-1]


def test_an_image_is_polled_for_minutes_and_a_video_for_more_than_an_hour() -> None:
    image, video = _waits(_image()), _waits(_reel())
    assert image[:3] == [3, 3, 3]
    assert 300 <= sum(image) <= 600
    assert (video[0], video[6]) == (10, 30)
    assert 3600 <= sum(video) <= 2 * 3600


def test_a_container_that_is_not_found_at_first_is_polled_again() -> None:
    checkpoint = replace(CREATED, polls=20)
    missing = {"status": 400, "json": error_body(100, 33)}
    waits = []
    for _ in range(3):
        result = _pending(_take(CHECK, _image(), checkpoint, "GET", "55", **missing))
        waits.append(result.poll_after.total_seconds())
        checkpoint = result.checkpoint
    assert waits == [2, 5, 10]
    result = _pending(_take(CHECK, _image(), checkpoint, "GET", "55", **missing))
    assert result.checkpoint == Checkpoint(failures=1)
    with pytest.raises(OutcomeUnknown):
        _take(CHECK, _image(), replace(checkpoint, races=1), "GET", "55", **missing)


def test_an_expired_container_is_created_again_at_most_twice() -> None:
    gone = Checkpoint(items=("1", "2"), ready=2, container="55")
    again = _check(_carousel(), gone, status_code="EXPIRED")
    assert again.checkpoint == Checkpoint(failures=1)
    with pytest.raises(PlatformUnavailable, match="expire"):
        _check(_carousel(), replace(gone, failures=2), status_code="EXPIRED")


@pytest.mark.parametrize(
    ("sentence", "kind", "tries"),
    [
        ("Error: Media upload has failed with error code 2207026", MediaRejected, 0),
        ("Error: Media upload has failed with error code 2207082", MediaRejected, 1),
        ("Error: 2207003", MediaRejected, 2),
        ("Error: 2207053", PlatformUnavailable, 1),
        ("Error: 2207051 it is spam", ContentRejected, 0),
        ("Error: 2299999", MediaRejected, 0),
        ("Error: something else", MediaRejected, 1),
        ("", MediaRejected, 1),
    ],
)
def test_a_failed_container_names_the_reason(
    sentence: str, kind: type[PlatformError], tries: int
) -> None:
    failed = {"status_code": "ERROR", "status": sentence}
    checkpoint = CREATED
    for _ in range(tries):
        result = _check(_reel(), checkpoint, **failed)
        assert result.checkpoint.container is None
        checkpoint = replace(result.checkpoint, container="55")
    with pytest.raises(kind) as failure:
        _check(_reel(), checkpoint, **failed)
    assert type(failure.value) is kind
    assert failure.value.platform_code in (None, *sentence.split())


def test_a_failed_item_is_created_again_in_its_place() -> None:
    checkpoint = Checkpoint(items=("1", "2"), ready=1)
    failed = {"status_code": "ERROR", "status": "Error: 2207082"}
    result = _pending(_take(CHECK_ITEM, _carousel(), checkpoint, "GET", "2", json=failed))
    assert result.checkpoint == Checkpoint(items=("1", None), ready=1, failures=1)
    assert Checkpoint.read(result.checkpoint.stored()) == result.checkpoint
    made = _pending(
        _take(CREATE_ITEM, _carousel(), result.checkpoint, "POST", "7700/media", json={"id": "3"})
    )
    assert made.checkpoint.items == ("1", "3")
    assert PLATFORM.next_step(_carousel().content, made.checkpoint) is CHECK_ITEM


def test_a_container_that_is_already_published_is_looked_up() -> None:
    with pytest.raises(OutcomeUnknown):
        _check(_image(), CREATED, status_code="PUBLISHED")


# Publishing.


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "json": {}},
        {"status": 200, "body": "<html>"},
        {"status": 400, "body": "<html>"},
        {"status": 500, "json": error_body(2)},
        {"status": 400, "json": error_body(1)},
        {"status": 400, "json": error_body(2, is_transient=True)},
        {"status": 400, "json": error_body(-1, 2207001)},
        {"status": 400, "json": error_body(-1, 2207032)},
        {"status": 400, "json": error_body(-2, 2207003)},
        {"status": 400, "json": error_body(-2, 2207020)},
        {"status": 400, "json": error_body(24, 2299999)},
        {"status": 400, "json": error_body(2500)},
    ],
)
def test_an_unclear_answer_to_publishing_is_looked_up(answer: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        _publish(**answer)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (error_body(190, 463), TokenExpired),
        (error_body(9, 2207042), RateLimited),
        (error_body(4), RateLimited),
        (error_body(4, 2207051), ContentRejected),
        (error_body(25, 2207050), Rejected),
        (error_body(100), Rejected),
    ],
)
def test_a_clear_refusal_means_that_nothing_was_published(
    body: Any, kind: type[PlatformError]
) -> None:
    with pytest.raises(kind) as failure:
        _publish(status=400, json=body)
    assert type(failure.value) is kind


@pytest.mark.parametrize(
    "body",
    [
        error_body(9007, 2207027),
        error_body(24, 2207008),
        error_body(24, 2207006),
        error_body(100, 33),
    ],
)
def test_a_container_that_is_not_available_is_polled_again(body: Any) -> None:
    checkpoint = READY
    waits = []
    for _ in range(5):
        answer = {"status": 400, "json": body}
        result = _pending(
            _take(PUBLISH, _image(), checkpoint, "POST", "7700/media_publish", **answer)
        )
        waits.append(result.poll_after.total_seconds())
        assert result.checkpoint.container == "55"
        checked = _check(_image(), result.checkpoint, status_code="FINISHED")
        checkpoint = checked.checkpoint
    assert waits == [5, 10, 30, 60, 60]
    assert checkpoint == Checkpoint(failures=1), "after five refusals another container is created"


# Looking up.


def _look(status: Mapping[str, Any], listed: list[Any], post: Post | None = None) -> Sighting:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{API}/55", **status)
        recorded.add("GET", f"{API}/7700/media", json={"data": listed})
        since = clock.now() - timedelta(minutes=1)
        return PLATFORM.look_up(a_turn(post or _image(), http_to(URL), READY), since)


def _listed(caption: str | None, media_type: str = "IMAGE") -> dict[str, Any]:
    stamp = clock.now().strftime("%Y-%m-%dT%H:%M:%S+0000")
    listed = {"id": "9", "media_type": media_type, "timestamp": stamp}
    return listed | ({} if caption is None else {"caption": caption})


@pytest.mark.parametrize("status", ["EXPIRED", "ERROR"])
def test_a_failed_container_is_not_live_and_the_post_starts_again(status: str) -> None:
    sighting = _look({"json": {"status_code": status}}, [])
    assert sighting == Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=Checkpoint())


@pytest.mark.parametrize(
    "status",
    [
        {"json": {"status_code": "IN_PROGRESS"}},
        {"json": {"status_code": "SOMETHING_NEW"}},
        {"json": {}},
        {"status": 400, "json": error_body(100, 33)},
    ],
)
def test_an_unclear_status_proves_nothing(status: dict[str, Any]) -> None:
    assert _look(status, []) == Sighting()


def test_a_post_without_a_caption_counts_only_when_the_container_is_published() -> None:
    live = _look({"json": {"status_code": "PUBLISHED"}}, [_listed(None)])
    assert [listed.platform_post_id for listed in live.same] == ["9"]
    assert _look({"json": {"status_code": "FINISHED"}}, [_listed(None)]).same == ()
    assert _look({"json": {"status_code": "PUBLISHED"}}, [_listed("Other")]).same == ()
    assert _look({"json": {"status_code": "PUBLISHED"}}, [_listed("Hello", "VIDEO")]).same == ()


# Refreshing.


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 400, "json": error_body(190)}, ReconnectRequired),
        ({"status": 400, "json": error_body(10)}, ReconnectRequired),
        ({"status": 400, "json": error_body(100)}, ReconnectRequired),
        ({"status": 400, "json": error_body(4)}, RateLimited),
        ({"status": 400, "json": error_body(2500)}, Rejected),
        ({"status": 400, "body": "<html>"}, PlatformUnavailable),
        ({"status": 502, "body": "<html>"}, PlatformUnavailable),
        ({"status": 200, "json": {}}, PlatformUnavailable),
    ],
)
def test_only_instagram_itself_can_end_an_authorization(answer: dict[str, Any], kind: type) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/refresh_access_token", **answer)
        with pytest.raises(kind) as failure:
            Connecting().refresh(Tokens(TOKEN), http_to(URL))
    assert type(failure.value) is kind
    assert TOKEN not in str(failure.value)
