"""OIDC tokens like those that Google signs for a service account, signed with our own key.

`google.oauth2.id_token.verify_token(token, request, audience, certs_url=...)`
accepts them if `certs_url` serves `TokenIssuer.certs`.
"""

import hashlib
import secrets
import threading
import time
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt, jwt

from shared.clock import EPOCH

ISSUER = "https://accounts.google.com"
_LIFETIME_SECONDS = 3600
# A signature costs about 1 ms of CPU time, so one is used for a minute.
_REUSED_SECONDS = 60


class TokenIssuer:
    """Signs with a key that is generated at construction; uses real time."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key_id = secrets.token_hex(20)
        self._signer = crypt.RSASigner(key, self._key_id)
        self.certs: dict[str, str] = {self._key_id: _certificate(key)}
        """Key id -> PEM of its X.509 certificate."""
        self._lock = threading.Lock()
        self._recent: dict[tuple[str, str], tuple[int, str]] = {}

    def token(self, audience: str, email: str) -> str:
        """A signed token for `audience`, issued for the service account `email`."""
        now = _real_seconds()
        with self._lock:
            issued_at, token = self._recent.get((audience, email), (0, ""))
            if now - issued_at >= _REUSED_SECONDS:
                token = self._sign(audience, email, now)
                self._recent[audience, email] = (now, token)
        return token

    def _sign(self, audience: str, email: str, now: int) -> str:
        # A service account's unique ID has 21 digits.
        subject = str(10**20 + int(hashlib.sha256(email.encode()).hexdigest(), 16) % 10**20)
        payload = {
            "iss": ISSUER,
            "aud": audience,
            "azp": subject,
            "sub": subject,
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + _LIFETIME_SECONDS,
        }
        return jwt.encode(self._signer, payload, key_id=self._key_id).decode("ascii")


def _real_seconds() -> int:
    # Tokens are verified with real time, which tests do not move.
    return int(time.time())  # noqa: TID251 - tokens use real time


def _certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tasks-emulator.local")])
    now = EPOCH + timedelta(seconds=_real_seconds())
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
