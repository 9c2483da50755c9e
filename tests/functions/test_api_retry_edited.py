"""Retrying with edited content: what failed goes out as edited, and nothing else is touched."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import Fault
from local.storage_emulator import StorageEmulator
from shared.gcp.accounts import make_default
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post
from tests.functions.media_api import MediaApi
from tests.media import Shelf, jpeg
from tests.platforms.all_contracts import CONTRACTS, as_asked, shown, submit
from tests.platforms.contract import Example
from tests.world import USER, World

REFUSED = {"title": "Forbidden", "status": 403, "detail": "This looks automated."}
DENIED = {"error": {"message": "Application request limit", "code": 10, "type": "OAuthException"}}
REFUSALS = {"x": ("/2/tweets", REFUSED), "threads": ("/v1.0/me/threads", DENIED)}
TOO_LONG = "a" * 281


@pytest.fixture
def media(api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> Iterator[MediaApi]:
    yield MediaApi(api, storage, shelf)


def refuse(api: ApiClient, *platforms: str, times: int = 1) -> None:
    for platform in platforms:
        path, body = REFUSALS[platform]
        fault = Fault("POST", path, "status", times, 0, {"status": 403, "body": body})
        api.world.platforms[platform].faults.add(fault)


def failed(api: ApiClient, body: dict[str, Any], *platforms: str, times: int = 1) -> str:
    """A post that these platforms have refused."""
    refuse(api, *platforms, times=times)
    post_id = api.accept(body)
    api.world.live_until_quiet()
    runs = api.read(post_id).json["runs"]
    assert {run["platform"] for run in runs if run["status"] == "failed"} == set(platforms), runs
    return post_id


def retry(api: ApiClient, post_id: str, **content: Any) -> Any:
    body = {"post": {"content": content}}
    return api.call("POST", f"{POSTS}/{post_id}/retry", json=body)


def retried(api: ApiClient, post_id: str, **content: Any) -> dict[str, Any]:
    """The post right after a retry that must be taken."""
    answer = retry(api, post_id, **content)
    assert answer.status_code == 202, answer.text
    assert answer.json == api.read(post_id).json
    found: dict[str, Any] = answer.json
    return found


def ended(api: ApiClient, post_id: str) -> dict[str, Any]:
    """The post after all of it has ended, and its document agrees with that."""
    api.world.live_until_quiet()
    assert api.world.submission(post_id)["remaining"] == 0
    found: dict[str, Any] = api.read(post_id).json
    return found


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {run["runId"]: run["status"] for run in found["runs"]}


def test_edited_text_goes_to_what_failed_and_leaves_what_succeeded(api: ApiClient) -> None:
    post_id = failed(api, post("First", ["x", "threads"]), "x")
    path = f"postSubmissions/{post_id}/runs/threads"
    before = api.world.parts.db.document(path).get()
    found = retried(api, post_id, text="Second")
    assert statuses(found) == {"x": "queued", "threads": "succeeded"}
    assert api.world.submission(post_id)["remaining"] == 1
    found = ended(api, post_id)
    assert found["status"] == "succeeded", api.world.log
    assert api.world.visible("x") == ["Second"]
    assert api.world.visible("threads") == ["First"]
    after = api.world.parts.db.document(path).get()
    assert (after.update_time, after.to_dict()) == (before.update_time, before.to_dict())
    # A part of the post is live as it was asked for, so the whole still reads so.
    assert found["content"]["text"] == "First"
    assert [target.get("text") for target in found["targets"]] == ["Second", None]


@pytest.mark.full
def test_a_post_that_failed_everywhere_reads_as_what_it_now_is(api: ApiClient) -> None:
    post_id = failed(api, post("First", ["x", "threads"]), "x", "threads")
    found = retried(api, post_id, text="Second")
    assert found["content"]["text"] == "Second"
    assert all("text" not in target for target in found["targets"])
    assert api.world.submission(post_id)["text"] == "Second"
    assert ended(api, post_id)["status"] == "succeeded", api.world.log
    assert api.world.visible("x") == api.world.visible("threads") == ["Second"]


@pytest.mark.full
@pytest.mark.parametrize("named", ["x", {"platform": "x"}, [{"platform": "x", "text": "Second"}]])
def test_only_what_is_named_is_retried_and_the_rest_stays_failed(
    api: ApiClient, named: Any
) -> None:
    post_id = failed(api, post("First", ["x", "threads"]), "x", "threads")
    found = retried(api, post_id, text="Second", platform=named)
    assert statuses(found) == {"x": "queued", "threads": "failed"}
    assert api.world.submission(post_id)["remaining"] == 1
    found = ended(api, post_id)
    assert found["status"] == "partially_failed"
    assert (api.world.visible("x"), api.world.visible("threads")) == (["Second"], [])
    # The part that stayed behind is still what it was, and can be retried as that.
    assert api.call("POST", f"{POSTS}/{post_id}/retry").status_code == 202
    assert ended(api, post_id)["status"] == "succeeded"
    assert api.world.visible("threads") == ["First"]
    assert api.world.visible("x") == ["Second"]


@pytest.mark.full
def test_a_retry_that_is_refused_again_can_be_edited_again(api: ApiClient) -> None:
    post_id = failed(api, post("First", ["x", "threads"]), "x", times=2)
    retried(api, post_id, text="Second")
    assert ended(api, post_id)["status"] == "partially_failed"
    retried(api, post_id, text="Third")
    found = ended(api, post_id)
    assert found["status"] == "succeeded", api.world.log
    assert api.world.visible("x") == ["Third"]
    assert [target.get("text") for target in found["targets"]] == ["Third", None]


def test_each_target_keeps_its_own_text_and_options_when_none_is_named(api: ApiClient) -> None:
    x = {"platform": "x", "text": "For X", "options": {"replySettings": "following"}}
    post_id = failed(api, post("First", [x, "threads"]), "x", "threads")
    found = retried(api, post_id, text="Second")
    assert [target.get("text") for target in found["targets"]] == ["For X", None]
    assert ended(api, post_id)["status"] == "succeeded"
    assert (api.world.visible("x"), api.world.visible("threads")) == (["For X"], ["Second"])
    content = api.world.run(post_id, "x")["content"]
    assert content["options"] == {"replySettings": "following"}


def test_a_named_target_is_given_its_text_and_options_again(api: ApiClient) -> None:
    x = {"platform": "x", "text": "For X", "options": {"replySettings": "following"}}
    post_id = failed(api, post("First", x), "x")
    retried(api, post_id, text="Second", platform="x")
    assert ended(api, post_id)["status"] == "succeeded"
    assert api.world.visible("x") == ["Second"]
    assert api.world.run(post_id, "x")["content"]["options"] == {}


@pytest.mark.full
def test_one_of_several_accounts_of_a_platform_is_retried(api: ApiClient) -> None:
    api.connect("x", "x_brand")
    targets = [{"platform": "x", "accountId": name} for name in ("x_main", "x_brand")]
    post_id = failed(api, post("First", targets), "x", times=2)
    found = retried(api, post_id, text="Second", platform=targets[1])
    assert statuses(found) == {"x:x_main": "failed", "x:x_brand": "queued"}
    assert ended(api, post_id)["status"] == "partially_failed"
    assert api.world.visible("x") == ["Second"]


def test_a_platforms_name_means_the_posts_own_account_there(api: ApiClient) -> None:
    post_id = failed(api, post("First"), "x")
    api.connect("x", "x_brand")
    make_default(api.world.parts.db, api.user_id, "x", "x_brand")
    found = retried(api, post_id, text="Second", platform="x")
    assert [target["accountId"] for target in found["targets"]] == ["x_main"]
    assert ended(api, post_id)["status"] == "succeeded"


@pytest.mark.full
@pytest.mark.parametrize("body", [None, {}])
def test_without_a_body_everything_goes_out_as_it_was(api: ApiClient, body: Any) -> None:
    post_id = failed(api, post("First"), "x")
    answer = api.call("POST", f"{POSTS}/{post_id}/retry", json=body)
    assert answer.status_code == 202, answer.text
    assert ended(api, post_id)["status"] == "succeeded"
    assert api.world.visible("x") == ["First"]


@pytest.mark.full
def test_new_media_are_stored_and_shown(media: MediaApi) -> None:
    api = media.api
    old = media.shelf.put("old.jpg", jpeg(seed=1))
    new = media.shelf.put("new.jpg", jpeg(seed=2))
    body = post("Look", ["x", "threads"], content={"imageUrls": [old]})
    post_id = failed(api, body, "x")
    found = retried(api, post_id, text="Look", imageUrls=[new])
    first, second = found["targets"]
    assert "mediaUrls" not in second
    media.shelf.remove("new.jpg")
    assert ended(api, post_id)["status"] == "succeeded", api.world.log
    [own] = first["mediaUrls"]
    [stored] = [sha for name, sha in media.objects().items() if own.endswith(name)]
    live = {name: api.world.platforms[name].posts.all()[0].media[0] for name in ("x", "threads")}
    assert live["x"].sha256 == stored
    assert live["threads"].sha256 != live["x"].sha256


FAULTY = [
    ({"colour": "red"}, [("post.content.colour", None, "unknown_field")]),
    ({"text": TOO_LONG}, [("post.content.text", "x", "text_too_long")]),
    ({"platform": "threads"}, [("post.content.platform", "threads", "not_failed")]),
    (
        {
            "text": TOO_LONG,
            "platform": ["x", "threads", {"platform": "linkedin", "options": {"no": 1}}],
        },
        [
            ("post.content.text", "x", "text_too_long"),
            ("post.content.platform[1]", "threads", "not_failed"),
            ("post.content.platform[2].options.no", "linkedin", "invalid_option"),
            ("post.content.platform[2]", "linkedin", "not_failed"),
        ],
    ),
    (
        {"platform": ["x", {"platform": "x", "accountId": "x_main"}]},
        [("post.content.platform[1]", "x", "repeated_target")],
    ),
    (
        {"platform": [{"platform": "x", "text": TOO_LONG}]},
        [("post.content.platform[0].text", "x", "text_too_long")],
    ),
    ({"platform": []}, [("post.content.platform", None, "missing")]),
]


@pytest.mark.full
def test_edited_content_is_checked_as_a_new_post_and_changes_nothing_when_refused(
    api: ApiClient,
) -> None:
    post_id = failed(api, post("First", ["x", "threads"]), "x")
    before = api.read(post_id).json
    for content, faults in FAULTY:
        assert faults_of(retry(api, post_id, **{"text": "Second", **content})) == faults
    gone = retry(api, post_id, text="Hi", platform={"platform": "x", "accountId": "gone"})
    error_of(gone, 400, "missing_account")
    for body in ({"post": {}}, {"post": "x"}, {"scheduledTime": None}, {"draft": True, "post": {}}):
        answer = api.call("POST", f"{POSTS}/{post_id}/retry", json=body)
        assert faults_of(answer), body
    assert api.read(post_id).json == before
    assert api.tasks() == []


@pytest.mark.full
def test_a_file_that_cannot_be_had_leaves_the_post_as_it_was(media: MediaApi) -> None:
    post_id = failed(media.api, post("First"), "x")
    before = media.api.read(post_id).json
    answer = retry(media.api, post_id, text="Hi", imageUrls=[f"{media.shelf.url}/none.jpg"])
    error_of(answer, 400, "upload_failed")
    assert media.api.read(post_id).json == before


@pytest.mark.full
def test_an_account_that_must_be_reconnected_is_said_before_an_edited_retry(
    api: ApiClient,
) -> None:
    post_id = failed(api, post("First"), "x")
    account = api.connect("x", "x_main")
    api.world.parts.grants.require_reconnect(account, None, "It has ended.")
    error_of(retry(api, post_id, text="Second"), 401, "unauthorized")
    api.connect("x", "x_main")
    retried(api, post_id, text="Second")
    assert ended(api, post_id)["status"] == "succeeded"
    assert api.world.visible("x") == ["Second"]


@pytest.mark.full
def test_what_has_not_failed_takes_no_edited_retry(api: ApiClient) -> None:
    post_id = api.accept(post())
    error_of(retry(api, post_id, text="Second"), 409, "invalid_state")
    api.world.live_until_quiet()
    error_of(retry(api, post_id, text="Second"), 409, "invalid_state")
    error_of(retry(api.another_user(), post_id, text="Second"), 404, "not_found")
    assert api.world.visible("x") == ["Hello"]


@pytest.mark.parametrize(
    ("platform", "example"),
    [pytest.param(name, contract.examples[0], id=name) for name, contract in CONTRACTS],
)
def test_after_reconnecting_a_retry_publishes_what_the_authorization_stopped(
    api: ApiClient, world: World, shelf: Shelf, platform: str, example: Example
) -> None:
    post_id = submit(world, shelf, platform, example)
    account_id = f"{platform}_{USER}"
    _take_back(world, platform, account_id)
    world.live_until_quiet()
    run = world.run(post_id, platform)
    assert (run["status"], run["error"]["category"]) == ("failed", "auth_expired"), world.log
    assert "econnect" in run["error"]["message"]
    path = f"users/{USER}/integrations/{platform}/accounts/{account_id}"
    assert world.parts.db.document(path).get().get("status") == "reconnect_required"
    world.connect(platform, account_id)
    client = ApiClient(api.app, world, USER)
    assert client.call("POST", f"{POSTS}/{post_id}/retry").status_code == 202
    world.live_until_quiet()
    assert world.run(post_id, platform)["status"] == "succeeded", world.log
    assert shown(world, platform) == [as_asked(example, shelf)]


def _take_back(world: World, platform: str, account_id: str) -> None:
    """The person removes Soku from their account on the platform."""
    book = world.platforms[platform].accounts
    account = book.get(account_id)
    assert account is not None
    book.revoke(account.access_token)


@pytest.mark.full
def test_a_retry_keeps_the_files_although_their_urls_are_gone(media: MediaApi) -> None:
    url = media.shelf.put("gone.jpg", jpeg(seed=4))
    post_id = failed(media.api, post("Hello", ["x"], content={"imageUrls": [url]}), "x")
    media.shelf.remove("gone.jpg")
    media.api.world.advance(timedelta(days=2))
    retried(media.api, post_id, text="Edited", imageUrls=[url])
    media.api.world.live_until_quiet()
    assert ended(media.api, post_id)["status"] == "succeeded"
    assert len(media.objects()) == 1
