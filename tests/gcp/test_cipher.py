"""Encrypted tokens: bound to their account, and still decrypted by older keys of the keyset."""

from datetime import UTC, datetime

import pytest
import tink
from tink import aead, secret_key_access

from shared.domain.accounts import Tokens
from shared.gcp.cipher import CannotOpen, TokenCipher, new_keyset

TOKENS = Tokens("canary-access", "canary-refresh", datetime(2030, 1, 1, tzinfo=UTC))
HERE = {"user_id": "ann", "platform": "x", "account_id": "x_ann"}


def _rotated(keyset: str) -> str:
    """The keyset with a new primary key; the old key stays in it."""
    aead.register()
    handle = tink.json_proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
    keys = handle._keyset
    fresh = tink.json_proto_keyset_format.parse(new_keyset(), secret_key_access.TOKEN)._keyset
    keys.key.append(fresh.key[0])
    keys.primary_key_id = fresh.primary_key_id
    serialized: str = tink.json_proto_keyset_format.serialize(
        tink.KeysetHandle._create(keys), secret_key_access.TOKEN
    )
    return serialized


@pytest.mark.parametrize("tokens", [TOKENS, Tokens("only"), Tokens("é漢😀" * 500, "")])
def test_encrypted_tokens_can_be_decrypted(tokens: Tokens) -> None:
    cipher = TokenCipher(new_keyset())
    assert cipher.open(cipher.seal(tokens, **HERE), **HERE) == tokens


def test_a_sealed_token_cannot_be_read() -> None:
    sealed = TokenCipher(new_keyset()).seal(TOKENS, **HERE)
    assert b"canary" not in sealed
    assert "canary" not in repr(TOKENS)


@pytest.mark.parametrize(
    "moved",
    [
        {"user_id": "bob"},
        {"platform": "threads"},
        {"account_id": "x_brand"},
        {"user_id": 'ann", "x', "platform": "x_ann", "account_id": ""},
    ],
)
def test_a_ciphertext_of_another_account_cannot_be_decrypted(
    moved: dict[str, str],
) -> None:
    cipher = TokenCipher(new_keyset())
    sealed = cipher.seal(TOKENS, **HERE)
    with pytest.raises(CannotOpen):
        cipher.open(sealed, **{**HERE, **moved})


def test_a_changed_ciphertext_cannot_be_decrypted() -> None:
    cipher = TokenCipher(new_keyset())
    sealed = bytearray(cipher.seal(TOKENS, **HERE))
    sealed[-1] ^= 1
    for broken in (bytes(sealed), b"", b"nonsense"):
        with pytest.raises(CannotOpen):
            cipher.open(broken, **HERE)


def test_an_older_key_still_decrypts_and_the_newest_one_encrypts() -> None:
    old = new_keyset()
    new = _rotated(old)
    sealed_before = TokenCipher(old).seal(TOKENS, **HERE)
    assert TokenCipher(new).open(sealed_before, **HERE) == TOKENS
    sealed_after = TokenCipher(new).seal(TOKENS, **HERE)
    with pytest.raises(CannotOpen):
        TokenCipher(old).open(sealed_after, **HERE)


def test_another_keyset_decrypts_nothing() -> None:
    sealed = TokenCipher(new_keyset()).seal(TOKENS, **HERE)
    with pytest.raises(CannotOpen, match="x:x_ann"):
        TokenCipher(new_keyset()).open(sealed, **HERE)
