"""Idempotency: one key stands for one submission. Keys belong to a user and a mode."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

MAX_KEY_LENGTH = 255
DERIVED_FOR = timedelta(hours=23)
"""A derived key is for repeated requests, not for posts that are the same every day."""


@dataclass(frozen=True)
class IdempotencyKey:
    """The key of a request: the caller's own, or one derived from the body."""

    record_id: str
    fingerprint: str
    derived: bool

    def lifetime(self, configured: timedelta) -> timedelta:
        """How long the key stands for its post. `configured`: as the operator wants it."""
        return min(configured, DERIVED_FOR) if self.derived else configured


@dataclass(frozen=True)
class IdempotencyRecord:
    """`idempotencyKeys/{record_id}`."""

    fingerprint: str
    submission_id: str
    expires_at: datetime

    def is_alive(self, now: datetime) -> bool:
        """TTL removes records late, so an expired one may still be read. It no longer counts."""
        return self.expires_at > now


def is_valid_key(key: str) -> bool:
    """1 to 255 printable ASCII characters."""
    return 1 <= len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()


def canonical(body: Any) -> bytes:
    """`body` as JSON in a form without differences of key order and white space."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def key_for(*, user_id: str, mode: str, sent: str | None, body: Any) -> IdempotencyKey:
    """The key of a request: `sent`, or else one derived from the user and the body."""
    fingerprint = hashlib.sha256(canonical(body)).hexdigest()
    name = ["sent", sent] if sent is not None else ["derived", fingerprint]
    scoped = json.dumps([user_id, mode, *name]).encode()
    return IdempotencyKey(
        record_id=hashlib.sha256(scoped).hexdigest(),
        fingerprint=fingerprint,
        derived=sent is None,
    )
