"""The keysets that deploy.sh generates with only Python's standard library, read by Tink."""

import json
import secrets
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from deploy.new_keyset import x25519
from shared.gcp.cipher import CannotOpen, Sealer, TokenCipher, new_keyset, public_half, rotated
from tests.conftest import ROOT


def _run(script: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Without the packages of the tests, as on the operator's machine."""
    command = [sys.executable, "-I", "-S", f"deploy/{script}"]
    return subprocess.run(
        command, cwd=ROOT, input=typed, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("scalar", "point", "product"),
    [
        # RFC 7748, section 5.2: both vectors, and the first step of the iteration.
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
        (
            "0900000000000000000000000000000000000000000000000000000000000000",
            "0900000000000000000000000000000000000000000000000000000000000000",
            "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
        ),
    ],
)
def test_x25519_agrees_with_its_rfc(scalar: str, point: str, product: str) -> None:
    assert x25519(bytes.fromhex(scalar), bytes.fromhex(point)).hex() == product


def test_x25519_agrees_with_openssl() -> None:
    for _ in range(20):
        scalar, point = secrets.token_bytes(32), secrets.token_bytes(32)
        expected = X25519PrivateKey.from_private_bytes(scalar).exchange(
            X25519PublicKey.from_public_bytes(point)
        )
        assert x25519(scalar, point) == expected


def test_tink_encrypts_with_the_public_half_what_the_keyset_decrypts() -> None:
    keyset = _run("new_keyset.py").stdout
    public = _run("public_keyset.py", keyset).stdout
    sealed = Sealer(public).seal("a token", "ann", "x")
    assert TokenCipher(keyset).open(sealed, "ann", "x") == "a token"
    with pytest.raises(CannotOpen):
        TokenCipher(_run("new_keyset.py").stdout).open(sealed, "ann", "x")


def test_it_has_the_form_of_tinks_own_keysets() -> None:
    ours, tinks = json.loads(_run("new_keyset.py").stdout), json.loads(new_keyset())
    for keyset in (ours, tinks):
        [key] = keyset["key"]
        assert key.pop("keyId") == keyset.pop("primaryKeyId")
        # The parameters come first; the keys themselves differ.
        key["keyData"]["value"] = key["keyData"]["value"][:12], len(key["keyData"]["value"])
    assert ours == tinks


def test_the_public_half_is_the_one_that_tink_makes_also_after_a_rotation() -> None:
    for keyset in (new_keyset(), rotated(rotated(_run("new_keyset.py").stdout))):
        public = _run("public_keyset.py", keyset).stdout
        assert json.loads(public) == json.loads(public_half(keyset))


@pytest.mark.parametrize("keyset", ["{}", "not JSON", '{"primaryKeyId": 1, "key": [{}]}', "OLD"])
def test_another_keyset_is_refused_with_what_to_do(keyset: str) -> None:
    # A keyset of version 0.2.0 has keys of this type.
    old = new_keyset().replace("HpkePrivateKey", "AesGcmKey")
    run = _run("public_keyset.py", old if keyset == "OLD" else keyset)
    assert (run.returncode, run.stdout) == (1, "")
    assert "python3 deploy/new_keyset.py | gcloud secrets versions add token-keyset" in run.stderr


def test_nothing_on_standard_input_is_not_taken_for_another_keyset() -> None:
    """The command before it has failed, so no keyset may be replaced."""
    run = _run("public_keyset.py")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "There is no keyset on standard input.\n"
