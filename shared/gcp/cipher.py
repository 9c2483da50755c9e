"""Encrypting secrets for one owner, with a keyset of two halves.

The public half can only encrypt: a function that connects accounts cannot read a token. The
private half decrypts as well. A ciphertext is bound to its owner, so one that is copied to another
account's document cannot be decrypted there. The keyset may contain older keys, which still decrypt
what they encrypted. The next refresh, or the operator's `reseal`, encrypts with the primary key.
"""

import json
from collections.abc import Mapping
from typing import Any

import tink
from tink import hybrid, secret_key_access

hybrid.register()


class CannotOpen(Exception):
    """The ciphertext belongs to something else, or its key is no longer in the keyset."""


class NotAKeyset(Exception):
    """The text is not a Tink keyset of this half, with a primary key. It is not in the message."""


class Sealer:
    """Encrypts with the public half of a keyset."""

    def __init__(self, keyset: str) -> None:
        """`keyset`: as `public_half` returns it. Raises NotAKeyset."""
        try:
            handle = tink.json_proto_keyset_format.parse_without_secret(keyset)
            self._encrypt = handle.primitive(hybrid.HybridEncrypt)
        except tink.TinkError as error:
            raise NotAKeyset("it is not the public half of a Tink keyset") from error

    def seal(self, secret: str, *owner: str) -> bytes:
        """Encrypt a secret for its owner, named by ids; it opens only with the same ids."""
        sealed: bytes = self._encrypt.encrypt(secret.encode(), _binding(owner))
        return sealed

    def seal_fields(self, fields: Mapping[str, Any], *owner: str) -> bytes:
        """As `seal`, for a JSON object."""
        return self.seal(json.dumps(fields), *owner)


class TokenCipher(Sealer):
    """Encrypts and decrypts with a whole keyset."""

    def __init__(self, keyset: str) -> None:
        """`keyset`: as `new_keyset` returns it. Raises NotAKeyset."""
        handle = _parsed(keyset)
        super().__init__(public_half(keyset))
        self._decrypt = handle.primitive(hybrid.HybridDecrypt)
        # Tink starts a ciphertext with 1 and the key's id (developers.google.com/tink/wire-format,
        # 2026-11).
        self._primary = b"\x01" + json.loads(keyset)["primaryKeyId"].to_bytes(4, "big")

    def open(self, sealed: bytes, *owner: str) -> str:
        """The secret that was passed to `seal`. Raises CannotOpen."""
        try:
            secret: bytes = self._decrypt.decrypt(sealed, _binding(owner))
        except tink.TinkError as error:
            raise CannotOpen(f"cannot decrypt the secret of {':'.join(owner)}") from error
        return secret.decode()

    def open_fields(self, sealed: bytes, *owner: str) -> dict[str, Any]:
        """The fields that were passed to `seal_fields`. Raises CannotOpen."""
        fields: dict[str, Any] = json.loads(self.open(sealed, *owner))
        return fields

    def is_sealed_with_primary(self, sealed: bytes) -> bool:
        """Whether the keyset's current primary key encrypted this; decrypts nothing."""
        return sealed.startswith(self._primary)


def new_keyset() -> str:
    """A new keyset with one key (HPKE: X25519, HKDF-SHA256, AES-256-GCM), as JSON: a secret."""
    templates = hybrid.hybrid_key_templates
    template = templates.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM
    handle = tink.new_keyset_handle(template)
    keyset: str = tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return keyset


def public_half(keyset: str) -> str:
    """The half of `keyset` that can only encrypt, as JSON; not a secret. Raises NotAKeyset."""
    half: str = tink.json_proto_keyset_format.serialize_without_secret(
        _parsed(keyset).public_keyset_handle()
    )
    return half


def rotated(keyset: str) -> str:
    """`keyset` with one more key, now the primary; the others still decrypt what they encrypted.

    Raises NotAKeyset.
    """
    TokenCipher(keyset)
    old, new = json.loads(keyset), json.loads(new_keyset())
    together = json.dumps({**new, "key": [*old["key"], *new["key"]]})
    TokenCipher(together)
    return together


def _parsed(keyset: str) -> Any:
    try:
        handle = tink.json_proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
        handle.primitive(hybrid.HybridDecrypt)
    except tink.TinkError as error:
        raise NotAKeyset("it is not a Tink keyset as `keyset new` creates it") from error
    return handle


def _binding(ids: tuple[str, ...]) -> bytes:
    return json.dumps(ids).encode()
