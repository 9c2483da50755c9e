"""The forms of requests that other clients send to LinkedIn, and ours does not."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from local.platforms.linkedin.restli import active_versions
from local.platforms.linkedin.twin import Linkedin
from shared.platforms.linkedin import ABOUT
from tests.media import jpeg

ADA = "urn:li:person:ada"
BEARER = {"Authorization": "Bearer ada-access"}
HEADERS = {
    **BEARER,
    "Linkedin-Version": ABOUT.api_version,
    "X-Restli-Protocol-Version": "2.0.0",
}
POST = {
    "author": ADA,
    "commentary": "Hello",
    "visibility": "PUBLIC",
    "distribution": {"feedDistribution": "MAIN_FEED"},
    "lifecycleState": "PUBLISHED",
}


@pytest.fixture
def linkedin() -> Iterator[FlaskClient]:
    platform = Linkedin()
    platform.add_account("ada", "ada", "ada-access", external_id=ADA)
    platform.add_account("bob", "bob", "bob-access", scopes=["w_member_social"])
    yield platform.app.test_client()


def picture(linkedin: FlaskClient) -> str:
    """The URN of an uploaded image."""
    body = {"initializeUploadRequest": {"owner": ADA}}
    begun = linkedin.post("/rest/images?action=initializeUpload", json=body, headers=HEADERS)
    upload = begun.json["value"]
    assert linkedin.put(upload["uploadUrl"], data=jpeg(), headers=BEARER).status_code == 201
    urn: str = upload["image"]
    return urn


def test_the_feed_is_the_one_field_that_a_distribution_needs(linkedin: FlaskClient) -> None:
    assert linkedin.post("/rest/posts", json=POST, headers=HEADERS).status_code == 201


@pytest.mark.parametrize("has_picture", [False, True])
def test_an_article_can_be_posted(linkedin: FlaskClient, has_picture: bool) -> None:
    article: dict[str, Any] = {"source": "https://a.test/1", "title": "News", "description": ""}
    if has_picture:
        article["thumbnail"] = picture(linkedin)
    body = POST | {"content": {"article": article}}
    assert linkedin.post("/rest/posts", json=body, headers=HEADERS).status_code == 201
    assert [post["text"] for post in linkedin.get("/_sim/posts").json] == ["Hello"]


def test_an_articles_picture_must_exist(linkedin: FlaskClient) -> None:
    article = {"source": "https://a.test/1", "title": "News", "thumbnail": "urn:li:image:none"}
    body = POST | {"content": {"article": article}}
    assert linkedin.post("/rest/posts", json=body, headers=HEADERS).status_code == 422


def test_the_member_is_named_without_a_version(linkedin: FlaskClient) -> None:
    claims = linkedin.get("/v2/userinfo", headers=BEARER).json
    assert (claims["sub"], claims["name"]) == ("ada", "ada")
    narrow = {"Authorization": "Bearer bob-access"}
    assert linkedin.get("/v2/userinfo", headers=narrow).status_code == 403
    assert linkedin.get("/v2/userinfo").status_code == 401


def test_answers_without_a_body_have_no_type(linkedin: FlaskClient) -> None:
    created = linkedin.post("/rest/posts", json=POST, headers=HEADERS)
    path = f"/rest/posts/{quote(created.headers['x-restli-id'], safe='')}"
    deleted = linkedin.delete(path, headers={**HEADERS, "X-RestLi-Method": "DELETE"})
    assert [created.status_code, deleted.status_code] == [201, 204]
    assert not {"Content-Type"} & {*created.headers.keys(), *deleted.headers.keys()}


@pytest.mark.parametrize(("allowed", "status"), [(False, 403), (True, 200)])
def test_a_switch_lets_a_member_read_the_status_of_its_media(
    linkedin: FlaskClient, allowed: bool, status: int
) -> None:
    linkedin.post("/_sim/member_reads", json={"allow": allowed})
    path = f"/rest/images/{quote(picture(linkedin), safe='')}"
    assert linkedin.get(path, headers=HEADERS).status_code == status
    posts = f"/rest/posts?q=author&author={quote(ADA, safe='')}"
    finder = {**HEADERS, "X-RestLi-Method": "FINDER"}
    assert linkedin.get(posts, headers=finder).status_code == 403


def test_the_versions_follow_the_one_that_soku_uses() -> None:
    active = active_versions("202602")
    assert (min(active), max(active), len(active)) == ("202506", "202602", 9)
    assert active_versions("next") == {"next"}
