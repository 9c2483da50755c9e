"""The forms of requests that other clients send to X, and ours does not."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.x.twin import X
from tests.media import jpeg, mp4

BEARER = {"Authorization": "Bearer ada-access"}
UPLOAD = "/2/media/upload"


@pytest.fixture
def x() -> Iterator[FlaskClient]:
    platform = X()
    platform.add_account("ada", "ada_writes", "ada-access", external_id="1001")
    yield platform.app.test_client()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def posted(x: FlaskClient, media_id: str) -> str:
    body = {"text": "Hello", "media": {"media_ids": [media_id]}}
    answer = x.post("/2/tweets", json=body, headers=BEARER)
    assert answer.status_code == 201
    return answer.json["data"]["id"]


def test_segments_can_be_json_and_finalizing_needs_no_body(x: FlaskClient) -> None:
    film = mp4()
    begun = {
        "media_type": "video/mp4",
        "media_category": "tweet_video",
        "total_bytes": len(film),
        "additional_owners": [],
    }
    media_id = x.post(f"{UPLOAD}/initialize", json=begun, headers=BEARER).json["data"]["id"]
    for index, data in enumerate((film[:1000], film[1000:])):
        segment = {"segment_index": index, "media": base64_of(data)}
        answer = x.post(f"{UPLOAD}/{media_id}/append", json=segment, headers=BEARER)
        assert answer.status_code == 200
    assert x.post(f"{UPLOAD}/{media_id}/finalize", headers=BEARER).status_code == 200
    status = x.get(UPLOAD, query_string={"media_id": media_id}, headers=BEARER).json["data"]
    assert status["processing_info"]["state"] == "succeeded"
    posted(x, media_id)


@pytest.mark.parametrize("is_json", [False, True])
def test_a_picture_can_be_uploaded_in_one_request(x: FlaskClient, is_json: bool) -> None:
    if is_json:
        body = {"media": base64_of(jpeg()), "media_category": "tweet_image"}
        answer = x.post(UPLOAD, json=body, headers=BEARER)
    else:
        form = {"media": (io.BytesIO(jpeg()), "a.jpg"), "media_category": "tweet_image"}
        answer = x.post(UPLOAD, data=form, headers=BEARER)
    assert answer.json["data"]["image"]["image_type"] == "image/jpeg"
    posted(x, answer.json["data"]["id"])


@pytest.mark.parametrize(
    "changed",
    [
        {"media": "%%%"},
        {"media": base64_of(b"no picture")},
        {"media_category": "tweet_video"},
        {"media_category": None},
        {"media_type": "image/png"},
        {"size": 4},
    ],
)
def test_a_wrong_upload_in_one_request_is_refused(x: FlaskClient, changed: dict[str, Any]) -> None:
    body = {"media": base64_of(jpeg()), "media_category": "tweet_image", **changed}
    assert x.post(UPLOAD, json=body, headers=BEARER).status_code == 400


@pytest.mark.parametrize("path", ["/2/tweets/{}", "/2/tweets?ids={}", "/2/users/1001/tweets?"])
def test_reads_select_fields_and_expand_media_and_authors(x: FlaskClient, path: str) -> None:
    body = {"media": base64_of(jpeg()), "media_category": "tweet_image"}
    media_id = x.post(UPLOAD, json=body, headers=BEARER).json["data"]["id"]
    path = path.format(posted(x, media_id))
    query = {
        "tweet.fields": "public_metrics,lang,created_at",
        "expansions": "author_id,attachments.media_keys",
        "user.fields": "description,public_metrics",
        "media.fields": "url,width",
    }
    joined = "&" if "?" in path else "?"
    query_string = "&".join(f"{name}={value}" for name, value in query.items())
    answer = x.get(f"{path}{joined}{query_string}", headers=BEARER).json
    [shown] = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
    assert shown["public_metrics"]["like_count"] == 0
    assert shown["lang"] == "und"
    [author], [medium] = answer["includes"]["users"], answer["includes"]["media"]
    assert (author["username"], author["public_metrics"]["tweet_count"]) == ("ada_writes", 0)
    assert medium["type"] == "photo"


@pytest.mark.parametrize("refused", [None, "tweet.fields", "post.fields"])
def test_x_knows_the_fields_of_posts_by_both_names_until_one_is_refused(
    x: FlaskClient, refused: str | None
) -> None:
    posted_id = x.post("/2/tweets", json={"text": "Hello"}, headers=BEARER).json["data"]["id"]
    assert x.post("/_sim/fields", json={"refuse": refused}).status_code == 200
    for name in ("tweet.fields", "post.fields"):
        for path in (f"/2/tweets/{posted_id}", "/2/users/1001/tweets"):
            answer = x.get(path, query_string={name: "created_at"}, headers=BEARER)
            if name == refused:
                assert answer.status_code == 400
                assert name in answer.text
            else:
                assert "created_at" in answer.text
    x.post("/_sim/reset")
    path = f"/2/users/1001/tweets?{refused or 'tweet.fields'}=lang"
    assert x.get(path, headers=BEARER).status_code == 200


def test_the_switch_for_the_fields_knows_only_their_names(x: FlaskClient) -> None:
    assert x.post("/_sim/fields", json={"refuse": "fields"}).status_code == 400
