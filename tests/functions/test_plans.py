"""What a plan includes: platforms, posts of a month, and rate limits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.api import caller
from shared import clock
from shared.domain.subscription import Billing, Plan
from shared.gcp.usage import month_path
from shared.gcp.users import trial_fields
from tests.functions.api_client import POSTS, ApiClient, error_of, post
from tests.world import USER, World

PLANS = {
    "basic": Plan("basic", "Basic", "", {"posts": 7}, 3, frozenset({"x", "threads"})),
    "pro": Plan("pro", "Pro"),
}


def _set(world: World, billing: Billing) -> None:
    world.with_parts(settings=replace(world.parts.settings, billing=billing))


@pytest.fixture
def basic(api: ApiClient) -> Iterator[ApiClient]:
    """A user on the plan basic."""
    _set(api.world, Billing("manual", PLANS))
    return api.another_user(plan_id="basic")


def _counted(api: ApiClient) -> Any:
    month = api.world.parts.db.document(month_path(api.user_id, clock.now())).get()
    return (month.to_dict() or {}).get("posts")


def test_a_platform_that_the_plan_does_not_include_is_403(basic: ApiClient) -> None:
    draft = basic.accept(post(draft=True))
    answers = [
        basic.send(post(platform=["x", "linkedin", "tiktok"])),
        basic.call("POST", f"{POSTS}/validate", json=post(platform=["linkedin", "tiktok"])),
        basic.call("PATCH", f"{POSTS}/{draft}", json=post(platform=["linkedin", "tiktok"])),
    ]
    for answer in answers:
        error = error_of(answer, 403, "forbidden")
        assert error["details"] == {"plan": "basic", "platforms": ["linkedin", "tiktok"]}
        assert "Your plan Basic does not include LinkedIn and TikTok." in error["message"]
    assert len(basic.submissions()) == 1
    assert _counted(basic) == 1
    basic.another_user(plan_id="pro").accept(post(platform=["x", "linkedin"]))


def test_a_retry_with_other_content_stays_within_the_plan(basic: ApiClient) -> None:
    basic.world.add_user(basic.user_id, plan_id="pro")
    failed = basic.accept(post(platform="linkedin"))
    reference = basic.world.parts.db.document(f"users/{basic.user_id}/integrations/linkedin")
    account = reference.collection("accounts").document("linkedin_main")
    stored = account.get().to_dict()
    account.delete()
    basic.world.deliver_due()
    account.set(stored)
    basic.world.add_user(basic.user_id, plan_id="basic")
    error = error_of(basic.call("POST", f"{POSTS}/{failed}/retry"), 403, "forbidden")
    assert error["details"] == {"plan": "basic", "platforms": ["linkedin"]}


@pytest.mark.parametrize("orchestrated", [False, True])
def test_a_post_fails_on_a_platform_that_the_plan_lost_before_it_started(
    world: World, orchestrated: bool
) -> None:
    _set(world, Billing("manual", PLANS))
    accepted = world.submit("Hello", ["x", "linkedin"])
    if orchestrated:
        world.tasks.deliver_due()
    world.add_user(USER, plan_id="basic")
    world.deliver_due()
    run = world.run(accepted, "linkedin")
    assert (run["status"], run["error"]["category"]) == ("failed", "subscription_inactive")
    assert "does not include LinkedIn" in run["error"]["message"]
    assert run["error"]["retryable"]
    assert world.visible("linkedin") == []
    assert world.visible("x") == ["Hello"]


def test_the_posts_of_a_month_are_limited_and_begin_again_with_the_next(basic: ApiClient) -> None:
    for number in range(3):
        basic.accept(post(f"Post {number}"))
    error = error_of(basic.send(post("One more")), 403, "forbidden")
    assert error["details"] == {"plan": "basic", "postsPerMonth": 3}
    assert "3 posts a month" in error["message"]
    assert _counted(basic) == 3
    again = basic.send(post("Post 0"))
    assert again.headers["Idempotent-Replayed"] == "true", "it was counted already"
    next_month = (clock.now().replace(day=1) + timedelta(days=32)).replace(day=1)
    basic.world.advance(next_month - clock.now())
    basic.accept(post("One more"))
    assert _counted(basic) == 1


def test_posts_that_are_refused_and_test_posts_are_not_counted(basic: ApiClient) -> None:
    assert basic.send(post("a" * 300)).status_code == 400
    key = basic.new_key("test")
    for number in range(4):
        answer = basic.call("POST", POSTS, json=post(f"Test {number}"), key=key)
        assert answer.status_code == 201
    assert _counted(basic) is None


def test_of_posts_at_the_same_time_exactly_the_limit_is_accepted(basic: ApiClient) -> None:
    # Requests in flight can count twice towards a rate limit, so this plan has none.
    _set(basic.world, Billing("manual", {"basic": replace(PLANS["basic"], rate_limits={})}))
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(basic.send, [post(f"At once {n}") for n in range(6)]))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [403] * 3
    assert len(basic.submissions()) == _counted(basic) == 3


def test_a_post_costs_one_read_more_only_where_a_plan_has_a_monthly_limit(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[list[str]] = []
    plain = caller.read_all

    def counted(db: Any, paths: list[str]) -> dict[str, Any]:
        reads.append(paths)
        return plain(db, paths)

    monkeypatch.setattr(caller, "read_all", counted)
    api.accept(post("The key is known now"))
    sizes = []
    for number, billing in enumerate(
        [Billing(), Billing("off", PLANS), Billing("manual"), Billing("manual", PLANS)]
    ):
        _set(api.world, billing)
        reads.clear()
        api.accept(post(f"Post {number}"))
        assert len(reads) == 1
        sizes.append(len(reads[0]))
    assert sizes == [sizes[0]] * 3 + [sizes[0] + 1]
    assert _counted(api) == 1, "a user without a limit is counted, too"


def test_the_limits_of_a_plan_replace_the_configured_ones_and_the_users_own_those(
    basic: ApiClient,
) -> None:
    def limit_of(api: ApiClient) -> str:
        return str(api.send(post(f"At {clock.now()}")).headers["X-RateLimit-Limit"])

    assert limit_of(basic) == "7"
    own = basic.another_user(plan_id="basic", limits={"posts": 9})
    assert limit_of(own) == "9"
    assert limit_of(basic.another_user(plan_id="pro")) == "30"


def test_without_billing_everybody_has_access(api: ApiClient) -> None:
    _set(api.world, Billing("off", PLANS))
    user = api.another_user(status="canceled", plan_id="basic")
    for number in range(4):
        user.accept(post(f"Post {number}", platform="linkedin"))
    listed = user.call("GET", POSTS)
    assert listed.headers["X-RateLimit-Limit"] == "100", "the limit with a subscription"
    assert _counted(user) is None


@pytest.mark.parametrize("mode", ["manual", "stripe"])
def test_a_trial_gives_access_until_it_ends(api: ApiClient, mode: str) -> None:
    _set(api.world, Billing(mode, PLANS, trial_days=14))
    user = api.another_user()
    fields = trial_fields(api.world.parts.settings, clock.now())
    api.world.parts.db.document(f"users/{user.user_id}/subscription/current").set(fields)
    user.accept(post("In the trial", platform="linkedin"))
    api.world.advance(timedelta(days=14, seconds=1))
    error_of(user.send(post("After it")), 403, "forbidden")


def test_there_are_no_trials_without_billing_or_days(api: ApiClient) -> None:
    settings = api.world.parts.settings
    for billing in (Billing("off", trial_days=14), Billing("manual")):
        assert trial_fields(replace(settings, billing=billing), clock.now()) == {}
