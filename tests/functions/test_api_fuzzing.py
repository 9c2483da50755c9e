"""schemathesis calls every operation with valid and invalid requests."""

import socket
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from functions.api import accounts
from functions.api.reading import patience_of
from local.http_server import LocalServer
from local.storage_emulator import StorageEmulator
from shared import config
from shared.web.strangers import strangers
from tests import extent
from tests.functions.api_client import ApiClient
from tests.functions.media_api import MediaApi
from tests.functions.signing_in import signed_in
from tests.media import Shelf
from tests.signed_in import SignedIn

__all__ = ["signed_in"]

UNLIMITED = 10**6
MOMENT = timedelta(milliseconds=10)
# Their bodies have the options of every platform. Testing each limit of each option would take
# thousands of requests and many minutes, so these are called at random and with their examples.
OF_WHOLE_POSTS: dict[str, Any] = {
    "POST /v1/posts": {},
    # Violations of a target and its options are part of a 200 answer here.
    "POST /v1/posts/validate": {"negative_data_rejection": {"expected-statuses": ["200", "4xx"]}},
    "POST /v1/posts/{post_id}/retry": {},
    "PATCH /v1/posts/{post_id}": {},
}
CHECKS = {
    "positive_data_acceptance": {
        # A valid request may still be refused: because of connected accounts (400), of
        # times in the past, of rules over several fields and of missing media
        # (400), of the current status of the post (409), or because there is no such post (404).
        "expected-statuses": ["2xx", "400", "404", "409"],
    },
}


@pytest.fixture
def fuzzed(
    unlimited: ApiClient,
    storage: StorageEmulator,
    shelf: Shelf,
    signing_key: None,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> ApiClient:
    """An API without rate limits that reaches nothing outside of this machine."""
    MediaApi(unlimited, storage, shelf)
    monkeypatch.setattr(socket, "getaddrinfo", _local_addresses)
    settings = config.settings()
    limits = replace(settings.rate_limits, without_key=UNLIMITED)
    monkeypatch.setattr(config, "settings", lambda: replace(settings, rate_limits=limits))
    strangers.cache_clear()
    # Nobody authorizes these connections: waiting for it shows nothing.
    monkeypatch.setattr(accounts, "patience_of", lambda request: min(patience_of(request), MOMENT))
    return unlimited


_getaddrinfo = socket.getaddrinfo


def _local_addresses(host: Any, *more: Any, **named: Any) -> Any:
    if host in ("127.0.0.1", "localhost"):
        return _getaddrinfo(host, *more, **named)
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


@pytest.mark.full
@pytest.mark.timeout(600)
def test_the_api_matches_its_description_for_any_request(
    fuzzed: ApiClient, signed_in: SignedIn
) -> None:
    server = LocalServer(fuzzed.app)
    server.start()
    try:
        config = _config(signed_in.headers(fuzzed.user_id), server.url)
        schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json", config=config)
        # After this call, every other one would be refused.
        schema = schema.exclude(method="DELETE", path="/v1/user")
        found, tried = _failures(from_schema(schema).execute())
    finally:
        server.stop()
    assert not found, "\n\n".join(dict.fromkeys(found))
    assert tried == {"examples", "fuzzing", "stateful", *(["coverage"] if extent.FULL else [])}
    assert fuzzed.submissions(), "nothing was accepted"


def _failures(run: Iterable[events.EngineEvent]) -> tuple[list[str], set[str]]:
    """The failures that schemathesis reported, and the phases that it ran."""
    found, tried = [], set()
    for event in run:
        match event:
            case events.ScenarioFinished():
                tried.add(event.phase.name.lower().removesuffix("_testing"))
                found += [
                    f"{event.recorder.label}: {check.failure_info.failure}\n"
                    f"{check.failure_info.code_sample}"
                    for checks in event.recorder.checks.values()
                    for check in checks
                    if check.failure_info
                ]
            case events.NonFatalError():
                found.append(f"{event.label}: {event.value!r}")
            case events.FatalError():
                found.append(repr(event.exception))
    return found, tried


def _config(headers: dict[str, str], url: str) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "base-url": url,
            "headers": headers,
            "generation": {
                "max-examples": extent.of(4, 60),
                "deterministic": True,
                # Only the ID token of `headers`, with which everything can be called: a key next to
                # it is always refused.
                "with-security-parameters": False,
            },
            "phases": {
                "coverage": {"enabled": extent.FULL},
                "stateful": {"generation": {"max-examples": extent.of(2, 25)}},
            },
            "checks": CHECKS,
            "operations": [
                {
                    "include-name": name,
                    "phases": {"coverage": {"enabled": False}},
                    "checks": checks,
                }
                for name, checks in OF_WHOLE_POSTS.items()
            ]
            + [
                {
                    # Nobody here can sign its body.
                    "include-name": "POST /v1/billing/stripe",
                    "checks": {"positive_data_acceptance": {"expected-statuses": ["401"]}},
                }
            ],
        }
    )
