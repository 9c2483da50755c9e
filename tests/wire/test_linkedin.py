"""linkedin-api-client publishes to the twin of LinkedIn."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from linkedin_api.clients.restli.client import RestliClient
from linkedin_api.common.errors import ResponseFormattingError

from shared.platforms.linkedin import ABOUT
from tests.media import jpeg, mp4
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN
from tests.wire.conftest import redirect

ANN = "urn:li:person:7700"
CALL = {"access_token": TOKEN, "version_string": ABOUT.api_version}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("linkedin")


@pytest.fixture
def linkedin(twin: Twin) -> RestliClient:
    client = RestliClient()
    redirect(client.session, twin.url)
    return client


def _create(linkedin: RestliClient, text: str, **content: Any) -> Any:
    post = {
        "author": ANN,
        "commentary": text,
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED"},
        "lifecycleState": "PUBLISHED",
        **({"content": content} if content else {}),
    }
    return linkedin.create(resource_path="/posts", entity=post, **CALL)


def _begun(linkedin: RestliClient, kind: str, **fields: Any) -> Any:
    return linkedin.action(
        resource_path=f"/{kind}",
        action_name="initializeUpload",
        action_params={"initializeUploadRequest": {"owner": ANN, **fields}},
        **CALL,
    ).value


def test_a_text_is_published_and_deleted(linkedin: RestliClient, twin: Twin) -> None:
    created = _create(linkedin, "Hello")
    assert created.status_code == 201
    assert twin.visible() == ["Hello"]
    deleted = linkedin.delete(
        resource_path="/posts/{id}", path_keys={"id": created.entity_id}, **CALL
    )
    assert deleted.status_code == 204
    assert twin.visible() == []


def test_an_article_is_published(linkedin: RestliClient, twin: Twin) -> None:
    _create(linkedin, "Read", article={"source": "https://example.com/a", "title": "News"})
    assert twin.visible() == ["Read"]


def test_an_image_is_published(linkedin: RestliClient, twin: Twin) -> None:
    upload = _begun(linkedin, "images")
    requests.put(upload["uploadUrl"], data=jpeg(), headers=BEARER, timeout=10).raise_for_status()
    _create(linkedin, "Look", media={"id": upload["image"], "altText": "A picture"})
    [post] = twin.platform.posts.all()
    assert (post.text, len(post.media)) == ("Look", 1)


def test_a_video_is_published(linkedin: RestliClient, twin: Twin) -> None:
    film, etags = mp4(), []
    upload = _begun(linkedin, "videos", fileSizeBytes=len(film))
    for part in upload["uploadInstructions"]:
        data = film[part["firstByte"] : part["lastByte"] + 1]
        octets = {"Content-Type": "application/octet-stream"}
        answer = requests.put(part["uploadUrl"], data=data, headers=octets, timeout=10)
        etags.append(answer.headers["ETag"])
    finish = {"video": upload["video"], "uploadToken": "", "uploadedPartIds": etags}
    # The client reads JSON from every action, and the answer to this one has no body.
    with pytest.raises(ResponseFormattingError):
        linkedin.action(
            resource_path="/videos",
            action_name="finalizeUpload",
            action_params={"finalizeUploadRequest": finish},
            **CALL,
        )
    _create(linkedin, "Film", media={"id": upload["video"], "title": "Film"})
    [post] = twin.platform.posts.all()
    assert (post.text, post.media[0].kind) == ("Film", "video")


def test_the_member_is_read_without_a_version(linkedin: RestliClient, twin: Twin) -> None:
    claims = linkedin.get(resource_path="/userinfo", access_token=TOKEN)
    assert claims.entity["sub"] == "7700"


def test_a_refusal_is_answered_with_its_code(linkedin: RestliClient, twin: Twin) -> None:
    _create(linkedin, "Hello")
    again = _create(linkedin, "Hello")
    assert again.status_code == 422
    assert "DUPLICATE_POST" in again.response.text
