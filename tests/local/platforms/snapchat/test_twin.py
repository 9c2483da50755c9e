"""The twin of Snapchat answers as its documentation says."""

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask.testing import FlaskClient

from local.platforms.snapchat.twin import Snapchat
from local.platforms.snapchat.uploads import PART_TOO_LARGE
from tests.local.platforms.conftest import MovableOffset
from tests.media import jpeg, mp4, png

PROFILE = "0a3c4d52-7a63-4c5e-9a58-3f1f2b0c9d11"
PATH = f"/v1/public_profiles/{PROFILE}"
ADA = {"Authorization": "Bearer ada-access"}
KEY, IV = bytes(range(32)), bytes(range(16))
DAY = 86400


@pytest.fixture
def snapchat() -> Iterator[FlaskClient]:
    platform = Snapchat()
    platform.add_account(
        "ada", "ada_snaps", "ada-access", external_id=PROFILE, refresh_token="ada-refresh"
    )
    platform.add_account("bob", "bob_snaps", "bob-access")
    yield platform.app.test_client()


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


def story(snapchat: FlaskClient, media_id: str, **more: Any) -> Any:
    return snapchat.post(f"{PATH}/stories", json={"media_id": media_id} | more, headers=ADA)


def saved(snapchat: FlaskClient, media_id: str, title: str) -> Any:
    stories = [{"title": title, "snap_sources": [{"media_id": media_id}]}]
    return snapchat.post(f"{PATH}/saved_stories", json={"saved_stories": stories}, headers=ADA)


def listed(snapchat: FlaskClient, path: str, **query: str) -> Any:
    return snapchat.get(f"{PATH}/{path}", query_string=query, headers=ADA).json


def code(answer: Any) -> str | None:
    assert answer.json["request_status"] == "ERROR"
    return answer.json.get("error_code")


def visible(snapchat: FlaskClient) -> list[str]:
    return [entry["text"] for entry in snapchat.get("/_sim/posts?account=ada").json]


# Profiles and tokens.


