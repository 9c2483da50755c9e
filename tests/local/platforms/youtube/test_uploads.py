"""The twin of YouTube answers as its documentation says: uploads."""

import hashlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.youtube.client import (
    DAY,
    GRAIN,
    PATH,
    ask,
    fault,
    get,
    put,
    reason,
    session,
    start,
    visible,
)

# Beginning an upload.


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"query": {"uploadType": None}}, "mediaBodyRequired"),
        ({"query": {"uploadType": "media"}}, "mediaBodyUnsupported"),
        ({"query": {"uploadType": "multipart"}}, "mediaBodyRequired"),
        ({"query": {"stabilize": "1"}}, "invalidParameter"),
        ({"query": {"part": "snippet,status", "autoLevel": "true"}}, "unexpectedParameter"),
        ({"query": {"part": None}}, "missingRequiredParameter"),
        ({"query": {"part": "snippet,stats"}}, "unknownPart"),
        ({"query": {"part": "snippet"}}, "unexpectedPart"),
        ({"query": {"notify": "true"}}, "unexpectedParameter"),
        ({"query": {"notifySubscribers": "True"}}, "invalidParameter"),
        ({"headers": {"X-Upload-Content-Length": "0"}}, "mediaBodyRequired"),
        ({"headers": {"X-Upload-Content-Length": str(256 * 1024**3 + 1)}}, "mediaBodyRequired"),
        ({"headers": {"X-Upload-Content-Type": "image/png"}}, "mediaBodyUnsupported"),
        ({"headers": {"Content-Type": "text/plain"}}, "badRequest"),
        ({"body": []}, "parseError"),
        ({"body": {"snippet": "Film"}}, "badRequest"),
        ({"snippet": {"titel": "Film"}}, "badRequest"),
        ({"snippet": {"tags": "one,two"}}, "badRequest"),
        ({"status": {"embeddable": "true"}}, "badRequest"),
        ({"snippet": {"title": ""}}, "invalidTitle"),
        ({"snippet": {"title": "a" * 101}}, "invalidTitle"),
        ({"snippet": {"title": "a < b"}}, "invalidTitle"),
        ({"snippet": {"description": "é" * 2501}}, "invalidDescription"),
        ({"snippet": {"description": "a > b"}}, "invalidDescription"),
        ({"snippet": {"tags": ["a" * 250, "b " + "c" * 246]}}, "invalidTags"),
        ({"snippet": {"tags": [1]}}, "invalidTags"),
        ({"snippet": {"categoryId": "3"}}, "invalidCategoryId"),
        ({"snippet": {"defaultLanguage": "english!"}}, "invalidVideoMetadata"),
        ({"status": {"privacyStatus": "secret"}}, "invalidVideoMetadata"),
        ({"status": {"license": "mit"}}, "invalidVideoMetadata"),
        ({"status": {"publishAt": "2100-01-01T00:00:00Z"}}, "invalidPublishAt"),
        (
            {"status": {"privacyStatus": "private", "publishAt": "2000-01-01T00:00:00Z"}},
            "invalidPublishAt",
        ),
        ({"status": {"privacyStatus": "private", "publishAt": "soon"}}, "invalidPublishAt"),
    ],
)
def test_what_an_upload_may_not_begin_with(
    youtube: FlaskClient, changed: dict[str, Any], refused: str
) -> None:
    answer = start(youtube, 100, **changed)
    assert reason(answer) == (400, refused)
    assert "Location" not in answer.headers


def test_what_is_just_allowed(youtube: FlaskClient) -> None:
    tags = ["a" * 250, "b " + "c" * 245]
    snippet = {"title": "a" * 100, "description": "é" * 2500, "tags": tags}
    session(youtube, 256 * 1024**3, snippet=snippet)
    later = {"privacyStatus": "private", "publishAt": "2100-01-01T00:00:00Z"}
    session(youtube, 1, status=later, headers={"X-Upload-Content-Type": "application/octet-stream"})


def test_nothing_exists_before_the_last_byte(youtube: FlaskClient, film: bytes) -> None:
    url = session(youtube, len(film))
    put(youtube, url, film[:GRAIN], f"bytes 0-{GRAIN - 1}/{len(film)}")
    assert visible(youtube) == []
    assert get(youtube, "playlistItems", part="snippet", playlistId="UUada").json["items"] == []


# Sending the bytes.


def test_a_video_in_chunks(youtube: FlaskClient, film: bytes) -> None:
    url, size = session(youtube, len(film)), len(film)
    empty = ask(youtube, url, size)
    assert (empty.status_code, empty.headers.get("Range")) == (308, None)
    first = put(youtube, url, film[:GRAIN], f"bytes 0-{GRAIN - 1}/{size}")
    assert (first.status_code, first.headers["Range"]) == (308, f"bytes=0-{GRAIN - 1}")
    assert ask(youtube, url, size).headers["Range"] == f"bytes=0-{GRAIN - 1}"
    last = put(youtube, url, film[GRAIN:], f"bytes {GRAIN}-{size - 1}/{size}")
    assert (last.status_code, len(last.json["id"])) == (200, 11)
    assert last.json["status"]["uploadStatus"] in ("uploaded", "processed")
    assert last.json["snippet"]["channelId"] == "UCada"
    (post,) = visible(youtube)
    assert (post["id"], post["text"], post["requestCount"]) == (last.json["id"], "About it", 1)
    (item,) = post["media"]
    assert item == {"kind": "video", "sha256": hashlib.sha256(film).hexdigest(), "size": size}


