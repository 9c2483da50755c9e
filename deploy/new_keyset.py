"""Prints a new Tink keyset (JSON) with one AES-256-GCM key. It is a secret.

The same as shared/gcp/cipher.new_keyset, with only Python's standard library, because the
operator may have no other packages.
(github.com/tink-crypto/tink/blob/master/proto/aes_gcm.proto: the key is field 3)
"""

import base64
import json
import secrets

_KEY_BYTES = 32
_FIELD_3_OF_32_BYTES = bytes([3 << 3 | 2, _KEY_BYTES])


def new_keyset() -> str:
    key_id = secrets.randbelow(2**32 - 1) + 1
    key = _FIELD_3_OF_32_BYTES + secrets.token_bytes(_KEY_BYTES)
    data = {
        "typeUrl": "type.googleapis.com/google.crypto.tink.AesGcmKey",
        "keyMaterialType": "SYMMETRIC",
        "value": base64.b64encode(key).decode(),
    }
    entry = {"keyId": key_id, "status": "ENABLED", "outputPrefixType": "TINK", "keyData": data}
    return json.dumps({"primaryKeyId": key_id, "key": [entry]})


if __name__ == "__main__":
    print(new_keyset())
