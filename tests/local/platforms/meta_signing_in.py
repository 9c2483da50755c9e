"""Logs people in to a twin of Meta, and asks it for tokens."""

from typing import Any

from flask.testing import FlaskClient

from tests.consent import brought_back, decide
from tests.local.platforms.meta_login_cases import CALLBACK, CLIENT_ID, SECRET, Case


def code_for(twin: FlaskClient, case: Case, person: str = "", **answers: Any) -> str:
    return brought_back(decide(twin, case.path, case.query, person, **answers))["code"]


def redeem(twin: FlaskClient, case: Case, code: str, **changed: str) -> Any:
    client = {"client_id": CLIENT_ID, "client_secret": SECRET, "redirect_uri": CALLBACK}
    return twin.post(case.token_path, data={**client, **case.form, "code": code, **changed})


def short_token(twin: FlaskClient, case: Case, person: str = "", **answers: Any) -> str:
    token: str = redeem(twin, case, code_for(twin, case, person, **answers)).json["access_token"]
    return token


def lengthen(twin: FlaskClient, case: Case, token: str, secret: str = SECRET) -> Any:
    query = {**case.exchange, "client_secret": secret, case.token_field: token}
    return twin.get(case.exchange_path, query_string=query)
