"""Authorizations that Soku still has to end: `revocations/{id}`. No client can read them.

A grant whose last account was disconnected leaves its encrypted tokens here, bound to the grant as
before. The sweeper finds the document by `wakeAt` and creates the task; the publisher deletes it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared import clock
from shared.domain.accounts import SealedTokens
from shared.gcp import sealed_tokens
from shared.gcp.firestore import document
from shared.gcp.grants import Grant

MAX_TRIES = 5
"""How often the platform is asked."""
# Nobody can use the tokens without the keyset; after this, a TTL policy deletes them unrevoked.
KEPT_FOR = timedelta(days=3)


@dataclass(frozen=True)
class Revocation:
    revocation_id: str
    user_id: str
    platform: str
    kind: str
    grant_id: str
    platform_user_id: str
    """The platform's own id of the person."""
    tokens: SealedTokens
    wake_at: datetime | None
    tries: int = 0

    @property
    def owner(self) -> tuple[str, str, str]:
        """What its tokens are bound to."""
        return (self.user_id, self.platform, self.grant_id)


def revocation_path(revocation_id: str) -> str:
    return f"revocations/{revocation_id}"


def revocation_from(snapshot: Any) -> Revocation | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return Revocation(
        revocation_id=snapshot.id,
        user_id=fields["userId"],
        platform=fields["platform"],
        kind=fields["kind"],
        grant_id=fields["grantId"],
        platform_user_id=fields["platformUserId"],
        tokens=sealed_tokens.read(fields),
        wake_at=fields["wakeAt"],
        tries=fields["tries"],
    )


def write_revocation(batch: Any, db: firestore.Client, grant: Grant) -> None:
    """Add the order to end the authorization of `grant` to `batch`."""
    now = clock.now()
    batch.create(
        db.document(revocation_path(secrets.token_urlsafe(16))),
        {
            "userId": grant.user_id,
            "platform": grant.platform,
            "kind": grant.kind,
            "grantId": grant.grant_id,
            "platformUserId": grant.platform_user_id,
            **sealed_tokens.fields_of(grant.tokens),
            "createdAt": now,
            "wakeAt": now,
            "tries": 0,
            "deleteAt": now + KEPT_FOR,
        },
    )
