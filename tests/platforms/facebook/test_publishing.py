"""Facebook against its simulated twin, and against answers that the twin does not give."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import responses

from local.platforms.accounts import AccountBook
from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.domain.reconciliation import Sighting
from shared.platforms.base import Pending, Post, Published
from shared.platforms.facebook.publishing import FINISH, PUBLISH, UPLOAD_PHOTO, Facebook
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import (
    TEXT,
    Contract,
    Example,
    Refusal,
    TooMuch,
    one_image,
    one_video,
    three_images,
)
from tests.platforms.examples import TOKEN, a_post, http_to

URL = "https://graph.facebook.com"
PAGE = f"{URL}/v26.0/7700"
PLATFORM = Facebook()
# The Page that the tests of the whole system publish on.
WORLDS_PAGE = AccountBook("facebook").external_id_for("facebook_ann")


def _visible(edge: str) -> str:
    return f"POST /v26.0/{WORLDS_PAGE}/{edge}"


def _meta(code: int, message: str, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


def _landscape(shelf: Shelf) -> Any:
    return (shelf.video(width=1280, height=720),)


def _ten_and_one(shelf: Shelf) -> Any:
    return tuple(shelf.image(seed) for seed in range(1, 12))


def _mixed(shelf: Shelf) -> Any:
    return shelf.image(), shelf.video()


C = ErrorCategory
REEL = {"postType": "reel"}
STORY = {"postType": "story"}
CONTRACT = Contract(
    examples=[
        Example("text", _visible("feed")),
        Example("link", _visible("feed"), options={"link": "https://example.com/a?b=1"}),
        Example("photo", _visible("feed"), media=one_image, options={"altTexts": ["Colours"]}),
        Example("photos", _visible("feed"), media=three_images),
        Example("photo without text", _visible("feed"), text="", media=one_image),
        # Before it: the start and one chunk.
        Example(
            "video", _visible("videos"), 2, media=one_video, options={"title": "What happened"}
        ),
        Example("reel", _visible("video_reels"), 1, media=one_video, options=REEL),
        Example("photo story", _visible("photo_stories"), text="", media=one_image, options=STORY),
        Example("video story", _visible("video_stories"), 1, "", one_video, STORY),
    ],
    too_much=[
        TooMuch("text", "text_too_long", "text", text="a" * 63_207),
        TooMuch("emoji", "text_too_long", "text", text="\U0001f600" * 31_604),
        TooMuch("photos", "too_many_media", "media", media=_ten_and_one),
        TooMuch("mixture", "mixed_media", "media", media=_mixed),
        TooMuch("videos", "too_many_media", "media", media=lambda s: (s.video(1), s.video(2))),
        TooMuch(
            "link and photo",
            "link_not_supported",
            "options.link",
            media=one_image,
            options={"link": "https://example.com"},
        ),
        TooMuch("link", "invalid_link", "options.link", options={"link": "ftp://example.com"}),
        TooMuch("title of a text", "title_not_supported", "options.title", options={"title": "A"}),
        TooMuch(
            "title of a story",
            "title_not_supported",
            "options.title",
            "",
            one_video,
            {**STORY, "title": "A"},
        ),
        TooMuch(
            "long title",
            "title_too_long",
            "options.title",
            media=one_video,
            options={"title": "a" * 256},
        ),
        TooMuch(
            "alt text",
            "alt_text_too_long",
            "options.altTexts[0]",
            media=one_image,
            options={"altTexts": ["a" * 1001]},
        ),
        TooMuch(
            "alt text of a video",
            "alt_text_not_supported",
            "options.altTexts[0]",
            media=one_video,
            options={"altTexts": ["A"]},
        ),
        TooMuch("reel of text", "media_required", "media", options=REEL),
        TooMuch("reel of a photo", "media_kind_not_supported", "media[0]", TEXT, one_image, REEL),
        TooMuch("wide reel", "aspect_ratio_too_large", "media[0]", TEXT, _landscape, REEL),
        TooMuch(
            "small reel",
            "width_too_small",
            "media[0]",
            TEXT,
            lambda s: (s.video(width=360, height=640),),
            REEL,
        ),
        TooMuch(
            "short reel",
            "duration_too_small",
            "media[0]",
            TEXT,
            lambda s: (s.video(seconds=2),),
            REEL,
        ),
        TooMuch("text in a story", "text_not_supported", "text", TEXT, one_image, STORY),
        TooMuch("story of nothing", "media_required", "media", "", options=STORY),
        TooMuch("story of two", "too_many_media", "media", "", three_images, STORY),
        TooMuch("another type", "invalid_option", "options.postType", options={"postType": "ad"}),
    ],
    refusals=[
        Refusal("expired", 400, _meta(190, "Expired", 463), TokenExpired, C.AUTH_EXPIRED),
        Refusal("unparsable", 401, _meta(190, "Cannot parse"), TokenExpired, C.AUTH_EXPIRED),
        Refusal("person's token", 400, _meta(190, "Page", 2069032), Rejected, C.PERMISSION),
        Refusal("permission", 403, _meta(200, "(#200) No"), Rejected, C.PERMISSION),
        Refusal("confirmation", 400, _meta(1404078, "PPA"), Rejected, C.PERMISSION),
        Refusal("policy", 400, _meta(368, "Blocked"), ContentRejected, C.CONTENT_POLICY),
        Refusal("repetition", 400, _meta(506, "(#506) Dup"), DuplicateRejected, C.DUPLICATE),
        Refusal("photos", 400, _meta(100, "Odd", 1366051), DuplicateRejected, C.DUPLICATE),
        Refusal("photo", 400, _meta(100, "Odd", 1366046), MediaRejected, C.MEDIA_ERROR),
        Refusal("throttle", 400, _meta(80001, "Many"), RateLimited, C.RATE_LIMITED),
        Refusal("too fast", 400, _meta(1390008, "Fast"), RateLimited, C.RATE_LIMITED),
        Refusal("parameter", 400, _meta(100, "(#100) Bad"), Rejected, C.VALIDATION),
        Refusal("service", 400, _meta(2, "Odd"), PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
        Refusal(
            "upload",
            400,
            {"debug_info": {"retriable": True, "type": "PartialRequestError", "message": "A"}},
            PlatformUnavailable,
            C.PLATFORM_UNAVAILABLE,
        ),
    ],
    refresh=None,
)


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("facebook")


def _step(url: str, post: Post, checkpoint: Mapping[str, Any]) -> Published | Pending:
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, post, checkpoint, http_to(url))


def _until(url: str, post: Post, name: str) -> Mapping[str, Any]:
    """The checkpoint at which the step called `name` is next."""
    checkpoint: Mapping[str, Any] = {}
    while PLATFORM.next_step(post.content, checkpoint).name != name:
        result = _step(url, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
    return checkpoint


def _publish(url: str, post: Post) -> Published:
    checkpoint: Mapping[str, Any] = {}
    while isinstance(result := _step(url, post, checkpoint), Pending):
        checkpoint = result.checkpoint
    return result


def _look(url: str, post: Post, checkpoint: Mapping[str, Any]) -> Sighting:
    since = clock.now() - timedelta(minutes=1)
    return PLATFORM.look_up(post, checkpoint, since, http_to(url))


def test_a_text_is_one_request(twin: Twin) -> None:
    post = a_post("facebook", "Hello, Facebook")
    assert PLATFORM.next_step(post.content, {}) is PUBLISH
    published = _publish(twin.url, post)
    (visible,) = twin.platform.posts.all()
    assert (published.platform_post_id, visible.text) == (visible.id, "Hello, Facebook")
    assert [r.method for r in twin.platform.requests.all()] == ["POST"]
    link = PLATFORM.permalink(post, visible.id, http_to(twin.url))
    assert link == f"https://www.facebook.com{visible.details['path']}"


def test_a_link_is_passed_on(twin: Twin) -> None:
    _publish(twin.url, a_post("facebook", link="https://example.com/a"))
    (visible,) = twin.platform.posts.all()
    assert visible.details["link"] == "https://example.com/a"


def test_photos_show_in_their_order_with_their_alt_texts(twin: Twin, shelf: Shelf) -> None:
    images = [shelf.image(seed) for seed in range(1, 11)]
    post = a_post("facebook", media=images, altTexts=["first", None, "third"])
    checkpoint = _until(twin.url, post, PUBLISH.name)
    assert twin.visible() == []
    assert isinstance(_step(twin.url, post, checkpoint), Published)
    (visible,) = twin.platform.posts.all()
    assert [item.sha256 for item in visible.media] == [image.sha256 for image in images]
    assert visible.details["alt_texts"][:4] == ["first", None, "third", None]


def test_photos_that_are_there_are_not_uploaded_again(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", media=[shelf.image(1), shelf.image(2)])
    result = _step(twin.url, post, {})
    assert isinstance(result, Pending)
    assert len(result.checkpoint["photos"]) == 1
    assert PLATFORM.next_step(post.content, result.checkpoint) is UPLOAD_PHOTO


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "json": {}},
        {"status": 200, "body": "<html>"},
        {"status": 400, "json": _meta(2, "Unexpected")},
        {"status": 400, "json": _meta(99, "Odd", is_transient=True)},
        {"status": 400, "body": "<html>Sorry</html>"},
        {"status": 500, "json": _meta(2, "Odd")},
    ],
)
@pytest.mark.parametrize("kind", ["feed", "photo_stories", "videos"])
def test_a_disturbance_while_publishing_is_looked_up_and_not_repeated(
    shelf: Shelf, kind: str, answer: dict[str, Any]
) -> None:
    post, checkpoint = {
        "feed": (a_post("facebook"), {}),
        "photo_stories": (a_post("facebook", "", media=[shelf.image()], **STORY), {"photos": "1"}),
        "videos": (
            a_post("facebook", media=[shelf.video()]),
            {"video_id": "5", "upload_session_id": "6", "uploaded": True},
        ),
    }[kind]
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{PAGE}/{kind}", **answer)
        with pytest.raises(OutcomeUnknown):
            _step(URL, post, checkpoint)


def test_a_limit_while_publishing_has_published_nothing() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{PAGE}/feed", status=400, json=_meta(32, "Limit"))
        with pytest.raises(RateLimited):
            _step(URL, a_post("facebook"), {})


@pytest.mark.parametrize("answer", [{}, {"video_id": "1"}])
def test_an_upload_that_has_no_name_is_begun_again(shelf: Shelf, answer: dict[str, Any]) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{PAGE}/videos", json=answer)
        recorded.add("POST", f"{PAGE}/photos", json=answer)
        with pytest.raises(PlatformUnavailable, match="without naming"):
            _step(URL, a_post("facebook", media=[shelf.video()]), {})
        with pytest.raises(PlatformUnavailable, match="without naming"):
            _step(URL, a_post("facebook", media=[shelf.image()]), {})


@pytest.mark.parametrize("text", ["plain", "two  spaces\n", "a & <b>", "é", ""])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_post_is_recognized_in_the_pages_list(
    twin: Twin, shelf: Shelf, text: str, count: int
) -> None:
    images = [shelf.image(seed) for seed in range(count)]
    post = a_post("facebook", text or "." * (count == 0), media=images)
    checkpoint = _until(twin.url, post, PUBLISH.name)
    before = _look(twin.url, post, checkpoint)
    assert before == Sighting(list_was_read=True, checkpoint=checkpoint)
    published = _step(twin.url, post, checkpoint)
    assert isinstance(published, Published)
    (seen,) = _look(twin.url, post, checkpoint).same
    assert seen.platform_post_id == published.platform_post_id
    assert seen.permalink


def test_another_text_or_number_of_photos_is_not_taken_for_it(twin: Twin, shelf: Shelf) -> None:
    _publish(twin.url, a_post("facebook", "Hello", media=[shelf.image(1)]))
    _publish(twin.url, a_post("facebook", "Hello", media=[shelf.video()]))
    _publish(twin.url, a_post("facebook", "Hello!", link="https://example.com"))
    assert _look(twin.url, a_post("facebook", "Hello"), {}).same == ()
    two = a_post("facebook", "Hello", media=[shelf.image(1), shelf.image(2)])
    assert _look(twin.url, two, {"photos": ["1", "2"]}).same == ()
    assert len(_look(twin.url, a_post("facebook", "Hello!"), {}).same) == 1


def test_the_list_is_read_through_all_its_pages(twin: Twin) -> None:
    oldest = _publish(twin.url, a_post("facebook", "the oldest"))
    for number in range(30):
        _publish(twin.url, a_post("facebook", f"{number}"))
    (seen,) = _look(twin.url, a_post("facebook", "the oldest"), {}).same
    assert seen.platform_post_id == oldest.platform_post_id


def test_the_same_photos_sent_twice_are_one_post(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", media=[shelf.image()])
    checkpoint = _until(twin.url, post, PUBLISH.name)
    _step(twin.url, post, checkpoint)
    with pytest.raises(DuplicateRejected):
        _step(twin.url, post, checkpoint)
    assert len(twin.visible()) == 1


@pytest.mark.parametrize("options", [{}, STORY])
def test_a_post_is_deleted_and_one_that_is_gone_is_no_error(
    twin: Twin, shelf: Shelf, options: dict[str, Any]
) -> None:
    post = a_post("facebook", "" if options else "Hello", media=[shelf.image()], **options)
    published = _publish(twin.url, post)
    for _ in range(2):
        PLATFORM.delete(post, published.platform_post_id, http_to(twin.url))
        assert twin.visible() == []


def test_a_post_that_may_not_be_deleted_says_so(twin: Twin) -> None:
    published = _publish(twin.url, a_post("facebook"))
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


def test_a_dead_token_is_the_end_until_the_person_logs_in() -> None:
    with pytest.raises(ReconnectRequired, match="Reconnect"):
        PLATFORM.refresh(Tokens(TOKEN), http_to(URL))


def test_only_the_last_step_of_each_kind_is_visible(shelf: Shelf) -> None:
    video = a_post("facebook", media=[shelf.video()]).content
    uploaded = {"video_id": "1", "uploaded": True}
    assert PLATFORM.next_step(video, uploaded) is FINISH
    steps = [{}, {"video_id": "1"}, uploaded, {**uploaded, "finished": True}]
    assert [PLATFORM.next_step(video, at).visible for at in steps] == [False, False, True, False]
    assert [PLATFORM.next_step(video, at).polls for at in steps] == [False, False, False, True]
