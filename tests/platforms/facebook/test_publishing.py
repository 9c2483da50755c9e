"""Facebook against its simulated twin, and against recorded answers."""

from dataclasses import replace
from typing import Any

import pytest
import responses

from shared.domain.accounts import Tokens
from shared.domain.errors import (
    DuplicateRejected,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.domain.reconciliation import Sighting
from shared.platforms.base import Pending, Published
from shared.platforms.facebook.checkpoint import Checkpoint
from shared.platforms.facebook.connecting import Connecting
from shared.platforms.facebook.publishing import FINISH, PUBLISH
from shared.platforms.facebook.uploads import UPLOAD_PHOTO
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, http_to
from tests.platforms.facebook.contract import STORY, error_body
from tests.platforms.facebook.steps import (
    PAGE,
    PLATFORM,
    START,
    URL,
    look_up,
    publish,
    take_step,
    take_steps_until,
)


def test_a_text_post_is_one_request(twin: Twin) -> None:
    post = a_post("facebook", "Hello, Facebook")
    assert PLATFORM.next_step(post.content, START) is PUBLISH
    published = publish(twin.url, post)
    (visible,) = twin.platform.posts.all()
    assert (published.platform_post_id, visible.text) == (visible.id, "Hello, Facebook")
    assert [r.method for r in twin.platform.requests.all()] == ["POST"]
    link = PLATFORM.permalink(post, visible.id, http_to(twin.url))
    assert link == f"https://www.facebook.com{visible.details['path']}"


def test_the_link_option_reaches_facebook(twin: Twin) -> None:
    publish(twin.url, a_post("facebook", link="https://example.com/a"))
    (visible,) = twin.platform.posts.all()
    assert visible.details["link"] == "https://example.com/a"


def test_photos_are_shown_in_order_with_their_alt_texts(twin: Twin, shelf: Shelf) -> None:
    images = [shelf.image(seed) for seed in range(1, 11)]
    post = a_post("facebook", media=images, altTexts=["first", None, "third"])
    checkpoint = take_steps_until(twin.url, post, PUBLISH.name)
    assert twin.visible() == []
    assert isinstance(take_step(twin.url, post, checkpoint), Published)
    (visible,) = twin.platform.posts.all()
    assert [item.sha256 for item in visible.media] == [image.sha256 for image in images]
    assert visible.details["alt_texts"][:4] == ["first", None, "third", None]


def test_uploaded_photos_are_not_uploaded_again(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", media=[shelf.image(1), shelf.image(2)])
    result = take_step(twin.url, post)
    assert isinstance(result, Pending)
    assert len(result.checkpoint.photos) == 1
    assert PLATFORM.next_step(post.content, result.checkpoint) is UPLOAD_PHOTO


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "json": {}},
        {"status": 200, "body": "<html>"},
        {"status": 400, "json": error_body(2, "Unexpected")},
        {"status": 400, "json": error_body(99, "Odd", is_transient=True)},
        {"status": 400, "body": "<html>Sorry</html>"},
        {"status": 500, "json": error_body(2, "Odd")},
    ],
)
@pytest.mark.parametrize("kind", ["feed", "photo_stories", "videos"])
def test_a_failure_while_publishing_is_looked_up_and_not_repeated(
    shelf: Shelf, kind: str, answer: dict[str, Any]
) -> None:
    post, checkpoint = {
        "feed": (a_post("facebook"), START),
        "photo_stories": (
            a_post("facebook", "", media=[shelf.image()], **STORY),
            Checkpoint(photos=("1",)),
        ),
        "videos": (
            a_post("facebook", media=[shelf.video()]),
            Checkpoint(video_id="5", upload_session="6", uploaded=True),
        ),
    }[kind]
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{PAGE}/{kind}", **answer)
        with pytest.raises(OutcomeUnknown):
            take_step(URL, post, checkpoint)


def test_a_rate_limit_while_publishing_means_that_nothing_was_published() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{PAGE}/feed", status=400, json=error_body(32, "Limit"))
        with pytest.raises(RateLimited):
            take_step(URL, a_post("facebook"))


@pytest.mark.parametrize("answer", [{}, {"video_id": "1"}])
def test_an_upload_without_an_id_is_started_again(shelf: Shelf, answer: dict[str, Any]) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{PAGE}/videos", json=answer)
        recorded.add("POST", f"{PAGE}/photos", json=answer)
        with pytest.raises(PlatformUnavailable, match="without returning its id"):
            take_step(URL, a_post("facebook", media=[shelf.video()]))
        with pytest.raises(PlatformUnavailable, match="without returning its id"):
            take_step(URL, a_post("facebook", media=[shelf.image()]))