def test_profiles_have_uuids_or_a_given_id() -> None:
    platform = Snapchat()
    made = platform.add_account("cid", "cid", "cid-access").external_id
    assert len(made) == 36
    assert made.count("-") == 4
    assert made == Snapchat().add_account("cid", "cid", "cid-access").external_id
    assert (
        platform.add_account("dan", "dan", "dan-access", external_id="7700").external_id == "7700"
    )


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        (PATH, "nobody", 401),
        (PATH, "ada-refresh", 401),
        (PATH, "bob-access", 403),
        ("/v1/public_profiles/0a3c4d52-0000-4c5e-9a58-3f1f2b0c9d11", "ada-access", 404),
    ],
)
def test_a_profile_accepts_only_its_own_token(
    snapchat: FlaskClient, path: str, token: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    assert snapchat.get(f"{path}/stories", headers=headers).status_code == status
    assert snapchat.post(f"{path}/media", json={}, headers=headers).status_code == status


def test_a_token_reads_its_own_profile_without_naming_it(snapchat: FlaskClient) -> None:
    for path in ("/v1/public_profiles/my_profile", PATH):
        answer = snapchat.get(path, headers=ADA).json
        [item] = answer["public_profiles"]
        profile = item["public_profile"]
        assert (profile["id"], profile["display_name"]) == (PROFILE, "ada_snaps")
    nobody = {"Authorization": "Bearer nobody"}
    assert snapchat.get("/v1/public_profiles/my_profile", headers=nobody).status_code == 401


def test_an_app_that_is_not_allowlisted_is_denied() -> None:
    platform = Snapchat()
    platform.add_account("ada", "ada", "ada-access", external_id=PROFILE, scopes=[])
    answer = platform.app.test_client().get(f"{PATH}/stories", headers=ADA)
    assert (answer.status_code, code(answer)) == (403, "AUTHORIZATION_PERMISSION_DENIED")


def refresh(snapchat: FlaskClient, token: str, **changed: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    form |= {"client_id": "c", "client_secret": "s"} | changed
    return snapchat.post("/login/oauth2/access_token", data=form)


def test_a_refreshed_token_lasts_an_hour_and_rotates_only_if_the_control_says_so(
    snapchat: FlaskClient,
) -> None:
    tokens = refresh(snapchat, "ada-refresh").json
    assert tokens["expires_in"] == 3600
    assert "refresh_token" not in tokens
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert snapchat.get(f"{PATH}/stories", headers=headers).status_code == 200
    snapchat.post("/_sim/rotation", json={"rotate": True})
    rotated = refresh(snapchat, "ada-refresh").json["refresh_token"]
    again = refresh(snapchat, "ada-refresh")
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert refresh(snapchat, rotated).status_code == 200


def test_a_token_expires_if_lifetimes_are_enforced(
    snapchat: FlaskClient, offset: MovableOffset
) -> None:
    token = refresh(snapchat, "ada-refresh").json["access_token"]
    snapchat.post("/_sim/lifetimes", json={"enforce": True})
    headers = {"Authorization": f"Bearer {token}"}
    offset.moved = 3500
    assert snapchat.get(f"{PATH}/stories", headers=headers).status_code == 200
    offset.moved = 3700
    assert snapchat.get(f"{PATH}/stories", headers=headers).status_code == 401


def test_a_refresh_requires_the_client(snapchat: FlaskClient) -> None:
    unknown = refresh(snapchat, "ada-refresh", client_secret="")
    assert (unknown.status_code, unknown.json["error"]) == (401, "invalid_client")
    assert refresh(snapchat, "ada-access").json["error"] == "invalid_grant"
    assert refresh(snapchat, "x", grant_type="password").json["error"] == "unsupported_grant_type"
    basic = {"Authorization": f"Basic {encoded(b'c:s')}"}
    form = {"grant_type": "refresh_token", "refresh_token": "ada-refresh"}
    answer = snapchat.post("/login/oauth2/access_token", data=form, headers=basic)
    assert answer.status_code == 200


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


# Publishing.


def test_a_story_is_accepted_without_an_id_and_listed(snapchat: FlaskClient) -> None:
    media = uploaded(snapchat, jpeg(), "IMAGE")
    answer = story(snapchat, media, customized_ttl={"ttl": "TWO_DAYS"})
    assert answer.json.keys() == {"request_id", "request_status"}
    [entry] = listed(snapchat, "stories")["stories"]
    assert entry["story"]["media_type"] == "IMAGE"
    assert entry["story"]["expired"] is False
    assert visible(snapchat) == [""]
    assert listed(snapchat, "saved_stories")["saved_stories"] == []


def test_a_story_expires_and_a_list_can_lag(snapchat: FlaskClient, offset: MovableOffset) -> None:
    snapchat.post("/_sim/lag", json={"seconds": 60})
    story(snapchat, uploaded(snapchat))
    assert listed(snapchat, "stories")["stories"] == []
    offset.moved = 61
    assert len(listed(snapchat, "stories")["stories"]) == 1
    offset.moved = DAY + 1
    assert listed(snapchat, "stories")["stories"][0]["story"]["expired"] is True


@pytest.mark.parametrize(
    "more",
    [{"customized_ttl": {"ttl": "ONE_YEAR"}}, {"customized_ttl": "ONE_DAY"}, {"text": "Hello"}],
)
def test_a_story_has_a_known_lifetime_and_no_text(
    snapchat: FlaskClient, more: dict[str, Any]
) -> None:
    assert story(snapchat, uploaded(snapchat), **more).status_code == 400
    assert visible(snapchat) == []


def test_a_saved_story_has_a_title(snapchat: FlaskClient) -> None:
    media = uploaded(snapchat, png(), "IMAGE")
    for title in ("", "a" * 46):
        answer = saved(snapchat, media, title)
        assert (answer.status_code, answer.json["request_status"]) == (200, "PARTIAL")
        assert answer.json["saved_stories"][0]["sub_request_status"] == "ERROR"
    made = saved(snapchat, media, "a" * 45).json["saved_stories"][0]["saved_story"]
    [entry] = listed(snapchat, "saved_stories")["saved_stories"]
    assert (entry["saved_story"]["id"], entry["saved_story"]["title"]) == (made["id"], "a" * 45)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"locale": None}, "locale"),
        ({"locale": "en-US"}, "locale"),
        ({"description": "a" * 161}, "description"),
        ({"skip_save_to_profile": "no"}, "skip_save_to_profile"),
        ({"title": "Hello"}, "title"),
    ],
)
def test_a_spotlight_requires_a_locale_and_a_short_description(
    snapchat: FlaskClient, changed: dict[str, Any], word: str
) -> None:
    answer = spotlight(snapchat, uploaded(snapchat), **changed)
    assert answer.status_code == 400
    assert word in answer.json["debug_message"]
    assert visible(snapchat) == []


