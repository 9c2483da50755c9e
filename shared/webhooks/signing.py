"""Signatures of Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec 1.0.0).

A secret is derived from WEBHOOK_KEY, the id of the webhook and a number. So no secret is stored,
and a new one needs only the next number.
"""

import base64
import hashlib
import hmac
from datetime import datetime

from shared.config import ConfigurationError, Settings
from shared.gcp.webhooks import Webhook


def secret_of(webhook: Webhook, settings: Settings) -> str:
    """The secret that the owner of a webhook verifies with. Raises ConfigurationError."""
    key = base64.b64encode(_key(webhook.webhook_id, webhook.secret_number, settings))
    return f"whsec_{key.decode()}"


def headers_of(
    webhook: Webhook, message_id: str, body: bytes, now: datetime, settings: Settings
) -> dict[str, str]:
    """The header fields that sign a request. Raises ConfigurationError."""
    numbers = [webhook.secret_number]
    if webhook.old_secret_ends(now):
        numbers.append(webhook.secret_number - 1)
    seconds = str(int(now.timestamp()))
    signed = f"{message_id}.{seconds}.".encode() + body
    signatures = [
        hmac.digest(_key(webhook.webhook_id, number, settings), signed, hashlib.sha256)
        for number in numbers
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(
            f"v1,{base64.b64encode(each).decode()}" for each in signatures
        ),
    }


def _key(webhook_id: str, number: int, settings: Settings) -> bytes:
    if not settings.webhook_key:
        raise ConfigurationError("WEBHOOK_KEY is not set: it signs what webhooks send.")
    return hmac.digest(settings.webhook_key.encode(), f"{webhook_id}:{number}".encode(), "sha256")
