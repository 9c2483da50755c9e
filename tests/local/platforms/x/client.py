"""Requests to the twin of X."""

from typing import Any

from flask.testing import FlaskClient

BEARER = {"Authorization": "Bearer ada-access"}


def post(x: FlaskClient, text: str, **fields: Any) -> Any:
    return x.post("/2/tweets", json={"text": text, **fields}, headers=BEARER)


def visible(x: FlaskClient, account: str = "ada") -> list[str]:
    return [entry["text"] for entry in x.get(f"/_sim/posts?account={account}").json]
