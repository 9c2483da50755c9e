"""A fake internet: the test defines names, addresses and servers."""

import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from weakref import WeakKeyDictionary

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.config import MediaSettings
from shared.media.fetch import Download, FetchRefused, download
from tests.platforms.servers import raw_answer

FILE = b"\xff\xd8\xff a picture"
CLOUD = MediaSettings()
PUBLIC = "93.184.216.34"
Act = Callable[[socket.socket], None]


class Internet:
    """Resolves names, and connects public addresses to servers of the test."""

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {}
        """The answers to the first look-up, the second, and so on; the last one is repeated."""
        self.servers: dict[tuple[str, int], int] = {}
        self.looked_up: list[str] = []
        self.reached: list[tuple[str, int]] = []
        self._peers: WeakKeyDictionary[socket.socket, tuple[str, int]] = WeakKeyDictionary()
        self._connect = socket.socket.connect
        self._getpeername = socket.socket.getpeername

    def getaddrinfo(self, host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        answers = self.names.get(host)
        if answers is None:
            return [self.row(str(ip_address(host)), port)]
        self.looked_up.append(host)
        return [self.row(one, port) for one in (answers.pop(0) if answers[1:] else answers[0])]

    @staticmethod
    def row(address: str, port: int) -> tuple[object, ...]:
        if ":" in address:
            return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
        return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))

    def connect(self, client: socket.socket, address: tuple[str, int]) -> None:
        place = address[0], address[1]
        self.reached.append(place)
        if place not in self.servers:
            raise ConnectionRefusedError
        self._connect(client, ("127.0.0.1", self.servers[place]))
        self._peers[client] = place

    def getpeername(self, client: socket.socket) -> tuple[str, int]:
        return self._peers.get(client) or self._getpeername(client)


class TlsServer:
    """Answers the connections to 93.184.216.34:443 as files.example.com."""

    def __init__(self, answers: list[bytes]) -> None:
        self.certificate, self._context = _tls("files.example.com")
        self._context.sni_callback = lambda _, name, __: self.asked_for.append(name)
        self.asked_for: list[str | None] = []
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._socket.accept()
                with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as one:
                    one.recv(65536)
                    one.sendall(self._answers.pop(0))

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


def _tls(name: str) -> tuple[str, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(private + pem)
        file.flush()
        context.load_cert_chain(file.name)
    return pem.decode(), context


def fetched(url: str, settings: MediaSettings = CLOUD, **limits: object) -> bytes:
    with download(url, settings, **{"max_bytes": 10_000, **limits}) as stream:
        return whole(stream)


def whole(stream: Download) -> bytes:
    return b"".join(iter(lambda: stream.read(7), b""))


def refusal(url: str, settings: MediaSettings = CLOUD, **limits: object) -> str:
    with pytest.raises(FetchRefused) as refused:
        fetched(url, settings, **limits)
    return refused.value.code


def redirecting(*locations: str, status: int = 302) -> Act:
    """Each connection is redirected to the next location; the last one gets the file."""
    left = list(locations)

    def act(connection: socket.socket) -> None:
        if not left:
            connection.sendall(raw_answer(200, FILE))
            return
        location = b"Location: %s\r\n" % left.pop(0).encode()
        connection.sendall(raw_answer(status, b"", location))

    return act
