"""The twin of YouTube answers as its documentation says: processing, reads and deletion."""

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.youtube.client import (
    BEARER,
    DAY,
    PATH,
    fault,
    get,
    reason,
    status_of,
    upload,
    visible,
)

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
