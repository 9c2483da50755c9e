"""Threads against its simulated twin, and against recorded answers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    MediaRejected,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import Pending, Post, Published
from shared.platforms.http import Http
from shared.platforms.meta.containers import CHECK, CREATE, PUBLISH
from shared.platforms.threads.checkpoint import Checkpoint
from shared.platforms.threads.connecting import Connecting
from shared.platforms.threads.publishing import Publishing
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, a_turn, http_to

URL = "https://graph.threads.net"
API = f"{URL}/v1.0"
MINUTE = timedelta(minutes=1)
PLATFORM = Publishing()
NEW = Checkpoint()
CREATED = Checkpoint(container="55")
READY = replace(CREATED, finished=True)


def _step(url: str, post: Post, checkpoint: Checkpoint = NEW) -> Published | Pending:
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, a_turn(post, http_to(url), checkpoint))


def _ready(url: str, post: Post) -> Checkpoint:
    """The checkpoint of a container that is ready to be published."""
    checkpoint = Checkpoint()
    while not checkpoint.finished:
        result = _step(url, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
    return checkpoint


def _look(url: str, post: Post, checkpoint: Checkpoint) -> Sighting:
    return PLATFORM.look_up(a_turn(post, http_to(url), checkpoint), clock.now() - MINUTE)


def test_a_container_is_created_checked_and_published() -> None:
    content = a_post("threads").content
    assert PLATFORM.next_step(content, NEW) is CREATE
    assert PLATFORM.next_step(content, CREATED) is CHECK
    assert PLATFORM.next_step(content, READY) is PUBLISH
    assert [step.visible for step in (CREATE, CHECK, PUBLISH)] == [False, False, True]
    assert [step.polls for step in (CREATE, CHECK, PUBLISH)] == [False, True, False]


def test_nothing_is_visible_before_the_last_step(threads_twin: Twin) -> None:
    post = a_post("threads", "Hello, Threads")
    checkpoint = _ready(threads_twin.url, post)
    assert threads_twin.visible() == []
    published = _step(threads_twin.url, post, checkpoint)
    (visible,) = threads_twin.platform.posts.all()
    assert published == Published(visible.id)
    link = PLATFORM.permalink(post, visible.id, http_to(threads_twin.url))
    assert link == visible.details["permalink"]


def test_reply_control_reaches_threads(threads_twin: Twin) -> None:
    post = a_post("threads", replyControl="mentioned_only")
    _step(threads_twin.url, post, _ready(threads_twin.url, post))
    (visible,) = threads_twin.platform.posts.all()
    assert visible.details["draft"].reply_control == "mentioned_only"


def test_a_refused_text_and_a_refused_token_are_different_errors(threads_twin: Twin) -> None:
    with pytest.raises(Rejected, match="at most 500"):
        _step(threads_twin.url, a_post("threads", "a" * 501))
    with pytest.raises(TokenExpired):
        _step(threads_twin.url, a_post("threads", token="another"))


@pytest.mark.parametrize("races", [0, 1, 4])
def test_after_a_publishing_race_the_container_is_polled_again(
    threads_twin: Twin, races: int
) -> None:
    post = a_post("threads")
    checkpoint = replace(_ready(threads_twin.url, post), races=races)
    threads_twin.platform.state.publish_races = 1
    result = _step(threads_twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert result.poll_after == timedelta(seconds=[2, 5, 10, 20, 20][races])
    assert PLATFORM.next_step(post.content, result.checkpoint) is CHECK
    checked = _step(threads_twin.url, post, result.checkpoint)
    assert isinstance(checked, Pending)
    same = checked.checkpoint.container == checkpoint.container
    assert same == (races < 4), "the same container, until it has raced five times"


def _status(recorded: responses.RequestsMock, **container: str) -> None:
    recorded.add("GET", f"{API}/55", json={"id": "55", **container})


def _check(checkpoint: Checkpoint = CREATED, **container: str) -> Pending:
    with responses.RequestsMock() as recorded:
        _status(recorded, **container)
        result = PLATFORM.take(CHECK, a_turn(a_post("threads"), http_to(URL), checkpoint))
    assert isinstance(result, Pending)
    return result


def test_an_unfinished_container_is_polled_at_growing_intervals() -> None:
    checkpoint = CREATED
    waits = []
    for _ in range(11):
        result = _check(checkpoint, status="IN_PROGRESS")
        waits.append(result.poll_after.total_seconds())
        checkpoint = result.checkpoint
    assert waits == [1, 2, 3, 5, 10, 30, 60, 60, 60, 60, 60]
    again = _check(checkpoint, status="IN_PROGRESS")
    assert again.checkpoint == Checkpoint(failures=1)


@pytest.mark.parametrize(
    "container",
    [
        {"status": "EXPIRED"},
        {"status": "ERROR", "error_message": "UNKNOWN"},
        {"status": "ERROR"},
        {"status": "ERROR", "error_message": "FAILED_PROCESSING_VIDEO"},
    ],
)
def test_a_failed_container_is_created_again(container: dict[str, str]) -> None:
    result = _check(**container)
    assert result.checkpoint == Checkpoint(failures=1)
    assert PLATFORM.next_step(a_post("threads").content, result.checkpoint) is CREATE


def test_after_three_containers_the_step_fails() -> None:
    checkpoint = replace(CREATED, failures=2)
    with pytest.raises(PlatformUnavailable, match="expire"):
        _check(checkpoint, status="EXPIRED")


def test_a_container_that_fails_twice_or_is_invalid_is_a_media_error() -> None:
    with pytest.raises(MediaRejected, match="INVALID_DURATION"):
        _check(status="ERROR", error_message="INVALID_DURATION")
    with pytest.raises(MediaRejected, match="could not process"):
        _check(replace(CREATED, failures=1), status="ERROR", error_message="UNKNOWN")


def test_a_container_that_is_already_published_is_looked_up() -> None:
    with pytest.raises(OutcomeUnknown):
        _check(status="PUBLISHED")


MISSING = {"error": {"code": 24, "error_subcode": 4279009, "message": "No"}}


def test_a_container_that_is_not_found_at_first_is_polled_again() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{API}/55", status=400, json=MISSING)
        checkpoint, waits = CREATED, []
        while checkpoint.container:
            result = _step(URL, a_post("threads"), checkpoint)
            assert isinstance(result, Pending)
            waits.append(result.poll_after.total_seconds())
            checkpoint = result.checkpoint
        assert (waits, checkpoint) == ([2, 5, 10, 10], Checkpoint(failures=1))


def test_a_container_without_a_status_after_a_race_is_looked_up() -> None:
    raced = replace(CREATED, races=1, misses=3)
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{API}/55", status=400, json=MISSING)
        with pytest.raises(OutcomeUnknown):
            _step(URL, a_post("threads"), raced)


def _publish_recorded(**answer: Any) -> Published | Pending:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{API}/me/threads_publish", **answer)
        return PLATFORM.take(PUBLISH, a_turn(a_post("threads"), http_to(URL), READY))


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "json": {}},
        {"status": 200, "body": "<html>"},
        {"status": 400, "json": {"error": {"code": 2, "message": "Unexpected"}}},
        {"status": 400, "json": {"error": {"code": 99, "is_transient": True}}},
        {"status": 400, "body": "<html>Sorry</html>"},
        {"status": 500, "json": {"error": {"code": 2}}},
    ],
)
def test_a_failure_while_publishing_is_looked_up_and_not_repeated(
    answer: dict[str, Any],
) -> None:
    with pytest.raises(OutcomeUnknown):
        _publish_recorded(**answer)


def test_a_rate_limit_while_publishing_means_that_nothing_was_published() -> None:
    with pytest.raises(RateLimited):
        _publish_recorded(status=400, json={"error": {"code": 9, "is_transient": False}})


def test_a_creation_without_an_id_is_repeated() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{API}/me/threads", json={})
        with pytest.raises(PlatformUnavailable, match="without returning its id"):
            PLATFORM.take(CREATE, a_turn(a_post("threads"), http_to(URL)))


@pytest.mark.parametrize(
    "text", ["plain", "#first and #second", "a#b https://a.com/#c #d", "two  spaces\n", "a & <b>"]
)
def test_a_post_is_recognized_in_the_list(threads_twin: Twin, text: str) -> None:
    post = a_post("threads", text)
    checkpoint = _ready(threads_twin.url, post)
    before = _look(threads_twin.url, post, checkpoint)
    assert (before.same, before.handle) == ((), Handle.NOT_PUBLISHED)
    assert before.checkpoint == replace(checkpoint, finished=False)
    published = _step(threads_twin.url, post, checkpoint)
    assert isinstance(published, Published)
    after = _look(threads_twin.url, post, checkpoint)
    assert after.handle is Handle.PUBLISHED
    (listed,) = after.same
    assert listed.platform_post_id == published.platform_post_id
    assert listed.permalink


def test_another_text_is_not_mistaken_for_the_post(threads_twin: Twin) -> None:
    other = a_post("threads", "Hello")
    _step(threads_twin.url, other, _ready(threads_twin.url, other))
    ours = a_post("threads", "Hello!")
    assert _look(threads_twin.url, ours, _ready(threads_twin.url, ours)).same == ()


def test_the_list_is_read_through_all_its_pages(threads_twin: Twin) -> None:
    oldest = a_post("threads", "the oldest")
    checkpoint = _ready(threads_twin.url, oldest)
    _step(threads_twin.url, oldest, checkpoint)
    template = threads_twin.platform.posts.all()[0]
    for number in range(1, 60):
        newer = type(template)(
            **{**vars(template), "id": str(int(template.id) + number), "shown": f"{number}"}
        )
        threads_twin.platform.posts.add(newer)
    (listed,) = _look(threads_twin.url, oldest, checkpoint).same
    assert listed.platform_post_id == template.id


@pytest.mark.parametrize("status", ["EXPIRED", "ERROR"])
def test_a_failed_container_starts_over_and_an_unclear_one_proves_nothing(status: str) -> None:
    with responses.RequestsMock() as recorded:
        _status(recorded, status=status)
        recorded.add("GET", f"{API}/me/threads", json={"data": []})
        assert _look(URL, a_post("threads"), READY) == Sighting(
            handle=Handle.NOT_PUBLISHED, checkpoint=Checkpoint()
        )
        recorded.replace("GET", f"{API}/55", json={"status": "IN_PROGRESS"})
        assert _look(URL, a_post("threads"), READY) == Sighting()


def _refresh(http: Http) -> Tokens:
    return Connecting().refresh(Tokens(TOKEN), http)


def test_a_refresh_gives_a_token_for_sixty_days(threads_twin: Twin) -> None:
    renewed = _refresh(http_to(threads_twin.url))
    assert renewed.access_token != TOKEN
    assert renewed.refresh_token is None
    assert renewed.expires_at is not None
    assert timedelta(days=59) < renewed.expires_at - clock.now() < timedelta(days=61)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 400, "json": {"error": {"code": 190}}}, ReconnectRequired),
        ({"status": 400, "json": {"error": {"code": 4}}}, RateLimited),
        ({"status": 400, "body": "<html>"}, PlatformUnavailable),
        ({"status": 502, "body": "<html>"}, PlatformUnavailable),
        ({"status": 200, "json": {}}, PlatformUnavailable),
    ],
)
def test_only_threads_itself_can_end_an_authorization(answer: dict[str, Any], kind: type) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/refresh_access_token", **answer)
        with pytest.raises(kind) as failure:
            _refresh(http_to(URL))
    assert type(failure.value) is kind
