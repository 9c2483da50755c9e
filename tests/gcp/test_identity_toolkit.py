"""Identity Toolkit answers badly, slowly, or not at all."""

import json
import logging
import select
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.config import ConfigurationError, Settings
from shared.gcp import identity_toolkit
from shared.gcp.identity_toolkit import (
    AccountDisabled,
    GoogleRefused,
    IdentityToolkit,
    IdentityUnavailable,
    LinkNotValid,
    OtherAddress,
)
from tests.platforms.servers import answering, raw_answer, reset, serving

KEY = "the-web-key"
CALLS: list[Callable[[IdentityToolkit], Any]] = [
    lambda api: api.send_link("ann@example.com", "https://soku.test/sign-in/link"),
    lambda api: api.sign_in_with_link("ann@example.com", "code"),
    lambda api: api.google_page("https://soku.test/callback"),
    lambda api: api.sign_in_with_google("https://soku.test/callback?code=x", "session"),
    lambda api: api.delete("token"),
]


def _api(settings: Settings, url: str) -> IdentityToolkit:
    return IdentityToolkit(replace(settings, identity_url=url, identity_api_key=KEY))


def _error(message: str, status: int = 400) -> bytes:
    return raw_answer(status, json.dumps({"error": {"code": status, "message": message}}).encode())


BAD_ANSWERS = [
    raw_answer(200, b"<html>"),
    raw_answer(200, b"[]"),
    raw_answer(200, b""),
    raw_answer(200, b'"' + b"x" * 70_000 + b'"'),
    raw_answer(200, b"[" * 50_000),
    raw_answer(302, b"", b"Location: http://127.0.0.1:9/\r\n"),
    raw_answer(500),
    raw_answer(503, b"busy"),
    _error("TOO_MANY_ATTEMPTS_TRY_LATER : Try again.", 400),
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
]


def test_a_bad_answer_says_that_nobody_can_sign_in(settings: Settings) -> None:
    for answer in BAD_ANSWERS:
        with serving(answering(answer)) as server:
            for call in CALLS:
                with pytest.raises(IdentityUnavailable) as error:
                    call(_api(settings, server.url))
                assert KEY not in str(error.value)
    with serving(reset) as server, pytest.raises(IdentityUnavailable) as error:
        CALLS[0](_api(settings, server.url))
    assert KEY not in str(error.value)


def test_an_answer_without_what_is_needed_signs_nobody_in(settings: Settings) -> None:
    with serving(answering(raw_answer(200, b'{"idToken": 7, "authUri": ""}'))) as server:
        for call in CALLS[1:4]:
            with pytest.raises(IdentityUnavailable):
                call(_api(settings, server.url))


def drip(connection: Any) -> None:
    """One byte after the other, each in time."""
    connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(50):
        # Waits; nothing comes.
        select.select([], [], [], 0.05)
        connection.sendall(b" ")


def test_an_answer_that_does_not_end_in_time_is_given_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity_toolkit, "_SECONDS", 0.3)
    with serving(drip) as server, pytest.raises(IdentityUnavailable):
        CALLS[0](_api(settings, server.url))


@pytest.mark.parametrize(
    ("message", "call", "error"),
    [
        ("INVALID_OOB_CODE", 1, LinkNotValid),
        ("EXPIRED_OOB_CODE", 1, LinkNotValid),
        ("INVALID_EMAIL : Not the address of the link.", 1, OtherAddress),
        ("USER_DISABLED", 1, AccountDisabled),
        ("INVALID_IDP_RESPONSE : The supplied auth credential is malformed.", 3, GoogleRefused),
        ("INVALID_SESSION_ID", 3, GoogleRefused),
        ("USER_DISABLED : disabled", 3, AccountDisabled),
        ("INVALID_EMAIL", 0, IdentityUnavailable),
    ],
)
def test_each_error_is_what_the_user_can_do(
    settings: Settings, message: str, call: int, error: type[Exception]
) -> None:
    with serving(answering(_error(message))) as server, pytest.raises(error):
        CALLS[call](_api(settings, server.url))


def test_what_the_operator_must_change_is_logged_for_them(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = ["OPERATION_NOT_ALLOWED", "UNAUTHORIZED_DOMAIN : Domain not allowlisted"]
    for message in [*refusals, "API key not valid. Please pass a valid API key."]:
        caplog.clear()
        with (
            caplog.at_level(logging.ERROR),
            serving(answering(_error(message))) as server,
            pytest.raises(IdentityUnavailable),
        ):
            CALLS[0](_api(settings, server.url))
        [record] = caplog.records
        assert record.message == "sign-in misconfigured"
        assert record.fields["operatorAction"] is True  # type: ignore[attr-defined]
        assert record.fields["code"] == message.partition(" : ")[0]  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["https://evil.test/", "http://127.0.0.1:9.evil.test/", "x"])
def test_only_the_page_of_google_is_opened(settings: Settings, address: str) -> None:
    body = json.dumps({"authUri": address, "sessionId": "s"}).encode()
    answer = answering(raw_answer(200, body))
    with serving(answer) as server, pytest.raises(IdentityUnavailable):
        _api(settings, server.url).google_page("https://soku.test/callback")


def test_a_google_account_that_needs_confirmation_is_not_signed_in(settings: Settings) -> None:
    body = json.dumps({"needConfirmation": True, "idToken": "x"}).encode()
    with serving(answering(raw_answer(200, body))) as server, pytest.raises(GoogleRefused):
        _api(settings, server.url).sign_in_with_google("https://soku.test/?code=x", "s")


def test_without_a_key_the_operator_learns_which_variable_is_missing(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="IDENTITY_API_KEY"):
        IdentityToolkit(replace(settings, identity_api_key=""))
