"""What the collector has to do.

`users/{uid}/integrations/{platform}/collecting/{job}:{accountId}`: when the collector has work for
an account. The sweeper finds it by `wakeAt` and creates the task. It is written blindly, in the
commit that makes the work necessary, so nothing is ever forgotten. Its times are whole seconds, not
timestamps: a blind write can then move them forward, but never back (Firestore's Minimum).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore

from shared import clock
from shared.domain.accounts import OfAccount
from shared.gcp.accounts import integration_path
from shared.gcp.firestore import commit, document
from shared.gcp.messages import REMOVED, Batch

METRICS = "metrics"
"""The job of reading the numbers of an account's posts."""
INBOX = "inbox"
"""The job of reading the comments on an account's posts, and its mentions."""


@dataclass(frozen=True)
class Collecting:
    """Work of the collector for one account; `version` is that of its document."""

    user_id: str
    platform: str
    account_id: str
    job: str
    due_at: datetime
    failures: int = 0
    """How often it failed in a row."""
    waits_until: datetime | None = None
    """After a failure: nothing is read before, whatever is asked meanwhile."""
    limited_until: datetime | None = None
    """The platform wants no request at all before."""
    memory: Mapping[str, Any] = field(default_factory=dict)
    """What the job remembers between two tasks."""
    requests: Mapping[str, Any] = field(default_factory=dict)
    """What others asked the job to do, by any name. `note_due` adds to it."""
    sweeps: int = 0
    version: Any = None


def account_key(owner: OfAccount) -> str:
    """What the times of an account's passes depend on."""
    return f"{owner.user_id}/{owner.platform}/{owner.account_id}"


def collecting_path(owner: OfAccount, job: str) -> str:
    collection = f"{integration_path(owner.user_id, owner.platform)}/collecting"
    return f"{collection}/{job}:{owner.account_id}"


def collecting_from(snapshot: Any) -> Collecting | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return Collecting(
        user_id=fields["userId"],
        platform=fields["platform"],
        account_id=fields["accountId"],
        job=fields["job"],
        due_at=datetime.fromtimestamp(fields["dueAt"], UTC),
        failures=fields.get("failures", 0),
        waits_until=fields.get("waitsUntil"),
        limited_until=fields.get("limitedUntil"),
        memory=fields.get("memory") or {},
        requests=fields.get("requests") or {},
        sweeps=fields.get("sweeps", 0),
        version=snapshot.update_time,
    )


def note_due(
    batch: Any,
    db: firestore.Client,
    owner: OfAccount,
    job: str,
    due_at: datetime,
    **requests: Any,
) -> None:
    """Add to `batch` that the collector has work for an account at `due_at`, or before."""
    at = firestore.Minimum(seconds_of(due_at))
    fields = {
        "userId": owner.user_id,
        "platform": owner.platform,
        "accountId": owner.account_id,
        "job": job,
        "dueAt": at,
        "wakeAt": at,
        "sweeps": 0,
        # Always a change: a task that is just ending must see that there is new work.
        "notedAt": clock.now(),
        **({"requests": requests} if requests else {}),
    }
    batch.set(db.document(collecting_path(owner, job)), fields, merge=True)


def save_collecting(db: firestore.Client, stored: Collecting, after: Collecting | None) -> None:
    """Store when the collector continues; None: there is nothing left to do.

    Raises PreconditionFailed when it changed meanwhile, StoreUnavailable.
    """
    batch = Batch(db)
    reference = db.document(collecting_path(stored, stored.job))
    option = db.write_option(last_update_time=stored.version)
    if after is None:
        batch.delete(reference, option=option)
    else:
        due_at = seconds_of(after.due_at)
        fields = {
            "dueAt": due_at,
            "wakeAt": due_at,
            "sweeps": 0,
            "failures": after.failures,
            "waitsUntil": after.waits_until or REMOVED,
            "limitedUntil": after.limited_until or REMOVED,
            "memory": after.memory,
            "requests": after.requests,
        }
        batch.update(reference, fields, option=option)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def with_new_requests(after: Collecting, stored: Collecting, fresh: Collecting) -> Collecting:
    """`after`, which a task made of `stored`, with the requests that only `fresh` has."""
    requests = {name: dict(asked) for name, asked in after.requests.items()}
    for name, asked in fresh.requests.items():
        known = stored.requests.get(name, {})
        new = {key: value for key, value in asked.items() if known.get(key) != value}
        requests.setdefault(name, {}).update(new)
    return replace(after, requests=requests, due_at=fresh.due_at, version=fresh.version)


def seconds_of(moment: datetime) -> int:
    """A time as the documents of the collector's work have it."""
    return int(moment.timestamp())
