"""A key that signs tokens as Google does: RS256, with a certificate that verifies them."""

import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt, jwt

from shared.clock import EPOCH


class SigningKey:
    """Generated at construction; `name` is in its certificate."""

    def __init__(self, name: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_id = secrets.token_hex(20)
        self._signer = crypt.RSASigner(key, self.key_id)
        self.certs: dict[str, str] = {self.key_id: certificate_of(key, name)}
        """Key ID -> PEM of its X.509 certificate, as Google serves them."""

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims."""
        token: bytes = jwt.encode(self._signer, claims, key_id=self.key_id)
        return token.decode("ascii")


def real_seconds() -> int:
    """Seconds since 1970. Tokens are verified with real time, which tests do not move."""
    return int(time.time())  # noqa: TID251 - tokens use real time


def certificate_of(key: rsa.RSAPrivateKey, common_name: str) -> str:
    """PEM of a certificate that the key signs for itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = EPOCH + timedelta(seconds=real_seconds())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
