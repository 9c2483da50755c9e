"""What a platform's contract consists of. `test_contract` tests every platform against its own.

The `CONTRACT` of a platform is in `tests/platforms/<platform>/contract.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from shared.domain.errors import ErrorCategory, PlatformError
from shared.domain.media import MediaAsset
from shared.platforms import registry
from tests.media import Shelf
from tests.platforms.login_example import LoginExample

TEXT = "Only once, #whatever happens & wherever"

Media = Callable[[Shelf], Sequence[MediaAsset]]


def nothing(shelf: Shelf) -> Sequence[MediaAsset]:
    return ()


def one_image(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.image(),)


def three_images(shelf: Shelf) -> Sequence[MediaAsset]:
    return tuple(shelf.image(seed) for seed in (1, 2, 3))


def one_video(shelf: Shelf) -> Sequence[MediaAsset]:
    return (shelf.video(),)


@dataclass(frozen=True)
class Example:
    """A kind of post that the platform supports, and how it becomes visible there."""

    name: str
    visible: str
    """The one request that makes it visible: "METHOD /path-prefix", as a fault matches it."""
    visible_after: int = 0
    """How many requests that match `visible` come before that one."""
    text: str = TEXT
    media: Media = nothing
    options: Mapping[str, Any] = field(default_factory=dict)
    finds_lost: bool = True
    """After a lost answer to `visible`, the look-up finds the post and the run succeeds. Otherwise
    the run stays unconfirmed."""
    proves_absent: bool = True
    """When the request never arrived, the look-up proves it, and the post is published again."""


@dataclass(frozen=True)
class TooMuch:
    """A post that the platform does not support: the API refuses it."""

    name: str
    code: str
    field: str
    """Relative to the content: `text`, `media`, `media[0]`, `options.title`."""
    text: str = TEXT
    media: Media = nothing
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """An answer that the platform documents, and the error that it means."""

    name: str
    status: int
    body: Mapping[str, Any] | str
    error: type[PlatformError]
    category: ErrorCategory
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contract:
    examples: Sequence[Example]
    too_much: Sequence[TooMuch]
    refusals: Sequence[Refusal]
    refresh: str | None
    """The request that refreshes tokens, "METHOD /path"; None where tokens cannot be refreshed."""
    logins: Sequence[LoginExample]
    """One for each login of the platform."""


def contract_of(platform: str) -> Contract:
    """Raises LookupError with what is missing."""
    module = f"tests.platforms.{platform}.contract"
    try:
        contract: Contract = import_module(module).CONTRACT
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise  # the contract itself imports something that does not exist
        raise LookupError(
            f"The platform {platform} has no contract. Add tests/platforms/{platform}/__init__.py "
            "and contract.py with a CONTRACT; see CONTRIBUTING.md, Adding a platform."
        ) from None
    return contract


def contracts() -> list[tuple[str, Contract]]:
    return [(name, contract_of(name)) for name in registry.names()]
