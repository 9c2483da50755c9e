"""The contract that every platform must fulfill: each test runs for each platform folder."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.tasks_emulator.delivery import Delivery
from shared import clock
from shared.domain.errors import (
    InvalidRequest,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.platforms import registry
from tests.media import Shelf
from tests.platforms.all_contracts import (
    BY_PLATFORM,
    CONTRACTS,
    ONE_EXAMPLE_EACH,
    REFUSALS,
    TOO_MUCH,
    TWO_EXAMPLES_EACH,
    as_asked,
    lose,
    shown,
    submit,
)
from tests.platforms.contract import Contract, Example, Refusal, TooMuch, contract_of
from tests.platforms.examples import an_answer
from tests.world import World


def test_there_are_platforms_to_test() -> None:
    assert len(CONTRACTS) >= 2
    assert all(contract.examples and contract.refusals for _, contract in CONTRACTS)


def test_a_platform_without_a_contract_is_told_what_to_add() -> None:
    with pytest.raises(LookupError, match=r"Add tests/platforms/owl/__init__.py and contract.py"):
        contract_of("owl")


@pytest.mark.parametrize(("platform", "example"), TWO_EXAMPLES_EACH)
def test_a_post_becomes_visible_once_as_submitted(
    world: World, shelf: Shelf, platform: str, example: Example
) -> None:
    post = submit(world, shelf, platform, example)
    world.live_until_quiet()
    run = world.run(post, platform)
    assert run["status"] == "succeeded", (run, world.log)
    assert shown(world, platform) == [as_asked(example, shelf)]
    visible = world.platforms[platform].posts.all()[0]
    assert world.platforms[platform].posts.request_count(visible) == 1
    assert run["platformPostId"]
    assert run.get("permalink", "https://").startswith("https://")


@pytest.mark.parametrize(("platform", "example"), TWO_EXAMPLES_EACH)
@pytest.mark.parametrize(
    "loss", ["accept_then_reset", pytest.param("accept_then_500", marks=pytest.mark.full)]
)
def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(
    world: World, shelf: Shelf, platform: str, example: Example, loss: str
) -> None:
    lose(world, platform, example, loss)
    post = submit(world, shelf, platform, example)
    world.live_until_quiet()
    assert shown(world, platform) == [as_asked(example, shelf)], world.log
    run = world.run(post, platform)
    assert run["status"] == ("succeeded" if example.finds_lost else "unconfirmed"), world.log
    assert run.get("platformPostId") or not example.finds_lost


@pytest.mark.parametrize(("platform", "example"), ONE_EXAMPLE_EACH)
def test_a_visible_request_that_never_arrived_is_sent_again_only_if_that_is_proven(
    world: World, shelf: Shelf, platform: str, example: Example
) -> None:
    lose(world, platform, example, "reset_before")
    post = submit(world, shelf, platform, example)
    world.live_until_quiet()
    run = world.run(post, platform)
    if example.proves_absent:
        assert run["status"] == "succeeded", world.log
        assert shown(world, platform) == [as_asked(example, shelf)]
    else:
        assert run["status"] == "unconfirmed", world.log
        assert shown(world, platform) == []


@pytest.mark.parametrize(("platform", "example"), ONE_EXAMPLE_EACH)
def test_every_task_delivered_twice_at_once(
    world: World, shelf: Shelf, platform: str, example: Example
) -> None:
    once = world.handle

    def twice(delivery: Delivery) -> int:
        with ThreadPoolExecutor(2) as pool:
            return max(pool.map(once, [delivery, delivery]))

    world.handle = twice  # type: ignore[method-assign]
    post = submit(world, shelf, platform, example)
    world.live_until_quiet()
    assert world.run(post, platform)["status"] == "succeeded", world.log
    assert shown(world, platform) == [as_asked(example, shelf)]


@pytest.mark.parametrize(("platform", "example"), TOO_MUCH)
def test_a_post_that_the_platform_does_not_support_is_refused(
    refusing_world: World, shelf: Shelf, platform: str, example: TooMuch
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        submit(refusing_world, shelf, platform, example)
    violations = refused.value.violations
    codes = {(violation.platform, violation.field, violation.code) for violation in violations}
    field = {"text": "post.content.text", "media": "post.content.mediaUrls"}.get(example.field)
    if example.field.startswith("media["):
        field = f"post.content.mediaUrls{example.field.removeprefix('media')}"
    expected = (platform, field or f"post.content.platform[0].{example.field}", example.code)
    assert expected in codes, codes
    assert all(violation.message for violation in violations)
    assert list(refusing_world.parts.db.collection("postSubmissions").stream()) == []


@pytest.mark.parametrize(("platform", "refusal"), REFUSALS)
def test_a_documented_error_has_its_type_and_category(
    settings: Any, platform: str, refusal: Refusal
) -> None:
    answer = an_answer(
        refusal.status,
        refusal.body if isinstance(refusal.body, str) else dict(refusal.body),
        **refusal.headers,
    )
    with pytest.raises(refusal.error) as raised:
        registry.publishing(platform).accepted(answer)
    assert type(raised.value) is refusal.error
    assert raised.value.category is refusal.category
    assert raised.value.message


@pytest.mark.parametrize(("platform", "contract"), BY_PLATFORM)
@pytest.mark.parametrize("error", [RateLimited, TokenExpired, Rejected])
def test_every_contract_says_what_means_a_limit_a_dead_token_and_a_refused_post(
    platform: str, contract: Contract, error: type[PlatformError]
) -> None:
    """tests/platforms/contract.py: `Refusal`. CONTRIBUTING.md has the table of errors."""
    errors = [refusal.error for refusal in contract.refusals]
    assert any(issubclass(raised, error) for raised in errors), (
        f"the CONTRACT of {platform} has no Refusal that means {error.__name__}"
    )


@pytest.mark.parametrize("platform", registry.names())
@pytest.mark.parametrize("read", ["accepted", "published"])
@pytest.mark.parametrize("body", ["Slow down", {}, {"error": "too many requests"}], ids=repr)
def test_a_429_never_fails_a_post_for_good(
    settings: Any, platform: str, read: str, body: str | dict[str, Any]
) -> None:
    answer = an_answer(429, body)
    with pytest.raises(PlatformError) as raised:
        getattr(registry.publishing(platform), read)(answer)
    assert isinstance(raised.value, RateLimited | PlatformUnavailable | OutcomeUnknown)


@pytest.mark.parametrize(("platform", "contract"), BY_PLATFORM)
def test_a_rate_limit_delays_a_post_and_does_not_fail_it(
    world: World, shelf: Shelf, platform: str, contract: Contract
) -> None:
    example = contract.examples[0]
    lose(world, platform, example, "rate_limit")
    post = submit(world, shelf, platform, example)
    world.live_until_quiet()
    run = world.run(post, platform)
    method, _, path = example.visible.partition(" ")
    assert world.platforms[platform].faults.take(method, path) is None, "the limit was reached"
    assert run["status"] == "succeeded", (run, world.log)
    assert shown(world, platform) == [as_asked(example, shelf)]


@pytest.mark.parametrize(
    ("platform", "contract"),
    [pytest.param(name, contract, id=name) for name, contract in CONTRACTS if contract.refresh],
)
def test_two_runs_that_need_a_new_token_refresh_it_once(
    world: World, shelf: Shelf, platform: str, contract: Contract
) -> None:
    _let_token_end_soon(world, platform)
    once = world.handle

    def side_by_side(deliveries: list[Delivery]) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(once, deliveries))

    example = contract.examples[0]
    waiting: list[Delivery] = []
    posts = [
        submit(world, shelf, platform, replace(example, text=f"{number}, {example.text}"))
        for number in (1, 2)
    ]

    def hold_publications(delivery: Delivery) -> int:
        if delivery.url == world.parts.settings.publisher_url and len(waiting) < len(posts):
            waiting.append(delivery)
            return 200
        return once(delivery)

    world.handle = hold_publications  # type: ignore[method-assign]
    world.deliver_due()
    assert len(waiting) == len(posts)
    side_by_side(waiting)
    world.live_until_quiet()
    assert [world.run(post, platform)["status"] for post in posts] == ["succeeded"] * 2, world.log
    method, _, path = (contract.refresh or "").partition(" ")
    received = world.platforms[platform].requests.all()
    assert sum((r.method, r.path) == (method, path) for r in received) == 1


def _let_token_end_soon(world: World, platform: str) -> None:
    """Two days later, half a minute before the account's token ends."""
    world.advance(timedelta(days=2))
    soon = clock.now() + timedelta(seconds=30)
    world.put_tokens(world.account(platform), replace(world.tokens(platform), expires_at=soon))
