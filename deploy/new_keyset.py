"""Prints a new Tink keyset (JSON) with one key: HPKE with X25519, HKDF-SHA256 and AES-256-GCM.

It is a secret, which encrypts and decrypts; public_keyset.py prints the half that only encrypts.
The same as shared/gcp/cipher.new_keyset, with only Python's standard library, because the operator
may have no other packages. (github.com/tink-crypto/tink/blob/master/proto/hpke.proto: a private key
has the public one in field 2 and its bytes in field 3; a public key has the parameters in field 2
and its bytes in field 3; the parameters are KEM 1, KDF 1 and AEAD 2.)
"""

import base64
import json
import secrets

_KEY_BYTES = 32
_PRIME = 2**255 - 19
_PARAMETERS = bytes([1 << 3, 1, 2 << 3, 1, 3 << 3, 2])
_BASE_POINT = (9).to_bytes(_KEY_BYTES, "little")


def x25519(scalar: bytes, point: bytes) -> bytes:
    """The function of RFC 7748, section 5, for 32 bytes each.

    Its time depends on the scalar. It runs once, on the operator's machine, where nobody measures.
    """
    bits = int.from_bytes(scalar, "little")
    bits = bits & ~7 & ~(1 << 255) | 1 << 254
    u = int.from_bytes(point, "little") & ~(1 << 255)
    x2, z2, x3, z3 = 1, 0, u, 1
    for position in reversed(range(255)):
        swapped = bits >> position & 1
        if swapped:
            x2, z2, x3, z3 = x3, z3, x2, z2
        total, difference = x2 + z2, x2 - z2
        left, right = difference * (x3 + z3), total * (x3 - z3)
        squared_total, squared_difference = total * total, difference * difference
        step = squared_total - squared_difference
        x3, z3 = (left + right) ** 2 % _PRIME, u * (left - right) ** 2 % _PRIME
        x2 = squared_total * squared_difference % _PRIME
        z2 = step * (squared_total + 121665 * step) % _PRIME
        if swapped:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, _PRIME - 2, _PRIME) % _PRIME).to_bytes(_KEY_BYTES, "little")


def _field(number: int, content: bytes) -> bytes:
    """A field of a protocol buffer, with fewer than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


def new_keyset() -> str:
    key_id = secrets.randbelow(2**32 - 1) + 1
    private = secrets.token_bytes(_KEY_BYTES)
    public = _field(2, _PARAMETERS) + _field(3, x25519(private, _BASE_POINT))
    data = {
        "typeUrl": "type.googleapis.com/google.crypto.tink.HpkePrivateKey",
        "keyMaterialType": "ASYMMETRIC_PRIVATE",
        "value": base64.b64encode(_field(2, public) + _field(3, private)).decode(),
    }
    entry = {"keyId": key_id, "status": "ENABLED", "outputPrefixType": "TINK", "keyData": data}
    return json.dumps({"primaryKeyId": key_id, "key": [entry]})


if __name__ == "__main__":
    print(new_keyset())
