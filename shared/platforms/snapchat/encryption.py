"""Encrypting media for Snap: AES-256-CBC with PKCS7 over the whole file, then cut into parts.

In that mode the last block of a part is the initialization vector of the next one, so an upload
can continue at any part without the bytes before it.
"""

import base64
import secrets
from collections.abc import Iterable

BLOCK = 16
MIB = 1024 * 1024
# At most 35 parts of less than 32 MiB each. Every part but the last has whole blocks.
MAX_PARTS = 35
_PART = 16 * MIB
_PART_OF_LARGE = 30 * MIB


def part_bytes(size: int) -> int:
    """How many bytes of a file of `size` bytes go into one part."""
    return _PART if size <= MAX_PARTS * _PART else _PART_OF_LARGE


def part_count(size: int) -> int:
    return -(-size // part_bytes(size))


def new_secrets() -> dict[str, str]:
    """A new `key` and `iv`, in Base64 as Snap expects them."""
    return {"key": _encoded(secrets.token_bytes(32)), "iv": _encoded(secrets.token_bytes(BLOCK))}


def encrypted(pieces: Iterable[bytes], *, key: str, iv: str, is_last: bool) -> bytes:
    """One part of the ciphertext. `iv` is the file's own, or `next_iv` of the part before."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    cipher = Cipher(algorithms.AES(_decoded(key)), modes.CBC(_decoded(iv))).encryptor()
    out, length = bytearray(), 0
    for piece in pieces:
        out += cipher.update(piece)
        length += len(piece)
    if is_last:
        padding = BLOCK - length % BLOCK
        out += cipher.update(bytes([padding]) * padding)
    cipher.finalize()
    return bytes(out)


def next_iv(part: bytes) -> str:
    """The initialization vector of the part after `part`."""
    return _encoded(part[-BLOCK:])


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _decoded(value: str) -> bytes:
    return base64.b64decode(value)
