"""A grant's tokens as they are stored: encrypted, each in a field of its own.

So tokens can be moved, and an unchanged refresh token kept, by a function that cannot read them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.accounts import Tokens
from shared.gcp.cipher import Sealer, TokenCipher


@dataclass(frozen=True)
class SealedTokens:
    access: bytes = field(repr=False)
    refresh: bytes | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "SealedTokens":
        """From the fields of a document, as `fields` writes them."""
        return cls(
            fields["sealedAccess"],
            fields.get("sealedRefresh"),
            fields.get("expiresAt"),
            fields.get("refreshExpiresAt"),
        )

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a document."""
        return {
            "sealedAccess": self.access,
            "sealedRefresh": self.refresh,
            "expiresAt": self.expires_at,
            "refreshExpiresAt": self.refresh_expires_at,
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
