"""X against its simulated twin, and against answers that the twin does not give."""

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
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.base import Published
from shared.platforms.x import CREATE, X
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, http_to

URL = "https://api.x.com"
MINUTE = timedelta(minutes=1)
PLATFORM = X(ClientCredentials("x-client", "x-secret"))


def _publish(url: str, text: str = "Hello", token: str = TOKEN, **options: Any) -> Published:
    post = a_post("x", text, token, **options)
    result = PLATFORM.take(CREATE, post, {}, http_to(url))
    assert isinstance(result, Published)
    return result


def _sighted(url: str, text: str) -> list[str]:
    since = clock.now() - MINUTE
    sighting = PLATFORM.look_up(a_post("x", text), {}, since, http_to(url))
    assert sighting.list_was_read
    return [seen.platform_post_id for seen in sighting.same]


def test_the_one_step_is_visible() -> None:
    assert PLATFORM.next_step(a_post("x").content, {}) is CREATE
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


def test_the_link_of_attached_media_is_no_part_of_the_text() -> None:
    seen = {
        "id": "9",
        "created_at": "2030-01-01T00:00:00.000Z",
        "text": "Look https://t.co/aaaaaaaaaa https://t.co/bbbbbbbbbb",
        "entities": {
            "urls": [
                {"url": "https://t.co/aaaaaaaaaa", "expanded_url": "http://a.com"},
                {
                    "url": "https://t.co/bbbbbbbbbb",
                    "expanded_url": "https://x.com/ann/status/9/photo/1",
                    "media_key": "3_1",
                },
            ]
        },
    }
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/2/users/7700/tweets", json={"data": [seen]})
        assert _sighted(URL, "Look a.com") == ["9"]


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
    assert PLATFORM.look_up(post, {}, later, http_to(x_twin.url)).same == ()


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", '"ok"', "{}", '{"data": null}', '{"data": {"text": "Hello"}}']
)
def test_an_acceptance_without_an_id_is_looked_up(body: str) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/2/tweets", status=201, body=body)
        with pytest.raises(OutcomeUnknown, match="without naming it"):
            _publish(URL)


def test_a_list_that_is_refused_is_no_empty_list() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/2/users/7700/tweets", status=403, json={"title": "Forbidden"})
        with pytest.raises(Rejected):
            _sighted(URL, "Hello")


OLD = Tokens(TOKEN, f"{TOKEN}-refresh")


def test_a_refresh_rotates_both_tokens(x_twin: Twin) -> None:
    renewed = PLATFORM.refresh(OLD, http_to(x_twin.url))
    assert renewed.access_token != OLD.access_token
    assert renewed.refresh_token not in (None, OLD.refresh_token)
    assert renewed.expires_at is not None
    assert abs(renewed.expires_at - clock.now() - 120 * MINUTE) < MINUTE
    _publish(x_twin.url, token=renewed.access_token)
    with pytest.raises(ReconnectRequired):
        PLATFORM.refresh(OLD, http_to(x_twin.url))


def test_without_a_refresh_token_only_the_person_can_help() -> None:
    with pytest.raises(ReconnectRequired, match="Reconnect it"):
        PLATFORM.refresh(Tokens(TOKEN, None), http_to(URL))


def test_without_a_client_id_of_ours_the_operator_must_help_and_nobody_is_disconnected() -> None:
    with pytest.raises(PlatformUnavailable, match="X_CLIENT_ID") as failure:
        X(None).refresh(OLD, http_to(URL))
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
        (401, {"error": "unauthorized_client", "error_description": "Missing header"}, Rejected),
        (401, {"error": "invalid_client"}, Rejected),
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
            PLATFORM.refresh(OLD, http_to(URL))
    assert type(failure.value) is kind


def test_an_unreachable_token_endpoint_ends_no_authorization() -> None:
    with pytest.raises(PlatformUnavailable):
        PLATFORM.refresh(OLD, http_to("http://no-such-host.invalid"))


def test_our_own_misconfiguration_is_told_to_the_operator() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/2/oauth2/token", status=401, json={"error": "invalid_client"})
        with pytest.raises(Rejected, match="X_CLIENT_ID"):
            PLATFORM.refresh(OLD, http_to(URL))
