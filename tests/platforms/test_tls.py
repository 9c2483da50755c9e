"""Requests over TLS: only to the host that a known authority vouches for."""

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests.utils
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared import clock
from shared.platforms import sending
from shared.platforms.wire import NotSent


def _certificate(address: str, left: timedelta) -> bytes:
    """A key and its certificate for one IP address, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "soku-test")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + left)
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    return private + certificate.public_bytes(encoding)


class _Fine(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"fine")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A server whose own certificate is that of the only known authority."""
    path = tmp_path / "both.pem"
    path.write_bytes(_certificate(*request.param))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = HTTPServer(("127.0.0.1", 0), _Fine)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(path))
    sending._tls.cache_clear()
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    sending._tls.cache_clear()
    with suppress(OSError):
        server.shutdown()
    server.server_close()
    thread.join(5)


DAY = timedelta(days=1)


@pytest.mark.parametrize("served", [("127.0.0.1", DAY)], indirect=True)
def test_a_known_certificate_is_accepted_and_the_authorities_are_read_once(
    served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        with sending.send("GET", served, within=10) as response:
            assert (response.status, response.read(4)) == (200, b"fine")
        monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", "/nowhere")


@pytest.mark.full
@pytest.mark.parametrize(
    "served",
    [("127.0.0.2", DAY), ("127.0.0.1", -DAY)],
    ids=["of another host", "expired"],
    indirect=True,
)
def test_another_certificate_is_refused_before_anything_is_sent(served: str) -> None:
    with pytest.raises(NotSent):
        sending.send("GET", served, within=10)