def test_a_spotlight_is_a_video(snapchat: FlaskClient) -> None:
    assert spotlight(snapchat, uploaded(snapchat, jpeg(), "IMAGE")).status_code == 400


@pytest.mark.parametrize(
    ("seconds", "width", "height", "word"),
    [
        (4, 720, 1280, "duration"),
        (61, 180, 320, "duration"),
        (8, 480, 854, "resolution"),
        (8, 1280, 960, "ratio"),
    ],
)
def test_a_video_has_its_limits(
    snapchat: FlaskClient, seconds: float, width: int, height: int, word: str
) -> None:
    answer = story(snapchat, uploaded(snapchat, mp4(seconds, width, height)))
    assert answer.status_code == 400
    assert word in answer.json["debug_message"]


def status(snapchat: FlaskClient, spotlight_id: str) -> str:
    answer = snapchat.get(f"{PATH}/spotlights/{spotlight_id}", headers=ADA)
    return answer.json["spotlights"][0]["spotlight"]["status"]


@pytest.mark.parametrize(("mode", "end"), [(None, "LIVE"), ("processing_failed", "REJECTED")])
def test_a_spotlight_is_moderated(
    snapchat: FlaskClient, offset: MovableOffset, mode: str | None, end: str
) -> None:
    snapchat.post("/_sim/moderation", json={"seconds": 60})
    media = uploaded(snapchat)
    if mode:
        snapchat.post("/_sim/faults", json={"match": f"POST {PATH}/spotlights", "mode": mode})
    made = spotlight(snapchat, media).json["spotlight_id"]
    assert status(snapchat, made) == "SUBMITTED"
    offset.moved = 61
    assert status(snapchat, made) == end
    assert visible(snapchat) == (["Hello"] if end == "LIVE" else [])
    unknown = snapchat.get(f"{PATH}/spotlights/W7_none", headers=ADA)
    assert unknown.status_code == 404


def test_media_are_processed_before_they_can_be_published(
    snapchat: FlaskClient, offset: MovableOffset
) -> None:
    snapchat.post("/_sim/processing", json={"seconds": 60})
    media = uploaded(snapchat)
    assert code(spotlight(snapchat, media)) == "MEDIA_PROCESSING"
    assert visible(snapchat) == []
    offset.moved = 61
    assert spotlight(snapchat, media).status_code == 200
    [entry] = snapchat.get("/_sim/posts").json
    assert entry["requestCount"] == 2


@pytest.mark.parametrize(
    ("mode", "refusal"), [("processing_stuck", "MEDIA_PROCESSING"), ("processing_failed", None)]
)
@pytest.mark.parametrize("match", [f"POST {PATH}/media", f"POST /us{PATH}/media"])
def test_processing_can_fail_or_never_end(
    snapchat: FlaskClient, offset: MovableOffset, mode: str, refusal: str | None, match: str
) -> None:
    snapchat.post("/_sim/faults", json={"match": match, "mode": mode})
    media = uploaded(snapchat)
    offset.moved = DAY / 2
    assert code(story(snapchat, media)) == refusal
    assert visible(snapchat) == []


