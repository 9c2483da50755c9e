"""LinkedIn against its simulated twin, and against answers that the twin does not give."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Account, Tokens
from shared.domain.errors import (
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
from shared.domain.media import MediaAsset
from shared.domain.reconciliation import CLOCK_SLACK, Handle, Sighting
from shared.platforms.base import Pending, Post, Published
from shared.platforms.linkedin.publishing import CREATE, Linkedin
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import (
    Contract,
    Example,
    Refusal,
    TooMuch,
    one_image,
    one_video,
    three_images,
)
from tests.platforms.examples import TOKEN, a_post, http_to

URL = "https://api.linkedin.com"
POSTS = f"{URL}/rest/posts"
VISIBLE = "POST /rest/posts"
MINUTE = timedelta(minutes=1)
PLATFORM = Linkedin(ClientCredentials("linkedin-client", "linkedin-secret"))
PAGE_TOKEN = "page-token"
C = ErrorCategory


def _gateway(status: int, code: str, number: int | None = None) -> dict[str, Any]:
    named = {} if number is None else {"serviceErrorCode": number}
    return {"status": status, "code": code, "message": f"It says {code}", **named}


def _input(code: str, status: int = 422, message: str = "Refused") -> dict[str, Any]:
    errors = [{"description": "Why", "input": {}, "code": code}]
    return {"status": status, "message": message, "errorDetails": {"inputErrors": errors}}


def _throttled(whose: str) -> dict[str, Any]:
    message = f"Resource level throttle {whose} limit for calls to this resource is reached."
    return {"status": 429, "serviceErrorCode": 101, "message": message}


def _changed(made: Callable[[Shelf], Sequence[MediaAsset]], **changes: Any) -> Any:
    return lambda shelf: [replace(asset, **changes) for asset in made(shelf)]


def _mixed(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.image(), shelf.video())


UNSEEN = {"finds_lost": False, "proves_absent": False}

CONTRACT = Contract(
    examples=[
        Example("text", VISIBLE),
        Example("image", VISIBLE, media=one_image, options={"altTexts": ["A picture"]}, **UNSEEN),
        Example("png", VISIBLE, media=lambda shelf: (shelf.png(),), **UNSEEN),
        Example("images", VISIBLE, media=three_images, **UNSEEN),
        Example("video", VISIBLE, media=one_video, options={"title": "A film"}, **UNSEEN),
        Example("an image without a text", VISIBLE, text="", media=one_image, **UNSEEN),
    ],
    too_much=[
        TooMuch("text", "text_too_long", "text", text="a" * 3001),
        TooMuch("text in UTF-16", "text_too_long", "text", text="😀" * 1501),
        TooMuch("images", "too_many_media", "media", media=lambda s: [s.image()] * 21),
        TooMuch("videos", "too_many_media", "media", media=lambda s: [s.video()] * 2),
        TooMuch("mixture", "mixed_media", "media", media=_mixed),
        TooMuch(
            "kind of image",
            "media_type_not_supported",
            "media[0]",
            media=_changed(one_image, content_type="image/webp"),
        ),
        TooMuch(
            "kind of video",
            "media_type_not_supported",
            "media[0]",
            media=_changed(one_video, content_type="video/quicktime"),
        ),
        TooMuch(
            "bytes of an image",
            "media_too_large",
            "media[0]",
            media=_changed(one_image, size=8_000_001),
        ),
        TooMuch(
            "pixels",
            "resolution_too_large",
            "media[0]",
            media=_changed(one_image, width=6016, height=6010),
        ),
        TooMuch(
            "bytes of a video",
            "media_too_large",
            "media[0]",
            media=_changed(one_video, size=500_000_001),
        ),
        TooMuch(
            "too small a video",
            "media_too_small",
            "media[0]",
            media=_changed(one_video, size=75 * 1024 - 1),
        ),
        TooMuch(
            "too short a video",
            "duration_too_small",
            "media[0]",
            media=_changed(one_video, duration=2.9),
        ),
        TooMuch(
            "too long a video",
            "duration_too_large",
            "media[0]",
            media=_changed(one_video, duration=1800.5),
        ),
        TooMuch(
            "too narrow a video",
            "aspect_ratio_too_small",
            "media[0]",
            media=_changed(one_video, width=400, height=1000),
        ),
        TooMuch(
            "too wide a video",
            "aspect_ratio_too_large",
            "media[0]",
            media=_changed(one_video, width=2410, height=1000),
        ),
        TooMuch(
            "alt text",
            "alt_text_too_long",
            "options.altTexts[0]",
            media=one_image,
            options={"altTexts": ["a" * 4087]},
        ),
        TooMuch(
            "alt text of a video",
            "alt_text_not_supported",
            "options.altTexts[0]",
            media=one_video,
            options={"altTexts": ["a film"]},
        ),
        TooMuch(
            "title without a video",
            "title_not_supported",
            "options.title",
            media=one_image,
            options={"title": "A picture"},
        ),
        TooMuch(
            "title",
            "title_too_long",
            "options.title",
            media=one_video,
            options={"title": "a" * 401},
        ),
    ],
    refusals=[
        Refusal(
            "expired token",
            401,
            _gateway(401, "EXPIRED_ACCESS_TOKEN", 65602),
            TokenExpired,
            C.AUTH_EXPIRED,
        ),
        Refusal(
            "revoked token",
            401,
            _gateway(401, "REVOKED_ACCESS_TOKEN", 65601),
            ReconnectRequired,
            C.AUTH_EXPIRED,
        ),
        Refusal(
            "invalid token",
            401,
            _gateway(401, "INVALID_ACCESS_TOKEN", 65600),
            ReconnectRequired,
            C.AUTH_EXPIRED,
        ),
        Refusal("no token", 401, _gateway(401, "EMPTY_ACCESS_TOKEN"), Rejected, C.VALIDATION),
        Refusal("permission", 403, _gateway(403, "ACCESS_DENIED", 100), Rejected, C.PERMISSION),
        Refusal("gone", 404, _gateway(404, "RESOURCE_NOT_FOUND"), Rejected, C.VALIDATION),
        Refusal("version", 426, _gateway(426, "NONEXISTENT_VERSION"), Rejected, C.VALIDATION),
        Refusal("no version", 400, _gateway(400, "VERSION_MISSING"), Rejected, C.VALIDATION),
        Refusal("member's day", 429, _throttled("MEMBER DAY"), RateLimited, C.RATE_LIMITED),
        Refusal("app's day", 429, _throttled("APPLICATION DAY"), RateLimited, C.RATE_LIMITED),
        Refusal("duplicate", 422, _input("DUPLICATE_POST"), DuplicateRejected, C.DUPLICATE),
        Refusal("older duplicate", 409, _gateway(409, "CONFLICT"), DuplicateRejected, C.DUPLICATE),
        Refusal("long", 400, _input("FIELD_LENGTH_TOO_LONG", 400), Rejected, C.VALIDATION),
        Refusal("value", 422, _input("INVALID_VALUE_FOR_FIELD"), Rejected, C.VALIDATION),
        Refusal("field", 422, _input("MISSING_FIELD"), Rejected, C.VALIDATION),
        Refusal("type of URN", 422, _input("INVALID_URN_TYPE"), Rejected, C.VALIDATION),
        Refusal("URN", 422, _input("INVALID_URN_ID"), Rejected, C.VALIDATION),
        Refusal(
            "bytes not seen",
            422,
            _input("MEDIA_ASSET_WAITING_UPLOAD"),
            PlatformUnavailable,
            C.PLATFORM_UNAVAILABLE,
        ),
        Refusal(
            "failed processing",
            400,
            _input("MEDIA_ASSET_PROCESSING_FAILED", 400),
            MediaRejected,
            C.MEDIA_ERROR,
        ),
        Refusal(
            "late upload",
            400,
            _gateway(400, "EXPIRED_UPLOAD_URL"),
            PlatformUnavailable,
            C.PLATFORM_UNAVAILABLE,
        ),
        Refusal("too large", 413, _gateway(413, "TOO_LARGE"), MediaRejected, C.MEDIA_ERROR),
        Refusal("kind of file", 415, _gateway(415, "KIND"), MediaRejected, C.MEDIA_ERROR),
        Refusal("a proxy's page", 400, "<html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
    ],
    refresh="POST /oauth/v2/accessToken",
)


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    """With a page beside the member that `a_post` posts as."""
    found = twin_of("linkedin")
    found.platform.add_account(
        "linkedin_page", "page", PAGE_TOKEN, external_id="urn:li:organization:5005"
    )
    return found


def _page_post(text: str = "Hello", media: Sequence[MediaAsset] = (), **options: Any) -> Post:
    urn = "urn:li:organization:5005"
    page = Account("ann", "linkedin", "linkedin_page", urn, "page")
    return replace(a_post("linkedin", text, PAGE_TOKEN, media, **options), account=page)


def _publish(url: str, post: Post, checkpoint: Mapping[str, Any] | None = None) -> Published:
    result = PLATFORM.take(CREATE, post, checkpoint or {}, http_to(url))
    assert isinstance(result, Published)
    return result


def _look(url: str, post: Post, checkpoint: Mapping[str, Any] | None = None) -> Sighting:
    return PLATFORM.look_up(post, checkpoint or {}, clock.now() - MINUTE, http_to(url))


def test_a_text_is_published_by_the_one_visible_step() -> None:
    step = PLATFORM.next_step(a_post("linkedin").content, {})
    assert (step, step.visible) == (CREATE, True)


def test_the_id_of_a_post_is_its_urn_and_so_is_its_address(twin: Twin) -> None:
    published = _publish(twin.url, a_post("linkedin", "Hello, LinkedIn"))
    (post,) = twin.platform.posts.all()
    link = f"https://www.linkedin.com/feed/update/{post.id}/"
    assert published == Published(post.id, link)
    assert PLATFORM.permalink(a_post("linkedin"), post.id, http_to(twin.url)) == link
    assert post.text == "Hello, LinkedIn"


TEXTS = [
    "plain",
    "a (b) [c] {d} <e> | f @g #h \\i *j _k_ ~l~",
    "#first, #second_half and #日本語",
    "C# and # alone, a#b, ##double",
    "https://example.com/a_(b)?c=1&d=#e_f",
    "@[Somebody](urn:li:person:1)",
    "{hashtag|\\#|word}",
    "back\\slash \\( \\\\",
    "  spaces \n\n lines\t👨‍👩‍👧‍👦",
    "trailing \\",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_is_shown_as_it_was_written(twin: Twin, text: str) -> None:
    _publish(twin.url, _page_post(text))
    assert [post.text for post in twin.platform.posts.all()] == [text]


@pytest.mark.parametrize("text", TEXTS)
def test_a_page_finds_its_post_again(twin: Twin, text: str) -> None:
    published = _publish(twin.url, _page_post(text))
    sighting = _look(twin.url, _page_post(text))
    assert sighting.list_was_read
    assert [seen.platform_post_id for seen in sighting.same] == [published.platform_post_id]
    assert sighting.same[0].permalink == published.permalink


def test_hashtags_stay_hashtags_and_nothing_else_does(twin: Twin) -> None:
    _publish(twin.url, a_post("linkedin", "#one C# a#b #two_parts"))
    (post,) = twin.platform.posts.all()
    assert post.details["commentary"] == "#one C\\# a\\#b #two\\_parts"


def test_options_are_passed_on_and_have_defaults(twin: Twin) -> None:
    _publish(twin.url, a_post("linkedin", "one"))
    _publish(twin.url, a_post("linkedin", "two", visibility="CONNECTIONS", disableReshare=True))
    shown = [
        (post.details["visibility"], post.details["isReshareDisabledByAuthor"])
        for post in twin.platform.posts.all()
    ]
    assert shown == [("PUBLIC", False), ("CONNECTIONS", True)]


def test_a_page_has_no_connections_to_show_a_post_to(twin: Twin) -> None:
    with pytest.raises(Rejected, match="PUBLIC or LOGGED_IN") as refusal:
        _publish(twin.url, _page_post(visibility="CONNECTIONS"))
    assert refusal.value.category is C.VALIDATION
    assert twin.platform.requests.all() == []


def test_a_length_is_that_of_the_shown_text_in_utf_16() -> None:
    assert PLATFORM.text_length("a(b)") == 4
    assert PLATFORM.text_length("😀") == 2


def test_the_longest_text_is_taken_whatever_it_is_escaped_to(twin: Twin) -> None:
    _publish(twin.url, a_post("linkedin", "(" * 3000))
    assert twin.visible() == ["(" * 3000]
    with pytest.raises(Rejected, match="3000"):
        _publish(twin.url, a_post("linkedin", "(" * 3001))


def test_the_same_text_again_is_a_duplicate(twin: Twin) -> None:
    _publish(twin.url, a_post("linkedin"))
    with pytest.raises(DuplicateRejected):
        _publish(twin.url, a_post("linkedin"))
    assert twin.visible() == ["Hello"]


def _recorded(
    post: Post | None = None, checkpoint: Mapping[str, Any] | None = None, **answer: Any
) -> Published | Pending:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", POSTS, **answer)
        return PLATFORM.take(CREATE, post or a_post("linkedin"), checkpoint or {}, http_to(URL))


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 201, "body": ""},
        {"status": 200, "json": {"id": "urn:li:share:1"}},
        {"status": 400, "body": "<html>"},
        {"status": 500, "json": {"status": 500}},
    ],
)
def test_an_answer_without_the_id_is_looked_up(answer: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        _recorded(**answer)


# After a lost answer: a member's post.


def _repeatable(post: Post | None = None, age: timedelta = MINUTE) -> Sighting:
    since = clock.now() - age - CLOCK_SLACK
    return PLATFORM.look_up(post or a_post("linkedin"), {}, since, http_to("http://nowhere.test"))


def test_a_members_text_can_be_sent_again_for_eight_minutes_and_is_not_asked_for() -> None:
    sighting = _repeatable(age=8 * MINUTE - timedelta(seconds=5))
    assert sighting.handle is Handle.REPEATABLE
    assert sighting.checkpoint is not None
    assert _repeatable(age=8 * MINUTE + timedelta(seconds=1)) == Sighting()


def test_a_members_media_are_never_sent_again(shelf: Shelf) -> None:
    assert _repeatable(a_post("linkedin", media=[shelf.image()])) == Sighting()


def test_sending_it_again_finds_the_first_one(twin: Twin) -> None:
    first = _publish(twin.url, a_post("linkedin", "Once (only)"))
    again = _look(twin.url, a_post("linkedin", "Once (only)")).checkpoint
    assert _publish(twin.url, a_post("linkedin", "Once (only)"), again) == first
    assert twin.visible() == ["Once (only)"]


def test_sending_it_again_publishes_what_never_arrived(twin: Twin) -> None:
    published = _publish(twin.url, a_post("linkedin"), _repeatable().checkpoint)
    assert [post.id for post in twin.platform.posts.all()] == [published.platform_post_id]


def test_after_eight_minutes_nothing_is_sent(twin: Twin) -> None:
    checkpoint = {"first_try": (clock.now() - 8 * MINUTE).isoformat()}
    with pytest.raises(OutcomeUnknown, match="too late"):
        _publish(twin.url, a_post("linkedin"), checkpoint)
    assert twin.platform.requests.all() == []


def test_a_post_that_is_older_than_the_first_try_is_not_taken_for_it() -> None:
    urn = "urn:li:share:7141000000000000000"  # of December 2023
    body = _input("DUPLICATE_POST", message=f"Content is a duplicate of {urn}")
    with pytest.raises(OutcomeUnknown, match="may or may not") as failure:
        _recorded(checkpoint=_repeatable().checkpoint, status=422, json=body)
    assert failure.value.platform_code == "DUPLICATE_POST"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 422, "json": _input("DUPLICATE_POST")},
        {"status": 401, "json": _gateway(401, "REVOKED_ACCESS_TOKEN")},
        {"status": 401, "json": _gateway(401, "EXPIRED_ACCESS_TOKEN")},
        {"status": 403, "json": _gateway(403, "ACCESS_DENIED")},
        {"status": 429, "json": _throttled("MEMBER DAY")},
        {"status": 422, "json": _input("INVALID_VALUE_FOR_FIELD")},
        {"status": 201, "body": ""},
    ],
)
def test_a_refused_repetition_tells_nothing_of_the_first_try(answer: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        _recorded(checkpoint=_repeatable().checkpoint, **answer)


# After a lost answer: a page's post.


def test_another_text_of_the_page_is_not_taken_for_it(twin: Twin) -> None:
    _publish(twin.url, _page_post("Hello"))
    checkpoint = {"media": []}
    sighting = _look(twin.url, _page_post("Hello!"), checkpoint)
    assert sighting == Sighting(list_was_read=True, checkpoint=checkpoint)


def test_the_pages_list_is_read_through_its_pages_and_not_beyond(twin: Twin) -> None:
    published = _publish(twin.url, _page_post("the oldest"))
    for number in range(24):
        _publish(twin.url, _page_post(f"number {number}"))
    sighting = _look(twin.url, _page_post("the oldest"))
    assert [seen.platform_post_id for seen in sighting.same] == [published.platform_post_id]
    for post in twin.platform.posts.all():
        post.details["created_at"] -= timedelta(minutes=5)
    before = len(twin.platform.requests.all())
    _look(twin.url, _page_post("the oldest"))
    assert len(twin.platform.requests.all()) == before + 1


def _listed(**seen: Any) -> Sighting:
    now = int(clock.now().timestamp() * 1000)
    element = {
        "id": "urn:li:share:9",
        "commentary": "Hello",
        "createdAt": now,
        "lastModifiedAt": now - 3_600_000,
        **seen,
    }
    with responses.RequestsMock() as recorded:
        recorded.add("GET", POSTS, json={"elements": [element]})
        return _look(URL, _page_post())


def test_a_post_that_linkedin_still_works_on_is_neither_there_nor_absent() -> None:
    assert _listed(lifecycleState="PUBLISH_REQUESTED") == Sighting(checkpoint={})
    assert _listed(lifecycleState="PUBLISH_FAILED") == Sighting(list_was_read=True, checkpoint={})
    assert len(_listed(lifecycleState="PUBLISHED").same) == 1


def test_a_hashtag_that_linkedin_wrote_as_a_template_is_recognized() -> None:
    with responses.RequestsMock() as recorded:
        now = int(clock.now().timestamp() * 1000)
        element = {"id": "urn:li:share:9", "createdAt": now, "lastModifiedAt": 0}
        element["commentary"] = "Hello {hashtag|\\#|big\\_world}"
        recorded.add("GET", POSTS, json={"elements": [element]})
        assert len(_look(URL, _page_post("Hello #big_world")).same) == 1


def test_a_post_with_other_media_is_not_taken_for_it() -> None:
    assert len(_listed(content={"article": {"source": "https://a.com"}}).same) == 1
    assert _listed(content={"media": {"id": "urn:li:image:1"}}).same == ()


def test_a_page_whose_app_may_not_read_is_treated_as_a_member() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", POSTS, status=403, json=_gateway(403, "ACCESS_DENIED"))
        assert _look(URL, _page_post()).handle is Handle.REPEATABLE


# Deleting.


def test_a_post_is_deleted_and_a_second_time_is_no_error(twin: Twin) -> None:
    post = a_post("linkedin")
    published = _publish(twin.url, post)
    for _ in range(2):
        PLATFORM.delete(post, published.platform_post_id, http_to(twin.url))
        assert twin.visible() == []
    PLATFORM.delete(post, "urn:li:share:404", http_to(twin.url))


def test_what_may_not_be_deleted_says_so(twin: Twin) -> None:
    published = _publish(twin.url, _page_post())
    with pytest.raises(Rejected) as refusal:
        PLATFORM.delete(a_post("linkedin"), published.platform_post_id, http_to(twin.url))
    assert refusal.value.category is C.PERMISSION


# Tokens.


def test_a_refresh_gives_a_token_for_sixty_days_and_keeps_the_refresh_token(twin: Twin) -> None:
    renewed = PLATFORM.refresh(Tokens(TOKEN, f"{TOKEN}-refresh"), http_to(twin.url))
    assert renewed.refresh_token == f"{TOKEN}-refresh"
    assert renewed.expires_at is not None
    assert timedelta(days=59) < renewed.expires_at - clock.now() < timedelta(days=61)
    _publish(twin.url, a_post("linkedin", token=renewed.access_token))


def test_without_a_refresh_token_the_authorization_ends_with_the_access_token() -> None:
    with pytest.raises(ReconnectRequired):
        PLATFORM.refresh(Tokens(TOKEN), http_to(URL))


def test_a_missing_client_of_ours_disconnects_nobody() -> None:
    with pytest.raises(PlatformUnavailable) as failure:
        Linkedin().refresh(Tokens(TOKEN, "refresh"), http_to(URL))
    assert failure.value.concerns_operator


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 400, "json": {"error": "invalid_grant"}}, ReconnectRequired),
        ({"status": 400, "json": {"error": "invalid_request"}}, ReconnectRequired),
        ({"status": 401, "json": {"error": "invalid_client"}}, PlatformUnavailable),
        ({"status": 429, "json": {"error": "throttled"}}, RateLimited),
        ({"status": 400, "body": "<html>"}, PlatformUnavailable),
        ({"status": 502, "body": "<html>"}, PlatformUnavailable),
        ({"status": 200, "json": {}}, PlatformUnavailable),
    ],
)
def test_only_linkedin_itself_ends_an_authorization(answer: dict[str, Any], kind: type) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", "https://www.linkedin.com/oauth/v2/accessToken", **answer)
        http = http_to(URL)
        http.hosts = PLATFORM.hosts
        with pytest.raises(kind) as failure:
            PLATFORM.refresh(Tokens(TOKEN, "refresh"), http)
    assert type(failure.value) is kind
    is_ours = (failure.value.platform_code or "").endswith("_client")
    assert failure.value.concerns_operator == is_ours
