"""Who may call an internal function."""

import base64
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.http_server import LocalServer
from local.tasks_emulator.oidc import TokenIssuer
from shared.config import Settings
from shared.gcp import oidc
from shared.gcp.oidc import CertificatesUnavailable, NotOurCaller, verify

URL = "https://publisher.test"
EMAIL = "tasks-invoker@test.iam.gserviceaccount.com"
ISSUER = TokenIssuer()


class Certificates:
    """Serves the issuer's certificates and counts the requests."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = "200 OK"

    def __call__(self, environ: Any, start: Any) -> list[bytes]:
        self.asked += 1
        headers = [("Content-Type", "application/json"), ("Cache-Control", "max-age=3600")]
        start(self.status, headers)
        return [json.dumps(ISSUER.certs).encode()]


@pytest.fixture
def certificates() -> Iterator[tuple[Certificates, str]]:
    app = Certificates()
    server = LocalServer(app, 0)
    server.start()
    # Each test starts like a new instance, with nothing cached.
    oidc._transport.cache_clear()
    yield app, f"{server.url}/certs"
    server.stop()
    oidc._transport.cache_clear()


@pytest.fixture
def here(settings: Settings, certificates: tuple[Certificates, str]) -> Settings:
    return replace(settings, oidc_certs_url=certificates[1])


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())  # noqa: TID251 - tokens stay on real time
    claims = {
        "iss": "https://accounts.google.com",
        "aud": URL,
        "sub": "1",
        "email": EMAIL,
        "email_verified": True,
        "iat": now,
        "exp": now + 600,
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def _signed(**changes: Any) -> str:
    return ISSUER.sign(_claims(**changes))


def _unsigned() -> str:
    parts = [{"alg": "none", "typ": "JWT", "kid": ISSUER.key_id}, _claims()]
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts]
    return b".".join([*encoded, b""]).decode()


def _verify(here: Settings, header: str | None) -> None:
    verify(header, audience=URL, email=EMAIL, settings=here)


def test_a_token_of_our_own_identity_for_this_function_passes(here: Settings) -> None:
    _verify(here, f"Bearer {ISSUER.token(URL, EMAIL)}")
    _verify(here, f"bearer {_signed()}")
    _verify(here, f"Bearer {_signed(iss='accounts.google.com')}")


REFUSED = {
    "another audience": lambda: _signed(aud="https://orchestrator.test"),
    "no audience": lambda: _signed(aud=None),
    "another account": lambda: _signed(email="mallory@example.com"),
    "no account": lambda: _signed(email=None),
    "another issuer": lambda: _signed(iss="https://accounts.example.com"),
    "no issuer": lambda: _signed(iss=None),
    "an unverified email": lambda: _signed(email_verified=False),
    "an email that says it is verified": lambda: _signed(email_verified="true"),
    "no word of verification": lambda: _signed(email_verified=None),
    "expired": lambda: _signed(iat=1_700_000_000, exp=1_700_003_600),
    "not yet issued": lambda: _signed(iat=4_000_000_000, exp=4_000_003_600),
    "no expiry": lambda: _signed(exp=None),
    "another key": lambda: TokenIssuer().token(URL, EMAIL),
    "a broken signature": lambda: _signed()[:-8] + "AAAAAAAA",
    "unsigned": _unsigned,
    "no token at all": lambda: "",
    "nonsense": lambda: "a.b.c",
    "one word": lambda: "secret",
}


@pytest.mark.full
@pytest.mark.parametrize("kind", REFUSED)
def test_any_other_token_is_refused(here: Settings, kind: str) -> None:
    with pytest.raises(NotOurCaller):
        _verify(here, f"Bearer {REFUSED[kind]()}")


def test_other_ways_to_send_a_token_are_refused(here: Settings) -> None:
    for header in (None, "", "Bearer", _signed(), f"Basic {_signed()}"):
        with pytest.raises(NotOurCaller):
            _verify(here, header)


def test_the_certificates_are_fetched_once(
    here: Settings, certificates: tuple[Certificates, str]
) -> None:
    for _ in range(5):
        _verify(here, f"Bearer {_signed()}")
    assert certificates[0].asked == 1


def test_while_the_certificates_are_unavailable_nothing_is_known(
    here: Settings, certificates: tuple[Certificates, str]
) -> None:
    certificates[0].status = "503 Service Unavailable"
    with pytest.raises(CertificatesUnavailable):
        _verify(here, f"Bearer {_signed()}")
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(CertificatesUnavailable):
        _verify(
            replace(here, oidc_certs_url=f"http://127.0.0.1:{port}/certs"), f"Bearer {_signed()}"
        )
