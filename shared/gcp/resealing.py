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


# Collection group -> its encrypted fields, and what each is bound to besides the user, the platform
# and the id of the grant or the account.
_GROUPS = {
    "grants": {"sealedAccess": "access", "sealedRefresh": "refresh"},
    "private": {"sealed": "own"},
}


@dataclass(frozen=True)
class Resealing:
    db: firestore.Client
    cipher: TokenCipher

    def all(self) -> Iterator[tuple[str, Resealed]]:
        """Path and result of every document with tokens, page by page.

        Safe to interrupt and to repeat. Raises StoreUnavailable, PreconditionFailed.
        """
        for group in _GROUPS:
            page = self.page(group, after=None)
            while page:
                for snapshot in page:
                    yield snapshot.reference.path, self.reseal(snapshot)
                page = self.page(group, after=page[-1])

    def page(self, group: str, after: Any) -> list[Any]:
        """The documents of a group that follow `after`, in the order of their paths."""
        query = self.db.collection_group(group).order_by("__name__").limit(PAGE)
        return query_all(query.start_after(after) if after else query)

    def reseal(self, snapshot: Any) -> Resealed:
        """Rewrite the tokens of one document, unless they have the primary key already."""
        path = snapshot.reference.path
        return retry_conflicts(
            path, lambda: read_all(self.db, [path])[path], self._reseal, first=snapshot
        )

    def _reseal(self, snapshot: Any) -> Resealed:
        fields = document(snapshot)
        if fields is None:
            return Resealed.GONE
        names = snapshot.reference.path.split("/")
        user_id, platform, owner_id, group = names[1], names[3], names[5], names[-2]
        sealed = {name: fields[name] for name in _GROUPS[group] if fields.get(name)}
        owners = {name: (user_id, platform, owner_id, _GROUPS[group][name]) for name in sealed}
        try:
            # Decrypted in any case: the operator should learn of a broken one before a post is due.
            secrets = {name: self.cipher.open(sealed[name], *owners[name]) for name in sealed}
        except CannotOpen:
            return Resealed.LOCKED
        if all(map(self.cipher.is_sealed_with_primary, sealed.values())):
            return Resealed.CURRENT
        again = {name: self.cipher.seal(secrets[name], *owners[name]) for name in sealed}
        batch = Batch(self.db)
        option = self.db.write_option(last_update_time=snapshot.update_time)
        batch.update(snapshot.reference, again, option=option)
        commit(batch, landed=lambda: again.items() <= snapshot.reference.get().to_dict().items())
        return Resealed.REWRITTEN
