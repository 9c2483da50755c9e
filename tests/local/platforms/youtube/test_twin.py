"""The twin of YouTube answers as its documentation says."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.youtube.twin import YouTube
from shared import clock
from tests.local.platforms.conftest import MovableOffset
from tests.media import mp4

PATH = "/upload/youtube/v3/videos"
BEARER = {"Authorization": "Bearer ada-access"}
GRAIN = 262_144
DAY = 86400
PREFIX = "https://www.googleapis.com/auth/"


@pytest.fixture
def youtube() -> Iterator[FlaskClient]:
    platform = YouTube()
    platform.add_account(
        "ada",
        "ada_films",
        "ada-access",
        refresh_token="ada-refresh",
        external_id="UCada",
        client_id="app",
    )
    platform.add_account("bob", "bob_films", "bob-access", refresh_token="bob-refresh")
    yield platform.app.test_client()


@pytest.fixture(scope="module")
def film() -> bytes:
    """A video of two chunks and a rest."""
    data = mp4()
    whole = data + (2 * GRAIN + 100).to_bytes(4, "big") + b"free" + bytes(2 * GRAIN + 92)
    assert len(whole) > 3 * GRAIN
    return whole


def start(youtube: FlaskClient, size: int, **changed: Any) -> Any:
    """Begin an upload; `changed`: query, headers, snippet, status, or the whole body."""
    snippet = {"title": "Film", "description": "About it"} | changed.get("snippet", {})
    status = {"privacyStatus": "public"} | changed.get("status", {})
    headers = {"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": "video/mp4"}
    query = {"uploadType": "resumable", "part": "snippet,status"}
    return youtube.post(
        PATH,
        json=changed.get("body", {"snippet": snippet, "status": status}),
        query_string=_changed(query, changed.get("query")),
        headers=_changed(BEARER | headers, changed.get("headers")),
    )


def _changed(values: dict[str, str], changes: dict[str, str | None] | None) -> dict[str, str]:
    """`values` with `changes`, of which None takes one away."""
    merged = values | (changes or {})
    return {name: value for name, value in merged.items() if value is not None}


def session(youtube: FlaskClient, size: int, **changed: Any) -> str:
    answer = start(youtube, size, **changed)
    assert (answer.status_code, answer.data) == (200, b"")
    location: str = answer.headers["Location"]
    assert location.startswith("http://localhost/upload/youtube/v3/videos?")
    return location


def put(youtube: FlaskClient, url: str, data: bytes, content_range: str | None, **more: str) -> Any:
    headers = {**BEARER, "Content-Type": "video/mp4", **more}
    if content_range is not None:
        headers["Content-Range"] = content_range
    return youtube.put(url, data=data, headers=headers)


def ask(youtube: FlaskClient, url: str, size: int) -> Any:
    return put(youtube, url, b"", f"bytes */{size}")


def upload(youtube: FlaskClient, film: bytes, **changed: Any) -> str:
    """Upload in one request; the id of the video."""
    answer = put(youtube, session(youtube, len(film), **changed), film, None)
    assert answer.status_code == 200
    video: str = answer.json["id"]
    return video


def reason(answer: Any) -> tuple[int, str]:
    error = answer.json["error"]
    assert error["code"] == answer.status_code
    assert error["message"] == error["errors"][0]["message"]
    return answer.status_code, error["errors"][0]["reason"]


def get(youtube: FlaskClient, path: str, **query: str) -> Any:
    return youtube.get(f"/youtube/v3/{path}", query_string=query, headers=BEARER)


def status_of(youtube: FlaskClient, video: str) -> dict[str, Any]:
    (item,) = get(youtube, "videos", part="status,processingDetails", id=video).json["items"]
    found: dict[str, Any] = item["status"]
    return found


def visible(youtube: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = youtube.get("/_sim/posts").json
    return found


def fault(youtube: FlaskClient, match: str, mode: str, **more: Any) -> None:
    assert (
        youtube.post("/_sim/faults", json={"match": match, "mode": mode, **more}).status_code == 201
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


# Processing.


def test_processing_takes_its_time(
    youtube: FlaskClient, film: bytes, offset: MovableOffset
) -> None:
    youtube.post("/_sim/processing", json={"seconds": 60})
    video = upload(youtube, film)
    (item,) = get(youtube, "videos", part="status,processingDetails", id=video).json["items"]
    assert item["status"]["uploadStatus"] == "uploaded"
    assert item["processingDetails"]["processingStatus"] == "processing"
    offset.moved = 61
    (item,) = get(youtube, "videos", part="status,processingDetails", id=video).json["items"]
    assert item["status"]["uploadStatus"] == "processed"
    assert item["processingDetails"]["processingProgress"]["partsTotal"] == "1000"


@pytest.mark.parametrize(
    ("match", "mode", "expected"),
    [
        (f"POST {PATH}", "processing_stuck", {"uploadStatus": "uploaded"}),
        (f"PUT {PATH}", "processing_stuck", {"uploadStatus": "uploaded"}),
        (
            f"PUT {PATH}",
            "processing_failed",
            {"uploadStatus": "failed", "failureReason": "conversion"},
        ),
    ],
)
def test_processing_may_be_made_to_fail(
    youtube: FlaskClient,
    film: bytes,
    offset: MovableOffset,
    match: str,
    mode: str,
    expected: dict[str, str],
) -> None:
    fault(youtube, match, mode)
    video = upload(youtube, film)
    offset.moved = 30 * DAY
    assert status_of(youtube, video).items() >= expected.items()
    assert len(visible(youtube)) == (mode == "processing_stuck")


def test_a_video_may_be_rejected(youtube: FlaskClient, film: bytes) -> None:
    youtube.post("/_sim/ending", json={"uploadStatus": "rejected", "reason": "copyright"})
    found = status_of(youtube, upload(youtube, film))
    assert (found["uploadStatus"], found["rejectionReason"]) == ("rejected", "copyright")
    assert visible(youtube) == []
    wrong = youtube.post("/_sim/ending", json={"uploadStatus": "rejected", "reason": "codec"})
    assert wrong.status_code == 400


def test_bytes_that_are_no_video_fail(youtube: FlaskClient) -> None:
    video = upload(youtube, b"no video at all")
    assert status_of(youtube, video)["failureReason"] == "invalidFile"
    assert visible(youtube) == []


# Reading and deleting.


def test_videos_are_read_by_id_and_their_processing_by_the_owner(
    youtube: FlaskClient, film: bytes
) -> None:
    public = upload(youtube, film)
    private = upload(youtube, film, status={"privacyStatus": "private"})
    ids = f"{public},{private},unknown"
    own = get(youtube, "videos", part="snippet", id=ids).json
    assert [item["id"] for item in own["items"]] == [public, private]
    assert own["pageInfo"] == {"totalResults": 2, "resultsPerPage": 2}
    bob = {"Authorization": "Bearer bob-access"}
    others = youtube.get(f"/youtube/v3/videos?part=snippet&id={ids}", headers=bob)
    assert [item["id"] for item in others.json["items"]] == [public]
    peek = youtube.get(f"/youtube/v3/videos?part=processingDetails&id={public}", headers=bob)
    assert reason(peek) == (403, "forbidden")


@pytest.mark.parametrize(
    ("path", "query", "refused"),
    [
        ("videos", {"part": "status"}, "missingRequiredParameter"),
        ("videos", {"id": "a"}, "missingRequiredParameter"),
        ("videos", {"part": "state", "id": "a"}, "unknownPart"),
        ("videos", {"part": "status", "ids": "a"}, "unexpectedParameter"),
        ("channels", {"part": "snippet"}, "missingRequiredParameter"),
        (
            "playlistItems",
            {"part": "snippet", "playlistId": "UUada", "maxResults": "51"},
            "invalidParameter",
        ),
        (
            "playlistItems",
            {"part": "snippet", "playlistId": "UUada", "pageToken": "x"},
            "invalidPageToken",
        ),
    ],
)
def test_queries_that_are_refused(
    youtube: FlaskClient, path: str, query: dict[str, str], refused: str
) -> None:
    assert reason(get(youtube, path, **query)) == (400, refused)


def test_the_uploads_are_listed_newest_first_and_in_pages(
    youtube: FlaskClient, film: bytes, offset: MovableOffset
) -> None:
    (channel,) = get(youtube, "channels", part="contentDetails", mine="true").json["items"]
    playlist = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    ids = [upload(youtube, film, status={"privacyStatus": "private"}) for _ in range(3)]
    query = {"part": "snippet,contentDetails,status", "playlistId": playlist, "maxResults": "2"}
    first = get(youtube, "playlistItems", **query).json
    assert [item["contentDetails"]["videoId"] for item in first["items"]] == [ids[2], ids[1]]
    snippet = first["items"][0]["snippet"]
    assert (snippet["title"], snippet["resourceId"]["videoId"]) == ("Film", ids[2])
    second = get(youtube, "playlistItems", **query, pageToken=first["nextPageToken"]).json
    assert [item["contentDetails"]["videoId"] for item in second["items"]] == [ids[0]]
    assert "nextPageToken" not in second
    youtube.post("/_sim/lag", json={"seconds": 30})
    assert get(youtube, "playlistItems", **query).json["items"] == []
    offset.moved = 31
    assert len(get(youtube, "playlistItems", **query).json["items"]) == 2
    foreign = get(youtube, "playlistItems", part="snippet", playlistId="UUbob")
    assert reason(foreign) == (404, "playlistNotFound")


def test_a_video_is_deleted_by_its_owner_alone(youtube: FlaskClient, film: bytes) -> None:
    video = upload(youtube, film)
    path = f"/youtube/v3/videos?id={video}"
    bob = {"Authorization": "Bearer bob-access"}
    assert reason(youtube.delete(path, headers=bob)) == (403, "forbidden")
    gone = youtube.delete(path, headers=BEARER)
    assert (gone.status_code, gone.data, visible(youtube)) == (204, b"", [])
    assert reason(youtube.delete(path, headers=BEARER)) == (404, "videoNotFound")
    assert get(youtube, "videos", part="status", id=video).json["items"] == []


# Refusals of the whole request, and tokens.


def test_a_token_must_be_known_and_have_the_scope(youtube: FlaskClient, film: bytes) -> None:
    assert reason(start(youtube, 9, headers={"Authorization": None})) == (401, "authError")
    assert reason(start(youtube, 9, headers={"Authorization": "Bearer x"})) == (401, "authError")
    account = {"accountId": "cy", "username": "cy", "accessToken": "cy-access"}
    youtube.post("/_sim/accounts", json=account | {"scopes": [f"{PREFIX}youtube.upload"]})
    cy = {"Authorization": "Bearer cy-access"}
    assert start(youtube, 9, headers=cy).status_code == 200
    for refused in (
        youtube.get("/youtube/v3/videos?part=status&id=a", headers=cy),
        youtube.delete("/youtube/v3/videos?id=a", headers=cy),
    ):
        assert reason(refused) == (403, "insufficientPermissions")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mode": "quota"}, (403, "quotaExceeded")),
        ({"mode": "quota", "variant": "channel"}, (400, "uploadLimitExceeded")),
        ({"mode": "rate_limit"}, (429, "rateLimitExceeded")),
        ({"mode": "accept_then_500"}, (500, "backendError")),
    ],
)
def test_limits_and_failures_on_demand(
    youtube: FlaskClient, fields: dict[str, str], expected: tuple[int, str]
) -> None:
    fault(youtube, f"POST {PATH}", **fields)
    assert reason(start(youtube, 9)) == expected
    assert start(youtube, 9).status_code == 200


def test_paths_and_methods_that_there_are_not(youtube: FlaskClient) -> None:
    assert reason(youtube.get("/youtube/v3/nothing"))[0] == 404
    assert reason(youtube.patch(PATH))[0] == 405


def refresh(youtube: FlaskClient, **changed: str) -> Any:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "ada-refresh",
        "client_id": "app",
        "client_secret": "s",
    }
    return youtube.post("/token", data=form | changed)


def test_a_refresh_brings_an_access_token_and_no_refresh_token(youtube: FlaskClient) -> None:
    answers = [refresh(youtube).json for _ in range(2)]
    assert {frozenset(answer) for answer in answers} == {
        frozenset({"access_token", "expires_in", "scope", "token_type"})
    }
    assert answers[0]["expires_in"] == 3599
    assert f"{PREFIX}youtube.upload" in answers[0]["scope"]
    for token in (*(answer["access_token"] for answer in answers), "ada-access"):
        bearer = {"Authorization": f"Bearer {token}"}
        assert start(youtube, 9, headers=bearer).status_code == 200


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"refresh_token": "unknown"}, 400, "invalid_grant"),
        ({"refresh_token": "ada-access"}, 400, "invalid_grant"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"client_id": "another"}, 401, "unauthorized_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
    ],
)
def test_refreshes_that_are_refused(
    youtube: FlaskClient, changed: dict[str, str], status: int, error: str
) -> None:
    answer = refresh(youtube, **changed)
    assert (answer.status_code, answer.json["error"]) == (status, error)


def test_a_revocation_ends_the_whole_grant(youtube: FlaskClient) -> None:
    assert youtube.post("/revoke", data={"token": "ada-access"}).status_code == 200
    assert refresh(youtube).json["error"] == "invalid_grant"
    assert reason(start(youtube, 9)) == (401, "authError")
    assert youtube.post("/revoke", data={"token": "ada-access"}).status_code == 400


def test_a_reset_forgets_videos_and_switches(youtube: FlaskClient, film: bytes) -> None:
    video, url = upload(youtube, film), session(youtube, len(film))
    youtube.post("/_sim/ending", json={"uploadStatus": "failed", "reason": "codec"})
    youtube.post("/_sim/reset")
    assert get(youtube, "videos", part="status", id=video).json["items"] == []
    assert ask(youtube, url, len(film)).status_code == 404
    assert status_of(youtube, upload(youtube, film))["uploadStatus"] == "processed"


def test_publication_is_dated_by_the_clock(
    youtube: FlaskClient, film: bytes, offset: MovableOffset
) -> None:
    offset.moved = 3 * DAY
    video = upload(youtube, film)
    (item,) = get(youtube, "videos", part="snippet", id=video).json["items"]
    expected = clock.now() - timedelta(seconds=clock.now().second % 1)
    assert item["snippet"]["publishedAt"][:13] == expected.isoformat()[:13]
