"""Published posts are taken down from their platforms, whatever happens on the way."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.youtube import YouTube
from local.tasks_emulator.delivery import Delivery
from shared import clock
from shared.domain.accounts import Account, Tokens
from shared.gcp.accounts import account_path, credential_path
from shared.gcp.submissions import StoredSubmission
from shared.platforms import registry
from shared.posts import deletion
from tests.functions.publishing import (
    PLATFORMS,
    account,
    attempts,
    fault,
    lose_patience,
    requests_to,
    waits_for,
)
from tests.media import Shelf
from tests.platforms.contract import Example, contract_of
from tests.platforms.test_contract import submit
from tests.world import USER, World

MINUTE = timedelta(minutes=1)
DELETES = "DELETE /"
DELETING = [name for name in registry.names() if registry.platform_class(name).capabilities.deletes]
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{example.name}")
    for name in DELETING
    for example in contract_of(name).examples
]
REFRESHING = [name for name in DELETING if contract_of(name).refresh]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    lose_patience(monkeypatch)


def stored(world: World, post: str) -> StoredSubmission:
    found = world.parts.deliveries.submission(post)
    assert found is not None
    return found


def ask(world: World, post: str) -> None:
    """The person wants it taken down."""
    assert deletion.delete_everywhere(stored(world, post), world.parts) is not None


def published(world: World, shelf: Shelf, platform: str, example: Example | None = None) -> str:
    """A post of the platform's first kind, or as `example` has it."""
    post = submit(world, shelf, platform, example or contract_of(platform).examples[0])
    world.live_until_quiet()
    assert world.run(post, platform)["status"] == "succeeded", world.log
    return post


def visible_ids(world: World, platform: str) -> list[str]:
    return [post.id for post in world.platforms[platform].posts.all()]


def assert_taken_down(world: World, post: str, platform: str) -> None:
    assert visible_ids(world, platform) == [], world.log
    run = world.run(post, platform)
    assert (run["status"], run["deletion"]["status"]) == ("succeeded", "deleted"), world.log
    assert "error" not in run["deletion"]
    assert run["deletion"]["finishedAt"] >= run["deletion"]["requestedAt"]
    assert_told(world, post, platform)
    assert world.submission(post)["deletedAt"]


def assert_not_taken_down(
    world: World, post: str, platform: str, category: str, retryable: bool
) -> None:
    assert len(visible_ids(world, platform)) == 1, world.log
    run = world.run(post, platform)
    assert (run["status"], run["deletion"]["status"]) == ("succeeded", "failed"), world.log
    error = run["deletion"]["error"]
    assert (error["category"], error["retryable"]) == (category, retryable), error
    assert error["message"]
    assert_told(world, post, platform)
    assert "deletedAt" not in world.submission(post)


def assert_told(world: World, post: str, platform: str) -> None:
    submission = world.submission(post)
    assert submission["runSummary"][platform]["deletion"] == world.run(post, platform)["deletion"]
    assert (submission["status"], submission["remaining"]) == ("succeeded", 0)
    assert world.open_documents() == []


def test_there_are_platforms_that_delete() -> None:
    assert {"facebook", "linkedin", "threads", "x", "youtube"} <= set(DELETING)


@pytest.mark.parametrize(("platform", "example"), EXAMPLES)
def test_every_kind_of_post_is_taken_down(
    world: World, shelf: Shelf, platform: str, example: Example
) -> None:
    post = published(world, shelf, platform, example)
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", DELETING)
def test_what_was_deleted_by_hand_is_deleted(world: World, shelf: Shelf, platform: str) -> None:
    post = published(world, shelf, platform)
    (known,) = visible_ids(world, platform)
    twin = world.platforms[platform]
    twin.posts.remove(known)
    if isinstance(twin, YouTube):
        del twin.videos[known]
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, platform)


def test_of_two_posts_only_the_one_that_was_meant_is_taken_down(world: World) -> None:
    kept, meant = world.submit("Stays", ["x", "threads"]), world.submit("Goes", ["x", "threads"])
    world.live_until_quiet()
    ask(world, meant)
    world.live_until_quiet()
    assert world.visible("x") == world.visible("threads") == ["Stays"]
    assert "deletedAt" in world.submission(meant)
    assert "deletedAt" not in world.submission(kept)


