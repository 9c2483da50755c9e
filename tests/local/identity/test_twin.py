"""The simulated Firebase Authentication signs in its users and nobody else."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from local.identity.api import OWNER
from local.identity.twin import IdentityTwin, Person
from shared.config import Settings
from shared.gcp import oidc
from shared.gcp.identity import person_of


@pytest.fixture
def url() -> Iterator[str]:
    twin = IdentityTwin("demo-tests", {"demo": Person("user_demo", "demo@example.com")})
    server = twin.serve()
    server.start()
    oidc._transport.cache_clear()
    yield server.url
    server.stop()
    oidc._transport.cache_clear()


def test_a_token_of_the_twin_is_one_of_firebase(url: str, settings: Settings) -> None:
    answer = requests.get(f"{url}/_sim/token?user=demo", timeout=30)
    assert answer.headers["Cache-Control"] == "no-store"
    signed_in = answer.json()
    assert signed_in.keys() == {"idToken", "uid", "email", "expiresIn"}
    assert (signed_in["uid"], signed_in["email"]) == ("user_demo", "demo@example.com")
    here = replace(settings, project="demo-tests", id_token_certs_url=f"{url}/certs")
    assert person_of(signed_in["idToken"], here).user_id == "user_demo"


def test_the_certificates_say_how_long_they_can_be_cached(url: str) -> None:
    answer = requests.get(f"{url}/certs", timeout=30)
    assert "max-age=" in answer.headers["Cache-Control"]
    [(key_id, certificate)] = answer.json().items()
    assert key_id
    assert certificate.startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?user=nobody", 404),
        ("?user=", 404),
        ("", 400),
        ("?user=demo&user=other", 400),
        ("?user=demo&admin=true", 400),
    ],
)
def test_nobody_else_is_signed_in(url: str, query: str, status: int) -> None:
    answer = requests.get(f"{url}/_sim/token{query}", timeout=30)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}


def test_other_calls_are_refused(url: str) -> None:
    posted = requests.post(f"{url}/_sim/token?user=demo", timeout=30)
    assert (posted.status_code, posted.json().keys()) == (405, {"error"})
    assert "GET" in posted.headers["Allow"]
    assert requests.get(f"{url}/", timeout=30).status_code == 404


@pytest.mark.parametrize(
    ("project", "headers", "body", "refusal"),
    [
        ("demo-tests", {}, {"localId": "user_demo"}, (401, "required authentication credential")),
        ("other", {"Authorization": OWNER}, {"localId": "user_demo"}, (403, "PROJECT_NOT_FOUND")),
        ("demo-tests", {"Authorization": OWNER}, {}, (400, "MISSING_LOCAL_ID")),
        ("demo-tests", {"Authorization": OWNER}, {"idToken": "x"}, (400, "Unknown name")),
        ("demo-tests", {"Authorization": OWNER}, {"localId": "nobody"}, (400, "USER_NOT_FOUND")),
    ],
)
def test_an_account_is_removed_only_by_its_own_project(
    url: str,
    project: str,
    headers: dict[str, str],
    body: dict[str, str],
    refusal: tuple[int, str],
) -> None:
    address = f"{url}/v1/projects/{project}/accounts:delete"
    answer = requests.post(address, json=body, headers=headers, timeout=30)
    status, message = refusal
    assert (answer.status_code, message in answer.json()["error"]["message"]) == (status, True)
