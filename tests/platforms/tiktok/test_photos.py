"""Photos on TikTok: the one request without a handle, and what is found of it when it is lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from local.platforms.faults import read_fault
from local.platforms.posts import Post as VisiblePost
from local.platforms.tiktok.twin import TikTok as SimulatedTikTok
from shared import clock
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.domain.reconciliation import Sighting
from shared.platforms.base import Pending, Post, Published
from shared.platforms.tiktok.checkpoint import Checkpoint, Settings
from shared.platforms.tiktok.publishing import POST_PHOTOS
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to
from tests.platforms.tiktok.steps import PLATFORM, publish
from tests.world import World

URL = "https://open.tiktokapis.com"
INIT = "/v2/post/publish/content/init/"
ASKED = Checkpoint(settings=Settings("PUBLIC_TO_EVERYONE"))


def _look(twin: Twin, post: Post) -> Sighting:
    since = clock.now() - timedelta(minutes=1)
    return PLATFORM.look_up(a_turn(post, http_to(twin.url), ASKED), since)


def _recorded(shelf: Shelf, **answer: Any) -> Published | Pending:
    post = a_post("tiktok", media=[shelf.image()])
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}{INIT}", **answer)
        return PLATFORM.take(POST_PHOTOS, a_turn(post, http_to(URL), ASKED))


def _envelope(code: str, **data: Any) -> dict[str, Any]:
    return {"data": data, "error": {"code": code, "message": "", "log_id": "1"}}


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "json": _envelope("ok")},
        {"status": 200, "json": _envelope("internal_error")},
        {"status": 200, "body": "<html>"},
        {"status": 400, "body": "<html>Sorry</html>"},
        {"status": 302, "headers": {"Location": "/"}},
        {"status": 500, "json": _envelope("internal_error")},
    ],
)
def test_a_disturbance_while_posting_is_looked_up_and_not_repeated(
    shelf: Shelf, answer: dict[str, Any]
) -> None:
    with pytest.raises(OutcomeUnknown):
        _recorded(shelf, **answer)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (429, "rate_limit_exceeded", RateLimited),
        (401, "access_token_invalid", TokenExpired),
        (403, "url_ownership_unverified", Rejected),
        (200, "spam_risk_too_many_posts", RateLimited),
    ],
)
def test_a_plain_refusal_has_posted_nothing(
    shelf: Shelf, status: int, code: str, error: type[PlatformError]
) -> None:
    with pytest.raises(error) as failure:
        _recorded(shelf, status=status, json=_envelope(code))
    assert type(failure.value) is error


def test_the_publish_id_is_kept_for_the_polls(shelf: Shelf) -> None:
    result = _recorded(shelf, json=_envelope("ok", publish_id="p_pub_url~v2.1"))
    sent = replace(ASKED, publish_id="p_pub_url~v2.1", tries=1, sent=True)
    assert result == Pending(sent, timedelta(seconds=5), sent=True)


@pytest.mark.parametrize("text", ["plain", "#tags & <b> @here", "two  spaces\nand lines", "😀"])
def test_public_photos_are_recognized_by_their_text(tiktok: Twin, shelf: Shelf, text: str) -> None:
    post = a_post("tiktok", text, media=[shelf.image()])
    assert _look(tiktok, post) == Sighting(), "nothing proves that they are absent"
    published = publish(tiktok, post)
    sighting = _look(tiktok, post)
    (seen,) = sighting.same
    assert (seen.platform_post_id, seen.permalink) == (
        published.platform_post_id,
        published.permalink,
    )
    assert abs(seen.created_at - clock.now()) < timedelta(minutes=1)
    assert not sighting.list_was_read


@pytest.mark.parametrize(
    ("text", "options", "is_video"),
    [
        ("Hello!", {}, False),
        ("hello", {}, False),
        ("Hello", {"privacyLevel": "SELF_ONLY"}, False),
        ("Hello", {}, True),
    ],
)
def test_another_post_is_not_taken_for_them(
    tiktok: Twin, shelf: Shelf, text: str, options: dict[str, Any], is_video: bool
) -> None:
    media = [shelf.video() if is_video else shelf.image()]
    publish(tiktok, a_post("tiktok", text, media=media, **options))
    assert _look(tiktok, a_post("tiktok", "Hello", media=[shelf.image()])) == Sighting()


def test_photos_without_words_are_not_looked_for(tiktok: Twin, shelf: Shelf) -> None:
    post = a_post("tiktok", "", media=[shelf.image()])
    publish(tiktok, post)
    asked = len(tiktok.platform.requests.all())
    assert _look(tiktok, post) == Sighting()
    assert len(tiktok.platform.requests.all()) == asked


def test_the_list_is_read_back_to_the_time_of_sending(tiktok: Twin, shelf: Shelf) -> None:
    post = a_post("tiktok", "the oldest", media=[shelf.image()])
    published = publish(tiktok, post)
    template = tiktok.platform.posts.all()[0]
    template.visible_at -= timedelta(seconds=30)
    for number in range(1, 50):
        changes = {
            "id": str(int(template.id) + number),
            "shown": f"{number}",
            "visible_at": template.visible_at + timedelta(milliseconds=100 * number),
        }
        tiktok.platform.posts.add(VisiblePost(**{**vars(template), **changes}))
    (seen,) = _look(tiktok, post).same
    assert seen.platform_post_id == published.platform_post_id
    lists = [r for r in tiktok.platform.requests.all() if r.path == "/v2/video/list/"]
    assert len(lists) == 3
    for old in tiktok.platform.posts.all():
        old.visible_at -= timedelta(hours=1)
    _look(tiktok, post)
    lists = [r for r in tiktok.platform.requests.all() if r.path == "/v2/video/list/"]
    assert len(lists) == 4, "older posts are not even read"


# Through the whole system.


def _fault(world: World, match: str, mode: str, **more: Any) -> None:
    fault = {"match": match, "mode": mode, **more}
    world.platforms["tiktok"].faults.add(read_fault(fault))


def _run(world: World, shelf: Shelf, **options: Any) -> dict[str, Any]:
    target = {"platform": "tiktok", "options": options}
    post = world.submit("Hello", target, [shelf.image(1), shelf.image(2)])
    world.live_until_quiet()
    return world.run(post, "tiktok")


def test_a_lost_answer_is_found_once_the_list_shows_the_post(world: World, shelf: Shelf) -> None:
    world.platforms["tiktok"].listing_lag = timedelta(minutes=20)
    _fault(world, f"POST {INIT}", "accept_then_500")
    run = _run(world, shelf)
    assert run["status"] == "succeeded", world.log
    (visible,) = world.platforms["tiktok"].posts.all()
    assert run["platformPostId"] == visible.id
    assert run["permalink"] == visible.details["share_url"]


def test_lost_photos_that_not_everyone_sees_stay_unconfirmed(world: World, shelf: Shelf) -> None:
    _fault(world, f"POST {INIT}", "accept_then_reset")
    run = _run(world, shelf, privacyLevel="MUTUAL_FOLLOW_FRIENDS")
    assert run["status"] == "unconfirmed"
    assert world.visible("tiktok") == ["Hello"]


def test_photos_that_tiktok_could_not_fetch_are_sent_again(world: World, shelf: Shelf) -> None:
    platform = world.platforms["tiktok"]
    assert isinstance(platform, SimulatedTikTok)
    platform.state.fail_reason = "photo_pull_failed"
    _fault(world, f"POST {INIT}", "processing_failed")
    run = _run(world, shelf)
    assert run["status"] == "succeeded", world.log
    assert world.visible("tiktok") == ["Hello"]
    assert len(platform.state.publications) == 2


def test_photos_that_tiktok_never_can_fetch_fail_after_three_tries(
    world: World, shelf: Shelf
) -> None:
    platform = world.platforms["tiktok"]
    assert isinstance(platform, SimulatedTikTok)
    platform.state.fail_reason = "photo_pull_failed"
    _fault(world, f"POST {INIT}", "processing_failed", times=9)
    run = _run(world, shelf)
    assert (run["status"], run["error"]["category"]) == ("failed", "media_error")
    assert len(platform.state.publications) == 3
    assert world.visible("tiktok") == []


@pytest.mark.full
def test_photos_that_are_being_processed_are_waited_for(world: World, shelf: Shelf) -> None:
    world.platforms["tiktok"].processing_time = timedelta(minutes=1)
    run = _run(world, shelf)
    assert run["status"] == "succeeded", world.log
    assert world.visible("tiktok") == ["Hello"]


def test_a_photo_whose_bytes_tiktok_refuses_fails(world: World, shelf: Shelf) -> None:
    _fault(world, f"POST {INIT}", "processing_failed")
    run = _run(world, shelf)
    assert (run["status"], run["error"]["platformCode"]) == ("failed", "file_format_check_failed")
    assert world.visible("tiktok") == []
