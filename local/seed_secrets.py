"""The secrets of the seed: created once, so that data of earlier runs can be decrypted."""

import base64
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

FAR_FUTURE = 221_845_392_000  # seconds since 1970: in the year 9000


@dataclass
class SeedSecrets:
    keyset: str = field(repr=False)
    """The Tink keyset that encrypts the accounts' tokens."""
    token_secret: str = field(repr=False)
    """The platforms' tokens are derived from it, so a new platform needs no new secret."""
    api_keys: dict[str, str] = field(default_factory=dict, repr=False)
    """User name -> API key."""

    def api_key(self, user: str) -> str:
        """The user's key, created on the first call; `save` stores it."""
        from shared.gcp.api_keys import new_key  # slow to import, and rarely needed

        if user not in self.api_keys:
            self.api_keys[user] = new_key()
        return self.api_keys[user]

    @property
    def public_keyset(self) -> str:
        """The half of the keyset that only encrypts."""
        from shared.gcp.cipher import public_half  # slow to import, and rarely needed

        return public_half(self.keyset)

    def derived(self, name: str) -> str:
        """A secret with this name, always the same."""
        return hmac.digest(self.token_secret.encode(), name.encode(), "sha256").hex()

    def token(self, account_id: str, kind: str) -> str:
        """An account's `access` or `refresh` token."""
        digest = hmac.digest(self.token_secret.encode(), f"{account_id} {kind}".encode(), "sha256")
        return f"{account_id}.{kind}.{_base64url(digest)}"


def load(path: Path) -> SeedSecrets:
    """The secrets in `path`, or new ones if the file does not exist."""
    if path.exists():
        return SeedSecrets(**json.loads(path.read_text(encoding="utf-8")))
    from shared.gcp.cipher import new_keyset  # slow to import, and rarely needed

    return SeedSecrets(keyset=new_keyset(), token_secret=secrets.token_hex(32))


def save(path: Path, seed_secrets: SeedSecrets) -> None:
    """Write the secrets to a file that only its owner can read."""
    write_private(path, json.dumps(asdict(seed_secrets), indent=1))


def write_private(path: Path, text: str) -> None:
    """Replace `path` atomically with a file that only its owner can read."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def write_signing_key(path: Path, project: str) -> None:
    """Write a service account key to `path`, which signs upload URLs without Google."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": "local",
        "private_key": pem.decode(),
        "client_email": f"api@{project}.iam.gserviceaccount.com",
        "client_id": "1",
        # Nothing listens there: a request for a token fails instead of leaving the machine.
        "token_uri": "http://127.0.0.1:9/token",
    }
    write_private(path, json.dumps(account))


def unsigned_id_token(project: str, user_id: str, email: str) -> str:
    """A Firebase ID token for the Firestore emulator: unsigned, and valid until the year 9000."""
    claims = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": user_id,
        "user_id": user_id,
        "email": email,
        "email_verified": True,
        "auth_time": 0,
        "iat": 0,
        "exp": FAR_FUTURE,
        "firebase": {"identities": {"email": [email]}, "sign_in_provider": "password"},
    }
    header = {"alg": "none", "typ": "JWT"}
    parts = (_base64url(json.dumps(part).encode()) for part in (header, claims))
    return ".".join(parts) + "."


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