@pytest.mark.parametrize("platform", DELETING)
@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("status", {"status": 500}),
        ("accept_then_500", {}),
        ("reset_before", {}),
        ("accept_then_reset", {}),
        ("timeout_before", {}),
        ("accept_then_timeout", {}),
    ],
)
def test_a_disturbance_is_tried_again(
    world: World, shelf: Shelf, platform: str, mode: str, more: dict[str, Any]
) -> None:
    post = published(world, shelf, platform)
    fault(world, platform, DELETES, mode, **more)
    ask(world, post)
    world.deliver_due()
    pending = world.run(post, platform)["deletion"]
    assert (pending["status"], pending["error"]["category"]) == ("pending", "platform_unavailable")
    assert world.submission(post)["runSummary"][platform]["deletion"] == pending
    assert timedelta(seconds=3) < waits_for(world, post, platform) <= timedelta(seconds=5)
    world.live_until_quiet(MINUTE)
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_rate_limit_is_waited_out(world: World, platform: str) -> None:
    post = world.submit("Hello", platform)
    world.live_until_quiet()
    # However old the post is.
    world.advance(timedelta(days=30))
    fault(world, platform, DELETES, "rate_limit", retryAfter=1800)
    ask(world, post)
    world.deliver_due()
    assert world.run(post, platform)["deletion"]["error"]["category"] == "rate_limited"
    assert abs(waits_for(world, post, platform) - 30 * MINUTE) < timedelta(seconds=5)
    world.advance(29 * MINUTE)
    world.deliver_due()
    assert world.visible(platform) == ["Hello"]
    world.advance(MINUTE)
    world.deliver_due()
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", DELETING)
def test_a_rate_limit_of_any_platform_ends_in_a_deletion(
    world: World, shelf: Shelf, platform: str
) -> None:
    post = published(world, shelf, platform)
    fault(world, platform, DELETES, "rate_limit", retryAfter=60)
    ask(world, post)
    world.live_until_quiet(timedelta(hours=6))
    assert_taken_down(world, post, platform)


def test_what_does_not_pass_is_given_up_and_can_be_asked_for_again(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    fault(world, "x", DELETES, "status", times=7, status=503)
    ask(world, post)
    waits = []
    world.deliver_due()
    while world.run(post, "x")["deletion"]["status"] == "pending":
        waits.append(round(waits_for(world, post, "x").total_seconds()))
        world.advance(waits_for(world, post, "x"))
        world.deliver_due()
    assert waits == pytest.approx([5, 30, 120, 600, 1800, 7200], abs=1)
    assert_not_taken_down(world, post, "x", "platform_unavailable", retryable=True)
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, "x")


@pytest.mark.parametrize("platform", REFRESHING)
def test_an_expired_token_is_refreshed_once(world: World, shelf: Shelf, platform: str) -> None:
    post = published(world, shelf, platform)
    # Threads refreshes a token from its second day on.
    world.advance(timedelta(days=2))
    fault(world, platform, DELETES, "expired_token")
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, platform)
    assert requests_to(world, platform, contract_of(platform).refresh or "") == 1
    assert account(world, platform) == ("connected", "connected")


@pytest.mark.parametrize("platform", DELETING)
def test_an_authorization_that_was_taken_back_must_be_given_again(
    world: World, shelf: Shelf, platform: str
) -> None:
    post = published(world, shelf, platform)
    fault(world, platform, DELETES, "revoked_token")
    ask(world, post)
    world.live_until_quiet()
    assert_not_taken_down(world, post, platform, "auth_expired", retryable=True)
    assert "Reconnect" in world.run(post, platform)["deletion"]["error"]["message"]
    assert account(world, platform) == ("reconnect_required", "reconnect_required")
    # Nothing is asked of the platform as long as nobody has reconnected it.
    sent = len(world.platforms[platform].requests.all())
    ask(world, post)
    world.deliver_due()
    assert_not_taken_down(world, post, platform, "auth_expired", retryable=True)
    assert len(world.platforms[platform].requests.all()) == sent


