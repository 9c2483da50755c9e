"""Every refusal that YouTube is known for, and the tokens that end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.youtube.checkpoint import Checkpoint
from shared.platforms.youtube.connecting import Connecting
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import (
    Refusal,
)
from tests.platforms.examples import TOKEN, a_post, an_answer, http_to
from tests.platforms.youtube.contract import REFUSALS
from tests.platforms.youtube.steps import (
    PLATFORM,
    UPLOADS,
    URL,
    an_error,
    fault,
    step,
)

CONNECTING = Connecting({"YOUTUBE": ClientCredentials("youtube-client", "youtube-secret")})


@pytest.mark.parametrize("refused", REFUSALS, ids=lambda refused: refused.name)
def test_a_refusal_has_its_category_and_its_code(refused: Refusal) -> None:
    error = PLATFORM.error_of(an_answer(refused.status, refused.body))
    assert type(error) is refused.error
    assert error.category is refused.category
    assert error.platform_code


@pytest.mark.parametrize(
    ("now", "wait"),
    [
        ("2026-11-22T10:00:00+00:00", timedelta(hours=22)),
        ("2026-11-22T07:59:00+00:00", timedelta(minutes=1)),
        ("2026-07-01T10:00:00+00:00", timedelta(hours=21)),
        # The night in which clocks are put back, and the day before it.
        ("2026-11-01T07:00:00+00:00", timedelta(hours=25)),
        ("2026-10-31T07:00:00+00:00", timedelta(hours=24)),
    ],
)
def test_a_quota_lasts_until_midnight_in_california(
    monkeypatch: pytest.MonkeyPatch, now: str, wait: timedelta
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(now))
    error = PLATFORM.error_of(an_answer(403, an_error(403, "quotaExceeded")))
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.concerns_operator) == (wait, True)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"Retry_After": "90"}, timedelta(seconds=90)), ({}, None), ({"Retry_After": "soon"}, None)],
)
def test_a_short_limit_is_waited_out_as_long_as_youtube_says(
    headers: dict[str, str], wait: timedelta | None
) -> None:
    error = PLATFORM.error_of(an_answer(429, an_error(429, "rateLimitExceeded"), **headers))
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.concerns_operator) == (wait, False)


def test_the_newer_envelope_is_read_too() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SOMETHING"}]
    body = {"error": {"code": 403, "message": "No &amp; <b>no</b>.", "details": details}}
    error = PLATFORM.error_of(an_answer(403, body))
    assert (error.platform_code, error.platform_message) == ("SOMETHING", "No & no.")


def test_what_the_operator_must_mend_disconnects_nobody() -> None:
    error = PLATFORM.error_of(an_answer(403, an_error(403, "accessNotConfigured")))
    assert type(error) is Rejected
    assert error.concerns_operator


def test_a_dead_token_and_a_quota_are_told_from_a_refusal(twin: Twin, shelf: Shelf) -> None:
    post = a_post("youtube", media=[shelf.video()])
    with pytest.raises(TokenExpired):
        step(twin.url, a_post("youtube", token="another", media=[shelf.video()]), Checkpoint())
    fault(twin, f"POST {UPLOADS}", "quota")
    with pytest.raises(RateLimited, match="operator") as limited:
        step(twin.url, post, Checkpoint())
    assert limited.value.concerns_operator
    assert limited.value.platform_message.endswith("exceeded your quota.")
    fault(twin, f"POST {UPLOADS}", "quota", variant="channel")
    with pytest.raises(RateLimited, match="channel") as limited:
        step(twin.url, post, Checkpoint())
    assert limited.value.retry_after == timedelta(hours=24)
    with pytest.raises(Rejected, match="invalid video category"):
        step(twin.url, a_post("youtube", media=[shelf.video()], categoryId="999"), Checkpoint())


def test_a_refresh_keeps_the_refresh_token(twin: Twin) -> None:
    old = Tokens(TOKEN, f"{TOKEN}-refresh")
    renewed = CONNECTING.refresh(old, http_to(twin.url))
    assert renewed.access_token not in ("", TOKEN)
    assert renewed.refresh_token == f"{TOKEN}-refresh"
    assert renewed.expires_at is not None
    assert timedelta(minutes=58) < renewed.expires_at - clock.now() < timedelta(minutes=61)
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/token", json={"access_token": "a", "refresh_token": "b"})
        assert CONNECTING.refresh(old, http_to(URL)).refresh_token == "b"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 400, "json": {"error": "invalid_grant"}}, ReconnectRequired),
        ({"status": 401, "json": {"error": "invalid_client"}}, PlatformUnavailable),
        ({"status": 401, "json": {"error": "unauthorized_client"}}, PlatformUnavailable),
        ({"status": 400, "json": {"error": "invalid_request"}}, PlatformUnavailable),
        ({"status": 429, "json": {}}, RateLimited),
        ({"status": 400, "body": "<html>"}, PlatformUnavailable),
        ({"status": 503, "body": "<html>"}, PlatformUnavailable),
        ({"status": 200, "json": {}}, PlatformUnavailable),
    ],
)
def test_only_google_itself_ends_an_authorization(answer: dict[str, Any], kind: type) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/token", **answer)
        with pytest.raises(kind) as failure:
            CONNECTING.refresh(Tokens(TOKEN, f"{TOKEN}-refresh"), http_to(URL))
    assert type(failure.value) is kind
    code = failure.value.platform_code or ""
    assert failure.value.concerns_operator == code.endswith("_client")


def test_a_refresh_needs_a_refresh_token_and_our_own_client() -> None:
    with pytest.raises(ReconnectRequired):
        CONNECTING.refresh(Tokens(TOKEN), http_to(URL))
    with pytest.raises(PlatformUnavailable) as failure:
        Connecting().refresh(Tokens(TOKEN, f"{TOKEN}-refresh"), http_to(URL))
    assert failure.value.concerns_operator
