"""What Meta sends when a user removes our app, or asks us to delete their data.

developers.facebook.com/docs/facebook-login/guides/advanced/deauth-callback and
docs/development/create-an-app/app-dashboard/data-deletion-callback, as of 2026-11-22. The form
field `signed_request` has a signature and a JSON object, both in base64url, with a dot between
them. The signature is of the encoded object.
"""

import binascii
import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.platforms.wire import mapping, number, words

LONGEST = 8192
"""Characters of a request; real ones have about 300."""
OLDEST = timedelta(days=1)
# The clocks of Meta's machines and ours differ by less.
_SKEW = timedelta(minutes=1)
_ALGORITHM = "HMAC-SHA256"


class Forged(Exception):
    """The request does not come from Meta, or is too old. The text does not repeat its content."""


def user_of(signed_request: str, secrets: Iterable[str], now: datetime) -> str:
    """The id that the user has for our app. `secrets`: of the apps that may be meant.

    Raises Forged.
    """
    signature, _, payload = signed_request.partition(".")
    if len(signed_request) > LONGEST or not signature or not payload:
        raise Forged("not a signed request")
    given = _decoded(signature)
    expected = [hmac.digest(secret.encode(), payload.encode(), "sha256") for secret in secrets]
    # Every secret is compared, so that the time tells nothing.
    matches = sum(hmac.compare_digest(given, right) for right in expected)
    if not matches:
        raise Forged("the signature is wrong")
    try:
        fields = mapping(json.loads(_decoded(payload)))
    except (ValueError, RecursionError) as error:
        raise Forged("the content is not JSON") from error
    if words(fields.get("algorithm")).upper() != _ALGORITHM:
        raise Forged("the algorithm is not HMAC-SHA256")
    _check_age(number(fields.get("issued_at")), now)
    user_id = words(fields.get("user_id"))
    if not user_id:
        raise Forged("it names no user")
    return user_id


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise Forged("not base64") from error


def _check_age(issued_at: int | None, now: datetime) -> None:
    if issued_at is None:
        raise Forged("it does not say when it was issued")
    age = now.timestamp() - issued_at
    if age > OLDEST.total_seconds() or age < -_SKEW.total_seconds():
        raise Forged("it is too old, or from the future")
