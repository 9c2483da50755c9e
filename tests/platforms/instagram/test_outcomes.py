"""What is known after an answer to publishing, and what a look-up finds out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.domain.errors import (
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import Post
from shared.platforms.instagram.checkpoint import Checkpoint
from shared.platforms.meta.containers import PUBLISH
from tests.platforms.examples import a_turn, http_to
from tests.platforms.instagram.contract import error_body
from tests.platforms.instagram.recorded import (
    API,
    PLATFORM,
    READY,
    URL,
    check,
    image_post,
    pending,
    publish,
    take,
)


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
        publish(**answer)


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
        publish(status=400, json=body)
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
        result = pending(
            take(PUBLISH, image_post(), checkpoint, "POST", "7700/media_publish", **answer)
        )
        waits.append(result.poll_after.total_seconds())
        assert result.checkpoint.container == "55"
        checked = check(image_post(), result.checkpoint, status_code="FINISHED")
        checkpoint = checked.checkpoint
    assert waits == [5, 10, 30, 60, 60]
    assert checkpoint == Checkpoint(failures=1), "after five refusals another container is created"


def _look(status: Mapping[str, Any], listed: list[Any], post: Post | None = None) -> Sighting:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{API}/55", **status)
        recorded.add("GET", f"{API}/7700/media", json={"data": listed})
        since = clock.now() - timedelta(minutes=1)
        return PLATFORM.look_up(a_turn(post or image_post(), http_to(URL), READY), since)


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
