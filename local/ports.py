"""The loopback ports of the stack: free ones, or fixed ones starting at PORT_BASE."""

import socket
from collections.abc import Iterable

from local.failures import PortTaken

HOST = "127.0.0.1"
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
)
_FIRST_PLATFORM = 20  # leaves room, so that a new part does not move the platforms
_WAITING_CONNECTIONS = 1024


class Ports:
    """Chooses one port for each part; with `base` None, free ones.

    Ports that other processes will listen on stay reserved here until `release`,
    so that no two parts get the same one.
    """

    def __init__(self, base: int | None = None) -> None:
        self._base = base
        self._reserved: list[socket.socket] = []

    def reserve(self, part: str) -> int:
        """A port that the part will listen on itself. Raises PortTaken."""
        return self._reserve(part, _PARTS.index(part))

    def reserve_platforms(self, platforms: Iterable[str]) -> dict[str, int]:
        """A port for each platform. Raises PortTaken."""
        numbered = enumerate(sorted(platforms), _FIRST_PLATFORM)
        return {platform: self._reserve(platform, number) for number, platform in numbered}

    def listen(self, part: str) -> socket.socket:
        """A listening socket that we keep: connections wait while the part is down."""
        listening = self._bind(part, _PARTS.index(part))
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
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if port:
            # Lingering connections of the last run must not block a fixed port.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
        except OSError as error:
            bound.close()
            raise PortTaken(
                f"Port {port} for {part} is not available ({error.strerror}). Choose another "
                f"PORT_BASE, or find the process that uses it: ss -ltnp 'sport = :{port}'"
            ) from error
        return bound


def free_port(part: str) -> int:
    """A port that is free at this moment."""
    ports = Ports()
    port = ports.reserve(part)
    ports.release()
    return port