def test_a_session_makes_one_video_however_often_it_is_finished(
    youtube: FlaskClient, film: bytes
) -> None:
    url, size = session(youtube, len(film)), len(film)
    whole = f"bytes 0-{size - 1}/{size}"
    answers = [put(youtube, url, film, whole), put(youtube, url, film, whole)]
    answers.append(ask(youtube, url, size))
    assert len({answer.json["id"] for answer in answers}) == 1
    (post,) = visible(youtube)
    assert post["requestCount"] == 2


@pytest.mark.parametrize(
    ("first", "length", "total", "more"),
    [
        (0, GRAIN + 1, None, {}),  # no multiple of 256 KiB
        (GRAIN, GRAIN, None, {}),  # a gap
        (0, 2 * GRAIN, 1, {}),  # another total
        (0, GRAIN, None, {"Content-Type": "video/webm"}),
    ],
)
def test_chunks_that_do_not_fit(
    youtube: FlaskClient,
    film: bytes,
    first: int,
    length: int,
    total: int | None,
    more: dict[str, str],
) -> None:
    url = session(youtube, len(film))
    data = film[first : first + length]
    content_range = f"bytes {first}-{first + length - 1}/{total or len(film)}"
    assert reason(put(youtube, url, data, content_range, **more))[0] == 400
    assert ask(youtube, url, len(film)).headers.get("Range") is None


def test_bytes_that_are_there_already_are_refused(youtube: FlaskClient, film: bytes) -> None:
    url, content_range = session(youtube, len(film)), f"bytes 0-{GRAIN - 1}/{len(film)}"
    put(youtube, url, film[:GRAIN], content_range)
    assert reason(put(youtube, url, film[:GRAIN], content_range))[0] == 400


@pytest.mark.parametrize("content_range", ["bytes 0-99/*", "bytes=0-9/10", "bytes 0-20/", "*/5"])
def test_a_range_that_cannot_be_read(youtube: FlaskClient, film: bytes, content_range: str) -> None:
    answer = put(youtube, session(youtube, len(film)), film[:GRAIN], content_range)
    assert reason(answer)[0] == 400


def test_fewer_bytes_than_the_range_says_and_a_query_with_bytes(
    youtube: FlaskClient, film: bytes
) -> None:
    url = session(youtube, len(film))
    short = put(youtube, url, film[: GRAIN - 1], f"bytes 0-{GRAIN - 1}/{len(film)}")
    asked = put(youtube, url, film[:GRAIN], f"bytes */{len(film)}")
    assert [reason(short)[0], reason(asked)[0]] == [400, 400]


def test_fewer_bytes_may_be_kept_than_were_sent(youtube: FlaskClient, film: bytes) -> None:
    youtube.post("/_sim/partial_store", json={"times": 1})
    url, size = session(youtube, len(film)), len(film)
    half = put(youtube, url, film[: 2 * GRAIN], f"bytes 0-{2 * GRAIN - 1}/{size}")
    assert half.headers["Range"] == f"bytes=0-{GRAIN - 1}"
    rest = put(youtube, url, film[GRAIN:], f"bytes {GRAIN}-{size - 1}/{size}")
    assert rest.status_code == 200
    assert visible(youtube)[0]["media"][0]["sha256"] == hashlib.sha256(film).hexdigest()


def test_a_session_is_the_uploaders_and_lives_a_week(
    youtube: FlaskClient, film: bytes, offset: MovableOffset
) -> None:
    url = session(youtube, len(film))
    foreign = put(youtube, url, film, None, Authorization="Bearer bob-access")
    unknown = put(youtube, f"{PATH}?upload_id=55", film, None)
    assert [foreign.status_code, unknown.status_code] == [404, 404]
    offset.moved = 7 * DAY - 60
    assert ask(youtube, url, len(film)).status_code == 308
    offset.moved = 7 * DAY + 1
    assert ask(youtube, url, len(film)).status_code == 404


def test_a_token_may_end_in_the_middle(youtube: FlaskClient, film: bytes) -> None:
    url = session(youtube, len(film))
    fault(youtube, f"PUT {PATH}", "expired_token")
    assert reason(put(youtube, url, film, None)) == (401, "authError")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "ada-refresh",
        "client_id": "app",
        "client_secret": "s",
    }
    fresh = youtube.post("/token", data=form).json["access_token"]
    answer = put(youtube, url, film, None, Authorization=f"Bearer {fresh}")
    assert answer.status_code == 200
