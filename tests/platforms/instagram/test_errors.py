"""What an error of Instagram means."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared.domain.accounts import Tokens
from shared.domain.errors import (
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
)
from shared.platforms.instagram.connecting import Connecting
from tests.platforms.contract import Refusal
from tests.platforms.examples import TOKEN, an_answer, http_to
from tests.platforms.instagram.contract import CONTRACT, error_body
from tests.platforms.instagram.recorded import (
    PLATFORM,
    URL,
)


@pytest.mark.parametrize("refusal", CONTRACT.refusals, ids=[r.name for r in CONTRACT.refusals])
def test_a_refusal_has_its_category(refusal: Refusal) -> None:
    body = dict(refusal.body) if isinstance(refusal.body, Mapping) else refusal.body
    error = PLATFORM.error_of(an_answer(refusal.status, body))
    assert type(error) is refusal.error
    assert error.category is refusal.category
    assert error.platform_code
    assert not error.concerns_operator


@pytest.mark.parametrize(
    ("body", "piece"),
    [
        (error_body(190, 463), "Reconnect the account"),
        (error_body(25, 2207050), "Open the Instagram app"),
        (error_body(36001, 2207005), "Convert this image"),
        (error_body(36003, 2207009), "Crop this image"),
        (error_body(352, 2207026), "H.264"),
        (error_body(36004, 2207010), "Shorten it"),
        (error_body(100, 2207081), "Remove trialReel"),
        (error_body(4, 2207051), "Do not send it again"),
        (error_body(100, 33, error_user_msg="Gone for good"), "Gone for good"),
    ],
)
def test_an_error_message_tells_the_user_what_to_do(body: Any, piece: str) -> None:
    assert piece in PLATFORM.error_of(an_answer(400, body)).message


def test_the_code_and_message_of_instagram_are_kept() -> None:
    error = PLATFORM.error_of(an_answer(400, error_body(36001, 2207005, "Bad format")))
    assert (error.platform_code, error.platform_message) == ("36001/2207005", "Bad format")


def test_the_daily_cap_is_retried_every_hour_unless_the_header_names_a_time() -> None:
    error = PLATFORM.error_of(an_answer(400, error_body(9, 2207042)))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(hours=1)
    usage = '{"7700": [{"type": "instagram", "estimated_time_to_regain_access": 12}]}'
    for body in (error_body(9, 2207042), error_body(80002)):
        error = PLATFORM.error_of(an_answer(400, body, X_Business_Use_Case_Usage=usage))
        assert isinstance(error, RateLimited)
        assert error.retry_after == timedelta(minutes=12)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 400, "json": error_body(190)}, ReconnectRequired),
        ({"status": 400, "json": error_body(10)}, ReconnectRequired),
        ({"status": 400, "json": error_body(100)}, ReconnectRequired),
        ({"status": 400, "json": error_body(4)}, RateLimited),
        ({"status": 400, "json": error_body(2500)}, Rejected),
        ({"status": 400, "body": "<html>"}, PlatformUnavailable),
        ({"status": 502, "body": "<html>"}, PlatformUnavailable),
        ({"status": 200, "json": {}}, PlatformUnavailable),
    ],
)
def test_only_instagram_itself_can_end_an_authorization(answer: dict[str, Any], kind: type) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", f"{URL}/refresh_access_token", **answer)
        with pytest.raises(kind) as failure:
            Connecting().refresh(Tokens(TOKEN), http_to(URL))
    assert type(failure.value) is kind
    assert TOKEN not in str(failure.value)
