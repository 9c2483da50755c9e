"""What Meta sends to an app when a user removes it, or asks it to delete their data.

developers.facebook.com/docs/facebook-login/guides/advanced/deauth-callback and
docs/development/create-an-app/app-dashboard/data-deletion-callback. It is sent on demand:

    POST /_sim/callbacks {"kind": "deauthorize", "person": "demo", "url": "…", "secret": "…"}

`kind` is deauthorize or deletion, `person` the value on the login page, `url` the app's callback,
and `secret` the one that signs. Nothing else changes: tokens still work. The answer is
`{status, body, accepted}`; `accepted`: Meta would be content with that status and body.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from local.platforms import clock
from local.platforms.controls import BadControl

KINDS = ("deauthorize", "deletion")
TIMEOUT_SECONDS = 10.0
# Bytes of an answer; real ones are shorter than 1 kB.
LARGEST_ANSWER = 64 << 10
_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True)
class Callback:
    """`user_id`: the id that the user has for the app."""

    kind: str
    user_id: str
    secret: str = field(repr=False)

    @property
    def signed_request(self) -> str:
        """`base64url(signature).base64url(JSON)`; the signature is of the encoded JSON."""
        now = clock.now()
        content = {
            "algorithm": "HMAC-SHA256",
            "issued_at": int(now.timestamp()),
            "expires": int((now + _LIFETIME).timestamp()),
            "user_id": self.user_id,
        }
        payload = _encoded(json.dumps(content).encode())
        signature = hmac.digest(self.secret.encode(), payload.encode(), "sha256")
        return f"{_encoded(signature)}.{payload}"


def send(callback: Callback, url: str) -> dict[str, Any]:
    """The app's answer to a callback. Raises BadControl."""
    if callback.kind not in KINDS or not url.startswith(("http://", "https://")):
        raise BadControl(f"kind must be {' or '.join(KINDS)}, and url an address.")
    try:
        with requests.post(
            url,
            data={"signed_request": callback.signed_request},
            allow_redirects=False,
            timeout=TIMEOUT_SECONDS,
            proxies={"http": "", "https": ""},
            stream=True,
        ) as answer:
            text = answer.raw.read(LARGEST_ANSWER, decode_content=True).decode(errors="replace")
    except (requests.RequestException, OSError) as error:
        raise BadControl(f"{url} does not answer: {type(error).__name__}") from error
    body = _parsed(text)
    is_content = answer.status_code == 200 and (
        callback.kind == "deauthorize" or _names_a_deletion(body)
    )
    return {"status": answer.status_code, "body": body, "accepted": is_content}


def _names_a_deletion(body: object) -> bool:
    """Whether the answer has where to ask about the deletion, and its code."""
    expected = ("url", "confirmation_code")
    return isinstance(body, dict) and all(
        isinstance(body.get(name), str) and body[name] for name in expected
    )


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