@pytest.mark.full
@pytest.mark.parametrize("text", ["plain", "two  spaces\n", "a & <b>", "é", ""])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_post_is_recognized_in_the_pages_list(
    twin: Twin, shelf: Shelf, text: str, count: int
) -> None:
    images = [shelf.image(seed) for seed in range(count)]
    post = a_post("facebook", text or "." * (count == 0), media=images)
    checkpoint = take_steps_until(twin.url, post, PUBLISH.name)
    before = look_up(twin.url, post, checkpoint)
    assert before == Sighting(list_was_read=True, checkpoint=checkpoint)
    published = take_step(twin.url, post, checkpoint)
    assert isinstance(published, Published)
    (listed,) = look_up(twin.url, post, checkpoint).same
    assert listed.platform_post_id == published.platform_post_id
    assert listed.permalink


def test_another_text_or_number_of_photos_is_not_mistaken_for_the_post(
    twin: Twin, shelf: Shelf
) -> None:
    publish(twin.url, a_post("facebook", "Hello", media=[shelf.image(1)]))
    publish(twin.url, a_post("facebook", "Hello", media=[shelf.video()]))
    publish(twin.url, a_post("facebook", "Hello!", link="https://example.com"))
    assert look_up(twin.url, a_post("facebook", "Hello")).same == ()
    two = a_post("facebook", "Hello", media=[shelf.image(1), shelf.image(2)])
    assert look_up(twin.url, two, Checkpoint(photos=("1", "2"))).same == ()
    assert len(look_up(twin.url, a_post("facebook", "Hello!")).same) == 1


def test_the_list_is_read_through_all_its_pages(twin: Twin) -> None:
    oldest = publish(twin.url, a_post("facebook", "the oldest"))
    for number in range(30):
        publish(twin.url, a_post("facebook", f"{number}"))
    (listed,) = look_up(twin.url, a_post("facebook", "the oldest")).same
    assert listed.platform_post_id == oldest.platform_post_id


def test_the_same_photos_sent_twice_are_one_post(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", media=[shelf.image()])
    checkpoint = take_steps_until(twin.url, post, PUBLISH.name)
    take_step(twin.url, post, checkpoint)
    with pytest.raises(DuplicateRejected):
        take_step(twin.url, post, checkpoint)
    assert len(twin.visible()) == 1


@pytest.mark.parametrize("options", [{}, STORY])
def test_deleting_a_post_that_is_gone_is_no_error(
    twin: Twin, shelf: Shelf, options: dict[str, Any]
) -> None:
    post = a_post("facebook", "" if options else "Hello", media=[shelf.image()], **options)
    published = publish(twin.url, post)
    for _ in range(2):
        PLATFORM.delete(post, published.platform_post_id, http_to(twin.url))
        assert twin.visible() == []


def test_deleting_with_another_token_is_an_error(twin: Twin) -> None:
    published = publish(twin.url, a_post("facebook"))
    with pytest.raises(TokenExpired):
        PLATFORM.delete(
            a_post("facebook", token="other"), published.platform_post_id, http_to(twin.url)
        )
    assert len(twin.visible()) == 1


MISSING = {"error": {"code": 100, "error_subcode": 33, "message": "Unsupported delete request."}}


@pytest.mark.parametrize(
    ("deleted", "read", "kind"),
    [
        # It is still there, so the permission was missing.
        ({"status": 400, "json": MISSING}, {"status": 200, "json": {"id": "7700_9"}}, Rejected),
        ({"status": 200, "json": {"success": False}}, None, PlatformUnavailable),
    ],
)
def test_a_deletion_that_did_not_happen_is_an_error(
    deleted: dict[str, Any], read: dict[str, Any] | None, kind: type
) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("DELETE", f"{URL}/v26.0/7700_9", **deleted)
        if read:
            recorded.add("GET", f"{URL}/v26.0/7700_9", **read)
        with pytest.raises(kind) as failure:
            PLATFORM.delete(a_post("facebook"), "7700_9", http_to(URL))
    assert type(failure.value) is kind


def test_a_page_token_cannot_be_refreshed() -> None:
    with pytest.raises(ReconnectRequired, match="Reconnect"):
        Connecting().refresh(Tokens(TOKEN), http_to(URL))


def test_only_the_last_step_of_each_kind_is_visible(shelf: Shelf) -> None:
    video = a_post("facebook", media=[shelf.video()]).content
    started = Checkpoint(video_id="1")
    uploaded = replace(started, uploaded=True)
    assert PLATFORM.next_step(video, uploaded) is FINISH
    steps = [START, started, uploaded, replace(uploaded, finished=True)]
    assert [PLATFORM.next_step(video, at).visible for at in steps] == [False, False, True, False]
    assert [PLATFORM.next_step(video, at).polls for at in steps] == [False, False, False, True]
