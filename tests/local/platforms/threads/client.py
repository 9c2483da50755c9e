"""Requests to the twin of Threads."""

from typing import Any

from flask.testing import FlaskClient

from shared.platforms.threads import ABOUT

API = f"/{ABOUT.api_version}"


TOKEN = {"access_token": "ada-access"}


DAY = 86400


def get(threads: FlaskClient, path: str, **query: str) -> Any:
    return threads.get(path, query_string=TOKEN | query)


def create(threads: FlaskClient, text: str, **fields: str) -> Any:
    form = {"media_type": "TEXT", "text": text} | TOKEN | fields
    return threads.post(f"{API}/me/threads", data=form)


def publish(threads: FlaskClient, container: str, **fields: str) -> Any:
    form = {"creation_id": container} | TOKEN | fields
    return threads.post(f"{API}/me/threads_publish", data=form)


def make(threads: FlaskClient, text: str, **fields: str) -> str:
    """Create and publish; returns the id of the post."""
    return publish(threads, create(threads, text, **fields).json["id"]).json["id"]


def visible(threads: FlaskClient) -> list[str]:
    return [entry["text"] for entry in threads.get("/_sim/posts?account=ada").json]


def is_not_found_race(answer: Any) -> bool:
    error = answer.json.get("error", {})
    return (answer.status_code, error.get("code"), error.get("error_subcode")) == (
        400,
        24,
        4279009,
    )
