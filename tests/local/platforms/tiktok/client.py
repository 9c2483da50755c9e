"""Requests to the twin of TikTok."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PUBLISH = "/v2/post/publish"


VIDEO_INIT, PHOTO_INIT = f"{PUBLISH}/video/init/", f"{PUBLISH}/content/init/"


BEARER = {"Authorization": "Bearer ada-access"}


INFO = {
    "title": "Hello",
    "privacy_level": "PUBLIC_TO_EVERYONE",
    "brand_content_toggle": False,
    "brand_organic_toggle": False,
}


def call(tiktok: FlaskClient, path: str, body: Any = None, token: str = "ada-access") -> Any:
    return tiktok.post(path, json=body, headers={"Authorization": f"Bearer {token}"})


def code(answer: TestResponse) -> tuple[int, str]:
    assert answer.json is not None
    return answer.status_code, answer.json["error"]["code"]


def source(size: int, chunk: int | None = None, count: int | None = None) -> dict[str, Any]:
    chunk = chunk or size
    sizes = {"video_size": size, "chunk_size": chunk, "total_chunk_count": count or size // chunk}
    return {"source": "FILE_UPLOAD", **sizes}


def init(tiktok: FlaskClient, source_info: dict[str, Any], **info: Any) -> Any:
    return call(tiktok, VIDEO_INIT, {"post_info": INFO | info, "source_info": source_info})


def put(
    tiktok: FlaskClient, url: str, data: bytes, first: int, total: int, **headers: str
) -> TestResponse:
    sent = {
        "Content-Type": "video/mp4",
        "Content-Range": f"bytes {first}-{first + len(data) - 1}/{total}",
    }
    return tiktok.put(url, data=data, headers=sent | headers)


def upload(tiktok: FlaskClient, data: bytes, **info: Any) -> str:
    """The publish id of a video that was sent in one chunk."""
    begun = init(tiktok, source(len(data)), **info).json["data"]
    assert put(tiktok, begun["upload_url"], data, 0, len(data)).status_code == 201
    return str(begun["publish_id"])


def status(tiktok: FlaskClient, publish_id: str) -> dict[str, Any]:
    found: dict[str, Any] = call(
        tiktok, f"{PUBLISH}/status/fetch/", {"publish_id": publish_id}
    ).json
    return found["data"]


def visible(tiktok: FlaskClient) -> list[str]:
    return [entry["text"] for entry in tiktok.get("/_sim/posts").json or []]
