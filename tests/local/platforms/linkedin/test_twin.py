"""The twin of LinkedIn answers as its documentation says."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from local.platforms.linkedin.text import read_little_text
from local.platforms.linkedin.twin import Linkedin
from shared import clock
from shared.platforms.linkedin import ABOUT
from tests.local.platforms.conftest import MovableOffset
from tests.media import jpeg, mp4

ADA = "urn:li:person:ada"
PAGE = "urn:li:organization:77"
VERSIONED = {"Linkedin-Version": ABOUT.api_version, "X-Restli-Protocol-Version": "2.0.0"}
BEARERS = {ADA: "Bearer ada-access", PAGE: "Bearer page-access"}
INPUT_ERROR = "com.linkedin.common.error.BadRequest"
PART = 4 * 1024 * 1024


@pytest.fixture
def linkedin() -> Iterator[FlaskClient]:
    platform = Linkedin()
    platform.add_account(
        "ada", "ada", "ada-access", refresh_token="ada-refresh", external_id=ADA, client_id="soku"
    )
    platform.add_account("page", "page", "page-access", external_id=PAGE)
    yield platform.app.test_client()


def _headers(author: str = ADA, **more: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {**VERSIONED, "Authorization": BEARERS[author], **named}


def _body(author: str = ADA, text: str = "Hello", **fields: Any) -> dict[str, Any]:
    return {
        "author": author,
        "commentary": text,
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
        **fields,
    }


def _post(linkedin: FlaskClient, author: str = ADA, text: str = "Hello", **fields: Any) -> Any:
    body = _body(author, text, **fields)
    return linkedin.post("/rest/posts", json=body, headers=_headers(author))


def _visible(linkedin: FlaskClient) -> list[str]:
    return [post["text"] for post in linkedin.get("/_sim/posts").json]


def _code(answer: Any) -> str:
    body = answer.json
    details = body.get("errorDetails")
    return details["inputErrors"][0]["code"] if details else body["code"]


def _path(kind: str, urn: str) -> str:
    return f"/rest/{kind}/{quote(urn, safe='')}"


# Posts.


def test_a_post_is_answered_201_with_headers_and_no_body(linkedin: FlaskClient) -> None:
    answer = _post(linkedin)
    assert (answer.status_code, answer.data) == (201, b"")
    urn = answer.headers["x-restli-id"]
    assert urn.startswith("urn:li:share:")
    assert answer.headers["location"] == f"/posts/{quote(urn, safe='')}"
    (shown,) = linkedin.get("/_sim/posts").json
    assert (shown["id"], shown["text"], shown["requestCount"]) == (urn, "Hello", 1)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"Linkedin-Version": None}, 400, "VERSION_MISSING"),
        ({"Linkedin-Version": "202511"}, 426, "NONEXISTENT_VERSION"),
        ({"Linkedin-Version": "202610"}, 426, "NONEXISTENT_VERSION"),
        ({"X-Restli-Protocol-Version": None}, 400, "ILLEGAL_ARGUMENT"),
        ({"Authorization": None}, 401, "EMPTY_ACCESS_TOKEN"),
        ({"Authorization": "Bearer nobody"}, 401, "INVALID_ACCESS_TOKEN"),
        ({"Authorization": "Bearer ada-refresh"}, 401, "INVALID_ACCESS_TOKEN"),
    ],
)
def test_the_headers_are_required(
    linkedin: FlaskClient, changed: dict[str, Any], status: int, code: str
) -> None:
    headers = {name: value for name, value in {**_headers(), **changed}.items() if value}
    answer = linkedin.post("/rest/posts", json=_body(), headers=headers)
    assert (answer.status_code, _code(answer)) == (status, code)
    assert _visible(linkedin) == []


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"commentary": ""}, 422, "MISSING_FIELD"),
        ({"commentary": 5}, 422, "INVALID_VALUE_FOR_FIELD"),
        ({"commentary": "a" * 3001}, 400, "FIELD_LENGTH_TOO_LONG"),
        ({"commentary": "😀" * 1501}, 400, "FIELD_LENGTH_TOO_LONG"),
        ({"visibility": "FRIENDS"}, 422, "INVALID_VALUE_FOR_FIELD"),
        ({"visibility": None}, 422, "MISSING_FIELD"),
        ({"lifecycleState": "DRAFT"}, 422, "INVALID_VALUE_FOR_FIELD"),
        ({"distribution": {"targetEntities": []}}, 422, "INVALID_VALUE_FOR_FIELD"),
        ({"distribution": {"feedDistribution": "FEED"}}, 422, "INVALID_VALUE_FOR_FIELD"),
        (
            {"distribution": {"feedDistribution": "NONE", "to": []}},
            422,
            "INVALID_VALUE_FOR_FIELD",
        ),
        ({"content": {"article": {"title": "News"}}}, 422, "MISSING_FIELD"),
        ({"content": {"article": {"source": "https://a.test"}}}, 422, "MISSING_FIELD"),
        (
            {"content": {"article": {"source": "a.test", "title": "News"}}},
            422,
            "INVALID_VALUE_FOR_FIELD",
        ),
        ({"isReshareDisabledByAuthor": "no"}, 422, "INVALID_VALUE_FOR_FIELD"),
        ({"text": "Hello"}, 422, "INVALID_VALUE_FOR_FIELD"),
        ({"author": None}, 422, "MISSING_FIELD"),
        ({"author": PAGE}, 403, "ACCESS_DENIED"),
        ({"content": {}}, 422, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"media": {"id": "urn:li:image:nobody"}}}, 422, "INVALID_URN_ID"),
        ({"content": {"media": {"id": "urn:li:document:1"}}}, 422, "INVALID_URN_TYPE"),
    ],
)
def test_a_malformed_post_is_refused(
    linkedin: FlaskClient, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = linkedin.post("/rest/posts", json={**_body(), **fields}, headers=_headers())
    assert (answer.status_code, _code(answer)) == (status, code)
    assert _visible(linkedin) == []


def test_the_limit_of_the_text_is_that_of_what_is_shown(linkedin: FlaskClient) -> None:
    assert _post(linkedin, text="\\(" * 3000).status_code == 201


def test_only_a_member_has_connections(linkedin: FlaskClient) -> None:
    assert _post(linkedin, visibility="CONNECTIONS").status_code == 201
    assert _post(linkedin, PAGE, visibility="CONNECTIONS").status_code == 422
    assert _post(linkedin, PAGE, visibility="LOGGED_IN").status_code == 201


@pytest.mark.parametrize(
    ("commentary", "shown"),
    [
        ("plain\ntext", "plain\ntext"),
        ("a \\(b\\) \\\\ \\#", "a (b) \\ #"),
        ("up by 4% (EPRI, 2024)", "up by 4% "),
        ("snake_case", "snake"),
        ("mail me @home", "mail me "),
        ("#word and #日本", "#word and #日本"),
        ("C# is cut", "C"),
        ("a {hashtag|\\#|my\\_tag} b", "a #my_tag b"),
        ("a {hashtag|\\#|my_tag} b", "a "),
        ("a {other|\\#|tag} b", "a "),
        ("ends with \\", "ends with "),
        ("no \\escape", "no "),
    ],
)
def test_a_reserved_character_that_is_not_escaped_cuts_the_text(
    linkedin: FlaskClient, commentary: str, shown: str
) -> None:
    assert read_little_text(commentary)[0] == shown
    assert _post(linkedin, text=commentary).status_code == 201
    assert _visible(linkedin) == [shown]


# Duplicates.


def test_the_same_body_within_ten_minutes_names_the_first_post(
    linkedin: FlaskClient, offset: MovableOffset
) -> None:
    urn = _post(linkedin).headers["x-restli-id"]
    offset.moved = 599
    refused = _post(linkedin)
    assert refused.status_code == 422
    assert refused.json == {
        "status": 422,
        "message": "com.linkedin.content.common.exception.BadRequestResponseException: "
        f"Content is a duplicate of {urn}",
        "errorDetailType": INPUT_ERROR,
        "errorDetails": {
            "inputErrors": [
                {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
            ]
        },
    }
    assert _post(linkedin, text="Hello!").status_code == 201
    assert _post(linkedin, PAGE).status_code == 201
    offset.moved = 601
    assert _post(linkedin).status_code == 201


def test_an_id_contains_the_time_of_the_post(linkedin: FlaskClient) -> None:
    before = int(clock.now().timestamp() * 1000)
    urn = _post(linkedin).headers["x-restli-id"]
    made = int(urn.rpartition(":")[2]) >> 22
    assert before <= made <= int(clock.now().timestamp() * 1000)


@pytest.mark.parametrize(("keep", "status"), [(False, 201), (True, 422)])
def test_a_deleted_post_makes_duplicates_if_the_control_says_so(
    linkedin: FlaskClient, keep: bool, status: int
) -> None:
    linkedin.post("/_sim/ghosts", json={"keep": keep})
    urn = _post(linkedin).headers["x-restli-id"]
    assert _delete(linkedin, urn).status_code == 204
    assert _post(linkedin).status_code == status
    assert _visible(linkedin) == ([] if keep else ["Hello"])


# Deleting and reading.


def _delete(linkedin: FlaskClient, urn: str, author: str = ADA, **headers: str) -> Any:
    named = _headers(author, **(headers or {"X_RestLi_Method": "DELETE"}))
    return linkedin.delete(_path("posts", urn), headers=named)


def test_deleting_requires_its_method_and_can_be_repeated(linkedin: FlaskClient) -> None:
    urn = _post(linkedin).headers["x-restli-id"]
    assert _delete(linkedin, urn, X_RestLi_Method="GET").status_code == 400
    assert _delete(linkedin, urn, PAGE).status_code == 403
    assert _visible(linkedin) == ["Hello"]
    assert [_delete(linkedin, urn).status_code for _ in range(2)] == [204, 204]
    assert _visible(linkedin) == []
    assert _delete(linkedin, "urn:li:share:1").status_code == 404


def test_an_urn_is_encoded_once_in_a_path(linkedin: FlaskClient) -> None:
    urn = _post(linkedin, PAGE).headers["x-restli-id"]
    read = [
        linkedin.get(f"/rest/posts/{written}", headers=_headers(PAGE)).status_code
        for written in (urn, quote(urn, safe=""), quote(quote(urn, safe=""), safe=""))
    ]
    assert read == [400, 200, 400]


def test_a_member_cannot_read(linkedin: FlaskClient) -> None:
    urn = _post(linkedin).headers["x-restli-id"]
    image = _begin_image(linkedin)["image"]
    for path in (_path("posts", urn), _path("images", image), f"/rest/posts?q=author&author={ADA}"):
        answer = linkedin.get(path, headers=_headers(X_RestLi_Method="FINDER"))
        assert (answer.status_code, answer.json["serviceErrorCode"]) == (403, 100)


def _find(linkedin: FlaskClient, query: str = "", **headers: str) -> Any:
    path = f"/rest/posts?q=author&author={quote(PAGE, safe='')}{query}"
    return linkedin.get(path, headers=_headers(PAGE, **(headers or {"X_RestLi_Method": "FINDER"})))


def test_an_organization_lists_its_posts_newest_first(linkedin: FlaskClient) -> None:
    for number in range(3):
        _post(linkedin, PAGE, f"number {number} \\(of 3\\)")
    answer = _find(linkedin, "&count=2&sortBy=LAST_MODIFIED")
    texts = [element["commentary"] for element in answer.json["elements"]]
    assert texts == ["number 2 \\(of 3\\)", "number 1 \\(of 3\\)"]
    element = answer.json["elements"][0]
    assert element["lifecycleState"] == "PUBLISHED"
    assert abs(element["createdAt"] / 1000 - clock.now().timestamp()) < 60
    rest = _find(linkedin, "&count=2&start=2").json
    assert (len(rest["elements"]), rest["paging"]["start"]) == (1, 2)


def test_the_list_lags_if_the_control_says_so(linkedin: FlaskClient) -> None:
    _post(linkedin, PAGE)
    linkedin.post("/_sim/lag", json={"seconds": 60})
    assert _find(linkedin).json["elements"] == []


@pytest.mark.parametrize("query", ["&sortBy=CREATED", "&count=101", "&count=few"])
def test_a_malformed_query_is_refused(linkedin: FlaskClient, query: str) -> None:
    assert _find(linkedin, query).status_code == 400


def test_the_finder_lists_only_the_authors_own_posts(linkedin: FlaskClient) -> None:
    assert _find(linkedin, X_RestLi_Method="GET").status_code == 400
    other = f"/rest/posts?q=author&author={quote(ADA, safe='')}"
    headers = _headers(PAGE, X_RestLi_Method="FINDER")
    assert linkedin.get(other, headers=headers).status_code == 403


# Images.


def _begin(linkedin: FlaskClient, kind: str, author: str, **fields: Any) -> Any:
    return linkedin.post(
        f"/rest/{kind}?action=initializeUpload",
        json={"initializeUploadRequest": {"owner": author, **fields}},
        headers=_headers(author),
    )


def _begin_image(linkedin: FlaskClient, author: str = ADA) -> dict[str, Any]:
    value: dict[str, Any] = _begin(linkedin, "images", author).json["value"]
    return value


def _upload_image(linkedin: FlaskClient, author: str = ADA, data: bytes | None = None) -> str:
    begun = _begin_image(linkedin, author)
    bearer = {"Authorization": BEARERS[author]}
    put = linkedin.put(begun["uploadUrl"], data=data or jpeg(), headers=bearer)
    assert (put.status_code, put.data) == (201, b"")
    return str(begun["image"])


def test_an_image_is_uploaded_with_the_token_and_shown(linkedin: FlaskClient) -> None:
    begun = _begin_image(linkedin, PAGE)
    assert begun["uploadUrl"].startswith("http://localhost/dms-uploads/")
    status = _path("images", begun["image"])
    assert linkedin.get(status, headers=_headers(PAGE)).json["status"] == "WAITING_UPLOAD"
    assert linkedin.put(begun["uploadUrl"], data=jpeg()).status_code == 401
    other = {"Authorization": BEARERS[ADA]}
    assert linkedin.put(begun["uploadUrl"], data=jpeg(), headers=other).status_code == 403
    without_key = begun["uploadUrl"].partition("?")[0]
    own = {"Authorization": BEARERS[PAGE]}
    assert linkedin.put(without_key, data=jpeg(), headers=own).status_code == 403
    waiting = _post(linkedin, PAGE, content={"media": {"id": begun["image"]}})
    assert _code(waiting) == "MEDIA_ASSET_WAITING_UPLOAD"
    assert linkedin.put(begun["uploadUrl"], data=jpeg(), headers=own).status_code == 201
    assert linkedin.get(status, headers=_headers(PAGE)).json == {
        "id": begun["image"],
        "owner": PAGE,
        "status": "AVAILABLE",
    }
    medium = {"id": begun["image"], "altText": "A picture"}
    assert _post(linkedin, PAGE, content={"media": medium}).status_code == 201
    (shown,) = linkedin.get("/_sim/posts").json
    assert [item["sha256"] for item in shown["media"]] == [hashlib.sha256(jpeg()).hexdigest()]
    assert shown["requestCount"] == 1


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {"initializeUploadRequest": {"owner": ADA}}),
        ("?action=upload", {"initializeUploadRequest": {"owner": ADA}}),
        ("?action=initializeUpload", {"owner": ADA}),
        ("?action=initializeUpload", {"initializeUploadRequest": {}}),
        ("?action=initializeUpload", {"initializeUploadRequest": {"owner": ADA, "size": 1}}),
    ],
)
def test_a_malformed_upload_request_is_refused(
    linkedin: FlaskClient, query: str, fields: dict[str, Any]
) -> None:
    answer = linkedin.post(f"/rest/images{query}", json=fields, headers=_headers())
    assert answer.status_code == 400


def test_an_author_cannot_upload_for_another(linkedin: FlaskClient) -> None:
    fields = {"initializeUploadRequest": {"owner": PAGE}}
    path = "/rest/images?action=initializeUpload"
    assert linkedin.post(path, json=fields, headers=_headers(ADA)).status_code == 403
    image = _upload_image(linkedin, PAGE)
    assert _post(linkedin, ADA, content={"media": {"id": image}}).status_code == 400


@pytest.mark.parametrize(("count", "status"), [(1, 422), (2, 201), (20, 201), (21, 422)])
def test_a_post_of_several_images_has_two_to_twenty(
    linkedin: FlaskClient, count: int, status: int
) -> None:
    image = _upload_image(linkedin)
    images = [{"id": image}] * count
    assert _post(linkedin, content={"multiImage": {"images": images}}).status_code == status


def test_an_alt_text_has_its_limit(linkedin: FlaskClient) -> None:
    image = _upload_image(linkedin)
    for length, status in ((4086, 201), (4087, 400)):
        medium = {"id": image, "altText": "a" * length}
        assert _post(linkedin, content={"media": medium}).status_code == status


@pytest.mark.parametrize("data", [b"no image", mp4()], ids=["nonsense", "a video"])
def test_a_file_that_is_no_image_fails_in_processing(linkedin: FlaskClient, data: bytes) -> None:
    image = _upload_image(linkedin, PAGE, data)
    status = linkedin.get(_path("images", image), headers=_headers(PAGE)).json["status"]
    assert status == "PROCESSING_FAILED"
    refused = _post(linkedin, PAGE, content={"media": {"id": image}})
    assert _code(refused) == "MEDIA_ASSET_PROCESSING_FAILED"


# Videos.


def _begin_video(linkedin: FlaskClient, size: int, author: str = PAGE) -> dict[str, Any]:
    fields = {"fileSizeBytes": size, "uploadCaptions": False, "uploadThumbnail": False}
    value: dict[str, Any] = _begin(linkedin, "videos", author, **fields).json["value"]
    return value


def _put_part(linkedin: FlaskClient, part: dict[str, Any], data: bytes) -> Any:
    octets = {"Content-Type": "application/octet-stream"}
    piece = data[part["firstByte"] : part["lastByte"] + 1]
    return linkedin.put(part["uploadUrl"], data=piece, headers=octets)


def _finalize(linkedin: FlaskClient, video: str, etags: list[str], **more: Any) -> Any:
    fields = {"video": video, "uploadToken": "", "uploadedPartIds": etags, **more}
    return linkedin.post(
        "/rest/videos?action=finalizeUpload",
        json={"finalizeUploadRequest": fields},
        headers=_headers(PAGE),
    )


def _upload_video(linkedin: FlaskClient, data: bytes) -> str:
    begun = _begin_video(linkedin, len(data))
    puts = [_put_part(linkedin, part, data) for part in begun["uploadInstructions"]]
    answer = _finalize(linkedin, begun["video"], [put.headers["ETag"] for put in puts])
    assert (answer.status_code, answer.data) == (200, b"")
    return str(begun["video"])


def _filled(size: int) -> bytes:
    filling = size - len(mp4())
    return mp4() + filling.to_bytes(4, "big") + b"free" + bytes(filling - 8)


def test_the_instructions_name_parts_of_four_mebibytes_inclusively(linkedin: FlaskClient) -> None:
    begun = _begin_video(linkedin, 2 * PART + 1)
    ranges = [(part["firstByte"], part["lastByte"]) for part in begun["uploadInstructions"]]
    assert ranges == [(0, PART - 1), (PART, 2 * PART - 1), (2 * PART, 2 * PART)]
    assert begun["uploadToken"] == ""


def test_a_video_of_several_parts_is_put_together_and_shown(linkedin: FlaskClient) -> None:
    data = _filled(PART + 1000)
    video = _upload_video(linkedin, data)
    urn = _post(linkedin, PAGE, content={"media": {"id": video, "title": "A film"}}).headers[
        "x-restli-id"
    ]
    assert urn.startswith("urn:li:ugcPost:")
    (shown,) = linkedin.get("/_sim/posts").json
    assert [item["sha256"] for item in shown["media"]] == [hashlib.sha256(data).hexdigest()]


def test_a_part_has_the_length_of_its_range_and_the_content_type(linkedin: FlaskClient) -> None:
    begun = _begin_video(linkedin, PART + 1000)
    first, last = begun["uploadInstructions"]
    short = {**first, "lastByte": first["lastByte"] - 1}
    data = _filled(PART + 1000)
    assert _put_part(linkedin, short, data).status_code == 400
    assert linkedin.put(last["uploadUrl"], data=data[PART:]).status_code == 415
    etags = [_put_part(linkedin, last, data).headers["ETag"] for _ in range(2)]
    assert etags[0] != etags[1]


def test_finalizing_requires_all_parts_in_order_and_the_token(linkedin: FlaskClient) -> None:
    data = _filled(PART + 1000)
    begun = _begin_video(linkedin, len(data))
    etags = [
        _put_part(linkedin, part, data).headers["ETag"] for part in begun["uploadInstructions"]
    ]
    video = begun["video"]
    assert _finalize(linkedin, video, etags[::-1]).status_code == 400
    assert _finalize(linkedin, video, etags[:1]).status_code == 400
    assert _finalize(linkedin, video, ["another", *etags[1:]]).status_code == 400
    assert _finalize(linkedin, video, etags, uploadToken=None).status_code == 400
    assert _finalize(linkedin, "urn:li:video:another", etags).status_code == 400
    assert [_finalize(linkedin, video, etags).status_code for _ in range(2)] == [200, 200]


def test_a_video_cannot_be_in_a_multi_image(linkedin: FlaskClient) -> None:
    media = [{"id": _upload_video(linkedin, mp4())}, {"id": _upload_image(linkedin, PAGE)}]
    refused = _post(linkedin, PAGE, content={"multiImage": {"images": media}})
    assert _code(refused) == "INVALID_URN_TYPE"


@pytest.mark.parametrize("data", [mp4(2), mp4(8, 200, 720), jpeg()], ids=["short", "thin", "image"])
def test_a_video_beyond_the_limits_fails_in_processing(linkedin: FlaskClient, data: bytes) -> None:
    video = _upload_video(linkedin, data)
    answer = linkedin.get(_path("videos", video), headers=_headers(PAGE)).json
    assert answer["status"] == "PROCESSING_FAILED"
    assert answer["processingFailureReason"]


def test_upload_urls_expire_after_thirty_days(linkedin: FlaskClient, offset: MovableOffset) -> None:
    begun = _begin_image(linkedin)
    offset.moved = timedelta(days=30).total_seconds()
    answer = linkedin.put(begun["uploadUrl"], data=jpeg(), headers={"Authorization": BEARERS[ADA]})
    assert (answer.status_code, _code(answer)) == (400, "EXPIRED_UPLOAD_URL")


def test_processing_takes_the_time_that_was_set(
    linkedin: FlaskClient, offset: MovableOffset
) -> None:
    linkedin.post("/_sim/processing", json={"seconds": 60})
    video = _upload_video(linkedin, mp4())
    states = []
    for moved in (0, 59, 61):
        offset.moved = moved
        states.append(linkedin.get(_path("videos", video), headers=_headers(PAGE)).json["status"])
    assert states == ["PROCESSING", "PROCESSING", "AVAILABLE"]


@pytest.mark.parametrize("is_stuck", [False, True])
def test_a_post_is_refused_while_its_video_is_processed(
    linkedin: FlaskClient, offset: MovableOffset, is_stuck: bool
) -> None:
    linkedin.post("/_sim/processing", json={"seconds": 60})
    if is_stuck:
        fault = {"match": "POST /rest/videos", "mode": "processing_stuck", "after": 1}
        linkedin.post("/_sim/faults", json=fault)
    content = {"media": {"id": _upload_video(linkedin, mp4())}}
    for moved in (0, 59):
        offset.moved = moved
        assert _code(_post(linkedin, PAGE, content=content)) == "MEDIA_ASSET_WAITING_UPLOAD"
    offset.moved = 61
    assert _post(linkedin, PAGE, content=content).status_code == (422 if is_stuck else 201)
    assert len(_visible(linkedin)) == (0 if is_stuck else 1)


# Accounts, tokens and limits.


def test_an_account_without_an_external_id_is_a_member(linkedin: FlaskClient) -> None:
    account = {"accountId": "bob", "username": "bob", "accessToken": "bob-access"}
    member = linkedin.post("/_sim/accounts", json=account).json["externalId"]
    prefix, _, number = member.rpartition(":")
    assert prefix == "urn:li:person"
    assert number.isdigit()
    organization = {**account, "accountId": "org", "accessToken": "o", "externalId": PAGE}
    assert linkedin.post("/_sim/accounts", json=organization).json["externalId"] == PAGE


@pytest.mark.parametrize(("scopes", "status"), [(["w_member_social"], 201), (["openid"], 403)])
def test_a_token_needs_the_scope(linkedin: FlaskClient, scopes: list[str], status: int) -> None:
    account = {"accountId": "ada", "username": "ada", "accessToken": "ada-access"}
    linkedin.post("/_sim/accounts", json={**account, "externalId": ADA, "scopes": scopes})
    assert _post(linkedin).status_code == status


@pytest.mark.parametrize(
    ("mode", "code", "number"),
    [
        ("expired_token", "EXPIRED_ACCESS_TOKEN", 65602),
        ("revoked_token", "REVOKED_ACCESS_TOKEN", 65601),
    ],
)
def test_a_dead_token_is_named(linkedin: FlaskClient, mode: str, code: str, number: int) -> None:
    linkedin.post("/_sim/faults", json={"match": "POST /rest/posts", "mode": mode})
    answer = _post(linkedin)
    assert (answer.status_code, answer.json["code"]) == (401, code)
    assert answer.json["serviceErrorCode"] == number


def _refresh(linkedin: FlaskClient, **changed: str) -> Any:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "ada-refresh",
        "client_id": "soku",
        "client_secret": "secret",
    }
    return linkedin.post("/oauth/v2/accessToken", data={**form, **changed})


def test_a_refresh_does_not_extend_the_refresh_tokens_year(
    linkedin: FlaskClient, offset: MovableOffset
) -> None:
    first = _refresh(linkedin).json
    assert (first["expires_in"], first["refresh_token"]) == (5184000, "ada-refresh")
    offset.moved = timedelta(days=65).total_seconds()
    second = _refresh(linkedin).json
    assert 299 * 86400 < second["refresh_token_expires_in"] <= 300 * 86400
    assert second["access_token"] != first["access_token"]
    linkedin.post("/_sim/lifetimes", json={"enforce": True})
    offset.moved = timedelta(days=366).total_seconds()
    assert _refresh(linkedin).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"refresh_token": "another"}, 400, "invalid_grant"),
        ({"refresh_token": "ada-access"}, 400, "invalid_grant"),
        ({"client_id": "another"}, 401, "invalid_client"),
    ],
)
def test_a_malformed_refresh_is_refused(
    linkedin: FlaskClient, changed: dict[str, str], status: int, error: str
) -> None:
    answer = _refresh(linkedin, **changed)
    assert (answer.status_code, answer.json["error"]) == (status, error)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"mode": "quota"}, "MEMBER DAY"),
        ({"mode": "quota", "variant": "application-day"}, "APPLICATION DAY"),
        ({"mode": "rate_limit"}, "Too many requests"),
    ],
)
def test_limits_are_429_with_their_reason_in_the_text(
    linkedin: FlaskClient, fault: dict[str, str], reason: str
) -> None:
    linkedin.post("/_sim/faults", json={"match": "POST /rest/posts", **fault})
    answer = _post(linkedin)
    assert (answer.status_code, answer.json["serviceErrorCode"]) == (429, 101)
    assert reason in answer.json["message"]
    assert "Retry-After" not in answer.headers


def test_a_reset_forgets_what_was_posted_and_uploaded(linkedin: FlaskClient) -> None:
    image = _upload_image(linkedin)
    _post(linkedin)
    linkedin.post("/_sim/reset")
    assert _code(_post(linkedin, content={"media": {"id": image}})) == "INVALID_URN_ID"
    assert _post(linkedin).status_code == 201


def test_an_unknown_path_is_refused_in_linkedins_shape(linkedin: FlaskClient) -> None:
    answer = linkedin.get("/rest/nothing", headers=_headers())
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
