"""Signed-in users for tests: ID tokens of an identity twin, and tokens that must be refused."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from local.identity.twin import IdentityTwin, Person
from local.signing_key import SigningKey

# Of all twins: generating a key takes longer than most of the tests that need one.
KEY = SigningKey("identity-twin.test")
KEY_OF_SOMEBODY_ELSE = SigningKey("somebody-else.test")


class SignedIn:
    """Signs tokens for any user of the project `project`."""

    def __init__(self, project: str) -> None:
        self.twin = IdentityTwin(project, {"ann": Person("ann", "ann@example.com")}, KEY)

    def claims(self, user_id: str, **changes: Any) -> dict[str, Any]:
        """The claims of a valid token with `changes`; None removes a claim."""
        claims = self.twin.claims(Person(user_id, f"{user_id}@example.com")) | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, user_id: str, **changes: Any) -> str:
        return self.twin.key.sign(self.claims(user_id, **changes))

    def headers(self, user_id: str, **changes: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(user_id, **changes)}"}

    def unsigned(self, user_id: str, **header: Any) -> str:
        """Claims below any header, with nothing as the signature."""
        header = {"alg": "none", "typ": "JWT", "kid": self.twin.key.key_id, **header}
        return f"{_part(header)}.{_part(self.claims(user_id))}."

    def nested(self, user_id: str) -> str:
        """With a header that is nested more deeply than Python reads."""
        header = '{"alg":"RS256","x":' + "[" * 3000 + "]" * 3000 + "}"
        return f"{_encoded(header.encode())}.{_part(self.claims(user_id))}.{_encoded(b'a' * 256)}"


def with_signature(token: str, signature: bytes) -> str:
    return f"{token.rpartition('.')[0]}.{_encoded(signature)}"


def _part(fields: Mapping[str, Any]) -> str:
    return _encoded(json.dumps(fields, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
