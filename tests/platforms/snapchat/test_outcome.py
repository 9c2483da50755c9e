"""What happens to a post that Snapchat has accepted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.domain.errors import (
    ContentRejected,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    ReadRefused,
    TokenExpired,
)
from shared.platforms.base import Pending, Published
from shared.platforms.snapchat.checkpoint import Checkpoint, Media
from shared.platforms.snapchat.publishing import CHECK, PUBLISH
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to
from tests.platforms.snapchat.contract import SAVED, with_message
from tests.platforms.snapchat.delivery import PUBLISHING, fault, published, ready, step

URL = "https://businessapi.snapchat.com"
PROFILE = "/v1/public_profiles/7700"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def snapchat(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("snapchat")


@pytest.mark.parametrize("state", ["SUBMITTED", "LIVE", ""])
def test_a_spotlight_is_published_unless_moderation_rejects_it(state: str, shelf: Shelf) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    accepted = _accepted(post_id="W7_1")
    for polls in (0, 11, 12):
        with responses.RequestsMock() as recorded:
            spotlight = {"id": "W7_1"} | ({"moderation_status": state} if state else {})
            listed = [{"sub_request_status": "SUCCESS", "spotlight": spotlight}]
            recorded.add(
                "GET",
                f"{URL}{PROFILE}/spotlights/W7_1",
                json={"request_status": "success", "spotlights": listed},
            )
            result = PUBLISHING.take(
                CHECK, a_turn(post, http_to(URL), replace(accepted, polls=polls))
            )
        if state == "SUBMITTED" and polls < 12:
            assert isinstance(result, Pending)
            assert result.sent
            assert result.checkpoint == replace(accepted, polls=polls + 1)
        else:
            assert result == Published("W7_1", "https://www.snapchat.com/spotlight/W7_1")


def test_moderation_is_waited_for_about_ten_minutes(snapchat: Twin, shelf: Shelf) -> None:
    snapchat.platform.state.moderation_time = timedelta(days=1)  # type: ignore[attr-defined]
    post = a_post("snapchat", media=[shelf.video()])
    checkpoint: Any = ready(snapchat.url, post)
    waited = timedelta(0)
    while isinstance(result := step(snapchat.url, post, checkpoint), Pending):
        checkpoint, waited = result.checkpoint, waited + result.poll_after
        assert result.sent
    assert timedelta(minutes=9) < waited < timedelta(minutes=12)
    assert result.platform_post_id == snapchat.platform.posts.all()[0].id


def test_a_rejected_spotlight_fails_for_its_content(snapchat: Twin, shelf: Shelf) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    checkpoint = ready(snapchat.url, post)
    fault(snapchat, f"POST {PROFILE}/spotlights", "processing_failed")
    result = step(snapchat.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert result.sent
    with pytest.raises(ContentRejected, match="moderation"):
        step(snapchat.url, post, result.checkpoint)
    assert snapchat.visible() == []


@pytest.mark.parametrize(
    ("status", "body"), [(404, with_message("No such spotlight")), (403, with_message("No"))]
)
def test_a_refused_read_does_not_fail_what_snapchat_has_accepted(
    status: int, body: dict[str, str], shelf: Shelf
) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}{PROFILE}/spotlights/W7_1", status=status, json=body)
        recorded.add("GET", f"{URL}{PROFILE}/spotlights", status=status, json=body)
        for accepted in (_accepted(post_id="W7_1"), _accepted()):
            result = PUBLISHING.take(CHECK, a_turn(post, http_to(URL), accepted))
            assert isinstance(result, Pending)
            assert result.sent
            last = PUBLISHING.take(CHECK, a_turn(post, http_to(URL), replace(accepted, polls=5)))
            assert isinstance(last, Published)
            assert last.platform_post_id == (accepted.post_id or "m1")


def _accepted(post_id: str | None = None) -> Checkpoint:
    """The checkpoint of a post that Snapchat has accepted."""
    media = Media("m1", parts=1, finalized=True)
    return Checkpoint(media, posted_at=clock.now(), post_id=post_id)


def test_a_story_that_is_not_listed_in_time_gets_the_id_of_its_media(
    snapchat: Twin, shelf: Shelf
) -> None:
    snapchat.platform.listing_lag = timedelta(hours=1)
    post = a_post("snapchat", "", media=[shelf.image()])
    checkpoint: Any = ready(snapchat.url, post)
    waits = []
    while isinstance(result := step(snapchat.url, post, checkpoint), Pending):
        checkpoint = result.checkpoint
        waits.append(result.poll_after.total_seconds())
    assert waits == [0, 5, 10, 15, 30, 60]
    assert result == Published(checkpoint.media.id)
    assert PUBLISHING.permalink(post, checkpoint.media.id, http_to(snapchat.url)) is None
    assert snapchat.visible() == [""]


def test_of_two_stories_that_could_be_ours_none_is_chosen(snapchat: Twin, shelf: Shelf) -> None:
    first = a_post("snapchat", "", media=[shelf.image(1)])
    second = a_post("snapchat", "", media=[shelf.image(2)])
    checkpoints = [ready(snapchat.url, post) for post in (first, second)]
    accepted = [
        step(snapchat.url, post, c) for post, c in zip((first, second), checkpoints, strict=True)
    ]
    assert isinstance(accepted[1], Pending)
    checked = step(snapchat.url, second, accepted[1].checkpoint)
    assert isinstance(checked, Pending)
    assert checked.sent


def test_a_story_of_an_image_is_not_one_of_a_video(snapchat: Twin, shelf: Shelf) -> None:
    published(snapchat.url, a_post("snapchat", "", media=[shelf.image()]))
    video = a_post("snapchat", "", media=[shelf.video()], postType="story")
    published(snapchat.url, video)
    ids = [post.id for post in snapchat.platform.posts.all()]
    since = clock.now() - timedelta(minutes=1)
    turn = a_turn(video, http_to(snapchat.url), Checkpoint(Media("m")))
    (same,) = PUBLISHING.look_up(turn, since).same
    assert same.platform_post_id == ids[1]


def _publish_recorded(shelf: Shelf, product: str = "stories", **answer: Any) -> Published | Pending:
    options = {"stories": {"postType": "story"}, "saved_stories": SAVED}.get(product, {})
    post = a_post("snapchat", media=[shelf.video()], **options)
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}{PROFILE}/{product}", **answer)
        return PUBLISHING.take(PUBLISH, a_turn(post, http_to(URL), Checkpoint(Media("m1"))))


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "json": {}},
        {"status": 200, "json": {"id": "1"}},
        {"status": 200, "body": "<html>"},
        {"status": 403, "body": "<html>Sorry</html>"},
        {"status": 200, "json": {"request_status": "PARTIAL"}},
        {"status": 200, "json": with_message("Internal error, try again")},
        {"status": 400, "json": with_message("MEDIA_POSTING_ALREADY_IN_PROGRESS")},
        {"status": 500, "json": with_message("Internal error")},
    ],
)
def test_a_failure_while_publishing_is_looked_up_and_not_repeated(
    shelf: Shelf, answer: dict[str, Any]
) -> None:
    with pytest.raises(OutcomeUnknown):
        _publish_recorded(shelf, **answer)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 401, "body": ""}, TokenExpired),
        ({"status": 429, "body": "Too many"}, RateLimited),
        ({"status": 200, "json": with_message("Unsupported ratio")}, MediaRejected),
    ],
)
def test_a_refusal_while_publishing_has_published_nothing(
    shelf: Shelf, answer: dict[str, Any], kind: type[PlatformError]
) -> None:
    with pytest.raises(kind):
        _publish_recorded(shelf, **answer)


@pytest.mark.parametrize("product", ["stories", "saved_stories", "spotlights"])
def test_a_post_without_an_id_is_checked_and_never_sent_again(shelf: Shelf, product: str) -> None:
    result = _publish_recorded(shelf, product, json={"request_status": "SUCCESS"})
    assert isinstance(result, Pending)
    assert result.sent
    assert result.checkpoint.stored().keys() == {"media", "postedAt"}


def test_a_saved_story_has_its_id_at_once(shelf: Shelf) -> None:
    made = [{"sub_request_status": "SUCCESS", "saved_story": {"id": "s1"}}]
    answer = {"request_status": "SUCCESS", "saved_stories": made}
    assert _publish_recorded(shelf, "saved_stories", json=answer) == Published("s1")


@pytest.mark.parametrize("share_url", [None, "https://snapchat.test/t/1"])
def test_the_link_of_a_spotlight_is_returned_or_constructed(
    shelf: Shelf, share_url: str | None
) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    spotlight = {"id": "W7_1", "share_url": share_url}
    with responses.RequestsMock() as recorded:
        recorded.add(
            "GET",
            f"{URL}{PROFILE}/spotlights/W7_1",
            json={"request_status": "SUCCESS", "spotlights": [spotlight]},
        )
        link = PUBLISHING.permalink(post, "W7_1", http_to(URL))
    assert link == (share_url or "https://www.snapchat.com/spotlight/W7_1")


def test_an_unknown_spotlight_has_no_link(snapchat: Twin, shelf: Shelf) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    with pytest.raises(ReadRefused):
        PUBLISHING.permalink(post, "m1", http_to(snapchat.url))
