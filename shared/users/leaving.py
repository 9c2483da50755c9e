"""Deleting a user and all their data in Soku.

    begin       one commit: the user, their keys and their sessions are refused from then on
    go_on       the sweeper removes page after page; whatever stops it, the next sweep continues
    15 minutes later, everything once more: what requests under way wrote meanwhile
    the end     the platforms have ended the authorizations; only counts are left, for 30 days

No position is stored: a worker begins with what is removed first, and what is gone is not found.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from shared import clock, logs
from shared.accounts.leaving import leave_grant
from shared.accounts.offers import forget_offer
from shared.domain.subscription import STRIPE
from shared.gcp.accounts import integration_path
from shared.gcp.api_keys import ApiKeys, path_of
from shared.gcp.connections import connection_from
from shared.gcp.deletions import (
    KEPT_FOR,
    UserDeletion,
    UserDeletionStatus,
    deletion_from,
    deletion_path,
    fields_of_new,
)
from shared.gcp.firestore import (
    commit,
    descendants,
    document,
    query_all,
    read_all,
    retry_conflicts,
)
from shared.gcp.grants import grant_from
from shared.gcp.identity_accounts import NotRemoved, remove_account
from shared.gcp.invitations import invitation_path, links_path
from shared.gcp.messages import REMOVED, Batch
from shared.gcp.owned import GROUPS, PAGE, collection_of, owned, owned_names
from shared.gcp.usage import usage_path
from shared.gcp.users import LEAVING_SINCE, user_path
from shared.media.names import name_of
from shared.platforms import registry
from shared.wiring import Parts

log = logs.logger("deletion")

CHECK_AFTER = timedelta(minutes=15)
"""Longer than any request and any task lives, so that nothing is written after the second pass."""
# Longer than one sweep works on a deletion, together with its last commit.
_LEASE = timedelta(minutes=2)
# Of sessions and of keys, which the first commit removes; the sweeper removes more in turn.
_MOST_AT_ONCE = 200


class UnknownUser(Exception):
    """There is neither a user with this id nor a deletion of one."""


def begin(user_id: str, parts: Parts) -> UserDeletion:
    """Order the deletion of a user; again is no error.

    From then on, nobody can act as this user. Raises UnknownUser, PreconditionFailed,
    StoreUnavailable.
    """
    db, path, user = parts.db, deletion_path(user_id), user_path(user_id)

    def change(snapshots: Mapping[str, Any]) -> UserDeletion:
        present, is_user = deletion_from(snapshots[path]), snapshots[user].exists
        if present and not (present.status is UserDeletionStatus.DELETED and is_user):
            return present
        if not is_user:
            raise UnknownUser
        now = clock.now()
        keys = ApiKeys(db).not_revoked(user_id)[:_MOST_AT_ONCE]
        sessions = query_all(db.collection(f"{user}/sessions").select([]).limit(_MOST_AT_ONCE))
        gone = [path_of(key.key_hash) for key in keys]
        gone += [session.reference.path for session in sessions]
        fields = fields_of_new(user_id, now, Counter(map(collection_of, gone)))
        batch = Batch(db)
        unchanged = db.write_option(last_update_time=snapshots[user].update_time)
        batch.update(snapshots[user].reference, {LEAVING_SINCE: now}, option=unchanged)
        batch.set(db.document(path), fields)
        for name in gone:
            batch.delete(db.document(name))
        commit(batch, landed=lambda: _began_at(path, parts) == now)
        log.info("deletion of a user ordered", extra=logs.fields(deletion=path))
        return UserDeletion(user_id, UserDeletionStatus.DELETING, now)

    return retry_conflicts("the deletion of a user", lambda: read_all(db, [path, user]), change)


def go_on(snapshot: Any, parts: Parts, deadline: float) -> None:
    """Continue the deletion of `snapshot` until `deadline`, of `time.monotonic`.

    Raises NotRemoved, StoreUnavailable, StorageUnavailable, and PreconditionFailed if something
    was changed meanwhile; then the deletion is due again after two minutes.
    """
    deletion = deletion_from(snapshot)
    if deletion is None or deletion.user_id is None:
        return
    worker = _Worker(deletion.user_id, deletion.counts, snapshot, parts, deadline)
    worker.save(wakeAt=clock.now() + _LEASE)
    if not worker.remove_all():
        worker.save(wakeAt=clock.now())
    elif deletion.status is UserDeletionStatus.DELETING or worker.waits_for_platforms():
        status = UserDeletionStatus.CHECKING.value
        worker.save(status=status, wakeAt=clock.now() + CHECK_AFTER)
    else:
        worker.finish()


def _began_at(path: str, parts: Parts) -> Any:
    return (document(read_all(parts.db, [path])[path]) or {}).get("startedAt")


class _Worker:
    """One worker of one deletion. Each of its commits needs the one before to be the latest."""

    def __init__(
        self, user_id: str, counts: Mapping[str, int], snapshot: Any, parts: Parts, deadline: float
    ) -> None:
        self._user_id, self._user = user_id, user_path(user_id)
        self._parts, self._db, self._deadline = parts, parts.db, deadline
        self._reference, self._version = snapshot.reference, snapshot.update_time
        self._counts = Counter(counts)

    def save(self, batch: Batch | None = None, **fields: Any) -> None:
        """Commit `batch`, the counts and other fields of the deletion."""
        batch = batch or Batch(self._db)
        unchanged = self._db.write_option(last_update_time=self._version)
        batch.update(self._reference, {"counts": dict(self._counts), **fields}, option=unchanged)
        results = commit(batch, landed=lambda: False)
        assert results is not None, "a commit without results raises here"
        self._version = results[-1].update_time

    def remove_all(self) -> bool:
        """Whether everything is gone, not only what there was time for."""
        return all(map(self._empty, self._pages())) and self._remove_last()

    def waits_for_platforms(self) -> bool:
        """Whether a platform still has to end an authorization, with the tokens of the user."""
        return bool(owned_names(self._db, "revocations", self._user_id))

    def finish(self) -> None:
        """Nothing is left that names the user: the counts are all that stays."""
        now = clock.now()
        self.save(
            status=UserDeletionStatus.DELETED.value,
            userId=REMOVED,
            wakeAt=REMOVED,
            finishedAt=now,
            deleteAt=now + KEPT_FOR,
        )
        fields = logs.fields(deletion=self._reference.path, counts=dict(self._counts))
        log.info("user deleted", extra=fields)

    def _pages(self) -> Iterator[Callable[[], list[Any]]]:
        """What is removed, in this order. Each returns the first page of what is left.

        First what could still publish, then what platforms must hear of.
        """
        db, user_id = self._db, self._user_id
        yield lambda: owned_names(db, "apiKeys", user_id)
        yield lambda: query_all(db.collection(f"{self._user}/sessions").limit(PAGE))
        for name in ("postSubmissions", *GROUPS, "stripeCustomers", "stripeEvents"):
            yield partial(owned_names, db, name, user_id)
        for platform in registry.names():
            yield partial(descendants, db, integration_path(user_id, platform), PAGE)
        for name in ("connections", "idempotencyKeys", "publishedPosts"):
            yield partial(owned, db, name, user_id)
        yield lambda: descendants(db, self._user, PAGE)

    def _empty(self, page_of: Callable[[], list[Any]]) -> bool:
        """Whether the collection is empty now."""
        while page := page_of():
            if time.monotonic() >= self._deadline:
                return False
            self._remove(page)
        return True

    def _remove(self, page: list[Any]) -> None:
        """Remove a page, or as much of it as there is time for: a file takes a request."""
        batch = Batch(self._db)
        for number, snapshot in enumerate(page):
            if number and time.monotonic() >= self._deadline:
                break
            collection = collection_of(snapshot.reference.path)
            self._release(collection, snapshot)
            if collection == "grants" and (grant := grant_from(snapshot)):
                leave_grant(batch, self._db, snapshot, grant.account_ids)
            else:
                batch.delete(snapshot.reference)
            self._counts[collection] += 1
        self.save(batch)

    def _release(self, collection: str, snapshot: Any) -> None:
        """Remove what a document stands for elsewhere: in the bucket, or at a platform."""
        match collection:
            case "connections":
                stored = connection_from(snapshot)
                if stored and stored.connection.grant:
                    forget_offer(stored, self._parts)
            case "media":
                content_type = snapshot.to_dict()["contentType"]
                self._parts.media_bucket.delete(name_of(snapshot.id, content_type))
                self._counts["files"] += 1
            case "stripeCustomers":
                self._end_payments(snapshot.id)
            case "uploads":
                self._parts.upload_bucket.delete(snapshot.id)

    def _end_payments(self, customer_id: str) -> None:
        """Stripe deletes the customer with the subscriptions. Raises NotRemoved."""
        if self._parts.settings.billing.mode != STRIPE:
            return
        from shared.billing import stripe_api

        try:
            stripe_api.delete_customer(customer_id, self._parts.settings)
        except stripe_api.StripeFailed as error:
            raise NotRemoved(
                f"Stripe did not delete the customer {customer_id}: {error.message} Check the "
                "secret stripe-secret-key, or delete the customer in Stripe's dashboard."
            ) from error

    def _remove_last(self) -> bool:
        """The account to sign in with, then the user."""
        db, user_id = self._db, self._user_id
        user, usage = self._user, usage_path(user_id)
        snapshots = read_all(db, [user, usage])
        fields = document(snapshots[user])
        paths = [path for path, snapshot in snapshots.items() if snapshot.exists]
        if remove_account(user_id, self._parts.settings):
            self._counts["accountsToSignIn"] += 1
        if fields is not None:
            own = [invitation_path(fields["email"]), links_path(fields["email"])]
            paths += [path for path, one in read_all(db, own).items() if one.exists]
        batch = Batch(db)
        for path in paths:
            batch.delete(db.document(path))
        self._counts.update(map(collection_of, paths))
        self.save(batch)
        return True
