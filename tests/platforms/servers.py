"""Servers that answer badly or not at all, and addresses without a server."""

import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.signing_key import certificate_of


class Server:
    """Accepts connections, reads a request from each one, and then calls `act`."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        self.heard: list[bytes] = []
        self._act = act
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.heard.append(_request(connection))
                with suppress(OSError):
                    self._act(connection)

    def stop(self) -> None:
        self.ended.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


def _request(connection: socket.socket) -> bytes:
    """The whole request: closing a socket with unread bytes resets the connection."""
    with connection.makefile("rb") as file:
        head = list(iter(file.readline, b"\r\n"))
        lengths = [line for line in head if line.lower().startswith(b"content-length:")]
        return b"".join(head) + file.read(int(lengths[0].split(b":")[1]) if lengths else 0)


@contextmanager
def serving(act: Callable[[socket.socket], None]) -> Iterator[Server]:
    server = Server(act)
    try:
        yield server
    finally:
        server.stop()


def answering(raw: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(raw)


def raw_answer(status: int, body: bytes = b"{}", headers: bytes = b"") -> bytes:
    length = str(len(body)).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %s\r\n%s\r\n%s" % (status, length, headers, body)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return f"127.0.0.1:{unused.getsockname()[1]}"


NOBODY_THERE = ["refused", "unknown host", "connect time-out", "bad certificate"]


@contextmanager
def nobody_there(how: str) -> Iterator[str]:
    """An address at which no request can be delivered."""
    match how:
        case "refused":
            yield f"http://{closed_port()}"
        case "unknown host":
            yield "http://no-such-host.invalid"
        case "connect time-out":
            with _full_backlog() as address:
                yield address
        case "bad certificate":
            with _self_signed() as address:
                yield address


@contextmanager
def _full_backlog() -> Iterator[str]:
    """A port whose queue of connections is full, so that the next one waits forever."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(server.getsockname())
            waiting.append(client)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for client in waiting:
            client.close()


@contextmanager
def _self_signed() -> Iterator[str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.write_bytes(pem + certificate_of(key, "servers.test").encode())
        context.load_cert_chain(path)

    def serve(server: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = server.accept()
            context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)
