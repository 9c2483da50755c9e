"""A cold start imports what its first request needs and nothing else."""

import sys
from functools import cache

import pytest

from tests.functions import cold_start
from tests.functions.api_client import post
from tests.functions.cold_start import IMAGE, ColdStart

pytestmark = pytest.mark.slow

# Our modules that a process has imported after its first post, except those of the platforms.
# Every module costs all users of a new instance time: add one only if every post needs it.
OWN_MODULES = frozenset(
    [
        "functions",
        "functions.api",
        "functions.api.app",
        "functions.api.body",
        "functions.api.caller",
        "functions.api.posts",
        "functions.api.routes",
        "main",
        "shared",
        "shared.clock",
        "shared.config",
        "shared.domain",
        "shared.domain.accounts",
        "shared.domain.captions",
        "shared.domain.content",
        "shared.domain.errors",
        "shared.domain.history",
        "shared.domain.idempotency",
        "shared.domain.media",
        "shared.domain.rate_limit",
        "shared.domain.run",
        "shared.domain.schedule",
        "shared.domain.submission",
        "shared.domain.subscription",
        "shared.domain.targets",
        "shared.environment",
        "shared.gcp",
        "shared.gcp.accounts",
        "shared.gcp.api_keys",
        "shared.gcp.firestore",
        "shared.gcp.history",
        "shared.gcp.idempotency",
        "shared.gcp.media",
        "shared.gcp.messages",
        "shared.gcp.request_log",
        "shared.gcp.runs",
        "shared.gcp.submissions",
        "shared.gcp.tasks",
        "shared.gcp.usage",
        "shared.gcp.users",
        "shared.logs",
        "shared.media",
        "shared.media.library",
        "shared.media.names",
        "shared.platforms",
        "shared.platforms.about",
        "shared.platforms.limits",
        "shared.platforms.registry",
        "shared.posts",
        "shared.posts.checks",
        "shared.posts.findings",
        "shared.posts.media_checks",
        "shared.posts.request",
        "shared.posts.resolution",
        "shared.posts.submit",
        "shared.start",
        "shared.web",
        "shared.web.envelope",
        "shared.web.own_app",
        "shared.web.strangers",
        "shared.web.strict",
        "shared.wiring",
    ]
)
# Modules that the reference does not import, which makes the same calls to Google's services. The
# standard library does not count.
LIBRARIES = {"annotated_types", "pydantic", "pydantic_core", "typing_inspection"}
MOST_LIBRARY_MODULES = 51
# Expensive libraries, and packages of ours, that a post without downloads never needs.
NEVER = frozenset(
    [
        "PIL",
        "flask_swagger_ui",
        "google.cloud.storage",
        "openapi_pydantic",
        "pymediainfo",
        "ssrfguard",
        "stripe",
        "tink",
        "typst",
        "functions.api.openapi",
        "functions.orchestrator",
        "functions.publisher",
        "functions.sweeper",
        "shared.gcp.cipher",
        "shared.media.fetch",
        "shared.media.inspect",
        "shared.media.intake",
        "shared.platforms.sending",
        "shared.templates",
    ]
)
POSTS = {
    "x": post(platform="x"),
    "instagram": post(platform="instagram", content={"mediaUrls": [IMAGE]}),
}


@cache
def first_post(platform: str) -> ColdStart:
    process = cold_start.start(POSTS[platform])
    assert process.statuses == ["201 CREATED"], process.answers
    return process


@cache
def reference() -> ColdStart:
    process = cold_start.start_reference(POSTS["x"])
    assert process.statuses == ["200 OK"], process.answers
    return process


@pytest.mark.parametrize("platform", POSTS)
def test_a_first_post_imports_these_modules_of_ours(platform: str) -> None:
    own = first_post(platform).own_modules
    folders = {f"shared.platforms.{name}" for name in (platform, "meta")}
    shared = {name for name in own if ".".join(name.split(".")[:3]) not in folders}
    assert sorted(shared - OWN_MODULES) == [], "new"
    assert sorted(OWN_MODULES - shared) == [], "no longer needed"


def test_a_first_post_imports_no_other_library() -> None:
    process = first_post("x")
    added = {
        name
        for name in process.modules - process.own_modules - reference().modules
        if not name.startswith("_sysconfigdata")
        and name.partition(".")[0] not in sys.stdlib_module_names
    }
    assert [name for name in sorted(added) if name.partition(".")[0] not in LIBRARIES] == []
    assert len(added) <= MOST_LIBRARY_MODULES, sorted(added)


@pytest.mark.parametrize("platform", POSTS)
def test_a_first_post_does_not_import_what_it_never_needs(platform: str) -> None:
    assert first_post(platform).modules & NEVER == set()


def test_first_requests_that_arrive_at_once_are_all_accepted() -> None:
    bodies = [
        post(f"Post {number}", platform) for number in range(4) for platform in ("x", "threads")
    ]
    process = cold_start.start(*bodies)
    assert process.statuses == ["201 CREATED"] * len(bodies), process.answers
