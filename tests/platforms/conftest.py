"""The simulated platforms, empty, with the account that `examples.a_post` posts as."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from local.platforms.simulation import SimulatedPlatform
from shared.config import Settings
from tests.platforms.examples import EXTERNAL_IDS, TOKEN
from tests.platforms.login_examples import LOGINS
from tests.platforms.visiting import Visit, visiting


class Twin:
    """A simulated platform with its address."""

    def __init__(self, platform: SimulatedPlatform, url: str) -> None:
        self.platform = platform
        self.url = url

    def visible(self) -> list[str]:
        return [post.text for post in self.platform.posts.all(self._account)]

    @property
    def _account(self) -> str:
        return f"{self.platform.name}_contract"


@contextmanager
def _twin(servers: dict[str, tuple[SimulatedPlatform, str]], name: str) -> Iterator[Twin]:
    platform, url = servers[name]
    platform.reset()
    platform.add_account(
        f"{name}_contract",
        "ann",
        TOKEN,
        refresh_token=f"{TOKEN}-refresh",
        external_id=EXTERNAL_IDS.get(name, "7700"),
        client_id=f"{name}-client",
    )
    yield Twin(platform, url)
    platform.reset()


@pytest.fixture
def twin_of(
    settings: Settings, platform_servers: dict[str, tuple[SimulatedPlatform, str]]
) -> Iterator[Callable[[str], Twin]]:
    """Returns a platform's twin, with the account that `examples.a_post` posts as."""
    with ExitStack() as used:
        yield lambda name: used.enter_context(_twin(platform_servers, name))


@pytest.fixture
def visit_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Visit]]:
    """Returns a visit to a platform, by the name of the login."""
    logins = {login.name: login for login in LOGINS}
    with ExitStack() as visits:
        yield lambda name: visits.enter_context(visiting(logins[name], settings, monkeypatch))


@pytest.fixture
def x_twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("x")


@pytest.fixture
def threads_twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("threads")
