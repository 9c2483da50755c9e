"""Encrypting secrets with an AEAD whose associated data binds them to their owner.

Tokens belong to their account: a ciphertext that is copied to another account's document cannot be
decrypted there. The keyset may contain older keys, which still decrypt what they encrypted. The
next refresh, or the operator's `reseal`, encrypts with the primary key.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import tink
from tink import aead, secret_key_access

from shared.domain.accounts import Tokens


class CannotOpen(Exception):
    """The ciphertext belongs to something else, or its key is no longer in the keyset."""


class NotAKeyset(Exception):
    """The text is not a Tink keyset of AEAD keys with a primary key. It is not in the message."""


class TokenCipher:
    def __init__(self, keyset: str) -> None:
        """`keyset`: a Tink AEAD keyset as JSON, as `new_keyset` returns it. Raises NotAKeyset."""
        aead.register()
        try:
            handle = tink.json_proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
            self._aead = handle.primitive(aead.Aead)
        except tink.TinkError as error:
            raise NotAKeyset("it is not a Tink keyset as `keyset new` creates it") from error
        # Tink starts a ciphertext with 1 and the key's id (developers.google.com/tink/wire-format,
        # 2026-11).
        self._primary = b"\x01" + json.loads(keyset)["primaryKeyId"].to_bytes(4, "big")

    def seal(self, tokens: Tokens, *, user_id: str, platform: str, account_id: str) -> bytes:
        clear = {
            "accessToken": tokens.access_token,
            "refreshToken": tokens.refresh_token,
            "expiresAt": tokens.expires_at.isoformat() if tokens.expires_at else None,
        }
        return self.seal_fields(clear, user_id, platform, account_id)

    def open(self, sealed: bytes, *, user_id: str, platform: str, account_id: str) -> Tokens:
        """The tokens that were passed to `seal`. Raises CannotOpen."""
        clear = self.open_fields(sealed, user_id, platform, account_id)
        expires_at = clear["expiresAt"]
        return Tokens(
            access_token=clear["accessToken"],
            refresh_token=clear["refreshToken"],
            expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        )

    def seal_fields(self, fields: Mapping[str, Any], *owner: str) -> bytes:
        """Encrypt any JSON object for its owner, named by ids; it opens only with the same ids."""
        sealed: bytes = self._aead.encrypt(json.dumps(fields).encode(), _binding(owner))
        return sealed

    def open_fields(self, sealed: bytes, *owner: str) -> dict[str, Any]:
        """The fields that were passed to `seal_fields`. Raises CannotOpen."""
        try:
            fields: dict[str, Any] = json.loads(self._aead.decrypt(sealed, _binding(owner)))
        except tink.TinkError as error:
            raise CannotOpen(f"cannot decrypt the secret of {':'.join(owner)}") from error
        return fields

    def is_sealed_with_primary(self, sealed: bytes) -> bool:
        """Whether the keyset's current primary key encrypted this; decrypts nothing."""
        return sealed.startswith(self._primary)


def new_keyset() -> str:
    """A new keyset with one AES-256-GCM key, as JSON. It is a secret."""
    aead.register()
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    keyset: str = tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return keyset


def rotated(keyset: str) -> str:
    """`keyset` with one more key, now the primary; the others still decrypt what they encrypted.

    Raises NotAKeyset.
    """
    TokenCipher(keyset)
    old, new = json.loads(keyset), json.loads(new_keyset())
    together = json.dumps({**new, "key": [*old["key"], *new["key"]]})
    TokenCipher(together)
    return together


def _binding(ids: tuple[str, ...]) -> bytes:
    return json.dumps(ids).encode()
