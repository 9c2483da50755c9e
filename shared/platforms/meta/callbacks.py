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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.platforms.wire import mapping, number, words

LONGEST = 8192
"""Characters of a request; real ones have about 300."""
OLDEST = timedelta(days=1)
# The clocks of Meta's machines and ours differ by less.
_SKEW = timedelta(minutes=1)
_ALGORITHM = "HMAC-SHA256"


class Forged(Exception):
    """The request does not come from Meta, or is too old. The text does not repeat its content."""


@dataclass(frozen=True)
class Notice:
    """What Meta says about a user."""

    user_id: str
    """The id that the user has for our app."""
    issued_at: datetime

    def concerns(self, given_at: datetime | None) -> bool:
        """Whether it may mean an authorization that was given at this time, and not a later one."""
        return given_at is None or given_at <= self.issued_at + _SKEW


def notice_in(signed_request: str, secrets: Iterable[str], now: datetime) -> Notice:
    """What a request says. `secrets`: of the apps that may be meant. Raises Forged."""
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
    issued_at = _issued_at(number(fields.get("issued_at")), now)
    user_id = words(fields.get("user_id"))
    if not user_id:
        raise Forged("it names no user")
    return Notice(user_id, issued_at)


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise Forged("not base64") from error


def _issued_at(seconds: int | None, now: datetime) -> datetime:
    if seconds is None:
        raise Forged("it does not say when it was issued")
    age = now.timestamp() - seconds
    if age > OLDEST.total_seconds() or age < -_SKEW.total_seconds():
        raise Forged("it is too old, or from the future")
    return datetime.fromtimestamp(seconds, UTC)
