"""The forms of requests that other clients send to Threads, and ours does not."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.threads.twin import Threads
from shared.platforms.threads import ABOUT
from tests.media import Shelf

API = f"/{ABOUT.api_version}"
USER = "17841405793187218"
TOKEN = {"access_token": "ada-access"}


@pytest.fixture
def threads() -> Iterator[FlaskClient]:
    platform = Threads()
    platform.add_account("ada", "ada_writes", "ada-access", external_id=USER)
    yield platform.app.test_client()


@pytest.mark.parametrize("version", [API, ""])
@pytest.mark.parametrize("user", ["me", USER])
@pytest.mark.parametrize("way", ["query_string", "data", "json"])
@pytest.mark.parametrize("end", ["", "/"])
def test_a_user_is_named_by_its_id_or_as_me_with_any_kind_of_parameters(
    threads: FlaskClient, version: str, user: str, way: str, end: str
) -> None:
    path = f"{version}/{user}"
    text = {way: TOKEN | {"media_type": "TEXT", "text": "Hello"}}
    container = threads.post(f"{path}/threads{end}", **text).json["id"]
    post = threads.post(
        f"{path}/threads_publish{end}", **{way: TOKEN | {"creation_id": container}}
    ).json["id"]
    [visible] = threads.get("/_sim/posts").json
    assert (visible["id"], visible["requestCount"]) == (post, 1)
    [listed] = threads.get(f"{path}/threads{end}", query_string=TOKEN).json["data"]
    assert listed["id"] == post
    for read in (path, f"{path}/replies", f"{path}/threads_publishing_limit"):
        assert threads.get(f"{read}{end}", query_string=TOKEN).status_code == 200


def test_a_text_can_be_published_in_one_request_of_json(threads: FlaskClient) -> None:
    body = TOKEN | {"media_type": "TEXT", "text": "Hello", "auto_publish_text": True}
    assert threads.post(f"{API}/{USER}/threads", json=body).status_code == 200
    [post] = threads.get("/_sim/posts").json
    assert (post["text"], post["requestCount"]) == ("Hello", 1)


def make(threads: FlaskClient, **fields: Any) -> str:
    container = threads.post(f"{API}/me/threads", json=TOKEN | fields).json["id"]
    creation = TOKEN | {"creation_id": container}
    post: str = threads.post(f"{API}/me/threads_publish", json=creation).json["id"]
    return post


def test_posts_have_their_media_as_fields(threads: FlaskClient, shelf: Shelf) -> None:
    items = [
        threads.post(
            f"{API}/me/threads",
            json=TOKEN
            | {
                "media_type": "IMAGE",
                "image_url": shelf.image(seed).url,
                "is_carousel_item": True,
            },
        ).json["id"]
        for seed in (1, 2)
    ]
    carousel = make(threads, media_type="CAROUSEL", text="Two", children=items)
    film = make(threads, media_type="VIDEO", video_url=shelf.video().url)
    query = TOKEN | {"fields": "children,media_url,thumbnail_url,has_replies"}
    listed = threads.get(f"{API}/me/threads", query_string=query).json["data"]
    by_id = {entry["id"]: entry for entry in listed}
    assert len(by_id[carousel]["children"]["data"]) == 2
    assert "media_url" not in by_id[carousel]
    assert {"media_url", "thumbnail_url"} <= set(by_id[film])
