"""The twin of Snapchat answers as its documentation says: uploads."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.snapchat.uploads import PART_TOO_LARGE
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.snapchat.client import (
    ADA,
    DAY,
    IV,
    KEY,
    PATH,
    add,
    code,
    create,
    encoded,
    finalize,
    sealed,
    spotlight,
    uploaded,
    visible,
)
from tests.media import jpeg, mp4

# Uploading.


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "GIF"},
        {"name": ""},
        {"key": KEY.hex()},
        {"key": encoded(KEY[:31])},
        {"iv": encoded(IV)[:-1]},
        {"iv": None},
        {"description": "Hello"},
    ],
)
def test_a_container_requires_a_type_a_name_a_key_and_an_iv(
    snapchat: FlaskClient, changed: dict[str, Any]
) -> None:
    assert create(snapchat, **changed).status_code == 400
    form = snapchat.post(f"{PATH}/media", data={"type": "VIDEO"}, headers=ADA)
    assert form.status_code == 400


def test_the_upload_paths_are_relative_and_have_a_region(snapchat: FlaskClient) -> None:
    made = create(snapchat).json
    path = f"/us{PATH}/media/{made['media_id']}/multipart-upload"
    assert (made["add_path"], made["finalize_path"]) == (path, path)
    assert made["request_status"] == "SUCCESS"
    assert add(snapchat, path.removeprefix("/us"), b"a" * 16).status_code == 404


def test_parts_must_be_multipart_forms(snapchat: FlaskClient) -> None:
    path = create(snapchat).json["add_path"]
    for kind in ({"json": {"action": "FINALIZE"}}, {"data": {"action": "FINALIZE"}}):
        answer = snapchat.post(path, headers=ADA, **kind)  # type: ignore[arg-type]
        assert answer.status_code == 400
        assert "multipart" in answer.json["debug_message"]
    other = {"action": "DELETE"}
    answer = snapchat.post(path, data=other, content_type="multipart/form-data", headers=ADA)
    assert answer.status_code == 400


@pytest.mark.parametrize("number", [0, 36, -1, "one", ""])
def test_parts_are_numbered_from_1_to_35(snapchat: FlaskClient, number: Any) -> None:
    path = create(snapchat).json["add_path"]
    answer = add(snapchat, path, b"a" * 16, number)
    assert (answer.status_code, code(answer)) == (400, None)
    assert add(snapchat, path, b"a" * 16, 35).status_code == 200


def test_a_part_of_32_mib_is_too_large(snapchat: FlaskClient) -> None:
    path = create(snapchat).json["add_path"]
    answer = add(snapchat, path, bytes(PART_TOO_LARGE))
    assert answer.json["debug_message"] == "Media size is too large"
    assert add(snapchat, path, bytes(PART_TOO_LARGE - 16)).status_code == 200
    assert add(snapchat, path, b"").status_code == 400


def test_parts_are_joined_decrypted_and_inspected(snapchat: FlaskClient) -> None:
    made, whole = create(snapchat).json, sealed(mp4())
    for number, part in ((2, whole[1600:]), (1, b"another"), (1, whole[:1600])):
        assert add(snapchat, made["add_path"], part, number).status_code == 200
    assert finalize(snapchat, made["finalize_path"]).json["request_status"] == "SUCCESS"
    assert spotlight(snapchat, made["media_id"]).status_code == 200
    [entry] = snapchat.get("/_sim/posts").json
    assert (entry["media"][0]["size"], entry["media"][0]["kind"]) == (len(mp4()), "video")
    assert entry["requestCount"] == 1


BAD_PARTS: dict[str, Callable[[], dict[int, bytes]]] = {
    "none": dict,
    "a gap": lambda: {2: sealed(b"a" * 100)},
    "text": lambda: {1: sealed(b"a" * 100)},
    "no whole blocks": lambda: {1: b"a" * 15},
    "no padding": lambda: {1: b"a" * 160},
    "an image": lambda: {1: sealed(jpeg())},
    "another key": lambda: {1: sealed(mp4(), key=bytes(32))},
    "not encrypted": lambda: {1: mp4()},
}


@pytest.mark.parametrize("name", BAD_PARTS)
def test_a_file_that_is_not_the_announced_one_is_refused_at_the_end(
    snapchat: FlaskClient, name: str
) -> None:
    made = create(snapchat).json
    for number, part in BAD_PARTS[name]().items():
        add(snapchat, made["add_path"], part, number)
    answer = finalize(snapchat, made["finalize_path"])
    assert (answer.status_code, code(answer)) == (400, None)
    assert spotlight(snapchat, made["media_id"]).status_code == 400


def test_parts_that_were_encrypted_one_by_one_are_not_the_same_media(
    snapchat: FlaskClient,
) -> None:
    made = create(snapchat).json
    for number, part in ((1, mp4()[:1600]), (2, mp4()[1600:])):
        add(snapchat, made["add_path"], sealed(part), number)
    finalize(snapchat, made["finalize_path"])
    spotlight(snapchat, made["media_id"])
    shown = [entry["media"][0]["sha256"] for entry in snapchat.get("/_sim/posts").json]
    assert hashlib.sha256(mp4()).hexdigest() not in shown


def test_media_are_finalized_once_and_belong_to_one_profile(snapchat: FlaskClient) -> None:
    made = create(snapchat).json
    add(snapchat, made["add_path"], sealed(mp4()))
    bob = {"Authorization": "Bearer bob-access"}
    assert snapchat.post(made["add_path"], headers=bob).status_code == 403
    assert spotlight(snapchat, made["media_id"]).status_code == 400
    assert finalize(snapchat, made["finalize_path"]).status_code == 200
    assert finalize(snapchat, made["finalize_path"]).status_code == 400
    assert add(snapchat, made["add_path"], sealed(mp4())).status_code == 400
    missing = f"/us{PATH}/media/none/multipart-upload"
    assert finalize(snapchat, missing).status_code == 404


def test_media_expire_after_a_day(snapchat: FlaskClient, offset: MovableOffset) -> None:
    media, begun = uploaded(snapchat), create(snapchat).json
    offset.moved = DAY + 1
    assert code(spotlight(snapchat, media)) == "MEDIA_EXPIRED"
    assert code(add(snapchat, begun["add_path"], b"a" * 16)) == "MEDIA_EXPIRED"
    assert visible(snapchat) == []
