"""Where events are sent: only to the public internet, over https."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.config import MediaSettings
from shared.domain.errors import InvalidRequest
from shared.gcp.webhooks import Webhook
from shared.webhooks import changes
from tests import extent
from tests.shared_media import PUBLIC, Internet
from tests.shared_media.hostile_addresses import BAD_URLS, INTERNAL_NAMES, NOT_PUBLIC
from tests.webhooks.receiver import ALL, deliveries
from tests.world import USER, World

LITERALS = [f"https://[{each}]/" if ":" in each else f"https://{each}/" for each in NOT_PUBLIC]
NAMES = [f"https://{name}/" for name in INTERNAL_NAMES]
INSECURE = ["http://example.com/", "https://example.com:80/", "http://example.com:443/"]
_PAUSE = timedelta(minutes=11)
OWN = ["https://publisher.test/", "https://webhooks.test/"]


@pytest.fixture
def cloud(world: World) -> World:
    """As in the cloud: no origin is allowed."""
    settings = replace(world.parts.settings, media=MediaSettings())
    return world.with_parts(settings=settings)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    made = Internet()
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **named: (
            made.getaddrinfo(host, *more) if host in made.names else real(host, *more, **named)
        ),
    )
    return made


def test_hostile_addresses_are_refused_at_creation_and_when_they_are_changed(
    cloud: World,
) -> None:
    webhook = _create(cloud, "https://example.com/hook")
    secure = [url.replace("http://", "https://") for url in BAD_URLS]
    for url in [*BAD_URLS, *secure, *LITERALS, *NAMES, *INSECURE, *OWN]:
        if url.encode(errors="replace").decode() != url:
            continue
        with pytest.raises(InvalidRequest):
            _create(cloud, url)
        with pytest.raises(InvalidRequest):
            changes.change(webhook, cloud.parts, url=url)


def test_a_name_of_an_address_that_is_not_public_gets_nothing(
    cloud: World, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = _create(cloud, "https://files.example.com/hook")
    reached = _watch_connections(monkeypatch)
    for address in NOT_PUBLIC[:: extent.of(6, 1)]:
        internet.names["files.example.com"] = [[address]]
        changes.send_test(webhook, cloud.parts)
        cloud.deliver_due()
        cloud.advance(_PAUSE)
    assert reached == []
    problems = {each["problem"] for each in deliveries(cloud, webhook) if "problem" in each}
    assert problems == {"The URL is not on the public internet."}


def test_a_name_that_changes_its_address_is_looked_up_once(
    cloud: World, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = _create(cloud, "https://files.example.com/hook")
    internet.names["files.example.com"] = [[PUBLIC], ["127.0.0.1"]]
    reached = _watch_connections(monkeypatch)
    changes.send_test(webhook, cloud.parts)
    cloud.deliver_due()
    assert internet.looked_up == ["files.example.com"]
    assert set(reached) == {(PUBLIC, 443)}
    [delivery] = deliveries(cloud, webhook)
    assert delivery["problem"] == "Your server cannot be reached."


def _create(world: World, url: str) -> Webhook:
    return changes.create(USER, url, ALL, "", world.parts)


def _watch_connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Connections to anything but the emulators, which are refused."""
    reached: list[tuple[str, int]] = []

    def connect(_: socket.socket, address: tuple[str, int]) -> None:
        reached.append(address[:2])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return reached
