"""Encrypting every account's tokens again, with the keyset's current primary key.

Publishers refresh tokens meanwhile, so each rewrite has the version that was read as its
precondition: it never overwrites what a refresh has stored. It changes only `sealed`, so a refresh
in progress is not disturbed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.cloud import firestore

from shared.gcp.cipher import CannotOpen, TokenCipher
from shared.gcp.firestore import commit, document, query_all, read_all, retry_conflicts
from shared.gcp.messages import Batch

PAGE = 200


class Resealed(StrEnum):
    """The result for one credential."""

    REWRITTEN = "rewritten"
    CURRENT = "already encrypted with the primary key"
    LOCKED = "cannot be decrypted"
    GONE = "disconnected meanwhile"


@dataclass(frozen=True)
class Resealing:
    db: firestore.Client
    cipher: TokenCipher

    def all(self) -> Iterator[tuple[str, Resealed]]:
        """Path and result of every credential, page by page. Safe to interrupt and to repeat.

        Raises StoreUnavailable, PreconditionFailed.
        """
        page = self.page(after=None)
        while page:
            for snapshot in page:
                yield snapshot.reference.path, self.reseal(snapshot)
            page = self.page(after=page[-1])

    def page(self, after: Any) -> list[Any]:
        """The credentials' snapshots that follow `after`, in the order of their paths."""
        query = self.db.collection_group("private").order_by("__name__").limit(PAGE)
        return query_all(query.start_after(after) if after else query)

    def reseal(self, snapshot: Any) -> Resealed:
        """Rewrite one credential, unless it is encrypted with the primary key already."""
        path = snapshot.reference.path
        return retry_conflicts(
            path, lambda: read_all(self.db, [path])[path], self._reseal, first=snapshot
        )

    def _reseal(self, snapshot: Any) -> Resealed:
        fields = document(snapshot)
        if fields is None:
            return Resealed.GONE
        _, user_id, _, platform, _, account_id, *_ = snapshot.reference.path.split("/")
        ids = {"user_id": user_id, "platform": platform, "account_id": account_id}
        try:
            # Decrypted in any case: the operator should learn of a broken one before a post is due.
            tokens = self.cipher.open(fields["sealed"], **ids)
        except CannotOpen:
            return Resealed.LOCKED
        if self.cipher.is_sealed_with_primary(fields["sealed"]):
            return Resealed.CURRENT
        sealed = self.cipher.seal(tokens, **ids)
        batch = Batch(self.db)
        option = self.db.write_option(last_update_time=snapshot.update_time)
        batch.update(snapshot.reference, {"sealed": sealed}, option=option)
        commit(batch, landed=lambda: snapshot.reference.get().get("sealed") == sealed)
        return Resealed.REWRITTEN
