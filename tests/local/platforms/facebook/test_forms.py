"""The forms of requests that other clients send to Facebook, and ours does not."""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.facebook.twin import Facebook
from shared.platforms.facebook import ABOUT
from tests.media import Shelf, jpeg, mp4

API = f"/{ABOUT.api_version}"
TOKEN = {"access_token": "ada-page"}


@pytest.fixture
def facebook() -> Iterator[FlaskClient]:
    platform = Facebook()
    platform.add_account("ada", "ada_writes", "ada-page", external_id="1020")
    yield platform.app.test_client()


def visible(facebook: FlaskClient) -> list[tuple[str, int]]:
    """Text and number of media of each post."""
    posts = facebook.get("/_sim/posts").json
    return [(post["text"], len(post["media"])) for post in posts]


@pytest.mark.parametrize("page", ["1020", "me"])
@pytest.mark.parametrize("version", [API, "", "/v24.0"])
@pytest.mark.parametrize("end", ["", "/"])
def test_a_page_is_named_by_its_id_or_as_me_below_any_version(
    facebook: FlaskClient, page: str, version: str, end: str
) -> None:
    path = f"{version}/{page}"
    answer = facebook.post(f"{path}/feed{end}", data=TOKEN | {"message": "Hello"})
    assert answer.json["id"].startswith("1020_")
    assert facebook.get("/_sim/posts").json[0]["requestCount"] == 1
    assert facebook.get(f"{path}{end}", query_string=TOKEN).json["id"] == "1020"
    listed = facebook.get(f"{path}/published_posts{end}", query_string=TOKEN).json["data"]
    assert [entry["id"] for entry in listed] == [answer.json["id"]]


def test_parameters_can_be_json(facebook: FlaskClient, shelf: Shelf) -> None:
    picture = TOKEN | {"url": shelf.image().url, "published": False}
    photo = facebook.post(f"{API}/1020/photos", json=picture).json
    assert set(photo) == {"id"}
    body = TOKEN | {"message": "Hello", "attached_media": [{"media_fbid": photo["id"]}]}
    assert facebook.post(f"{API}/1020/feed", json=body).status_code == 200
    assert visible(facebook) == [("Hello", 1)]


@pytest.mark.parametrize("name", ["source", "source0"])
def test_a_photo_can_be_sent_as_a_file(facebook: FlaskClient, name: str) -> None:
    form = TOKEN | {"caption": "Hello", name: (io.BytesIO(jpeg()), "a.jpg")}
    assert "post_id" in facebook.post(f"{API}/1020/photos", data=form).json
    assert visible(facebook) == [("Hello", 1)]


def test_the_feed_shows_a_photo(facebook: FlaskClient) -> None:
    data = jpeg()
    form = TOKEN | {"source": (io.BytesIO(data), "a.jpg")}
    facebook.post(f"{API}/1020/photos", data=form)
    digest = hashlib.sha256(data).hexdigest()
    assert f'<img src="media/{digest}"' in facebook.get("/_sim/").text
    shown = facebook.get(f"/_sim/media/{digest}")
    assert (shown.data, shown.mimetype) == (data, "image/jpeg")
    assert facebook.get("/_sim/media/none").status_code == 404


def test_a_file_that_is_no_photo_is_refused(facebook: FlaskClient) -> None:
    for data in (b"text", mp4()):
        form = TOKEN | {"source": (io.BytesIO(data), "a.jpg")}
        answer = facebook.post(f"{API}/1020/photos", data=form)
        assert answer.json["error"]["error_subcode"] == 1366046
    assert visible(facebook) == []


@pytest.mark.parametrize("is_file", [False, True])
def test_a_video_can_be_published_in_one_request(
    facebook: FlaskClient, shelf: Shelf, is_file: bool
) -> None:
    sent: dict[str, Any] = {"file_url": shelf.video().url}
    if is_file:
        sent = {"source": (io.BytesIO(mp4()), "a.mp4")}
    form = TOKEN | {"description": "Hello"} | sent
    video = facebook.post(f"{API}/1020/videos", data=form).json["id"]
    assert visible(facebook) == [("Hello", 1)]
    query = TOKEN | {"fields": "status,published"}
    shown = facebook.get(f"{API}/{video}", query_string=query).json
    assert (shown["status"]["video_status"], shown["published"]) == ("ready", True)


def test_a_video_that_cannot_be_fetched_or_is_missing_is_refused(
    facebook: FlaskClient, shelf: Shelf
) -> None:
    for form in ({}, {"file_url": f"{shelf.url}/none.mp4"}):
        assert facebook.post(f"{API}/1020/videos", data=TOKEN | form).status_code == 400
    assert visible(facebook) == []


def test_the_upload_host_needs_the_url_of_a_file_alone(facebook: FlaskClient, shelf: Shelf) -> None:
    edge = f"{API}/1020/video_reels"
    begun = facebook.post(edge, data=TOKEN | {"upload_phase": "start"}).json
    headers = {"Authorization": "OAuth ada-page", "file_url": shelf.video().url}
    path = begun["upload_url"].removeprefix("http://localhost")
    assert facebook.post(path, headers=headers).json == {"success": True}
    finish = {"upload_phase": "finish", "video_id": begun["video_id"], "video_state": "PUBLISHED"}
    facebook.post(edge, data=TOKEN | finish)
    assert visible(facebook) == [("", 1)]


def test_attached_media_can_be_a_list_of_texts(facebook: FlaskClient, shelf: Shelf) -> None:
    picture = TOKEN | {"url": shelf.image().url, "published": "false"}
    photo = facebook.post(f"{API}/me/photos", data=picture).json["id"]
    listed = json.dumps([json.dumps({"media_fbid": photo})])
    facebook.post(f"{API}/me/feed", data=TOKEN | {"message": "Hi", "attached_media": listed})
    assert visible(facebook) == [("Hi", 1)]
