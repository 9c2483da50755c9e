"""`soku-admin user export` and `soku-admin user delete`."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.identity.twin import IdentityTwin, Person
from tests.cli.conftest import Soku
from tests.functions.api_client import ApiClient, post


@pytest.fixture
def user(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """A user with a post, who can sign in."""
    world = api.world
    settings = world.parts.settings
    twin = IdentityTwin(settings.project, {"user": Person(api.user_id, "u@example.com")})
    server = twin.serve()
    server.start()
    world.with_parts(settings=replace(settings, identity_url=server.url))
    api.accept(post("An exported caption ü", "x"))
    yield api
    server.stop()


@pytest.mark.full
def test_an_export_is_json_lines(user: ApiClient, soku: Soku) -> None:
    for flags in ([], ["--json"]):
        exported = soku(*flags, "user", "export", user.user_id)
        assert (exported.code, exported.err) == (0, "")
        lines = [json.loads(line) for line in exported.out.splitlines()]
        assert lines[0]["path"] == f"users/{user.user_id}"
        assert lines[0]["fields"]["createdAt"].endswith("Z")
        assert all(line.keys() == {"path", "fields"} for line in lines)
        assert "An exported caption ü" in exported.out
    assert "not found" in soku("user", "export", "nobody").err


@pytest.mark.full
def test_a_user_is_deleted_and_the_command_shows_how_far_it_is(user: ApiClient, soku: Soku) -> None:
    begun = soku("user", "delete", user.user_id)
    assert begun.code == 0, begun.err
    assert "deleting" in begun.out
    assert user.call("GET", "/v1/posts").status_code == 401
    user.world.live_until_quiet()
    shown = soku("--json", "user", "delete", user.user_id)
    assert (shown.data["status"], shown.data["counts"]["postSubmissions"]) == ("deleted", 1)
    assert shown.data["finishedAt"] > shown.data["startedAt"]
    assert "postSubmissions" in soku("user", "delete", user.user_id).out
    for unknown in ("nobody", "a/b", ""):
        refused = soku("user", "delete", unknown)
        assert refused.code == 1
        assert "not" in refused.err
