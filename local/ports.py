"""The loopback ports of the stack: free ones, or fixed ones counted from a base."""

import socket
import zlib
from collections.abc import Iterable

from local.failures import PortTaken

HOST = "127.0.0.1"
LOCALHOST = "localhost"
DEFAULT_BASE = 8080
_PARTS = (
    "api",
    "orchestrator",
    "publisher",
    "sweeper",
    "collector",
    "dashboard",
    "firestore",
    "storage",
    "tasks",
    "tasksControl",
    "media",
    "identity",
    "connect",
    "webhooks",
)
# Leaves room, so that a new part does not move the platforms.
_FIRST_PLATFORM = 20
PLATFORMS = (
    "facebook",
    "instagram",
    "linkedin",
    "snapchat",
    "threads",
    "tiktok",
    "x",
    "youtube",
)
# A platform that is not in the list gets a number of its own from its name, so it moves no other.
_FIRST_NEW_PLATFORM = 40
_NEW_PLATFORMS = 60
LAST = _FIRST_NEW_PLATFORM + _NEW_PLATFORMS - 1
"""The highest number that is added to the base."""
_WAITING_CONNECTIONS = 1024


class Ports:
    """Chooses one port for each part; with `base` None, free ones.

    `strict` False replaces a port that is in use with a free one. Ports that other processes will
    listen on stay reserved here until `release`, so that no two parts get the same one.
    """

    def __init__(self, base: int | None = None, *, strict: bool = True) -> None:
        self._base = base
        self._strict = strict
        self._reserved: list[socket.socket] = []
        self.taken: dict[str, int] = {}
        """The parts whose port was in use, with that port."""

    def reserve(self, part: str) -> int:
        """A port that the part will listen on itself. Raises PortTaken."""
        return self._reserve(part, number_of(part))

    def reserve_platforms(self, platforms: Iterable[str]) -> dict[str, int]:
        """A port for each platform. Raises PortTaken."""
        numbers = _platform_numbers(platforms)
        return {platform: self._reserve(platform, number) for platform, number in numbers.items()}

    def listen(self, part: str) -> socket.socket:
        """A listening socket that we keep: connections wait while the part is down."""
        listening = self._bind(part, number_of(part))
        listening.listen(_WAITING_CONNECTIONS)
        return listening

    def release(self) -> None:
        """Release the reserved ports, right before their parts use them."""
        for reserved in self._reserved:
            reserved.close()
        self._reserved.clear()

    def _reserve(self, part: str, number: int) -> int:
        reserved = self._bind(part, number)
        self._reserved.append(reserved)
        return int(reserved.getsockname()[1])

    def _bind(self, part: str, number: int) -> socket.socket:
        """A socket on the port of this number, counted from the base."""
        port = 0 if self._base is None else self._base + number
        try:
            return _bound(port)
        except OSError as error:
            if not self._strict:
                self.taken[part] = port
                return _bound(0)
            raise PortTaken(
                f"Port {port} for {part} is not available ({error.strerror}). Choose another "
                f"PORT_BASE, or find the process that uses it: ss -ltnp 'sport = :{port}'"
            ) from error


def number_of(part: str) -> int:
    """What is added to the base."""
    return _PARTS.index(part)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if port:
        # Lingering connections of the last run must not block a fixed port.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


def _platform_numbers(platforms: Iterable[str]) -> dict[str, int]:
    """The same number for a platform, whatever other platforms there are, with rare exceptions.

    Two platforms outside the list can have the same number; then the second takes the next one.
    """
    numbers: dict[str, int] = {}
    for platform in sorted(platforms):
        if platform in PLATFORMS:
            numbers[platform] = _FIRST_PLATFORM + PLATFORMS.index(platform)
            continue
        place = zlib.crc32(platform.encode()) % _NEW_PLATFORMS
        while _FIRST_NEW_PLATFORM + place in numbers.values():
            place = (place + 1) % _NEW_PLATFORMS
        numbers[platform] = _FIRST_NEW_PLATFORM + place
    return numbers


def free_port(part: str) -> int:
    """A port that is free at this moment."""
    ports = Ports()
    port = ports.reserve(part)
    ports.release()
    return port
