"""The twin of Facebook answers as its documentation says."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.facebook.twin import Facebook
from local.platforms.meta.queries import read_fields
from local.platforms.simulation import Refusal
from shared import clock
from shared.platforms.facebook import ABOUT
from tests.local.platforms.conftest import MovableOffset
from tests.media import Shelf, mp4

TOKEN = {"access_token": "ada-page"}
API = f"/{ABOUT.api_version}"
PAGE = f"{API}/1020"
DAY = 86400


@pytest.fixture
def platform() -> Facebook:
    platform = Facebook()
    platform.add_account(
        "ada", "ada_writes", "ada-page", refresh_token="ada-person", external_id="1020"
    )
    platform.add_account("bob", "bob_reads", "bob-page", external_id="1021")
    return platform


@pytest.fixture
def facebook(platform: Facebook) -> Iterator[FlaskClient]:
    yield platform.app.test_client()


def post(facebook: FlaskClient, edge: str, **form: str) -> Any:
    return facebook.post(f"{PAGE}/{edge}", data=TOKEN | form)


def get(facebook: FlaskClient, path: str, **query: str) -> Any:
    return facebook.get(path, query_string=TOKEN | query)


def visible(facebook: FlaskClient) -> list[Any]:
    posts: list[Any] = facebook.get("/_sim/posts").json
    return posts


def codes(answer: Any) -> tuple[int, int | None, int | None]:
    error = answer.json["error"]
    return answer.status_code, error["code"], error.get("error_subcode")


# Tokens.


def test_a_page_accepts_only_its_own_token(facebook: FlaskClient) -> None:
    assert codes(facebook.post(f"{PAGE}/feed", data={"message": "Hello"}))[1] == 104
    wrong = {"message": "Hello", "access_token": "nobody"}
    assert codes(facebook.post(f"{PAGE}/feed", data=wrong)) == (401, 190, None)
    person = {"message": "Hello", "access_token": "ada-person"}
    assert codes(facebook.post(f"{PAGE}/feed", data=person)) == (400, 190, 2069032)
    another = {"message": "Hello", "access_token": "bob-page"}
    assert codes(facebook.post(f"{PAGE}/feed", data=another)) == (400, 100, 33)
    assert visible(facebook) == []


def test_the_token_can_be_in_a_header(facebook: FlaskClient) -> None:
    bearer = {"Authorization": "Bearer ada-page"}
    assert facebook.post(f"{PAGE}/feed", data={"message": "Hi"}, headers=bearer).status_code == 200


@pytest.mark.parametrize(("mode", "subcode"), [("expired_token", 463), ("revoked_token", 458)])
def test_an_expired_or_revoked_token_has_its_subcode(
    facebook: FlaskClient, mode: str, subcode: int
) -> None:
    facebook.post("/_sim/faults", json={"match": f"POST {PAGE}/feed", "mode": mode})
    assert codes(post(facebook, "feed", message="Hello")) == (400, 190, subcode)


def test_a_version_to_come_or_another_path_is_unknown(facebook: FlaskClient) -> None:
    assert codes(facebook.post("/v99.0/1020/feed", data=TOKEN))[1] == 2500
    assert codes(facebook.post("/1020/feeds", data=TOKEN))[1] == 2500
    assert codes(facebook.delete(f"{PAGE}/feed", data=TOKEN))[2] == 33


# Texts and photos.


def test_a_text_is_visible_at_once_and_read_by_its_id(facebook: FlaskClient) -> None:
    post_id = post(facebook, "feed", message="Hello").json["id"]
    [entry] = visible(facebook)
    assert (entry["id"], entry["text"], entry["requestCount"]) == (post_id, "Hello", 1)
    assert post_id.startswith("1020_")
    fields = get(facebook, f"{API}/{post_id}", fields="permalink_url,is_published").json
    assert fields["permalink_url"].startswith("https://www.facebook.com/1020/posts/")
    assert fields["is_published"] is True


def test_an_identical_consecutive_text_is_a_duplicate(facebook: FlaskClient) -> None:
    post(facebook, "feed", message="Hello")
    assert codes(post(facebook, "feed", message="Hello"))[1] == 506
    post(facebook, "feed", message="Other")
    assert post(facebook, "feed", message="Hello").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"message": "a" * 63_207},
        {"message": "A", "link": "example.com"},
        {"message": "A", "attached_media": "odd"},
        {"message": "A", "attached_media[0]": '{"media_fbid":"1"}'},
    ],
)
def test_an_invalid_post_is_refused(facebook: FlaskClient, form: dict[str, str]) -> None:
    assert post(facebook, "feed", **form).status_code == 400
    assert visible(facebook) == []


def photo(facebook: FlaskClient, url: str, **form: str) -> Any:
    return post(facebook, "photos", url=url, **{"published": "false", **form})


@pytest.mark.parametrize("spelling", ["list", "brackets"])
def test_photos_are_shown_in_the_order_of_attachment(
    facebook: FlaskClient, shelf: Shelf, spelling: str
) -> None:
    images = [shelf.image(seed) for seed in (3, 1, 2)]
    media = [{"media_fbid": photo(facebook, image.url).json["id"]} for image in images]
    assert visible(facebook) == []
    form = {f"attached_media[{n}]": json.dumps(entry) for n, entry in enumerate(media)}
    if spelling == "list":
        form = {"attached_media": json.dumps(media)}
    post(facebook, "feed", message="Three", **form)
    [entry] = visible(facebook)
    assert [item["sha256"] for item in entry["media"]] == [image.sha256 for image in images]
    assert entry["requestCount"] == 1
    assert codes(post(facebook, "feed", message="Again", **form))[2] == 1366051


def test_a_photo_is_visible_at_once_unless_published_is_false(
    facebook: FlaskClient, shelf: Shelf
) -> None:
    made = photo(facebook, shelf.image().url, published="true", message="Look").json
    assert [entry["id"] for entry in visible(facebook)] == [made["post_id"]]


def test_an_unpublished_photo_is_gone_after_a_day(
    facebook: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    photo_id = photo(facebook, shelf.image().url).json["id"]
    offset.moved = DAY + 1
    assert codes(post(facebook, "photo_stories", photo_id=photo_id))[2] == 33


def test_the_bytes_of_photos_are_checked(facebook: FlaskClient, shelf: Shelf) -> None:
    assert codes(photo(facebook, f"{shelf.url}/missing.jpg"))[2] == 2061006
    assert codes(photo(facebook, "https://x.fbcdn.net/a.jpg"))[2] == 2061006
    assert codes(photo(facebook, shelf.video().url))[2] == 1366046
    assert codes(photo(facebook, shelf.put("text.jpg", b"no photo")))[2] == 1366046
    assert codes(post(facebook, "photos"))[1] == 324


def test_a_photo_story_uses_a_photo_once_and_has_a_separate_list(
    facebook: FlaskClient, shelf: Shelf
) -> None:
    photo_id = photo(facebook, shelf.image().url).json["id"]
    made = post(facebook, "photo_stories", photo_id=photo_id).json
    assert made["success"] is True
    [story] = get(facebook, f"{PAGE}/stories", fields="post_id,media_id,url").json["data"]
    assert (story["post_id"], story["media_id"]) == (made["post_id"], photo_id)
    assert get(facebook, f"{PAGE}/published_posts", fields="id").json == {"data": []}
    assert codes(post(facebook, "photo_stories", photo_id=photo_id))[2] == 1366051


# Videos.


def start(facebook: FlaskClient, size: int) -> dict[str, Any]:
    begun: dict[str, Any] = post(facebook, "videos", upload_phase="start", file_size=str(size)).json
    return begun


def transfer(facebook: FlaskClient, begun: dict[str, Any], at: int, chunk: bytes) -> Any:
    form = TOKEN | {
        "upload_phase": "transfer",
        "upload_session_id": begun["upload_session_id"],
        "start_offset": str(at),
        "video_file_chunk": (io.BytesIO(chunk), "chunk"),
    }
    return facebook.post(f"{PAGE}/videos", data=form)


def finish(facebook: FlaskClient, begun: dict[str, Any], **form: str) -> Any:
    session = {"upload_phase": "finish", "upload_session_id": begun["upload_session_id"]}
    return post(facebook, "videos", **session, description="Film", **form)


def test_a_video_is_uploaded_in_chunks_with_offsets_as_strings(facebook: FlaskClient) -> None:
    data = mp4()
    begun = start(facebook, len(data))
    assert (begun["start_offset"], begun["end_offset"]) == ("0", str(len(data)))
    half = len(data) // 2
    answer = transfer(facebook, begun, 0, data[:half]).json
    assert answer == {"start_offset": str(half), "end_offset": str(len(data))}
    assert transfer(facebook, begun, 0, data[:half]).json == answer
    assert codes(finish(facebook, begun))[1] == 6000
    assert transfer(facebook, begun, half, data[half:]).json["start_offset"] == str(len(data))
    assert visible(facebook) == []
    assert finish(facebook, begun).json == {"success": True}
    [entry] = visible(facebook)
    assert (entry["text"], entry["media"][0]["size"], entry["requestCount"]) == (
        "Film",
        len(data),
        1,
    )
    assert finish(facebook, begun).status_code == 400
    assert len(visible(facebook)) == 1


def test_a_chunk_at_a_wrong_offset_or_too_long_is_answered_with_the_right_offset(
    facebook: FlaskClient,
) -> None:
    begun = start(facebook, 100)
    for at, length in ((10, 10), (0, 101), (0, 0)):
        answer = transfer(facebook, begun, at, bytes(length))
        assert codes(answer)[2] == 1363037
        offsets = answer.json["error"]["error_data"]
        assert offsets == {"start_offset": "0", "end_offset": "100"}


def test_an_upload_needs_a_size_a_session_and_a_known_phase(facebook: FlaskClient) -> None:
    assert post(facebook, "videos", upload_phase="start").status_code == 400
    assert transfer(facebook, {"upload_session_id": "1"}, 0, b"a").status_code == 400
    assert post(facebook, "videos", upload_phase="odd").status_code == 400
    assert post(facebook, "video_reels", upload_phase="transfer").status_code == 400


class Upload:
    """The upload of a reel or a story."""

    def __init__(self, facebook: FlaskClient, edge: str = "video_reels") -> None:
        self._facebook, self._edge = facebook, edge
        begun = post(facebook, edge, upload_phase="start").json
        self.video_id = begun["video_id"]
        self._path = begun["upload_url"].removeprefix("http://localhost")

    def send(self, data: bytes, **headers: str) -> Any:
        named = {"Authorization": "OAuth ada-page", "offset": "0", "file_size": str(len(data))}
        return self._facebook.post(self._path, data=data, headers=named | headers)

    def finish(self, **form: str) -> Any:
        fields = {"video_id": self.video_id, "video_state": "PUBLISHED", **form}
        return post(self._facebook, self._edge, upload_phase="finish", **fields)

    def status(self) -> dict[str, Any]:
        path = f"{API}/{self.video_id}"
        value: dict[str, Any] = get(self._facebook, path, fields="status,published,post_id").json
        return value


def kind(answer: Any) -> str:
    value: str = answer.json["debug_info"]["type"]
    return value


def test_the_upload_host_is_strict_about_its_headers(facebook: FlaskClient) -> None:
    upload = Upload(facebook)
    assert kind(upload.send(b"abc", Authorization="Bearer ada-page")) == "NotAuthorizedError"
    assert kind(upload.send(b"abc", Authorization="OAuth bob-page")) == "ParameterValidationError"
    assert kind(upload.send(b"abc", offset="")) == "ParameterValidationError"
    assert kind(upload.send(b"abc", file_size="many")) == "ParameterValidationError"
    assert kind(upload.send(b"abc", offset="2")) == "OffsetInvalidError"
    assert kind(upload.send(b"abc", file_size="2")) == "ParameterValidationError"


def test_an_upload_that_ends_early_continues_where_it_stopped(facebook: FlaskClient) -> None:
    upload, data = Upload(facebook), mp4()
    size = str(len(data))
    answer = upload.send(data[:500], file_size=size)
    assert (kind(answer), answer.json["debug_info"]["retriable"]) == ("PartialRequestError", True)
    assert upload.status()["status"]["uploading_phase"] == {
        "status": "in_progress",
        "bytes_transfered": 500,
    }
    assert upload.finish().status_code == 400
    assert upload.send(data[500:], file_size=size, offset="500").json == {"success": True}
    assert upload.status()["status"]["video_status"] == "upload_complete"
    assert visible(facebook) == []


def test_bytes_can_be_fetched_from_a_url(facebook: FlaskClient, shelf: Shelf) -> None:
    upload, video = Upload(facebook), shelf.video()
    answer = upload.send(b"", file_url=video.url, file_size=str(video.size))
    assert answer.json == {"success": True}
    upload.finish()
    assert visible(facebook)[0]["media"][0]["sha256"] == video.sha256


def test_a_finished_reel_returns_no_id_and_is_live_after_processing(
    facebook: FlaskClient, offset: MovableOffset
) -> None:
    facebook.post("/_sim/processing", json={"seconds": 60})
    upload = Upload(facebook)
    upload.send(mp4())
    assert upload.finish(description="Reel").json == {"success": True}
    during = upload.status()
    assert (during["status"]["video_status"], during["published"]) == ("processing", False)
    assert during["status"]["publishing_phase"] == {"status": "not_started"}
    assert visible(facebook) == []
    offset.moved = 61
    after = upload.status()
    assert (after["status"]["video_status"], after["published"]) == ("ready", True)
    assert after["status"]["publishing_phase"]["status"] == "complete"
    [entry] = visible(facebook)
    assert entry["id"] == f"1020_{after['post_id']}"
    assert entry["text"] == "Reel"


def test_a_draft_is_never_visible(facebook: FlaskClient) -> None:
    upload = Upload(facebook)
    upload.send(mp4())
    upload.finish(video_state="DRAFT")
    status = upload.status()["status"]
    assert status["publishing_phase"] == {"status": "complete", "publish_status": "draft"}
    assert visible(facebook) == []


@pytest.mark.parametrize(
    ("edge", "data", "subcode"),
    [
        ("video_reels", lambda: mp4(width=1280, height=720), 1363040),
        ("video_reels", lambda: mp4(width=360, height=640), 1363127),
        ("video_reels", lambda: mp4(seconds=2), 1363128),
        ("video_stories", lambda: mp4(seconds=2), 1363128),
    ],
)
def test_an_invalid_reel_is_refused(
    facebook: FlaskClient, edge: str, data: Any, subcode: int
) -> None:
    upload = Upload(facebook, edge)
    upload.send(data())
    assert codes(upload.finish())[2] == subcode
    assert visible(facebook) == []


@pytest.mark.parametrize("way", ["bytes", "fault"])
def test_a_video_that_cannot_be_processed_ends_in_an_error(facebook: FlaskClient, way: str) -> None:
    upload = Upload(facebook)
    upload.send(mp4() if way == "fault" else b"no video")
    if way == "fault":
        fault = {"match": f"POST {PAGE}/video_reels", "mode": "processing_failed"}
        facebook.post("/_sim/faults", json=fault)
    assert upload.finish().json == {"success": True}
    assert upload.status()["status"]["video_status"] == "error"
    assert visible(facebook) == []


def test_a_video_story_has_no_text(facebook: FlaskClient) -> None:
    upload = Upload(facebook, "video_stories")
    upload.send(mp4())
    answer = upload.finish(description="Words").json
    [entry] = visible(facebook)
    assert (entry["id"], entry["text"], entry["requestCount"]) == (answer["post_id"], "", 1)


# Reading, deleting, limits.


def test_the_list_of_posts_has_pages_and_can_lag(facebook: FlaskClient) -> None:
    for number in range(3):
        post(facebook, "feed", message=f"{number}")
    query = {"fields": "message,created_time,attachments{media_type}", "limit": "2"}
    first = get(facebook, f"{PAGE}/published_posts", **query).json
    assert [entry["message"] for entry in first["data"]] == ["2", "1"]
    assert "access_token" not in first["paging"]["next"]
    after = first["paging"]["cursors"]["after"]
    second = get(facebook, f"{PAGE}/published_posts", **query, after=after).json
    assert [entry["message"] for entry in second["data"]] == ["0"]
    assert "next" not in second["paging"]
    soon = str(int((clock.now() + timedelta(minutes=1)).timestamp()))
    assert get(facebook, f"{PAGE}/published_posts", since=soon).json == {"data": []}
    facebook.post("/_sim/lag", json={"seconds": 60})
    assert get(facebook, f"{PAGE}/feed").json == {"data": []}


def test_an_unknown_field_is_refused(facebook: FlaskClient) -> None:
    post(facebook, "feed", message="Hello")
    assert codes(get(facebook, f"{PAGE}/feed", fields="text"))[1] == 100
    assert codes(get(facebook, f"{PAGE}/feed", limit="101"))[1] == 100
    assert codes(get(facebook, f"{PAGE}/feed", after="odd"))[1] == 100
    assert codes(get(facebook, f"{API}/5"))[2] == 33
    assert read_fields("a,b{c,d{e}},f") == {"a": {}, "b": {"c": {}, "d": {"e": {}}}, "f": {}}
    for odd in ("a{b", "a}"):
        with pytest.raises(Refusal):
            read_fields(odd)


def test_a_post_is_deleted_once(facebook: FlaskClient) -> None:
    post_id = post(facebook, "feed", message="Hello").json["id"]
    foreign = {"access_token": "bob-page"}
    assert codes(facebook.delete(f"{API}/{post_id}", query_string=foreign))[2] == 33
    assert facebook.delete(f"{API}/{post_id}", query_string=TOKEN).json == {"success": True}
    assert codes(facebook.delete(f"{API}/{post_id}", query_string=TOKEN))[2] == 33
    assert visible(facebook) == []


@pytest.mark.parametrize(("mode", "code"), [("rate_limit", 32), ("quota", 80001)])
def test_a_rate_limit_names_the_wait_in_a_header(
    facebook: FlaskClient, mode: str, code: int
) -> None:
    fault = {"match": f"POST {PAGE}/feed", "mode": mode, "retryAfter": 90}
    facebook.post("/_sim/faults", json=fault)
    answer = post(facebook, "feed", message="Hello")
    assert codes(answer) == (400, code, None)
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])["1020"][0]
    assert (usage["type"], usage["estimated_time_to_regain_access"]) == ("pages", 2)


def test_a_reset_forgets_uploads(facebook: FlaskClient, platform: Facebook, shelf: Shelf) -> None:
    photo(facebook, shelf.image().url)
    Upload(facebook)
    facebook.post("/_sim/reset")
    assert (platform.state.photos, platform.state.videos) == ({}, {})


def test_a_missing_permission_is_refused(platform: Facebook) -> None:
    platform.add_account("eve", "eve", "eve-page", external_id="1022", scopes=["pages_show_list"])
    client = platform.app.test_client()
    form = {"message": "Hello", "access_token": "eve-page"}
    assert codes(client.post(f"{API}/1022/feed", data=form)) == (403, 200, None)
