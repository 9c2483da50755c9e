"""Logs people in to the twin of a case, and asks for tokens."""

from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient

from tests.consent import brought_back, decide
from tests.local.platforms.login_cases import CALLBACK, CLIENT_ID, SECRET, Case


def app(**fields: Any) -> dict[str, Any]:
    """The registered app of the cases, as `POST /_sim/clients` accepts it."""
    required = {"clientId": CLIENT_ID, "clientSecret": SECRET, "redirectUris": [CALLBACK]}
    return {**required, **fields}


def twin_of(case: Case, **fields: Any) -> FlaskClient:
    """The twin with the accounts ada and bob, and the app with `fields`."""
    platform = case.twin()
    platform.add_account("ada", "ada_writes", "ada-access", refresh_token="ada-refresh")
    platform.add_account("bob", "bob_reads", "bob-access", refresh_token="bob-refresh")
    client = platform.app.test_client()
    assert client.post("/_sim/clients", json=app(**fields)).status_code == 200
    return client


def code_for(
    twin: FlaskClient,
    case: Case,
    person: str = "",
    query: Mapping[str, str] | None = None,
    **answers: Any,
) -> str:
    """The code of a login, with `query` besides that of the case."""
    answer = decide(twin, case.path, case.query | dict(query or {}), person, **answers)
    return brought_back(answer)["code"]


def exchange(twin: FlaskClient, case: Case, code: str, secret: str = SECRET, **changed: str) -> Any:
    return twin.post(case.token_path, **case.exchange(code, secret, **changed))


def refresh(twin: FlaskClient, case: Case, token: str) -> Any:
    request = case.exchange("")
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return twin.post(case.token_path, **request | {"data": case.client_fields | form})


def log_in(twin: FlaskClient, case: Case, person: str = "", **query: str) -> dict[str, Any]:
    """The tokens of a login."""
    answer = exchange(twin, case, code_for(twin, case, person, query))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json
    return tokens


def read(twin: FlaskClient, case: Case, token: str, path: str = "") -> Any:
    """The answer to the request of the case, or to another one."""
    headers = {"Authorization": f"Bearer {token}", **case.headers}
    return twin.get(path or case.read, headers=headers)
