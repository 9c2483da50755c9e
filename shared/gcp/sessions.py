"""Who is signed in, on which browser: `users/{uid}/sessions/{sha256(session id)}`.

No client can read them. Signing out deletes one, "sign out everywhere" all of them; a TTL policy
deletes those that have expired.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared import clock
from shared.gcp.firestore import commit, document, query_all
from shared.gcp.messages import Batch

LIFETIME = timedelta(days=14)
"""How long a session lives without being used."""
FRESH_FOR = timedelta(minutes=5)
"""How long after signing in a user can do what needs a fresh sign-in."""
RENEW_AFTER = timedelta(hours=1)
"""A session that is used is renewed once an hour: a write for each page would cost too much."""
# Enough to recognize a browser; the header itself can have any length.
_LONGEST_USER_AGENT = 200
# Of a user's sessions that are deleted at once; more are deleted in turn.
_PAGE = 400


@dataclass(frozen=True)
class ListedSession:
    """A session as its user sees it in the list of all."""

    session_hash: str
    """The id of its document, which cannot be used to sign in."""
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    """At most an hour too early."""


@dataclass(frozen=True)
class Session:
    auth_time: datetime
    """When the user last showed who they are."""
    last_seen_at: datetime
    """At most an hour too early."""
    expires_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        return now - self.auth_time < FRESH_FOR

    def must_be_renewed(self, now: datetime) -> bool:
        return now - self.last_seen_at >= RENEW_AFTER


def session_path(user_id: str, session_id: str) -> str:
    return f"users/{user_id}/sessions/{hash_of(session_id)}"


def hash_of(session_id: str) -> str:
    """The id of a session's document."""
    return hashlib.sha256(session_id.encode()).hexdigest()


def session_from(snapshot: Any) -> Session | None:
    """The session, if it has not expired."""
    fields = document(snapshot)
    if fields is None or fields["expiresAt"] <= clock.now():
        return None
    return Session(fields["authTime"], fields["lastSeenAt"], fields["expiresAt"])


def write_session(batch: Batch, db: firestore.Client, user_id: str, user_agent: str) -> str:
    """Add a new session to `batch`; returns its id, which only the browser keeps."""
    session_id, now = secrets.token_urlsafe(16), clock.now()
    fields = {
        "createdAt": now,
        "lastSeenAt": now,
        "authTime": now,
        "expiresAt": now + LIFETIME,
        "userAgent": user_agent[:_LONGEST_USER_AGENT],
    }
    batch.create(db.document(session_path(user_id, session_id)), fields)
    return session_id


def renew_session(db: firestore.Client, user_id: str, session_id: str) -> None:
    """Raises PreconditionFailed if the session was ended meanwhile, StoreUnavailable."""
    batch = Batch(db)
    reference = db.document(session_path(user_id, session_id))
    now = clock.now()
    batch.update(reference, {"lastSeenAt": now, "expiresAt": now + LIFETIME})
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def sessions_of(db: firestore.Client, user_id: str, limit: int) -> list[ListedSession]:
    """The sessions that have not expired, the last used first. Raises StoreUnavailable."""
    sessions = db.collection(f"users/{user_id}/sessions").limit(limit)
    found = [(snapshot.id, snapshot.to_dict()) for snapshot in query_all(sessions)]
    listed = [
        ListedSession(name, fields["userAgent"], fields["createdAt"], fields["lastSeenAt"])
        for name, fields in found
        if fields["expiresAt"] > clock.now()
    ]
    return sorted(listed, key=lambda session: session.last_seen_at, reverse=True)


def end_session(db: firestore.Client, user_id: str, session_id: str) -> None:
    """Raises StoreUnavailable."""
    end_listed(db, user_id, hash_of(session_id))


def end_listed(db: firestore.Client, user_id: str, session_hash: str) -> None:
    """End one of `sessions_of`; one that has ended is no error. Raises StoreUnavailable."""
    batch = Batch(db)
    batch.delete(db.document(f"users/{user_id}/sessions/{session_hash}"))
    commit(batch, landed=lambda: False)


def end_all_sessions(db: firestore.Client, user_id: str) -> int:
    """Returns how many there were. Raises StoreUnavailable."""
    count, collection = 0, db.collection(f"users/{user_id}/sessions")
    while page := query_all(collection.limit(_PAGE)):
        batch = Batch(db)
        for snapshot in page:
            batch.delete(snapshot.reference)
        commit(batch, landed=lambda: False)
        count += len(page)
    return count
