"""Rewriting every account's sealed tokens with the keyset's present primary key.

Publishers refresh tokens meanwhile, so each rewriting carries the version that was read as
precondition: what a refresh has stored is never put back. It changes `sealed` alone, so a
refresh that is under way ends as it would have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.cloud import firestore

from shared.gcp.cipher import CannotOpen, TokenCipher
from shared.gcp.firestore import PreconditionFailed, commit, document, query_all, read_all

PAGE = 200
TRIES = 10


class Resealed(StrEnum):
    """What became of one credential."""

    REWRITTEN = "rewritten"
    CURRENT = "sealed with the primary key already"
    LOCKED = "cannot be opened"
    GONE = "disconnected meanwhile"


@dataclass(frozen=True)
class Resealing:
    db: firestore.Client
    cipher: TokenCipher

    def all(self) -> Iterator[tuple[str, Resealed]]:
        """Path and outcome of every credential, page by page. Safe to break off and to repeat.

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
        """Rewrite one credential, unless its tokens lie under the primary key already."""
        path = snapshot.reference.path
        for _ in range(TRIES):
            try:
                return self._reseal(snapshot)
            except PreconditionFailed:
                # A refresh came first: what it stored decides.
                snapshot = read_all(self.db, [path])[path]
        raise PreconditionFailed(f"{path} does not come to rest")

    def _reseal(self, snapshot: Any) -> Resealed:
        fields = document(snapshot)
        if fields is None:
            return Resealed.GONE
        _, user_id, _, platform, _, account_id, *_ = snapshot.reference.path.split("/")
        ids = {"user_id": user_id, "platform": platform, "account_id": account_id}
        try:
            # Opened in any case: an operator shall learn of a broken one before its post is due.
            tokens = self.cipher.open(fields["sealed"], **ids)
        except CannotOpen:
            return Resealed.LOCKED
        if self.cipher.is_sealed_with_primary(fields["sealed"]):
            return Resealed.CURRENT
        sealed = self.cipher.seal(tokens, **ids)
        batch = self.db.batch()
        option = self.db.write_option(last_update_time=snapshot.update_time)
        batch.update(snapshot.reference, {"sealed": sealed}, option=option)
        commit(batch, landed=lambda: snapshot.reference.get().get("sealed") == sealed)
        return Resealed.REWRITTEN
