"""The contracts of all platforms as test parameters, and their examples published in a world."""

import pytest

from local.platforms.faults import read_fault
from tests.media import Shelf
from tests.platforms.contract import Example, TooMuch, contracts
from tests.world import World

CONTRACTS = contracts()
LOGINS = [login for _, contract in CONTRACTS for login in contract.logins]
BY_PLATFORM = [pytest.param(name, contract, id=name) for name, contract in CONTRACTS]
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{example.name}")
    for name, contract in CONTRACTS
    for example in contract.examples
]
ONE_EXAMPLE_EACH = [
    pytest.param(
        name, example, id=f"{name}-{example.name}", marks=[pytest.mark.full] * bool(number)
    )
    for name, contract in CONTRACTS
    for number, example in enumerate(contract.examples)
]
"""The first of each platform; the others in `make test-full`."""
TWO_EXAMPLES_EACH = [
    pytest.param(
        name,
        example,
        id=f"{name}-{example.name}",
        marks=[pytest.mark.full] * (example not in (contract.examples[0], contract.examples[-1])),
    )
    for name, contract in CONTRACTS
    for example in contract.examples
]
"""The first and the last of each platform; the others in `make test-full`."""
TOO_MUCH = [
    pytest.param(
        name,
        example,
        id=f"{name}-{example.name}",
        marks=[pytest.mark.full]
        * (example.code in {other.code for other in contract.too_much[:number]}),
    )
    for name, contract in CONTRACTS
    for number, example in enumerate(contract.too_much)
]
"""The first of each code of each platform; the others in `make test-full`."""
REFUSALS = [
    pytest.param(name, refusal, id=f"{name}-{refusal.name}")
    for name, contract in CONTRACTS
    for refusal in contract.refusals
]


def submit(world: World, shelf: Shelf, platform: str, example: Example | TooMuch) -> str:
    """Submit `example` to one platform; returns the id of the post."""
    target = {"platform": platform, "options": dict(example.options)}
    return world.submit(example.text, target, example.media(shelf))


def lose(world: World, platform: str, example: Example, mode: str) -> None:
    """Let the visible request of `example` suffer the fault `mode`."""
    fault = {"match": example.visible, "mode": mode, "after": example.visible_after}
    world.platforms[platform].faults.add(read_fault(fault))


def shown(world: World, platform: str) -> list[tuple[str, list[str]]]:
    """Text and SHA-256 of the media of each visible post."""
    posts = world.platforms[platform].posts.all()
    return [(post.text, [item.sha256 for item in post.media]) for post in posts]


def as_asked(example: Example, shelf: Shelf) -> tuple[str, list[str]]:
    """What `shown` returns for `example`."""
    return example.text, [asset.sha256 for asset in example.media(shelf)]
