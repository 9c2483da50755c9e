"""The twin of X accepts media as its documentation says."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.x.twin import X
from shared import clock
from tests.local.platforms.conftest import MovableOffset
from tests.media import jpeg, mp4, png

BEARER = {"Authorization": "Bearer ada-access"}
BOB = {"Authorization": "Bearer bob-access"}
UPLOAD = "/2/media/upload"
MIB = 1024 * 1024


@pytest.fixture
def platform() -> X:
    platform = X()
    platform.add_account("ada", "ada_writes", "ada-access", external_id="1001")
    platform.add_account("bob", "bob_reads", "bob-access")
    return platform


@pytest.fixture
def x(platform: X) -> Iterator[FlaskClient]:
    yield platform.app.test_client()


def initialize(x: FlaskClient, data: bytes, **changed: Any) -> Any:
    body = {
        "media_type": "image/jpeg",
        "total_bytes": len(data),
        "media_category": "tweet_image",
        **changed,
    }
    return x.post(f"{UPLOAD}/initialize", json=body, headers=BEARER)


def append(x: FlaskClient, media_id: str, data: bytes, index: Any = 0, **more: Any) -> Any:
    form = {"segment_index": str(index), "media": (io.BytesIO(data), "media"), **more}
    return x.post(f"{UPLOAD}/{media_id}/append", data=form, headers=BEARER)


def finalize(x: FlaskClient, media_id: str) -> Any:
    return x.post(f"{UPLOAD}/{media_id}/finalize", json={}, headers=BEARER)


def status(x: FlaskClient, media_id: str) -> Any:
    query = {"command": "STATUS", "media_id": media_id}
    return x.get(UPLOAD, query_string=query, headers=BEARER)


def upload(x: FlaskClient, data: bytes, **changed: Any) -> str:
    media_id: str = initialize(x, data, **changed).json["data"]["id"]
    assert append(x, media_id, data).status_code == 200
    assert finalize(x, media_id).status_code == 200
    return media_id


def post(x: FlaskClient, *media_ids: str, headers: dict[str, str] = BEARER) -> Any:
    body = {"text": "", "media": {"media_ids": list(media_ids)}}
    return x.post("/2/tweets", json=body, headers=headers)


VIDEO = {"media_type": "video/mp4", "media_category": "tweet_video"}


def test_an_image_is_ready_once_it_is_finalized(x: FlaskClient) -> None:
    begun = initialize(x, jpeg()).json["data"]
    assert begun["media_key"] == f"3_{begun['id']}"
    assert begun["expires_after_secs"] == 86400
    appended = append(x, begun["id"], jpeg()).json["data"]
    assert appended["expires_at"] > clock.now().timestamp()
    done = finalize(x, begun["id"]).json["data"]
    assert (done["size"], done["image"]["w"], done["image"]["h"]) == (len(jpeg()), 1080, 1350)
    assert "processing_info" not in done
    assert post(x, begun["id"]).status_code == 201


def test_a_video_is_processed_first(x: FlaskClient, offset: MovableOffset) -> None:
    x.post("/_sim/processing", json={"seconds": 20})
    media_id = upload(x, mp4(), **VIDEO)
    states = []
    for seconds in (0, 11, 21):
        offset.moved = seconds
        states.append(status(x, media_id).json["data"]["processing_info"]["state"])
    assert states == ["pending", "in_progress", "succeeded"]
    assert post(x, media_id).status_code == 201


@pytest.mark.parametrize("mode", ["processing_stuck", "processing_failed"])
def test_processing_that_comes_to_nothing(x: FlaskClient, offset: MovableOffset, mode: str) -> None:
    x.post("/_sim/faults", json={"match": f"POST {UPLOAD}", "mode": mode})
    media_id = upload(x, mp4(), **VIDEO)
    offset.moved = 3600
    info = status(x, media_id).json["data"]["processing_info"]
    expected = {"processing_stuck": "in_progress", "processing_failed": "failed"}
    assert info["state"] == expected[mode]
    assert post(x, media_id).json["errors"][0]["message"] == "Your media IDs are invalid."


def test_what_is_no_video_for_x_fails_when_it_is_processed(x: FlaskClient) -> None:
    media_id = upload(x, mp4(seconds=2, width=640, height=200), **VIDEO)
    info = status(x, media_id).json["data"]["processing_info"]
    assert (info["state"], info["error"]["name"]) == ("failed", "InvalidMedia")


@pytest.mark.parametrize(
    "changed",
    [
        {"media_type": "image/tiff"},
        {"media_type": "video/mp4"},
        {"media_category": "image"},
        {"media_category": None},
        {"total_bytes": 0},
        {"total_bytes": "1000"},
        {"total_bytes": 5 * MIB + 1},
        {"media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": 513 * MIB},
        {"name": "a.jpg"},
    ],
)
def test_an_upload_that_may_not_begin(x: FlaskClient, changed: dict[str, Any]) -> None:
    assert initialize(x, jpeg(), **changed).status_code == 400


def test_segments_come_as_files_in_their_order_and_may_be_repeated(x: FlaskClient) -> None:
    data = jpeg()
    media_id = initialize(x, data).json["data"]["id"]
    assert append(x, media_id, data[1000:], 1).status_code == 400
    assert append(x, media_id, data[:1000], 0).status_code == 200
    assert append(x, media_id, data[:1000], 0).status_code == 200
    assert append(x, media_id, data[1:1001], 0).status_code == 400
    for index in ("", "-1", "one", "1000"):
        assert append(x, media_id, data[1000:], index).status_code == 400
    assert append(x, media_id, data[1000:], 1, name="a.jpg").status_code == 400
    as_json = {"segment_index": 1, "media": "not Base64"}
    path = f"{UPLOAD}/{media_id}/append"
    assert x.post(path, json=as_json, headers=BEARER).status_code == 400
    assert append(x, media_id, bytes(4 * MIB + 1), 1).status_code == 413
    assert append(x, media_id, data[1000:], 1).status_code == 200
    assert finalize(x, media_id).status_code == 200
    assert append(x, media_id, data[1000:], 1).status_code == 400
    assert finalize(x, media_id).status_code == 400


def test_finalizing_needs_all_bytes_of_the_declared_type_and_no_other_body_than_an_object(
    x: FlaskClient,
) -> None:
    media_id = initialize(x, jpeg()).json["data"]["id"]
    append(x, media_id, jpeg()[:-1])
    path = f"{UPLOAD}/{media_id}/finalize"
    listed = x.post(path, json=[], headers=BEARER)
    assert listed.json["errors"][0]["message"] == "Request body must be a JSON object."
    assert finalize(x, media_id).status_code == 400
    for data in (png(), b"no image"):
        media_id = initialize(x, data).json["data"]["id"]
        append(x, media_id, data)
        assert "media type unrecognized" in finalize(x, media_id).text


def test_media_belong_to_their_user_and_live_for_a_day(
    x: FlaskClient, offset: MovableOffset
) -> None:
    media_id = upload(x, jpeg())
    assert post(x, media_id, headers=BOB).status_code == 400
    foreign = x.get(UPLOAD, query_string={"command": "STATUS", "media_id": media_id}, headers=BOB)
    assert foreign.status_code == 404
    offset.moved = timedelta(hours=24).total_seconds()
    assert post(x, media_id).status_code == 400
    assert status(x, media_id).status_code == 404


def test_media_that_are_not_finalized_or_not_alike_make_no_post(x: FlaskClient) -> None:
    begun = initialize(x, jpeg()).json["data"]["id"]
    assert post(x, begun).status_code == 400
    photo, film = upload(x, jpeg()), upload(x, mp4(), **VIDEO)
    assert "up to 4 photos" in post(x, photo, film).json["errors"][0]["message"]
    assert post(x, photo, photo).status_code == 400
    assert post(x, photo).status_code == 201


def test_a_switch_makes_media_unknown_for_a_while(x: FlaskClient) -> None:
    media_id = upload(x, jpeg())
    assert x.post("/_sim/unknown_media", json={"times": 1}).status_code == 200
    assert [post(x, media_id).status_code for _ in range(2)] == [400, 201]


def test_an_alt_text_is_kept_with_ready_media(x: FlaskClient) -> None:
    def describe(media_id: str, text: Any) -> Any:
        body = {"id": media_id, "metadata": {"alt_text": {"text": text}}}
        return x.post("/2/media/metadata", json=body, headers=BEARER)

    begun = initialize(x, jpeg()).json["data"]["id"]
    assert describe(begun, "A").status_code == 400
    media_id = upload(x, jpeg())
    assert describe(media_id, "a" * 1001).status_code == 400
    assert describe(media_id, "").status_code == 400
    assert describe(media_id, "A mosaic").json == {
        "data": {"id": media_id, "associated_metadata": {"alt_text": {"text": "A mosaic"}}}
    }


def test_the_timeline_shows_media_as_a_link_and_by_their_types(x: FlaskClient) -> None:
    first, second = upload(x, jpeg()), upload(x, png(), media_type="image/png")
    post_id = post(x, first, second).json["data"]["id"]
    query = {
        "tweet.fields": "attachments,entities",
        "expansions": "attachments.media_keys",
        "media.fields": "type",
    }
    page = x.get("/2/users/1001/tweets", query_string=query, headers=BEARER).json
    (shown,) = page["data"]
    keys = [f"3_{first}", f"3_{second}"]
    assert (shown["id"], shown["attachments"]["media_keys"]) == (post_id, keys)
    assert [link["media_key"] for link in shown["entities"]["urls"]] == keys
    assert shown["text"] == shown["entities"]["urls"][0]["url"]
    assert page["includes"]["media"] == [{"media_key": key, "type": "photo"} for key in keys]
    (visible,) = x.get("/_sim/posts").json
    assert (visible["text"], len(visible["media"])) == ("", 2)


def test_uploading_needs_its_own_scope(x: FlaskClient) -> None:
    reader = {"accountId": "r", "username": "r", "accessToken": "r-access"}
    x.post("/_sim/accounts", json=reader | {"scopes": ["tweet.read", "tweet.write", "users.read"]})
    body = {"media_type": "image/jpeg", "total_bytes": 1, "media_category": "tweet_image"}
    headers = {"Authorization": "Bearer r-access"}
    assert x.post(f"{UPLOAD}/initialize", json=body, headers=headers).status_code == 403
