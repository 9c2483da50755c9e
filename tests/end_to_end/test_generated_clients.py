"""Generators make clients from the OpenAPI description without warnings, and the clients work."""

import json
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.end_to_end.conftest import Client, run_program

# Its own state, which it says about every document of OpenAPI 3.1 and every one with examples.
_OF_THE_GENERATOR = ("OpenAPI 3.1 support is still in beta", "Failed to get the schema name: null")
_OPENAPI_GENERATOR = "openapi-generator-cli==7.26.0"


@pytest.fixture
def document(client: Client, tmp_path: Path) -> Path:
    """The description of the running stack, as a file."""
    path = tmp_path / "openapi.json"
    path.write_text(requests.get(f"{client.info['api']}/openapi.json", timeout=30).text)
    return path


@pytest.fixture
def python_client(document: Path, tmp_path: Path) -> Iterator[str]:
    """The name of a package that openapi-python-client made."""
    name = f"generated_{uuid4().hex}"
    settings = tmp_path / "settings.yaml"
    settings.write_text("post_hooks: []\n")
    command = (sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning")
    options = ("--path", document, "--output-path", tmp_path / name, "--config", settings)
    run_program(*command, *options, "--meta", "none", cwd=tmp_path)
    sys.path.insert(0, str(tmp_path))
    yield name
    sys.path.remove(str(tmp_path))


def test_a_python_client_validates_posts_reads_and_lists(user: Client, python_client: str) -> None:
    def call(operation: str, **arguments: Any) -> Any:
        module = import_module(f"{python_client}.api.posts.{operation}")
        return module.sync(client=soku, **arguments)

    models = import_module(f"{python_client}.models")
    soku = import_module(python_client).AuthenticatedClient(
        base_url=user.info["api"], token=user.headers["soku-api-key"], timeout=70
    )
    text = f"From a generated client {uuid4()}"
    targets = [models.Platform.X, models.ThreadsTarget(platform="threads")]
    content = models.PostContent(platform=targets, text=text)
    body = models.PostBody(post=models.NewPost(content=content))

    assert call("validate_post", body=body).valid
    accepted = call("create_post", body=body)
    post = call("read_post", post_id=accepted.post_submission_id, wait=60)
    assert post.display_status == models.DisplayStatus.PUBLISHED
    assert [post["text"] for post in user.visible("x", text)] == [text]
    listed = call("list_posts", q=text)
    assert [post.post_submission_id for post in listed.data] == [accepted.post_submission_id]

    content.media_urls = ["ftp://example.com/a.jpg"]
    refused = call("validate_post", body=body)
    assert isinstance(refused, models.BadRequestResponse)
    assert isinstance(refused.error, models.ValidationError)
    assert refused.error.details[0].field == "post.content.mediaUrls[0]"


@pytest.mark.full
@pytest.mark.timeout(600)
def test_the_linter_of_redocly_finds_nothing(document: Path, node_packages: Path) -> None:
    said = run_program(
        node_packages / "node_modules/.bin/redocly", "lint", document, cwd=node_packages
    )
    assert re.search(r"Your API description is valid", said)
    assert "warning" not in said.lower().replace("deprecation warning: node.js", "")


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_typescript_client_with_the_types_of_openapi_typescript_works(
    user: Client, document: Path, node_packages: Path
) -> None:
    command = node_packages / "node_modules/.bin/openapi-typescript"
    said = run_program(command, document, "-o", node_packages / "schema.ts", cwd=node_packages)
    assert "warn" not in said.lower()
    _publish(user, node_packages, "openapi_fetch.ts")


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_typescript_client_of_openapi_generator_works(
    user: Client, document: Path, node_packages: Path, tmp_path: Path
) -> None:
    run_program(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    run_program(tmp_path / "venv/bin/pip", "install", "-q", _OPENAPI_GENERATOR, cwd=tmp_path)
    command = (tmp_path / "venv/bin/openapi-generator-cli", "generate", "-g", "typescript-fetch")
    options = ("-i", document, "-o", node_packages / "client")
    more = "importFileExtension=.js,stringEnums=false"
    said = run_program(*command, *options, "--additional-properties", more, cwd=tmp_path)
    lines = [line for line in said.splitlines() if re.search(r"\b(WARN|ERROR)\b", line)]
    assert [line for line in lines if not any(own in line for own in _OF_THE_GENERATOR)] == []
    _publish(user, node_packages, "typescript_fetch.ts")


def _publish(user: Client, folder: Path, source: str) -> None:
    """Compile and run a client that publishes a post; the post is live."""
    kind = ("--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom")
    run_program(folder / "node_modules/.bin/tsc", *kind, "--skipLibCheck", source, cwd=folder)
    text = f"From TypeScript {uuid4()}"
    compiled = source.replace(".ts", ".js")
    said = run_program(
        "node", compiled, user.info["api"], user.headers["soku-api-key"], text, cwd=folder
    )
    assert json.loads(said)["displayStatus"] == "published"
    assert [post["text"] for post in user.visible("x", text)] == [text]
