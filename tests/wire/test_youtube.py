"""google-api-python-client publishes to the twin of YouTube."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import googleapiclient
import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

from tests.media import mp4
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN

GRAIN = 262_144
BODY = {"snippet": {"title": "Film", "description": "About it"}, "status": {"license": "youtube"}}
_DOCUMENT = "discovery_cache/documents/youtube.v3.json"


class UnknownSize(MediaIoBaseUpload):
    """A stream that does not know its end before it gets there."""

    def size(self) -> None:
        return None

    def has_stream(self) -> bool:
        return False  # the client reads chunks with `getbytes`


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("youtube")


@pytest.fixture
def youtube(twin: Twin) -> Any:
    document = json.loads((Path(googleapiclient.__file__).parent / _DOCUMENT).read_text())
    document |= {"rootUrl": f"{twin.url}/", "baseUrl": f"{twin.url}/"}
    # The document with the address of the twin: the client takes every address from it.
    return build_from_document(document, credentials=Credentials(TOKEN))


def _upload(kind: str) -> MediaIoBaseUpload:
    film, is_resumable = io.BytesIO(mp4()), kind != "multipart"
    upload = UnknownSize if kind == "unknown size" else MediaIoBaseUpload
    return upload(film, "video/mp4", chunksize=2 * GRAIN, resumable=is_resumable)


@pytest.mark.parametrize("kind", ["resumable", "unknown size", "multipart"])
def test_a_video_is_published_read_and_deleted(youtube: Any, twin: Twin, kind: str) -> None:
    video = (
        youtube.videos()
        .insert(
            part="snippet,status",
            body=BODY,
            media_body=_upload(kind),
            notifySubscribers=False,
            autoLevels=False,
            stabilize=True,
        )
        .execute()
    )
    assert twin.visible() == ["About it"]
    [shown] = (
        youtube.videos()
        .list(part=["id", "snippet", "statistics", "contentDetails", "status"], id=video["id"])
        .execute()["items"]
    )
    assert (shown["snippet"]["title"], shown["statistics"]["viewCount"]) == ("Film", "0")
    [channel] = (
        youtube.channels()
        .list(part="id,contentDetails,statistics", mine=True, maxResults=5)
        .execute()["items"]
    )
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    page = youtube.playlistItems().list(part="contentDetails", playlistId=uploads, maxResults=5)
    assert [i["contentDetails"]["videoId"] for i in page.execute()["items"]] == [video["id"]]
    youtube.videos().delete(id=video["id"]).execute()
    assert twin.visible() == []


def test_a_refusal_is_an_error_of_the_client(youtube: Any, twin: Twin) -> None:
    body = {"snippet": {"title": ""}, "status": {}}
    insert = youtube.videos().insert(part="snippet,status", body=body, media_body=_upload("one"))
    with pytest.raises(HttpError) as refusal:
        insert.execute()
    assert refusal.value.status_code == 400
    assert refusal.value.error_details[0]["reason"] == "invalidTitle"
    assert twin.visible() == []
