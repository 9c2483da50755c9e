"""Generates private keys, such as a service account's, which signs upload URLs without Google."""

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.seed_secrets import write_private


def new_key() -> tuple[rsa.RSAPrivateKey, str]:
    """A new RSA key and its PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return key, pem.decode()


def write_signing_key(path: Path, project: str) -> None:
    """Write a key file to `path`, for GOOGLE_APPLICATION_CREDENTIALS."""
    _, pem = new_key()
    account = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": "local",
        "private_key": pem,
        "client_email": f"api@{project}.iam.gserviceaccount.com",
        "client_id": "1",
        # Nothing listens there: a request for a token fails instead of leaving the machine.
        "token_uri": "http://127.0.0.1:9/token",
    }
    write_private(path, json.dumps(account))
