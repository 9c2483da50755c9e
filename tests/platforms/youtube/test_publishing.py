"""YouTube against its simulated twin, and against answers that the twin does not give."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import responses

from local.platforms.faults import read_fault
from shared import clock
from shared.config import ClientCredentials
from shared.domain.errors import (
    ErrorCategory,
    MediaRejected,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from shared.domain.reconciliation import Sighting
from shared.platforms.base import Pending, Post, Published, Step
from shared.platforms.youtube.publishing import CHECK, FINISH, START, UPLOAD, YouTube
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import (
    Contract,
    Example,
    Refusal,
    TooMuch,
    nothing,
    one_image,
    one_video,
)
from tests.platforms.examples import a_post, http_to

URL = "https://www.googleapis.com"
UPLOADS = "/upload/youtube/v3/videos"
PUT = f"PUT {UPLOADS}"
MIB = 1024 * 1024
MINUTE = timedelta(minutes=1)
SESSION = f"{URL}{UPLOADS}?upload_id=55"
PLATFORM = YouTube(ClientCredentials("youtube-client", "youtube-secret"))
C = ErrorCategory


def _large(shelf: Shelf) -> tuple[MediaAsset]:
    """Two parts of 8 MiB and a rest."""
    return (shelf.large_video(17 * MIB),)


def _two_videos(shelf: Shelf) -> tuple[MediaAsset, ...]:
    return (shelf.video(1), shelf.video(2))


def _endless(shelf: Shelf) -> tuple[MediaAsset]:
    return (changed(shelf.video(), duration=12 * 3600 + 1.0),)


def _huge(shelf: Shelf) -> tuple[MediaAsset]:
    return (changed(shelf.video(), size=256 * 1024**3 + 1),)


def changed(asset: MediaAsset, **changed: Any) -> MediaAsset:
    return MediaAsset(**{**vars(asset), **changed})


def an_error(status: int, reason: str) -> dict[str, Any]:
    fault = {"message": "No.", "domain": "youtube.video", "reason": reason}
    return {"error": {"code": status, "message": "No.", "errors": [fault]}}


def _refusal(status: int, reason: str, error: type[Any], category: ErrorCategory) -> Refusal:
    return Refusal(f"{status} {reason}", status, an_error(status, reason), error, category)


REFUSALS = [
    _refusal(401, "authError", TokenExpired, C.AUTH_EXPIRED),
    _refusal(401, "authorizationRequired", TokenExpired, C.AUTH_EXPIRED),
    _refusal(401, "youtubeSignupRequired", Rejected, C.PERMISSION),
    *(
        _refusal(403, reason, Rejected, C.PERMISSION)
        for reason in (
            "insufficientPermissions",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "forbidden",
            "accessNotConfigured",
            "channelClosed",
            "channelSuspended",
            "authenticatedUserAccountClosed",
            "authenticatedUserAccountSuspended",
            "accountDelegationForbidden",
        )
    ),
    *(
        _refusal(403, reason, Rejected, C.VALIDATION)
        for reason in ("forbiddenPrivacySetting", "forbiddenLicenseSetting")
    ),
    *(
        _refusal(403, reason, RateLimited, C.RATE_LIMITED)
        for reason in (
            "quotaExceeded",
            "dailyLimitExceeded",
            "rateLimitExceeded",
            "userRateLimitExceeded",
            "tooManyRequests",
        )
    ),
    _refusal(400, "uploadLimitExceeded", RateLimited, C.RATE_LIMITED),
    _refusal(429, "rateLimitExceeded", RateLimited, C.RATE_LIMITED),
    _refusal(429, "uploadRateLimitExceeded", RateLimited, C.RATE_LIMITED),
    *(
        _refusal(400, reason, Rejected, C.VALIDATION)
        for reason in (
            "invalidTitle",
            "invalidDescription",
            "invalidTags",
            "invalidCategoryId",
            "invalidVideoMetadata",
            "invalidPublishAt",
            "invalidRecordingDetails",
            "invalidFilename",
            "defaultLanguageNotSet",
            "missingRequiredParameter",
            "unexpectedParameter",
            "unknownPart",
        )
    ),
    *(
        _refusal(400, reason, MediaRejected, C.MEDIA_ERROR)
        for reason in ("mediaBodyRequired", "mediaBodyUnsupported", "invalidImage")
    ),
    _refusal(404, "videoNotFound", Rejected, C.VALIDATION),
    _refusal(404, "channelNotFound", Rejected, C.VALIDATION),
    _refusal(409, "odd", Rejected, C.UNKNOWN),
    Refusal(
        "401 without a reason",
        401,
        {"error": {"code": 401, "message": "No.", "status": "UNAUTHENTICATED"}},
        TokenExpired,
        C.AUTH_EXPIRED,
    ),
    Refusal("401 without a body", 401, "Unauthorized", TokenExpired, C.AUTH_EXPIRED),
    Refusal("a proxy's page", 403, "<html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
]

CONTRACT = Contract(
    examples=[
        Example("a short video", PUT, media=one_video),
        # Before the rest go the question for the status and two parts.
        Example("a video in parts", PUT, visible_after=3, media=_large),
        Example(
            "every option",
            PUT,
            media=one_video,
            text="",
            options={
                "title": "A title of its own",
                "privacyStatus": "unlisted",
                "categoryId": "10",
                "tags": ["one", "two words"],
                "madeForKids": True,
                "notifySubscribers": False,
                "embeddable": False,
                "license": "creativeCommon",
                "containsSyntheticMedia": True,
                "defaultLanguage": "pt-BR",
            },
        ),
        Example("a private video", PUT, media=one_video, options={"privacyStatus": "private"}),
    ],
    too_much=[
        TooMuch("text alone", "media_required", "media", media=nothing),
        TooMuch("an image", "media_kind_not_supported", "media[0]", media=one_image),
        TooMuch("two videos", "too_many_media", "media", media=_two_videos),
        TooMuch("over 12 hours", "duration_too_large", "media[0]", media=_endless),
        TooMuch("over 256 GiB", "media_too_large", "media[0]", media=_huge),
        TooMuch(
            "over 5000 bytes",
            "text_too_long",
            "text",
            text="Title\n" + "é" * 2498,
            media=one_video,
        ),
        TooMuch("<", "invalid_characters", "text", text="Title\na < b", media=one_video),
        TooMuch(">", "invalid_characters", "text", text="a -> b", media=one_video),
        TooMuch("no title", "missing", "options.title", text="a" * 101, media=one_video),
        TooMuch("neither text nor title", "missing", "options.title", text="", media=one_video),
        TooMuch(
            "an empty title", "missing", "options.title", media=one_video, options={"title": " "}
        ),
        TooMuch(
            "a long title",
            "title_too_long",
            "options.title",
            media=one_video,
            options={"title": "a" * 101},
        ),
        TooMuch(
            "< in the title",
            "invalid_characters",
            "options.title",
            media=one_video,
            options={"title": "a<b"},
        ),
        TooMuch(
            "two lines of title",
            "invalid_characters",
            "options.title",
            media=one_video,
            options={"title": "a\nb"},
        ),
        TooMuch(
            "a comma in a tag",
            "invalid_tag",
            "options.tags[1]",
            media=one_video,
            options={"tags": ["a", "b,c"]},
        ),
        TooMuch(
            "501 characters of tags",
            "tags_too_long",
            "options.tags",
            media=one_video,
            options={"tags": ["a" * 248, "b " + "c" * 248]},
        ),
    ],
    refusals=REFUSALS,
    refresh="POST /token",
)


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("youtube")


def fault(twin: Twin, match: str, mode: str, **more: Any) -> None:
    twin.platform.faults.add(read_fault({"match": match, "mode": mode, **more}))


def step(url: str, post: Post, checkpoint: Mapping[str, Any]) -> Published | Pending:
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, post, checkpoint, http_to(url))


def go_to(goal: Step, url: str, post: Post) -> Mapping[str, Any]:
    """The checkpoint that the step `goal` starts from."""
    checkpoint: Mapping[str, Any] = {}
    while PLATFORM.next_step(post.content, checkpoint) is not goal:
        result = step(url, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
    return checkpoint


def publish(url: str, post: Post) -> Published:
    result = step(url, post, go_to(CHECK, url, post))
    assert isinstance(result, Published)
    return result


def received(twin: Twin, method: str) -> list[Any]:
    return [r for r in twin.platform.requests.all() if r.method == method]


def look(url: str, post: Post, checkpoint: Mapping[str, Any]) -> Sighting:
    return PLATFORM.look_up(post, checkpoint, clock.now() - MINUTE, http_to(url))


@contextmanager
def session_answers(shelf: Shelf, **answer: Any) -> Iterator[responses.RequestsMock]:
    """Every request to the session has `answer`; the file itself is there."""
    with responses.RequestsMock() as recorded:
        recorded.add_passthru(shelf.url)
        recorded.add("PUT", SESSION, **answer)
        yield recorded


def test_the_steps_are_chosen_by_how_much_is_left(shelf: Shelf) -> None:
    def after(size: int, offset: int, **more: Any) -> Step:
        post = a_post("youtube", media=[changed(shelf.video(), size=size)])
        return PLATFORM.next_step(post.content, {"session": SESSION, "offset": offset, **more})

    assert PLATFORM.next_step(a_post("youtube", media=[shelf.video()]).content, {}) is START
    assert after(8 * MIB, 0) is FINISH
    assert after(8 * MIB + 1, 0) is UPLOAD
    assert after(8 * MIB + 1, 256 * 1024) is FINISH
    assert after(8 * MIB, 0, video="abc") is CHECK
    assert [s.visible for s in (START, UPLOAD, FINISH, CHECK)] == [False, False, True, False]
    assert [s.polls for s in (START, UPLOAD, FINISH, CHECK)] == [False, False, False, True]


def test_nothing_is_visible_before_the_last_byte(twin: Twin, shelf: Shelf) -> None:
    post = a_post("youtube", "My clip\nand more", media=[shelf.video()])
    checkpoint = go_to(FINISH, twin.url, post)
    assert twin.visible() == []
    sent = step(twin.url, post, checkpoint)
    assert isinstance(sent, Pending)
    assert sent.sent
    assert sent.poll_after == timedelta(seconds=1)
    (visible,) = twin.platform.posts.all()
    assert visible.text == "My clip\nand more"
    assert [item.sha256 for item in visible.media] == [shelf.video().sha256]
    published = step(twin.url, post, sent.checkpoint)
    assert published == Published(visible.id, f"https://www.youtube.com/watch?v={visible.id}")
    assert PLATFORM.permalink(post, visible.id, http_to(twin.url)) == published.permalink


def test_a_large_file_goes_in_steps_of_64_mib_and_arrives_whole(twin: Twin, shelf: Shelf) -> None:
    asset = shelf.large_video(90 * MIB + 77)
    post = a_post("youtube", media=[asset])
    checkpoint = go_to(UPLOAD, twin.url, post)
    offsets = []
    while PLATFORM.next_step(post.content, checkpoint) is UPLOAD:
        result = step(twin.url, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
        offsets.append(checkpoint["offset"])
    assert offsets == [64 * MIB, 88 * MIB]
    step(twin.url, post, checkpoint)
    (visible,) = twin.platform.posts.all()
    assert [item.sha256 for item in visible.media] == [asset.sha256]
    lengths = [int(r.headers["Content-Length"]) for r in received(twin, "PUT")]
    assert lengths == [0, *[8 * MIB] * 8, 0, *[8 * MIB] * 3, 2 * MIB + 77]


# What is told of a video.


def test_the_defaults_are_public_people_and_not_for_kids(twin: Twin, shelf: Shelf) -> None:
    publish(twin.url, a_post("youtube", "Hello", media=[shelf.video()]))
    (visible,) = twin.platform.posts.all()
    assert visible.details == {
        "snippet": {"title": "Hello", "description": "Hello", "categoryId": "22"},
        "status": {"privacyStatus": "public", "selfDeclaredMadeForKids": False},
        "notifies": True,
    }


def test_every_option_is_passed_on(twin: Twin, shelf: Shelf) -> None:
    options = next(e.options for e in CONTRACT.examples if e.name == "every option")
    publish(twin.url, a_post("youtube", "", media=[shelf.video()], **options))
    (visible,) = twin.platform.posts.all()
    assert visible.details == {
        "snippet": {
            "title": "A title of its own",
            "description": "",
            "tags": ["one", "two words"],
            "categoryId": "10",
            "defaultLanguage": "pt-BR",
        },
        "status": {
            "privacyStatus": "unlisted",
            "selfDeclaredMadeForKids": True,
            "containsSyntheticMedia": True,
            "embeddable": False,
            "license": "creativeCommon",
        },
        "notifies": False,
    }


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("One line", "One line"),
        ("\n  First \nsecond", "First"),
        ("a" * 100, "a" * 100),
        ("a" * 100 + "\r\nmore", "a" * 100),
        ("😀" * 50, "😀" * 50),
    ],
)
def test_the_first_line_is_the_title(twin: Twin, shelf: Shelf, text: str, title: str) -> None:
    post = a_post("youtube", text, media=[shelf.video()])
    assert PLATFORM.violations(post.content) == []
    publish(twin.url, post)
    (visible,) = twin.platform.posts.all()
    assert (visible.details["snippet"]["title"], visible.text) == (title, text)


def test_a_text_is_counted_in_bytes() -> None:
    assert PLATFORM.text_length("aé漢😀") == 1 + 2 + 3 + 4


def test_an_emoji_may_count_twice_in_a_title(shelf: Shelf) -> None:
    post = a_post("youtube", "", media=[shelf.video()], title="😀" * 51)
    (fault,) = PLATFORM.violations(post.content)
    assert (fault.code, "102" in fault.message) == ("title_too_long", True)


def test_a_video_is_deleted_and_one_that_is_gone_is_no_error(twin: Twin, shelf: Shelf) -> None:
    post = a_post("youtube", media=[shelf.video()])
    published = publish(twin.url, post)
    for _ in range(2):
        PLATFORM.delete(post, published.platform_post_id, http_to(twin.url))
    assert twin.visible() == []
    with responses.RequestsMock() as recorded:
        recorded.add(
            "DELETE", f"{URL}/youtube/v3/videos", status=403, json=an_error(403, "forbidden")
        )
        with pytest.raises(Rejected, match="does not allow"):
            PLATFORM.delete(post, "abc", http_to(URL))