def test_a_disturbed_refresh_disconnects_nobody(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    fault(world, "x", DELETES, "expired_token")
    fault(world, "x", "POST /2/oauth2/token", "status", status=503)
    ask(world, post)
    world.deliver_due()
    assert world.run(post, "x")["deletion"]["status"] == "pending"
    assert account(world, "x") == ("connected", "connected")
    world.live_until_quiet(MINUTE)
    assert_taken_down(world, post, "x")


def let_token_end_soon(world: World) -> Account:
    reference = world.parts.db.document(credential_path(USER, "x", f"x_{USER}"))
    registered = world.platforms["x"].accounts.get(f"x_{USER}")
    assert registered is not None
    known = Account(USER, "x", f"x_{USER}", registered.external_id, "ann")
    credential = world.parts.accounts.credential_from(reference.get(), known)
    assert credential is not None
    soon: Tokens = replace(credential.tokens, expires_at=clock.now() + timedelta(seconds=30))
    world.parts.accounts.connect(known, soon)
    return known


def test_a_token_that_is_about_to_end_is_refreshed_first(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    let_token_end_soon(world)
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, "x")
    sent = [(r.method, r.path) for r in world.platforms["x"].requests.all()]
    assert [method for method, _ in sent[-2:]] == ["POST", "DELETE"]
    assert sent[-2][1] == "/2/oauth2/token"


def test_another_ones_refresh_is_waited_for(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    assert world.parts.accounts.lease_refresh(let_token_end_soon(world), refused=1) is not None
    ask(world, post)
    world.deliver_due()
    assert timedelta(seconds=1) < waits_for(world, post, "x") <= timedelta(seconds=3)
    assert world.visible("x") == ["Hello"]
    # Whoever held that lease is gone: it runs out.
    world.live_until_quiet(3 * MINUTE)
    assert_taken_down(world, post, "x")


def test_a_refusal_is_told_in_the_platforms_words_and_not_repeated(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    words = "You are not authorized to delete this Tweet."
    body = {"title": "Forbidden", "status": 403, "detail": words}
    fault(world, "x", DELETES, "status", status=403, body=body)
    ask(world, post)
    world.live_until_quiet()
    assert_not_taken_down(world, post, "x", "permission", retryable=False)
    error = world.run(post, "x")["deletion"]["error"]
    assert words in error["message"]
    assert error["platformMessage"] == words
    assert len([r for r in world.platforms["x"].requests.all() if r.method == "DELETE"]) == 1


@pytest.mark.parametrize("body", [{"data": [1]}, "<html>Welcome</html>", {"data": {}}])
def test_an_answer_that_cannot_be_read_is_no_deletion(world: World, body: Any) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    fault(world, "x", DELETES, "status", status=200, body=body)
    ask(world, post)
    world.deliver_due()
    assert world.run(post, "x")["deletion"]["status"] == "pending"
    assert world.visible("x") == ["Hello"]
    world.live_until_quiet(MINUTE)
    assert_taken_down(world, post, "x")


def test_a_lapsed_subscription_keeps_nothing_online(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    ask(world, post)
    world.expire_subscription()
    world.deliver_due()
    assert_taken_down(world, post, "x")


def test_an_account_that_is_gone_deletes_nothing(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    world.parts.db.document(account_path(USER, "x", f"x_{USER}")).delete()
    ask(world, post)
    world.deliver_due()
    assert_not_taken_down(world, post, "x", "account_disconnected", retryable=True)
    world.connect("x", f"x_{USER}")
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, "x")


@pytest.mark.parametrize("platform", DELETING)
def test_an_attempt_says_what_was_sent_and_no_secret(
    world: World, shelf: Shelf, platform: str
) -> None:
    post = published(world, shelf, platform)
    before = attempts(world, post, platform)
    fault(world, platform, DELETES, "status", status=503)
    ask(world, post)
    world.live_until_quiet()
    *earlier, failed, done = attempts(world, post, platform)
    assert earlier == before
    assert (failed["step"], done["step"]) == ("delete", "delete")
    assert (failed["outcome"], done["outcome"]) == ("PlatformUnavailable", "deleted")
    assert (failed["attempt"], done["attempt"]) == (len(before) + 1, len(before) + 2)
    assert failed["error"]
    for attempt in (failed, done):
        assert attempt["startedAt"] <= attempt["finishedAt"]
        (sent,) = attempt["exchanges"]
        assert sent["method"] == "DELETE"
        registered = world.platforms[platform].accounts.get(f"{platform}_{USER}")
        assert registered is not None
        assert registered.access_token not in json.dumps(attempt, default=str)


@pytest.mark.parametrize("platform", DELETING)
def test_every_task_doubled_at_once(world: World, shelf: Shelf, platform: str) -> None:
    post = published(world, shelf, platform)
    once = world.handle

    def twice(delivery: Delivery) -> int:
        with ThreadPoolExecutor(2) as pool:
            return max(pool.map(once, [delivery, delivery]))

    world.handle = twice  # type: ignore[method-assign]
    ask(world, post)
    world.live_until_quiet()
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_task_delivered_again_much_later(world: World, platform: str) -> None:
    deliveries: list[Delivery] = []
    once = world.handle

    def remember(delivery: Delivery) -> int:
        deliveries.append(delivery)
        return once(delivery)

    world.handle = remember  # type: ignore[method-assign]
    post = world.submit("Hello", platform)
    world.live_until_quiet()
    fault(world, platform, DELETES, "status", status=503)
    ask(world, post)
    world.live_until_quiet()
    assert len(deliveries) >= 4
    before = world.run(post, platform), world.submission(post)
    for later in (timedelta(seconds=1), timedelta(days=2)):
        world.advance(later)
        for delivery in list(deliveries):
            once(delivery)
        world.deliver_due()
    assert (world.run(post, platform), world.submission(post)) == before
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_task_of_a_deletion_is_ever_delivered_but_the_sweepers(
    world: World, platform: str
) -> None:
    post = world.submit("Hello", platform)
    world.live_until_quiet()
    fault(world, platform, DELETES, "status", times=2, status=503)
    ask(world, post)
    for _ in range(6):
        world.tasks.clear()
        world.advance(timedelta(hours=1))
        world.sweep()
        for task in world.tasks.pending():
            world.tasks.deliver(task.name)
        if not world.open_documents():
            break
    assert_taken_down(world, post, platform)
