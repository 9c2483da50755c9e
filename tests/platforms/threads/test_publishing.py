"""Threads against its simulated twin, and against answers that the twin does not give."""

from collections.abc import Mapping, Sequence
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
from shared.domain.media import MediaAsset
from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import Pending, Post, Published
from shared.platforms.http import Http
from shared.platforms.threads.containers import CHECK, CREATE
from shared.platforms.threads.limits import MIB
from shared.platforms.threads.publishing import PUBLISH, Threads
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import Contract, Example, Media, TooMuch, one_image, one_video
from tests.platforms.examples import TOKEN, a_post, http_to
from tests.platforms.threads.test_errors import REFUSALS

URL = "https://graph.threads.net"
API = f"{URL}/v1.0"
MINUTE = timedelta(minutes=1)
PLATFORM = Threads()
READY = {"container": "55", "containers": 1, "finished": True}


def mixed_media(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.image(1), shelf.video(), shelf.png(2))


def images(count: int) -> Media:
    return lambda shelf: tuple(shelf.image(seed) for seed in range(1, count + 1))


def an_image(**changed: Any) -> Media:
    return lambda shelf: (replace(shelf.image(), **changed),)


def a_video(**changed: Any) -> Media:
    return lambda shelf: (replace(shelf.video(), **changed),)


PUBLISHES = "POST /v1.0/me/threads_publish"
LINKS = " ".join(f"https://example.com/{number}" for number in range(6))
LINK = {"linkAttachment": "https://example.com/a?b=1"}
CONTRACT = Contract(
    examples=[
        Example("text", PUBLISHES),
        Example("text with a link and a topic", PUBLISHES, options={**LINK, "topicTag": "code"}),
        Example("image", PUBLISHES, media=one_image, options={"altTexts": ["A mosaic"]}),
        Example("image alone", PUBLISHES, text="", media=one_image),
        Example("video", PUBLISHES, media=one_video, options={"altTexts": ["A slide show"]}),
        Example(
            "carousel",
            PUBLISHES,
            media=mixed_media,
            options={"altTexts": ["one", None, "three"], "replyControl": "mentioned_only"},
        ),
    ],
    too_much=[
        TooMuch("text", "text_too_long", "text", text="a" * 501),
        TooMuch("emoji", "text_too_long", "text", text="\U0001f600" * 126),
        TooMuch("no text and no media", "missing", "text", text=""),
        TooMuch("links", "too_many_links", "text", text=LINKS),
        TooMuch("links and one attached", "too_many_links", "text", text=LINKS[:-22], options=LINK),
        TooMuch(
            "link beside an image",
            "link_attachment_not_supported",
            "options.linkAttachment",
            media=one_image,
            options=LINK,
        ),
        TooMuch(
            "link", "invalid_option", "options.linkAttachment", options={"linkAttachment": "a"}
        ),
        *(
            TooMuch(
                f"topic {tag[:4]}", "invalid_option", "options.topicTag", options={"topicTag": tag}
            )
            for tag in ("", "a.b", "a&b", "a" * 51)
        ),
        TooMuch(
            "who may reply",
            "invalid_option",
            "options.replyControl",
            options={"replyControl": "nobody"},
        ),
        TooMuch("21 images", "too_many_media", "media", media=images(21)),
        TooMuch("image bytes", "media_too_large", "media[0]", media=an_image(size=8 * MIB + 1)),
        TooMuch(
            "image type",
            "media_type_not_supported",
            "media[0]",
            media=an_image(content_type="image/webp"),
        ),
        TooMuch("flat image", "aspect_ratio_too_large", "media[0]", media=an_image(width=13501)),
        TooMuch("slim image", "aspect_ratio_too_small", "media[0]", media=an_image(height=10811)),
        TooMuch(
            "moving image",
            "animation_not_supported",
            "media[0]",
            media=an_image(content_type="image/png", animated=True),
        ),
        TooMuch("video bytes", "media_too_large", "media[0]", media=a_video(size=1024 * MIB + 1)),
        TooMuch("long video", "duration_too_large", "media[0]", media=a_video(duration=300.1)),
        TooMuch("slow video", "frame_rate_too_small", "media[0]", media=a_video(frame_rate=15)),
        TooMuch("fast video", "frame_rate_too_large", "media[0]", media=a_video(frame_rate=120)),
        TooMuch("wide video", "width_too_large", "media[0]", media=a_video(width=1921)),
        TooMuch(
            "flat video",
            "aspect_ratio_too_large",
            "media[0]",
            media=a_video(width=1900, height=100),
        ),
        TooMuch(
            "slim video", "aspect_ratio_too_small", "media[0]", media=a_video(width=9, height=1000)
        ),
        TooMuch("video codec", "codec_not_supported", "media[0]", media=a_video(codec="vp9")),
        TooMuch("bit rate", "bit_rate_too_large", "media[0]", media=a_video(size=101_000_000)),
        TooMuch(
            "video type",
            "media_type_not_supported",
            "media[0]",
            media=a_video(content_type="video/webm"),
        ),
        TooMuch(
            "alt text",
            "alt_text_too_long",
            "options.altTexts[0]",
            media=one_video,
            options={"altTexts": ["a" * 1001]},
        ),
        TooMuch(
            "alt text of nothing",
            "too_many_alt_texts",
            "options.altTexts",
            options={"altTexts": ["a"]},
        ),
    ],
    refusals=REFUSALS,
    refresh="GET /refresh_access_token",
)


