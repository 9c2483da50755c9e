"""The forms of requests that Google's own clients send to YouTube, and ours does not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.youtube.twin import YouTube
from tests.media import mp4

PATH = "/upload/youtube/v3/videos"
BEARER = {"Authorization": "Bearer ada-access"}
GRAIN = 262_144
RESOURCE = {"snippet": {"title": "Film", "description": "About it"}, "status": {}}


@pytest.fixture
def youtube() -> Iterator[FlaskClient]:
    platform = YouTube()
    platform.add_account("ada", "ada_films", "ada-access", external_id="UCada")
    yield platform.app.test_client()


def visible(youtube: FlaskClient) -> list[str]:
    return [post["text"] for post in youtube.get("/_sim/posts").json]


def start(youtube: FlaskClient, kind: str, **more: Any) -> Any:
    query = {"uploadType": kind, "part": "snippet,status", "alt": "json", **more.pop("query", {})}
    headers = BEARER | more.pop("headers", {})
    return youtube.post(PATH, query_string=query, headers=headers, **more)


def related(resource: Any, media: bytes, content_type: str = "video/mp4") -> dict[str, Any]:
    """The body of a multipart upload."""
    parts = [
        b"Content-Type: application/json\r\n\r\n" + json.dumps(resource).encode(),
        f"Content-Type: {content_type}\r\n\r\n".encode() + media,
    ]
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--"
    return {"data": body, "headers": {"Content-Type": 'multipart/related; boundary="edge"'}}


def test_a_session_can_begin_without_the_size_and_the_type_of_the_file(
    youtube: FlaskClient,
) -> None:
    film = mp4()
    session = start(youtube, "resumable", json=RESOURCE).headers["Location"]
    first = {**BEARER, "Content-Range": f"bytes 0-{GRAIN - 1}/*"}
    begun = youtube.put(session, data=film[:GRAIN], headers=first)
    assert (begun.status_code, begun.headers["Range"]) == (308, f"bytes=0-{GRAIN - 1}")
    odd = {**BEARER, "Content-Range": f"bytes {GRAIN}-{GRAIN + 9}/*"}
    assert youtube.put(session, data=film[GRAIN : GRAIN + 10], headers=odd).status_code == 400
    asked = youtube.put(session, headers={**BEARER, "Content-Range": "bytes */*"})
    assert asked.headers["Range"] == f"bytes=0-{GRAIN - 1}"
    last = {**BEARER, "Content-Range": f"bytes {GRAIN}-{len(film) - 1}/{len(film)}"}
    assert youtube.put(session, data=film[GRAIN:], headers=last).status_code == 200
    assert visible(youtube) == ["About it"]


def test_a_multipart_upload_publishes_in_one_request(youtube: FlaskClient) -> None:
    answer = start(youtube, "multipart", **related(RESOURCE, mp4()))
    assert (answer.status_code, answer.json["snippet"]["title"]) == (200, "Film")
    assert visible(youtube) == ["About it"]


@pytest.mark.parametrize(
    "upload",
    [
        related(RESOURCE, b"", "image/png"),
        related({"snippet": {"title": ""}}, b""),
        related([], b""),
        {"data": b"--edge--", "headers": {"Content-Type": "multipart/related; boundary=edge"}},
        {"data": b"x", "headers": {"Content-Type": "multipart/mixed; boundary=edge"}},
    ],
)
def test_a_wrong_multipart_upload_is_refused(youtube: FlaskClient, upload: dict[str, Any]) -> None:
    assert start(youtube, "multipart", **upload).status_code == 400
    assert visible(youtube) == []


def test_a_simple_upload_has_the_bytes_alone(youtube: FlaskClient) -> None:
    answer = start(youtube, "media", data=mp4(), headers={"Content-Type": "video/mp4"})
    assert (answer.status_code, answer.json["snippet"]["title"]) == (200, "unknown")
    assert visible(youtube) == [""]


def test_parameters_without_an_effect_are_accepted(youtube: FlaskClient) -> None:
    query = {"autoLevels": "true", "stabilize": "false", "prettyPrint": "false", "key": "k"}
    assert start(youtube, "resumable", json=RESOURCE, query=query).status_code == 200


@pytest.mark.parametrize(
    "parts",
    [
        ["id,statistics,contentDetails"],
        ["id", "statistics", "contentDetails"],
        ["snippet", "status,player", "topicDetails"],
    ],
)
def test_every_part_is_known_in_one_list_or_in_several(
    youtube: FlaskClient, parts: list[str]
) -> None:
    video = start(youtube, "multipart", **related(RESOURCE, mp4())).json["id"]
    query = {"part": parts, "id": video, "alt": "json", "maxResults": "5"}
    [item] = youtube.get("/youtube/v3/videos", query_string=query, headers=BEARER).json["items"]
    named = {part for value in parts for part in value.split(",")}
    answered = named & {"statistics", "contentDetails", "snippet", "status"}
    assert set(item) == {"kind", "id"} | answered


def test_the_channel_and_its_uploads_have_every_part(youtube: FlaskClient) -> None:
    query = {"part": ["id,snippet", "statistics"], "mine": "true", "maxResults": "5"}
    [channel] = youtube.get("/youtube/v3/channels", query_string=query, headers=BEARER).json[
        "items"
    ]
    assert channel["statistics"]["videoCount"] == "0"
    start(youtube, "multipart", **related(RESOURCE, mp4()))
    query = {"part": "id,contentDetails", "playlistId": "UUada", "alt": "json"}
    items = youtube.get("/youtube/v3/playlistItems", query_string=query, headers=BEARER).json
    assert [set(item) for item in items["items"]] == [{"kind", "id", "contentDetails"}]
