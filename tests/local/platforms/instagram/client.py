"""Requests to the twin of Instagram."""

from typing import Any

from flask.testing import FlaskClient

from shared.platforms.instagram import ABOUT
from tests.media import Shelf

USER = "17841405793187218"


TOKEN = {"access_token": "ada-access"}


API = f"/{ABOUT.api_version}"


DAY = 86400


def get(instagram: FlaskClient, path: str, **query: str) -> Any:
    return instagram.get(f"{API}/{path}", query_string=TOKEN | query)


def create(instagram: FlaskClient, **fields: str) -> Any:
    return instagram.post(f"{API}/{USER}/media", data=TOKEN | fields)


def publish(instagram: FlaskClient, container: str, **fields: str) -> Any:
    form = {"creation_id": container} | TOKEN | fields
    return instagram.post(f"{API}/{USER}/media_publish", data=form)


def make(instagram: FlaskClient, **fields: str) -> str:
    """Create and publish; returns the id of the post."""
    return publish(instagram, create(instagram, **fields).json["id"]).json["id"]


def status(instagram: FlaskClient, container: str) -> str:
    return get(instagram, container, fields="status_code,status").json["status_code"]


def visible(instagram: FlaskClient) -> list[dict[str, Any]]:
    return instagram.get("/_sim/posts?account=ada").json


def refused(answer: Any) -> tuple[int, int, int | None]:
    """HTTP status, code and subcode."""
    error = answer.json["error"]
    return answer.status_code, error["code"], error.get("error_subcode")


def item(instagram: FlaskClient, shelf: Shelf, seed: int) -> str:
    url = shelf.image(seed).url
    return create(instagram, is_carousel_item="true", image_url=url).json["id"]
