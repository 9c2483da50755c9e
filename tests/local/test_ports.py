"""The ports of the local stack."""

import socket

import pytest

from local.failures import PortTaken
from local.ports import HOST, LAST, Ports
from shared.platforms import registry

pytestmark = pytest.mark.slow


def test_fixed_ports_follow_the_base_and_free_ones_differ() -> None:
    fixed = Ports(28400)
    with fixed.listen("api") as api:
        assert api.getsockname()[1] == 28400
    assert fixed.reserve_platforms(["x", "threads"]) == {"threads": 28424, "x": 28426}
    fixed.release()
    free = Ports()
    assert len({free.reserve("firestore") for _ in range(20)}) == 20
    free.release()


def test_a_port_in_use_is_reported_with_the_command_that_finds_its_process() -> None:
    with socket.create_server((HOST, 0)) as taken:
        base = taken.getsockname()[1]
        with pytest.raises(
            PortTaken, match=rf"Port {base} for api is not available .*ss -ltnp 'sport = :{base}'"
        ):
            Ports(base).listen("api")


def test_a_port_in_use_is_replaced_by_a_free_one_unless_it_was_asked_for() -> None:
    with socket.create_server((HOST, 0)) as taken:
        base = taken.getsockname()[1]
        ports = Ports(base, strict=False)
        with ports.listen("api") as api:
            assert api.getsockname()[1] not in (0, base)
        assert ports.taken == {"api": base}


@pytest.mark.parametrize("more", [("albatross",), ("pigeon",), ("zebra", "ant", "owl")])
def test_a_new_platform_moves_no_other(more: tuple[str, ...]) -> None:
    """Whatever its place in the alphabet; and new platforms do not move each other."""
    ports = Ports(28500)
    present = ports.reserve_platforms(registry.names())
    ports.release()
    together = ports.reserve_platforms([*registry.names(), *more])
    ports.release()
    alone = {name: ports.reserve_platforms([name])[name] for name in more}
    ports.release()
    assert together == present | alone
    assert len(set(together.values())) == len(together)
    assert max(together.values()) <= 28500 + LAST