def test_a_second_call_during_the_first_is_refused(
    snapchat: FlaskClient, offset: MovableOffset
) -> None:
    snapchat.post("/_sim/posting", json={"seconds": 60})
    media = uploaded(snapchat)
    assert story(snapchat, media).status_code == 200
    assert listed(snapchat, "stories")["stories"] == []
    assert code(story(snapchat, media)) == "MEDIA_POSTING_ALREADY_IN_PROGRESS"
    offset.moved = 61
    assert len(listed(snapchat, "stories")["stories"]) == 1
    # It is not known whether the media can be posted again later. The twin allows it, so that a
    # client that relies on a refusal makes two posts.
    assert story(snapchat, media).status_code == 200
    assert visible(snapchat) == ["", ""]


def test_a_foreign_or_unknown_media_is_not_found(snapchat: FlaskClient) -> None:
    assert story(snapchat, "none").status_code == 404
    assert snapchat.post(f"{PATH}/stories", json={}, headers=ADA).status_code == 404
    assert snapchat.post(f"{PATH}/stories", data={}, headers=ADA).status_code == 400


def test_lists_are_cut_into_pages_newest_first(snapchat: FlaskClient) -> None:
    media = uploaded(snapchat)
    for number in range(3):
        spotlight(snapchat, media, description=str(number))
    first = listed(snapchat, "spotlights", limit="2")
    rest = listed(snapchat, "spotlights", limit="2", cursor=first["page"]["next_page_id"])
    shown = [entry["spotlight"]["description"] for entry in first["spotlights"]]
    assert shown == ["2", "1"]
    assert [entry["spotlight"]["description"] for entry in rest["spotlights"]] == ["0"]
    assert rest["page"] == {}
    assert listed(snapchat, "spotlights", limit="0")["request_status"] == "ERROR"
    assert listed(snapchat, "spotlights", cursor="next")["request_status"] == "ERROR"


# Refusals.


def test_errors_may_come_with_200(snapchat: FlaskClient) -> None:
    snapchat.post("/_sim/errors_with_200", json={"on": True})
    answer = story(snapchat, "none")
    assert (answer.status_code, code(answer)) == (200, None)
    nobody = {"Authorization": "Bearer nobody"}
    assert snapchat.get(f"{PATH}/stories", headers=nobody).status_code == 401
    snapchat.post("/_sim/reset")
    assert story(snapchat, "none").status_code == 404


@pytest.mark.parametrize(("mode", "waits"), [("rate_limit", "9"), ("quota", None)])
def test_limits_apply_through_faults(snapchat: FlaskClient, mode: str, waits: str | None) -> None:
    fault = {"match": f"POST {PATH}/stories", "mode": mode, "retryAfter": 9}
    snapchat.post("/_sim/faults", json=fault)
    answer = story(snapchat, uploaded(snapchat))
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, waits)
    assert visible(snapchat) == []


def test_unknown_paths_methods_and_failures_have_the_envelope(snapchat: FlaskClient) -> None:
    assert snapchat.get("/v1/nothing", headers=ADA).json["request_status"] == "ERROR"
    assert snapchat.delete(f"{PATH}/spotlights/W7_1", headers=ADA).status_code == 405
    fault = {"match": f"POST {PATH}/stories", "mode": "accept_then_500"}
    snapchat.post("/_sim/faults", json=fault)
    answer = story(snapchat, uploaded(snapchat))
    assert (answer.status_code, answer.json["request_status"]) == (500, "ERROR")
    assert visible(snapchat) == [""]


def test_a_reset_forgets_media_and_resets_the_controls(snapchat: FlaskClient) -> None:
    snapchat.post("/_sim/moderation", json={"seconds": 60})
    media = uploaded(snapchat)
    snapchat.post("/_sim/reset")
    assert story(snapchat, media).status_code == 404
    made = spotlight(snapchat, uploaded(snapchat)).json["spotlight_id"]
    assert status(snapchat, made) == "LIVE"
