"""The twin of LinkedIn answers as its documentation says: posts."""

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from local.platforms.linkedin.text import read_little_text
from shared import clock
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.linkedin import client
from tests.local.platforms.linkedin.client import ADA, PAGE

INPUT_ERROR = "com.linkedin.common.error.BadRequest"


# Posts.


def test_a_post_is_answered_201_with_headers_and_no_body(linkedin: FlaskClient) -> None:
    answer = client.post(linkedin)
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
    headers = {name: value for name, value in {**client.headers(), **changed}.items() if value}
    answer = linkedin.post("/rest/posts", json=client.body(), headers=headers)
    assert (answer.status_code, client.code(answer)) == (status, code)
    assert client.visible(linkedin) == []


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
    answer = linkedin.post(
        "/rest/posts", json={**client.body(), **fields}, headers=client.headers()
    )
    assert (answer.status_code, client.code(answer)) == (status, code)
    assert client.visible(linkedin) == []


def test_the_limit_of_the_text_is_that_of_what_is_shown(linkedin: FlaskClient) -> None:
    assert client.post(linkedin, text="\\(" * 3000).status_code == 201


def test_only_a_member_has_connections(linkedin: FlaskClient) -> None:
    assert client.post(linkedin, visibility="CONNECTIONS").status_code == 201
    assert client.post(linkedin, PAGE, visibility="CONNECTIONS").status_code == 422
    assert client.post(linkedin, PAGE, visibility="LOGGED_IN").status_code == 201


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
    assert client.post(linkedin, text=commentary).status_code == 201
    assert client.visible(linkedin) == [shown]


# Duplicates.


def test_the_same_body_within_ten_minutes_names_the_first_post(
    linkedin: FlaskClient, offset: MovableOffset
) -> None:
    urn = client.post(linkedin).headers["x-restli-id"]
    offset.moved = 599
    refused = client.post(linkedin)
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
    assert client.post(linkedin, text="Hello!").status_code == 201
    assert client.post(linkedin, PAGE).status_code == 201
    offset.moved = 601
    assert client.post(linkedin).status_code == 201


def test_an_id_contains_the_time_of_the_post(linkedin: FlaskClient) -> None:
    before = int(clock.now().timestamp() * 1000)
    urn = client.post(linkedin).headers["x-restli-id"]
    made = int(urn.rpartition(":")[2]) >> 22
    assert before <= made <= int(clock.now().timestamp() * 1000)


@pytest.mark.parametrize(("keep", "status"), [(False, 201), (True, 422)])
def test_a_deleted_post_makes_duplicates_if_the_control_says_so(
    linkedin: FlaskClient, keep: bool, status: int
) -> None:
    linkedin.post("/_sim/ghosts", json={"keep": keep})
    urn = client.post(linkedin).headers["x-restli-id"]
    assert _delete(linkedin, urn).status_code == 204
    assert client.post(linkedin).status_code == status
    assert client.visible(linkedin) == ([] if keep else ["Hello"])


# Deleting and reading.


def _delete(linkedin: FlaskClient, urn: str, author: str = ADA, **headers: str) -> Any:
    named = client.headers(author, **(headers or {"X_RestLi_Method": "DELETE"}))
    return linkedin.delete(client.path("posts", urn), headers=named)


def test_deleting_requires_its_method_and_can_be_repeated(linkedin: FlaskClient) -> None:
    urn = client.post(linkedin).headers["x-restli-id"]
    assert _delete(linkedin, urn, X_RestLi_Method="GET").status_code == 400
    assert _delete(linkedin, urn, PAGE).status_code == 403
    assert client.visible(linkedin) == ["Hello"]
    assert [_delete(linkedin, urn).status_code for _ in range(2)] == [204, 204]
    assert client.visible(linkedin) == []
    assert _delete(linkedin, "urn:li:share:1").status_code == 404


def test_an_urn_is_encoded_once_in_a_path(linkedin: FlaskClient) -> None:
    urn = client.post(linkedin, PAGE).headers["x-restli-id"]
    read = [
        linkedin.get(f"/rest/posts/{written}", headers=client.headers(PAGE)).status_code
        for written in (urn, quote(urn, safe=""), quote(quote(urn, safe=""), safe=""))
    ]
    assert read == [400, 200, 400]


def test_a_member_cannot_read(linkedin: FlaskClient) -> None:
    urn = client.post(linkedin).headers["x-restli-id"]
    image = client.begin_image(linkedin)["image"]
    for path in (
        client.path("posts", urn),
        client.path("images", image),
        f"/rest/posts?q=author&author={ADA}",
    ):
        answer = linkedin.get(path, headers=client.headers(X_RestLi_Method="FINDER"))
        assert (answer.status_code, answer.json["serviceErrorCode"]) == (403, 100)


def _find(linkedin: FlaskClient, query: str = "", **headers: str) -> Any:
    path = f"/rest/posts?q=author&author={quote(PAGE, safe='')}{query}"
    return linkedin.get(
        path, headers=client.headers(PAGE, **(headers or {"X_RestLi_Method": "FINDER"}))
    )


def test_an_organization_lists_its_posts_newest_first(linkedin: FlaskClient) -> None:
    for number in range(3):
        client.post(linkedin, PAGE, f"number {number} \\(of 3\\)")
    answer = _find(linkedin, "&count=2&sortBy=LAST_MODIFIED")
    texts = [element["commentary"] for element in answer.json["elements"]]
    assert texts == ["number 2 \\(of 3\\)", "number 1 \\(of 3\\)"]
    element = answer.json["elements"][0]
    assert element["lifecycleState"] == "PUBLISHED"
    assert abs(element["createdAt"] / 1000 - clock.now().timestamp()) < 60
    rest = _find(linkedin, "&count=2&start=2").json
    assert (len(rest["elements"]), rest["paging"]["start"]) == (1, 2)


def test_the_list_lags_if_the_control_says_so(linkedin: FlaskClient) -> None:
    client.post(linkedin, PAGE)
    linkedin.post("/_sim/lag", json={"seconds": 60})
    assert _find(linkedin).json["elements"] == []


@pytest.mark.parametrize("query", ["&sortBy=CREATED", "&count=101", "&count=few"])
def test_a_malformed_query_is_refused(linkedin: FlaskClient, query: str) -> None:
    assert _find(linkedin, query).status_code == 400


def test_the_finder_lists_only_the_authors_own_posts(linkedin: FlaskClient) -> None:
    assert _find(linkedin, X_RestLi_Method="GET").status_code == 400
    other = f"/rest/posts?q=author&author={quote(ADA, safe='')}"
    headers = client.headers(PAGE, X_RestLi_Method="FINDER")
    assert linkedin.get(other, headers=headers).status_code == 403
