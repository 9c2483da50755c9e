"""Encrypted secrets: bound to their owner, and decrypted only by the private half."""

import json
from datetime import UTC, datetime

import pytest

from shared.domain.accounts import SealedTokens, Tokens
from shared.gcp import sealed_tokens
from shared.gcp.cipher import (
    CannotOpen,
    NotAKeyset,
    Sealer,
    TokenCipher,
    new_keyset,
    public_half,
    rotated,
)

NOON = datetime(2030, 1, 1, tzinfo=UTC)
TOKENS = Tokens("canary-access", "canary-refresh", NOON, NOON)
HERE = ("ann", "x", "grant-1")
KEYSET = new_keyset()
CIPHER = TokenCipher(KEYSET)


@pytest.mark.parametrize("tokens", [TOKENS, Tokens("only"), Tokens("é漢😀" * 500)])
def test_encrypted_tokens_can_be_decrypted(tokens: Tokens) -> None:
    assert (
        sealed_tokens.opened(sealed_tokens.sealed(tokens, CIPHER, *HERE), CIPHER, *HERE) == tokens
    )


def test_a_sealed_token_cannot_be_read() -> None:
    sealed = sealed_tokens.sealed(TOKENS, CIPHER, *HERE)
    assert b"canary" not in sealed.access + (sealed.refresh or b"")
    assert "canary" not in repr(TOKENS)


def test_the_public_half_encrypts_and_decrypts_nothing() -> None:
    half = public_half(KEYSET)
    sealed = Sealer(half).seal("canary", *HERE)
    assert CIPHER.open(sealed, *HERE) == "canary"
    assert not hasattr(Sealer(half), "open")
    with pytest.raises(NotAKeyset):
        TokenCipher(half)


@pytest.mark.parametrize("nonsense", ["", "{}", "nonsense", KEYSET])
def test_a_sealer_refuses_everything_but_a_public_half(nonsense: str) -> None:
    with pytest.raises(NotAKeyset):
        Sealer(nonsense)


@pytest.mark.parametrize(
    "other",
    [
        ("bob", "x", "grant-1"),
        ("ann", "threads", "grant-1"),
        ("ann", "x", "grant-2"),
        ('ann", "x', "grant-1", ""),
        ("ann", "x"),
    ],
)
def test_a_ciphertext_of_another_owner_cannot_be_decrypted(other: tuple[str, ...]) -> None:
    with pytest.raises(CannotOpen):
        CIPHER.open(CIPHER.seal("canary", *HERE), *other)


def test_an_access_token_is_not_taken_for_a_refresh_token() -> None:
    sealed = sealed_tokens.sealed(TOKENS, CIPHER, *HERE)
    swapped = SealedTokens(sealed.refresh or b"", sealed.access)
    with pytest.raises(CannotOpen):
        sealed_tokens.opened(swapped, CIPHER, *HERE)


def test_a_changed_ciphertext_cannot_be_decrypted() -> None:
    sealed = bytearray(CIPHER.seal("canary", *HERE))
    sealed[-1] ^= 1
    for broken in (bytes(sealed), b"", b"nonsense"):
        with pytest.raises(CannotOpen):
            CIPHER.open(broken, *HERE)


def test_an_older_key_still_decrypts_and_the_newest_one_encrypts() -> None:
    new = rotated(KEYSET)
    assert len(json.loads(new)["key"]) == 2
    assert TokenCipher(new).open(CIPHER.seal("canary", *HERE), *HERE) == "canary"
    sealed_after = TokenCipher(new).seal("canary", *HERE)
    assert TokenCipher(new).is_sealed_with_primary(sealed_after)
    assert TokenCipher(new).is_sealed_with_primary(Sealer(public_half(new)).seal("x", *HERE))
    with pytest.raises(CannotOpen):
        CIPHER.open(sealed_after, *HERE)


def test_another_keyset_decrypts_nothing() -> None:
    with pytest.raises(CannotOpen, match="x:grant-1"):
        TokenCipher(new_keyset()).open(CIPHER.seal("canary", *HERE), *HERE)
