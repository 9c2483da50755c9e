"""Encrypting and decrypting a grant's tokens, and the fields of a document that has them."""

from collections.abc import Mapping
from typing import Any

from shared.domain.accounts import SealedTokens, Tokens
from shared.gcp.cipher import Sealer, TokenCipher


def read(fields: Mapping[str, Any]) -> SealedTokens:
    """The tokens in the fields of a document, as `fields_of` makes them."""
    return SealedTokens(
        fields["sealedAccess"],
        fields.get("sealedRefresh"),
        fields.get("expiresAt"),
        fields.get("refreshExpiresAt"),
    )


def fields_of(tokens: SealedTokens) -> dict[str, Any]:
    return {
        "sealedAccess": tokens.access,
        "sealedRefresh": tokens.refresh,
        "expiresAt": tokens.expires_at,
        "refreshExpiresAt": tokens.refresh_expires_at,
    }


def sealed(tokens: Tokens, sealer: Sealer, *owner: str) -> SealedTokens:
    """`tokens`, encrypted for `owner`: user, platform and grant."""
    refresh = tokens.refresh_token
    return SealedTokens(
        access=sealer.seal(tokens.access_token, *owner, "access"),
        refresh=sealer.seal(refresh, *owner, "refresh") if refresh else None,
        expires_at=tokens.expires_at,
        refresh_expires_at=tokens.refresh_expires_at,
    )


def opened(stored: SealedTokens, cipher: TokenCipher, *owner: str) -> Tokens:
    """The tokens that `sealed` was given. Raises CannotOpen."""
    return Tokens(
        access_token=cipher.open(stored.access, *owner, "access"),
        refresh_token=cipher.open(stored.refresh, *owner, "refresh") if stored.refresh else None,
        expires_at=stored.expires_at,
        refresh_expires_at=stored.refresh_expires_at,
    )


def sealed_own_token(token: str, sealer: Sealer, *owner: str) -> bytes:
    """The token that one account has besides its grant's, for `owner`: user, platform, account."""
    return sealer.seal(token, *owner, "own")


def opened_own_token(stored: bytes, cipher: TokenCipher, *owner: str) -> str:
    """The token that `sealed_own_token` was given. Raises CannotOpen."""
    return cipher.open(stored, *owner, "own")
