"""Changes between acceptance and start, and the resulting errors."""

from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain import run as runs
from shared.gcp.accounts import account_path
from shared.gcp.users import subscription_path
from tests.functions.publishing import assert_failed, requests_to
from tests.world import USER, World

IDS = (USER, "x", f"x_{USER}")


def _lapse(world: World) -> None:
    world.parts.db.document(subscription_path(USER)).update({"status": "unpaid"})


def _end_period(world: World) -> None:
    world.parts.db.document(subscription_path(USER)).update({"currentPeriodEnd": clock.now()})


def _remove_account(world: World) -> None:
    world.parts.db.document(account_path(*IDS)).delete()


def _remove_tokens(world: World) -> None:
    world.grant("x").delete()


def _end_authorization(world: World) -> None:
    world.parts.db.document(account_path(*IDS)).update({"status": "reconnect_required"})


CHANGES = [
    (_lapse, "subscription_inactive"),
    (_end_period, "subscription_inactive"),
    (_remove_account, "account_disconnected"),
    (_end_authorization, "auth_expired"),
]


@pytest.mark.parametrize(("change", "category"), CHANGES)
def test_a_change_before_the_run_is_created_creates_a_failed_run(
    world: World, change: Any, category: str
) -> None:
    post = world.submit("Hello", "x")
    change(world)
    world.deliver_due()
    assert_failed(world, post, "x", category, retryable=True)
    assert world.submission(post)["remaining"] == 0
    assert requests_to(world, "x", "POST /2/tweets") == 0


@pytest.mark.parametrize(
    ("change", "category"), [*CHANGES, (_remove_tokens, "account_disconnected")]
)
def test_a_later_change_fails_the_run_before_anything_is_sent(
    world: World, change: Any, category: str
) -> None:
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    assert world.run(post, "x")["status"] == "queued"
    change(world)
    world.deliver_due()
    assert_failed(world, post, "x", category, retryable=True)
    assert requests_to(world, "x", "POST /2/tweets") == 0


@pytest.mark.parametrize(
    ("change", "category"),
    [
        (_remove_account, "account_disconnected"),
        (_remove_tokens, "account_disconnected"),
        (_end_authorization, "auth_expired"),
    ],
)
def test_a_run_whose_post_the_platform_already_has_is_unconfirmed(
    world: World, change: Any, category: str
) -> None:
    """The platform publishes it by itself, whatever happens to the account here."""
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    stored = world.parts.deliveries.run(post, "x")
    assert stored is not None
    now = clock.now()
    claimed = runs.claim(
        stored.run,
        step="create_post",
        visible=True,
        mutates=True,
        lease=timedelta(seconds=90),
        owner="another",
        external_id="2244",
        now=now,
    )
    sent = runs.proceed(claimed, checkpoint={}, at=now, sent=True)
    world.parts.queues.dispatch_run(world.parts.deliveries.save(stored, sent).stored.run, at=now)
    change(world)
    world.tasks.deliver_due()
    run = world.run(post, "x")
    assert (run["status"], run["error"]["category"]) == ("unconfirmed", category)
    assert world.submission(post)["status"] == "unconfirmed"


@pytest.mark.parametrize("orchestrated", [False, True])
def test_a_post_that_could_not_start_by_its_notafter_expires(
    world: World, orchestrated: bool
) -> None:
    limit = clock.now() + timedelta(minutes=5)
    post = world.submit("Hello", "x", notAfter=limit.isoformat())
    if orchestrated:
        world.tasks.deliver_due()
    world.advance(timedelta(minutes=6))
    world.live_until_quiet()
    assert_failed(world, post, "x", "expired", retryable=True)


def test_a_post_that_started_in_time_continues_after_its_notafter(world: World) -> None:
    limit = clock.now() + timedelta(minutes=5)
    post = world.submit("Hello", "threads", notAfter=limit.isoformat())
    world.tasks.deliver_due()
    world.tasks.deliver_due()
    assert world.run(post, "threads")["step"] == "create_container"
    world.advance(timedelta(minutes=6))
    world.live_until_quiet()
    assert world.run(post, "threads")["status"] == "succeeded"


def test_a_target_that_cannot_be_published_delays_no_other(world: World) -> None:
    post = world.submit("Hello")
    _remove_account(world)
    world.live_until_quiet()
    assert world.submission(post)["status"] == "partially_failed"
    assert world.run(post, "x")["error"]["category"] == "account_disconnected"
    assert world.visible("threads") == ["Hello"]
