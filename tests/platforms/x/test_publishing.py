"""X against its simulated twin, and against answers that the twin does not give."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    DuplicateRejected,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from shared.platforms.base import Published
from shared.platforms.x import timeline
from shared.platforms.x.checkpoint import Checkpoint
from shared.platforms.x.connecting import Connecting
from shared.platforms.x.publishing import CREATE, Publishing
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, a_turn, http_to

URL = "https://api.x.com"
MINUTE = timedelta(minutes=1)
PLATFORM = Publishing()
CONNECTING = Connecting({"X": ClientCredentials("x-client", "x-secret")})
IMAGE = MediaAsset("m1", "https://media.test/m1.jpg", "image/jpeg", 1000, "0" * 64, 1080, 1350)


def _publish(url: str, text: str = "Hello", token: str = TOKEN, **options: Any) -> Published:
    post = a_post("x", text, token, **options)
    result = PLATFORM.take(CREATE, a_turn(post, http_to(url)))
    assert isinstance(result, Published)
    return result


def _sighted(url: str, text: str, media: Sequence[MediaAsset] = ()) -> list[str]:
    since = clock.now() - MINUTE
    sighting = PLATFORM.look_up(a_turn(a_post("x", text, media=media), http_to(url)), since)
    assert sighting.list_was_read
    return [seen.platform_post_id for seen in sighting.same]


def test_the_one_step_is_visible() -> None:
    assert PLATFORM.next_step(a_post("x").content, Checkpoint()) is CREATE
    assert CREATE.visible


def test_a_post_becomes_visible_with_a_link_that_outlives_renames(x_twin: Twin) -> None:
    published = _publish(x_twin.url, "Hello, X")
    (post,) = x_twin.platform.posts.all()
    assert published == Published(post.id, f"https://x.com/i/web/status/{post.id}")
    assert post.text == "Hello, X"


def test_who_may_reply_is_passed_on_and_left_out_for_everyone(x_twin: Twin) -> None:
    _publish(x_twin.url, "one", replySettings="following")
    _publish(x_twin.url, "two")
    settings = [post.details["reply_settings"] for post in x_twin.platform.posts.all()]
    assert settings == ["following", "everyone"]


def test_the_same_text_again_is_a_duplicate(x_twin: Twin) -> None:
    _publish(x_twin.url)
    with pytest.raises(DuplicateRejected):
        _publish(x_twin.url)
    assert x_twin.visible() == ["Hello"]


def test_an_unknown_token_is_expired(x_twin: Twin) -> None:
    with pytest.raises(TokenExpired):
        _publish(x_twin.url, token="another")


def test_a_text_that_is_too_long_is_refused(x_twin: Twin) -> None:
    with pytest.raises(Rejected, match="too long") as refusal:
        _publish(x_twin.url, "a" * 281)
    assert refusal.value.category == "validation"


REWRITTEN = [
    "plain",
    "two  spaces\nand a line ",
    "a <b> & 'c' &amp; &copy",
    "decomposed A\u0301",
    "https://example.com/a?b=1&copy=2&lt=3",
    "bare example.com and https://example.com",
    "twice https://example.com/a https://example.com/a",
    "HTTPS://EXAMPLE.COM/A",
    "漢字http://example.com漢字",
    "#tags stay @here $X",
    "emoji 👨‍👩‍👧‍👦 🇩🇪",
]


@pytest.mark.parametrize("text", REWRITTEN)
def test_a_post_is_recognized_in_what_x_made_of_it(x_twin: Twin, text: str) -> None:
    published = _publish(x_twin.url, text)
    assert _sighted(x_twin.url, text) == [published.platform_post_id]


@pytest.mark.parametrize(
    ("published", "looked_for"),
    [
        ("Hello", "Hello!"),
        ("Hello", "hello"),
        ("a #b", "a b"),
        ("https://example.com/a", "https://example.com/b"),
        ("a & b", "a &amp; b"),
    ],
)
def test_another_text_is_not_taken_for_it(x_twin: Twin, published: str, looked_for: str) -> None:
    _publish(x_twin.url, published)
    assert _sighted(x_twin.url, looked_for) == []


MEDIA_LINK = {
    "url": "https://t.co/bbbbbbbbbb",
    "expanded_url": "https://x.com/ann/status/9/photo/1",
    "media_key": "3_1",
}
ATTACHED = {"attachments": {"media_keys": ["3_1"]}}
PHOTO = {"includes": {"media": [{"media_key": "3_1", "type": "photo"}]}}


@pytest.mark.parametrize(
    ("links", "attached", "includes", "is_ours"),
    [
        ([MEDIA_LINK], ATTACHED, PHOTO, True),
        # What is not shown is not held against it.
        ([MEDIA_LINK], {}, {}, True),
        ([], ATTACHED, {}, True),
        ([], {}, {}, False),
        (
            [MEDIA_LINK],
            ATTACHED,
            {"includes": {"media": [{"media_key": "3_1", "type": "video"}]}},
            False,
        ),
        ([MEDIA_LINK], {"attachments": {"media_keys": ["3_1", "3_2"]}}, PHOTO, False),
    ],
)
def test_a_post_with_an_image_is_known_by_its_text_and_its_media(
    links: list[Any], attached: Any, includes: Any, is_ours: bool
) -> None:
    written = {"url": "https://t.co/aaaaaaaaaa", "expanded_url": "http://a.com"}
    seen = {
        "id": "9",
        "created_at": "2030-01-01T00:00:00.000Z",
        "text": "Look https://t.co/aaaaaaaaaa https://t.co/bbbbbbbbbb",
        "entities": {"urls": [written, *links]},
        **attached,
    }
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/2/users/7700/tweets", json={"data": [seen], **includes})
        assert _sighted(URL, "Look a.com", [IMAGE]) == ["9"] * is_ours
        assert _sighted(URL, "Look a.com") == []


def test_the_list_is_read_through_all_its_pages(x_twin: Twin) -> None:
    published = _publish(x_twin.url, "the oldest")
    for number in range(25):
        _publish(x_twin.url, f"number {number}")
    assert _sighted(x_twin.url, "the oldest") == [published.platform_post_id]
    assert len([r for r in x_twin.platform.requests.all() if r.method == "GET"]) == 3


def test_older_posts_are_not_even_read(x_twin: Twin) -> None:
    _publish(x_twin.url)
    post = a_post("x")
    later = clock.now() + MINUTE
    assert PLATFORM.look_up(a_turn(post, http_to(x_twin.url)), later).same == ()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[]",
        '"ok"',
        "{}",
        '{"data": null}',
        '{"data": {"text": "Hello"}}',
        '{"data": {"id": null}}',
        '{"data": {"id": "None"}}',
        '{"data": {"id": ["1"]}}',
        '{"data": {"id": "../lists/1"}}',
        '{"data": {"id": true}}',
        '{"data": {"id": -1}}',
    ],
)
def test_an_acceptance_without_an_id_is_looked_up(body: str) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/2/tweets", status=201, body=body)
        with pytest.raises(OutcomeUnknown, match="without returning a usable id"):
            _publish(URL)


def test_a_list_that_is_refused_is_no_empty_list() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/2/users/7700/tweets", status=403, json={"title": "Forbidden"})
        with pytest.raises(ReadRefused):
            _sighted(URL, "Hello")


OLD = Tokens(TOKEN, f"{TOKEN}-refresh")


def test_a_refresh_rotates_both_tokens(x_twin: Twin) -> None:
    renewed = CONNECTING.refresh(OLD, http_to(x_twin.url))
    assert renewed.access_token != OLD.access_token
    assert renewed.refresh_token not in (None, OLD.refresh_token)
    assert renewed.expires_at is not None
    assert abs(renewed.expires_at - clock.now() - 120 * MINUTE) < MINUTE
    _publish(x_twin.url, token=renewed.access_token)
    with pytest.raises(ReconnectRequired):
        CONNECTING.refresh(OLD, http_to(x_twin.url))


def test_without_a_refresh_token_only_the_user_can_help() -> None:
    with pytest.raises(ReconnectRequired, match="Reconnect the account"):
        CONNECTING.refresh(Tokens(TOKEN, None), http_to(URL))


def test_without_a_client_id_of_ours_the_operator_must_help_and_nobody_is_disconnected() -> None:
    with pytest.raises(PlatformUnavailable, match="X_CLIENT_ID") as failure:
        Connecting().refresh(OLD, http_to(URL))
    assert failure.value.concerns_operator


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            400,
            {"error": "invalid_request", "error_description": "token was invalid."},
            ReconnectRequired,
        ),
        (400, {"error": "invalid_grant"}, ReconnectRequired),
        (
            401,
            {"error": "unauthorized_client", "error_description": "Missing header"},
            PlatformUnavailable,
        ),
        (401, {"error": "invalid_client"}, PlatformUnavailable),
        (429, {"title": "Too Many Requests"}, RateLimited),
        (403, "<html>", PlatformUnavailable),
        (400, {"error": "temporarily_unavailable"}, PlatformUnavailable),
        (503, "<html>", PlatformUnavailable),
        (200, {"token_type": "bearer"}, PlatformUnavailable),
        (200, "<html>", PlatformUnavailable),
    ],
)
def test_only_x_itself_ends_an_authorization(status: int, body: Any, kind: type) -> None:
    with responses.RequestsMock() as recorded:
        content = {"json": body} if isinstance(body, dict) else {"body": body}
        recorded.add("POST", f"{URL}/2/oauth2/token", status=status, **content)
        with pytest.raises(kind) as failure:
            CONNECTING.refresh(OLD, http_to(URL))
    assert type(failure.value) is kind


def test_an_unreachable_token_endpoint_ends_no_authorization() -> None:
    with pytest.raises(PlatformUnavailable):
        CONNECTING.refresh(OLD, http_to("http://no-such-host.invalid"))


def test_our_own_misconfiguration_is_told_to_the_operator() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/2/oauth2/token", status=401, json={"error": "invalid_client"})
        with pytest.raises(PlatformUnavailable, match="X_CLIENT_ID"):
            CONNECTING.refresh(OLD, http_to(URL))


@pytest.fixture
def field_names() -> Iterator[None]:
    names = list(timeline._field_names)
    yield
    timeline._field_names[:] = names


@pytest.mark.usefixtures("field_names")
def test_the_name_of_the_fields_that_x_accepts_is_remembered() -> None:
    refusal = {
        "errors": [{"message": "The query parameter [tweet.fields] is not one of [post.fields]"}],
        "title": "Invalid Request",
    }
    url = f"{URL}/2/users/7700/tweets"
    with responses.RequestsMock() as recorded:
        recorded.add("GET", url, status=400, json=refusal)
        recorded.add("GET", url, json={"data": []})
        recorded.add("GET", url, json={"data": []})
        for _ in range(2):
            _sighted(URL, "Hello")
        asked = ["post.fields" in str(call.request.url) for call in recorded.calls]
    assert asked == [False, True, True]
