"""Posts sent with a test key: the whole way of a post, and no request to its platform."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import Fault
from shared import clock
from shared.domain.errors import ErrorCategory
from shared.domain.reconciliation import LISTED_WITHIN
from shared.platforms import registry
from shared.platforms.limits import OUTCOMES
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post
from tests.media import Shelf

FAILURES = [outcome for outcome in OUTCOMES if outcome.startswith("fail:")]


def configure(api: ApiClient, **settings: Any) -> None:
    api.world.with_parts(settings=replace(api.world.parts.settings, **settings))


@pytest.fixture
def tester(api: ApiClient) -> ApiClient:
    """A client with a test key, in a deployment that accepts it."""
    configure(api, test_mode=True)
    api.key = api.new_key("test")
    return api


@pytest.fixture
def without_keyset(tester: ApiClient) -> ApiClient:
    """The same, where no token could be read."""
    configure(tester, token_keyset="")
    return tester


def on_x(simulate: str, account_id: str | None = None) -> dict[str, Any]:
    account = {"accountId": account_id} if account_id else {}
    return {"platform": "x", **account, "options": {"simulate": simulate}}


def requests(api: ApiClient) -> list[Any]:
    """Everything that the platforms have received."""
    return [each for platform in api.world.platforms.values() for each in platform.requests.all()]


def outcomes(run: dict[str, Any]) -> list[str]:
    return [attempt["outcome"] for attempt in run["attempts"]]


def published_for_real(api: ApiClient, text: str) -> dict[str, Any]:
    """A live run that succeeded on X."""
    key = api.new_key()
    answer = api.call("POST", POSTS, json=post(text), key=key)
    api.world.live_until_quiet()
    [run] = api.read(answer.json["postSubmissionId"]).json["runs"]
    assert run["status"] == "succeeded"
    return run


def test_a_test_post_goes_the_whole_way_without_its_platforms(without_keyset: ApiClient) -> None:
    api = without_keyset
    post_id = api.accept(post(platform=["x", "threads"]))
    api.world.deliver_due()
    shown = api.read(post_id).json
    assert (shown["mode"], shown["status"]) == ("test", "succeeded")
    for run in shown["runs"]:
        assert run["platformPostId"].startswith("test_")
        assert "permalink" not in run
        assert outcomes(run) == ["published"]
    assert requests(api) == []
    assert api.world.open_documents() == []


@pytest.mark.full
def test_each_failure_is_reported_and_a_retry_with_other_options_succeeds(
    tester: ApiClient,
) -> None:
    accounts = {f"x_{number}": failure for number, failure in enumerate(FAILURES)}
    for account_id in accounts:
        tester.connect("x", account_id)
    post_id = tester.accept(
        post(platform=[on_x(failure, account_id) for account_id, failure in accounts.items()])
    )
    tester.world.deliver_due()
    shown = tester.read(post_id).json
    assert shown["status"] == "failed"
    categories = {run["accountId"]: run["error"]["category"] for run in shown["runs"]}
    assert categories == {name: failure[len("fail:") :] for name, failure in accounts.items()}
    assert set(categories.values()) == {category.value for category in ErrorCategory}
    edited = post(platform=[on_x("succeed", account_id) for account_id in accounts])
    retried = tester.call("POST", f"{POSTS}/{post_id}/retry", json=edited)
    assert retried.status_code == 202, retried.text
    tester.world.deliver_due()
    assert tester.read(post_id).json["status"] == "succeeded", "an account was disconnected"
    assert requests(tester) == []


def test_a_retry_without_other_options_has_the_same_outcome(tester: ApiClient) -> None:
    post_id = tester.accept(post(platform=on_x("fail:media_error")))
    for _ in range(2):
        tester.world.deliver_due()
        [run] = tester.read(post_id).json["runs"]
        assert (run["status"], run["error"]["category"]) == ("failed", "media_error")
        tester.call("POST", f"{POSTS}/{post_id}/retry")
    assert outcomes(run) == ["Rejected", "Rejected"]


def test_a_slow_post_takes_several_deliveries(without_keyset: ApiClient) -> None:
    api = without_keyset
    post_id = api.accept(post(platform=on_x("slow")))
    statuses = []
    for _ in range(4):
        api.world.deliver_due()
        statuses.append(api.read(post_id).json["runs"][0]["status"])
        api.world.advance(timedelta(seconds=5))
    assert statuses == ["processing"] * 3 + ["succeeded"]
    assert outcomes(api.read(post_id).json["runs"][0]) == ["done"] * 3 + ["published"]


def test_an_unconfirmed_post_is_proven_absent_and_sent_again(tester: ApiClient) -> None:
    post_id = tester.accept(post(platform=on_x("unconfirm")))
    tester.world.deliver_due()
    assert tester.read(post_id).json["status"] == "unconfirmed"
    began = clock.now()
    tester.world.live_until_quiet()
    shown = tester.read(post_id).json
    assert shown["status"] == "succeeded", tester.world.log
    assert outcomes(shown["runs"][0]) == ["OutcomeUnknown", "published"]
    assert clock.now() - began >= LISTED_WITHIN
    assert requests(tester) == []


def test_an_unconfirmed_post_is_looked_up_and_resolved_on_request(tester: ApiClient) -> None:
    post_id = tester.accept(post(platform=on_x("unconfirm")))
    tester.world.deliver_due()
    assert tester.call("POST", f"{POSTS}/{post_id}/reconcile").status_code == 202
    tester.world.deliver_due()
    assert tester.read(post_id).json["status"] == "unconfirmed"
    path = f"{POSTS}/{post_id}/runs/x/resolve"
    resolved = tester.call("POST", path, json={"outcome": "not_published"})
    assert resolved.json["status"] == "failed", resolved.text
    tester.call("POST", f"{POSTS}/{post_id}/retry")
    tester.world.deliver_due()
    assert tester.read(post_id).json["status"] == "unconfirmed"


def test_a_test_post_does_not_touch_the_claim_of_a_live_post(tester: ApiClient) -> None:
    live = published_for_real(tester, "for real")
    post_id = tester.accept(post(platform=on_x("unconfirm")))
    tester.world.deliver_due()
    path = f"{POSTS}/{post_id}/runs/x/resolve"
    outcome = {"outcome": "published", "platformPostId": live["platformPostId"]}
    assert tester.call("POST", path, json=outcome).json["status"] == "succeeded"
    deleted = tester.call("DELETE", f"{POSTS}/{post_id}?fromPlatforms=true")
    assert deleted.status_code == 202
    tester.world.deliver_due()
    [run] = tester.read(post_id).json["runs"]
    assert run["deletion"]["status"] == "deleted"
    assert tester.world.visible("x") == ["for real"]


def test_an_unconfirmed_test_post_is_no_rival_of_a_live_post(tester: ApiClient) -> None:
    post_id = tester.accept(post("the same", on_x("unconfirm")))
    tester.world.deliver_due()
    tester.world.platforms["x"].faults.add(Fault("POST", "/2/tweets", "accept_then_500", 1, 0, {}))
    key = tester.new_key()
    live = tester.call("POST", POSTS, json=post("the same"), key=key).json["postSubmissionId"]
    tester.world.deliver_due()
    assert tester.read(live).json["status"] == "unconfirmed"
    tester.world.advance(timedelta(seconds=90))
    tester.world.deliver_due()
    assert tester.read(live).json["status"] == "succeeded"
    assert tester.read(post_id).json["status"] == "unconfirmed"


def test_a_published_test_post_is_deleted_without_its_platform(without_keyset: ApiClient) -> None:
    api = without_keyset
    post_id = api.accept(post(platform="x"))
    api.world.deliver_due()
    assert api.call("DELETE", f"{POSTS}/{post_id}?fromPlatforms=true").status_code == 202
    api.world.deliver_due()
    shown = api.read(post_id).json
    assert shown["deletedAt"]
    assert outcomes(shown["runs"][0]) == ["published", "deleted"]
    assert requests(api) == []
    assert api.call("DELETE", f"{POSTS}/{post_id}").status_code == 204


def test_a_draft_is_edited_and_published_as_a_test_post(tester: ApiClient) -> None:
    post_id = tester.accept(post(platform=on_x("succeed"), draft=True))
    edited = tester.call("PATCH", f"{POSTS}/{post_id}", json=post(platform=on_x("fail:unknown")))
    assert (edited.status_code, edited.json["mode"]) == (200, "test")
    tester.call("POST", f"{POSTS}/{post_id}/publish", key=tester.new_key())
    tester.world.deliver_due()
    [run] = tester.read(post_id).json["runs"]
    assert (run["status"], run["error"]["category"]) == ("failed", "unknown")


def test_the_gates_of_a_live_post_are_those_of_a_test_post(tester: ApiClient) -> None:
    post_id = tester.accept(post())
    tester.world.add_user(tester.user_id, status="canceled")
    tester.world.deliver_due()
    [run] = tester.read(post_id).json["runs"]
    assert run["error"]["category"] == "subscription_inactive"


def test_an_accepted_test_post_stays_one_when_test_mode_is_turned_off(tester: ApiClient) -> None:
    post_id = tester.accept(post())
    configure(tester, test_mode=False, simulated_platforms={})
    tester.world.deliver_due()
    assert tester.read(post_id, "").status_code == 401
    tester.key = tester.new_key()
    assert tester.read(post_id).json["status"] == "succeeded"
    assert requests(tester) == []


@pytest.mark.parametrize("key", ["a live key", "a test key whose posts reach simulated platforms"])
def test_a_post_that_reaches_its_platform_has_no_outcome_to_choose(
    api: ApiClient, key: str
) -> None:
    if key == "a live key":
        configure(api, test_mode=True)
    else:
        api.key = api.new_key("test")
    body = post(platform=["threads", on_x("succeed")])
    field = "post.content.platform[1].options.simulate"
    assert faults_of(api.send(body)) == [(field, "x", "invalid_option")]
    validated = api.call("POST", f"{POSTS}/validate", json=body).json
    assert [target["valid"] for target in validated["targets"]] == [True, False]
    assert api.stored_nothing()


def test_an_unknown_outcome_is_refused_with_the_known_ones(tester: ApiClient) -> None:
    error = error_of(tester.send(post(platform=on_x("fail:everything"))), 400, "validation_error")
    [fault] = error["details"]
    assert all(outcome in fault["message"] for outcome in OUTCOMES)


def test_a_test_key_reads_live_posts_and_changes_none(tester: ApiClient) -> None:
    live, test = tester.new_key(), tester.key
    tester.key = live
    post_id = tester.accept(post("live", draft=True))
    tester.key = test
    own = tester.accept(post("test", draft=True))
    listed = tester.call("GET", POSTS).json["data"]
    assert [(each["postSubmissionId"], each["mode"]) for each in listed] == [
        (own, "test"),
        (post_id, "live"),
    ]
    assert tester.call("GET", POSTS, key=live).json["data"] == listed
    assert tester.read(post_id).json["mode"] == "live"
    for method, tail in (
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/publish"),
        ("POST", "/unschedule"),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("POST", "/reconcile"),
        ("POST", "/runs/x/resolve"),
    ):
        answer = tester.call(method, f"{POSTS}/{post_id}{tail}", json={"draft": True})
        message = "A test key cannot change a live post. Send a live key."
        assert error_of(answer, 403, "forbidden")["message"] == message
    assert tester.read(post_id).json["status"] == "draft"
    assert tester.call("POST", f"{POSTS}/{own}/cancel", key=live).status_code == 200


@pytest.mark.full
def test_a_test_post_is_never_sent_to_a_platform_that_is_not_simulated(
    api: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    simulated = api.world.parts.settings.simulated_platforms
    configure(api, simulated_platforms={"threads": simulated["threads"]})
    api.key = api.new_key("test")
    post_id = api.accept(post(platform=["threads", "x"]))
    api.world.live_until_quiet()
    statuses = {run["runId"]: run["status"] for run in api.read(post_id).json["runs"]}
    assert statuses == {"threads": "succeeded", "x": "failed"}
    assert api.world.platforms["x"].requests.all() == []
    assert "failed unexpectedly" in caplog.text, "the operator is not told about this defect"


@pytest.mark.full
def test_a_test_key_publishes_to_simulated_platforms_without_test_mode(
    api: ApiClient, shelf: Shelf
) -> None:
    api.key = api.new_key("test")
    video = api.world.own(shelf.video(), api.user_id)
    names = registry.names()
    post_id = api.accept(post("hi", list(names), content={"mediaUrls": [video.url]}))
    api.world.live_until_quiet()
    shown = api.read(post_id).json
    assert (shown["mode"], shown["status"]) == ("test", "succeeded"), shown
    assert all(len(api.world.platforms[name].posts.all()) == 1 for name in names)
