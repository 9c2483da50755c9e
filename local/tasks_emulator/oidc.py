"""OIDC tokens like those that Google signs for a service account, signed with our own key.

`google.oauth2.id_token.verify_token(token, request, audience, certs_url=...)`
accepts them if `certs_url` serves `TokenIssuer.certs`.
"""

import hashlib
import threading

from local.signing_key import SigningKey, real_seconds

ISSUER = "https://accounts.google.com"
_LIFETIME_SECONDS = 3600
# A signature costs about 1 ms of CPU time, so one is used for a minute.
_REUSED_SECONDS = 60


class TokenIssuer(SigningKey):
    """Signs with a key that is generated at construction; uses real time."""

    def __init__(self) -> None:
        super().__init__("tasks-emulator.local")
        self._lock = threading.Lock()
        self._recent: dict[tuple[str, str], tuple[int, str]] = {}

    def token(self, audience: str, email: str) -> str:
        """A signed token for `audience`, issued for the service account `email`."""
        now = real_seconds()
        with self._lock:
            issued_at, token = self._recent.get((audience, email), (0, ""))
            if now - issued_at >= _REUSED_SECONDS:
                token = self.sign(_claims(audience, email, now))
                self._recent[audience, email] = (now, token)
        return token


def _claims(audience: str, email: str, now: int) -> dict[str, str | int | bool]:
    # A service account's unique ID has 21 digits.
    subject = str(10**20 + int(hashlib.sha256(email.encode()).hexdigest(), 16) % 10**20)
    return {
        "iss": ISSUER,
        "aud": audience,
        "azp": subject,
        "sub": subject,
        "email": email,
        "email_verified": True,
        "iat": now,
        "exp": now + _LIFETIME_SECONDS,
    }