def _step(url: str, post: Post, checkpoint: Mapping[str, Any]) -> Published | Pending:
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, post, checkpoint, http_to(url))


def _ready(url: str, post: Post) -> Mapping[str, Any]:
    """The checkpoint of a container that only waits to be published."""
    checkpoint: Mapping[str, Any] = {}
    while not checkpoint.get("finished"):
        result = _step(url, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
    return checkpoint


def _look(url: str, post: Post, checkpoint: Mapping[str, Any]) -> Sighting:
    return PLATFORM.look_up(post, checkpoint, clock.now() - MINUTE, http_to(url))


def test_a_container_is_created_checked_and_published() -> None:
    content = a_post("threads").content
    assert PLATFORM.next_step(content, {}) is CREATE
    assert PLATFORM.next_step(content, {"container": "1"}) is CHECK
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


def test_who_may_reply_is_passed_on(threads_twin: Twin) -> None:
    post = a_post("threads", replyControl="mentioned_only")
    _step(threads_twin.url, post, _ready(threads_twin.url, post))
    (visible,) = threads_twin.platform.posts.all()
    assert visible.details["made"].reply_control == "mentioned_only"


def test_a_refused_text_and_a_refused_token_are_told_apart(threads_twin: Twin) -> None:
    with pytest.raises(Rejected, match="at most 500"):
        _step(threads_twin.url, a_post("threads", "a" * 501), {})
    with pytest.raises(TokenExpired):
        _step(threads_twin.url, a_post("threads", token="another"), {})


@pytest.mark.parametrize("races", [0, 1, 4])
def test_a_publication_race_goes_back_to_the_containers_state(
    threads_twin: Twin, races: int
) -> None:
    post = a_post("threads")
    checkpoint = {**_ready(threads_twin.url, post), "races": races}
    threads_twin.platform.publish_races = 1
    result = _step(threads_twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert result.poll_after == timedelta(seconds=[2, 5, 10, 20, 20][races])
    assert PLATFORM.next_step(post.content, result.checkpoint) is CHECK
    checked = _step(threads_twin.url, post, result.checkpoint)
    assert isinstance(checked, Pending)
    same = checked.checkpoint.get("container") == checkpoint["container"]
    assert same == (races < 4), "the same container, until it has raced five times"


def _status(recorded: responses.RequestsMock, **container: str) -> None:
    recorded.add("GET", f"{API}/55", json={"id": "55", **container})


def _check(checkpoint: Mapping[str, Any] | None = None, **container: str) -> Pending:
    with responses.RequestsMock() as recorded:
        _status(recorded, **container)
        checkpoint = checkpoint or {"container": "55", "containers": 1}
        result = PLATFORM.take(CHECK, a_post("threads"), checkpoint, http_to(URL))
    assert isinstance(result, Pending)
    return result


def test_an_unfinished_container_is_asked_again_at_growing_distances() -> None:
    checkpoint: Mapping[str, Any] = {"container": "55", "containers": 1}
    waits = []
    for _ in range(11):
        result = _check(checkpoint, status="IN_PROGRESS")
        waits.append(result.poll_after.total_seconds())
        checkpoint = result.checkpoint
    assert waits == [1, 2, 3, 5, 10, 30, 60, 60, 60, 60, 60]
    assert _check(checkpoint, status="IN_PROGRESS").checkpoint == {"containers": 1}


@pytest.mark.parametrize(
    "container",
    [
        {"status": "EXPIRED"},
        {"status": "ERROR", "error_message": "UNKNOWN"},
        {"status": "ERROR"},
        {"status": "ERROR", "error_message": "FAILED_PROCESSING_VIDEO"},
    ],
)
def test_a_container_that_came_to_nothing_is_made_anew(container: dict[str, str]) -> None:
    result = _check(**container)
    assert result.checkpoint == {"containers": 1}
    assert PLATFORM.next_step(a_post("threads").content, result.checkpoint) is CREATE


def test_after_three_containers_the_step_fails() -> None:
    checkpoint = {"container": "55", "containers": 3}
    with pytest.raises(PlatformUnavailable, match="expire"):
        _check(checkpoint, status="EXPIRED")


def test_a_container_that_fails_twice_or_is_invalid_is_a_fault_of_the_media() -> None:
    with pytest.raises(MediaRejected, match="INVALID_DURATION"):
        _check(status="ERROR", error_message="INVALID_DURATION")
    with pytest.raises(MediaRejected, match="could not process"):
        _check({"container": "55", "containers": 2}, status="ERROR", error_message="UNKNOWN")


def test_a_container_that_turns_out_published_is_looked_up() -> None:
    with pytest.raises(OutcomeUnknown):
        _check(status="PUBLISHED")


def _publish_recorded(**answer: Any) -> Published | Pending:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{API}/me/threads_publish", **answer)
        return PLATFORM.take(PUBLISH, a_post("threads"), READY, http_to(URL))


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
def test_a_disturbance_while_publishing_is_looked_up_and_not_repeated(
    answer: dict[str, Any],
) -> None:
    with pytest.raises(OutcomeUnknown):
        _publish_recorded(**answer)


def test_a_limit_while_publishing_has_published_nothing() -> None:
    with pytest.raises(RateLimited):
        _publish_recorded(status=400, json={"error": {"code": 9, "is_transient": False}})


def test_a_creation_without_an_id_is_repeated() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{API}/me/threads", json={})
        with pytest.raises(PlatformUnavailable, match="without its id"):
            PLATFORM.take(CREATE, a_post("threads"), {}, http_to(URL))


@pytest.mark.parametrize(
    "text", ["plain", "#first and #second", "a#b https://a.com/#c #d", "two  spaces\n", "a & <b>"]
)
def test_a_post_is_recognized_in_what_threads_made_of_it(threads_twin: Twin, text: str) -> None:
    post = a_post("threads", text)
    checkpoint = _ready(threads_twin.url, post)
    before = _look(threads_twin.url, post, checkpoint)
    assert (before.same, before.handle) == ((), Handle.NOT_PUBLISHED)
    assert before.checkpoint == {**checkpoint, "races": 0}
    published = _step(threads_twin.url, post, checkpoint)
    assert isinstance(published, Published)
    after = _look(threads_twin.url, post, checkpoint)
    assert after.handle is Handle.PUBLISHED
    (seen,) = after.same
    assert seen.platform_post_id == published.platform_post_id
    assert seen.permalink


def test_another_text_is_not_taken_for_it(threads_twin: Twin) -> None:
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
    (seen,) = _look(threads_twin.url, oldest, checkpoint).same
    assert seen.platform_post_id == template.id


@pytest.mark.parametrize("status", ["EXPIRED", "ERROR"])
def test_a_dead_container_starts_over_and_an_unclear_one_proves_nothing(status: str) -> None:
    with responses.RequestsMock() as recorded:
        _status(recorded, status=status)
        recorded.add("GET", f"{API}/me/threads", json={"data": []})
        assert _look(URL, a_post("threads"), READY) == Sighting(
            handle=Handle.NOT_PUBLISHED, checkpoint={}
        )
        recorded.replace("GET", f"{API}/55", json={"status": "IN_PROGRESS"})
        assert _look(URL, a_post("threads"), READY) == Sighting()


def _refresh(http: Http) -> Tokens:
    return PLATFORM.refresh(Tokens(TOKEN), http)


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
def test_only_threads_itself_ends_an_authorization(answer: dict[str, Any], kind: type) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/refresh_access_token", **answer)
        with pytest.raises(kind) as failure:
            _refresh(http_to(URL))
    assert type(failure.value) is kind
