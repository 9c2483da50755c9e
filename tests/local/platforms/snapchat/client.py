"""Requests to the twin of Snapchat."""

import base64
import io
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask.testing import FlaskClient

from tests.media import mp4

PROFILE = "0a3c4d52-7a63-4c5e-9a58-3f1f2b0c9d11"


PATH = f"/v1/public_profiles/{PROFILE}"


ADA = {"Authorization": "Bearer ada-access"}


KEY, IV = bytes(range(32)), bytes(range(16))


DAY = 86400


def create(snapchat: FlaskClient, type: str = "VIDEO", **changed: Any) -> Any:
    body = {"type": type, "name": "a.mp4", "key": encoded(KEY), "iv": encoded(IV)} | changed
    return snapchat.post(f"{PATH}/media", json=body, headers=ADA)


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def sealed(data: bytes, key: bytes = KEY) -> bytes:
    padder = padding.PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(key), modes.CBC(IV)).encryptor()
    return cipher.update(padder.update(data) + padder.finalize()) + cipher.finalize()


def add(snapchat: FlaskClient, path: str, part: bytes, number: Any = 1) -> Any:
    form = {"action": "ADD", "part_number": str(number), "file": (io.BytesIO(part), "part")}
    return snapchat.post(path, data=form, content_type="multipart/form-data", headers=ADA)


def finalize(snapchat: FlaskClient, path: str) -> Any:
    form = {"action": "FINALIZE"}
    return snapchat.post(path, data=form, content_type="multipart/form-data", headers=ADA)


def uploaded(snapchat: FlaskClient, data: bytes | None = None, type: str = "VIDEO") -> str:
    """The id of media that are finalized."""
    made = create(snapchat, type).json
    assert add(snapchat, made["add_path"], sealed(data or mp4())).status_code == 200
    assert finalize(snapchat, made["finalize_path"]).status_code == 200
    return made["media_id"]


def spotlight(snapchat: FlaskClient, media_id: str, **changed: Any) -> Any:
    body = {"media_id": media_id, "description": "Hello", "locale": "en_US"} | changed
    return snapchat.post(f"{PATH}/spotlights", json=body, headers=ADA)


def code(answer: Any) -> str | None:
    assert answer.json["request_status"] == "ERROR"
    return answer.json.get("error_code")


def visible(snapchat: FlaskClient) -> list[str]:
    return [entry["text"] for entry in snapchat.get("/_sim/posts?account=ada").json]


def status(snapchat: FlaskClient, spotlight_id: str) -> str:
    answer = snapchat.get(f"{PATH}/spotlights/{spotlight_id}", headers=ADA)
    return answer.json["spotlights"][0]["spotlight"]["status"]
