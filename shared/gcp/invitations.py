"""Who may become a user, and which links to sign in were sent to an address.

`invitations/{sha256(email)}` and `signInLinks/{sha256(email)}`, by the address in lower case. No
client can read them.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared import clock
from shared.gcp.firestore import commit, document
from shared.gcp.messages import Batch

LINKS_KEPT_FOR = timedelta(hours=1)
"""How long the links to an address are counted."""


def invitation_path(email: str) -> str:
    return f"invitations/{_hash(email)}"


def links_path(email: str) -> str:
    return f"signInLinks/{_hash(email)}"


def invite(db: firestore.Client, email: str) -> None:
    """Let an address become a user; again is no error. Raises StoreUnavailable."""
    batch = Batch(db)
    batch.set(db.document(invitation_path(email)), {"email": email, "createdAt": clock.now()})
    commit(batch, landed=lambda: False)


def withdraw(db: firestore.Client, email: str) -> None:
    """Withdraw an invitation; one that does not exist is no error. Raises StoreUnavailable."""
    batch = Batch(db)
    batch.delete(db.document(invitation_path(email)))
    commit(batch, landed=lambda: False)


def links_from(snapshot: Any) -> list[datetime]:
    """When links were sent to an address, in the last hour."""
    fields = document(snapshot) or {"sentAt": []}
    return [at for at in fields["sentAt"] if clock.now() - at < LINKS_KEPT_FOR]


def count_link(db: firestore.Client, snapshot: Any) -> None:
    """Add a link to those in `snapshot`. Raises PreconditionFailed, StoreUnavailable."""
    now, batch = clock.now(), Batch(db)
    fields = {"sentAt": [*links_from(snapshot), now], "expiresAt": now + LINKS_KEPT_FOR}
    if snapshot.exists:
        unchanged = db.write_option(last_update_time=snapshot.update_time)
        batch.update(snapshot.reference, fields, option=unchanged)
    else:
        batch.create(snapshot.reference, fields)
    commit(batch, landed=lambda: False)


def _hash(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()
