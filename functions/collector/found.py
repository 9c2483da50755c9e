"""Storing the comments that a task has read: each one once, and what changed of known ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared import clock
from shared.domain.inbox import Item, Kept, Seen, State, first_state, item_id, read_again
from shared.domain.webhooks import Wants
from shared.gcp.accounts import account_from, account_path
from shared.gcp.claims import claim_from, claim_path_of
from shared.gcp.collecting import Collecting
from shared.gcp.firestore import commit, read_all, retry_conflicts
from shared.gcp.inbox import add_item, item_from, item_path, items_of_post, update_item
from shared.gcp.messages import Batch
from shared.platforms.comments import CommentPage
from shared.webhooks import events
from shared.wiring import Parts

# Of one commit; Firestore allows 500 writes.
_BATCH = 200
MOST_COMPARED = 2000
"""Of a post with more comments, nobody finds out which ones were deleted."""


@dataclass
class Listing:
    """The comments of a post, as a whole list of them was read."""

    began_at: datetime
    comment_ids: set[str] = field(default_factory=set)
    is_readable: bool = True

    def add(self, page: CommentPage) -> None:
        self.comment_ids |= {seen.comment_id for seen in page.seen}
        self.is_readable = self.is_readable and page.is_readable


class ItemStore:
    """The inbox of one account, during a task. Methods raise StoreUnavailable and
    PreconditionFailed."""

    def __init__(self, owner: Collecting, kept: Kept, parts: Parts) -> None:
        self.wants: Wants = {}
        """Which webhooks want which events."""
        self._owner = owner
        self._kept = kept
        self._db = parts.db
        self._outbox = parts.outbox
        self._posts: dict[str, tuple[str, str] | None] = {}
        self._external_id: str | None = None
        self.count = 0
        """How many comments this task has read."""

    def save(self, page: CommentPage, known_until: datetime) -> bool:
        """Store a page; whether it has something that was not known until then."""
        seen = {item_id(self._owner, each.comment_id): each for each in page.seen}
        gone = {item_id(self._owner, comment_id) for comment_id in page.gone} - seen.keys()
        self.count += len(seen)
        return retry_conflicts(
            "a page of comments",
            lambda: self._read({*seen, *gone}),
            lambda stored: self._store(seen, gone, stored, known_until),
        )

    def _store(
        self,
        seen: Mapping[str, Seen],
        gone: Iterable[str],
        stored: Mapping[str, Item],
        known_until: datetime,
    ) -> bool:
        now = clock.now()
        added = [self._new(each, seen[each], now) for each in seen if each not in stored]
        read = [self._read_again(stored[each], seen[each], now) for each in seen if each in stored]
        deleted = [replace(stored[each], deleted_at=now) for each in gone if each in stored]
        changed = [item for item in read if item is not None]
        changed += [item for item in deleted if stored[item.item_id].deleted_at is None]
        homeless = [item for item in (*added, *changed) if item.submission_id is None]
        self._name_posts(homeless)
        self._write(list(map(self._of_post, added)), list(map(self._of_post, changed)))
        return bool(added or changed) or any(
            stored[each].found_at >= known_until for each in seen if each in stored
        )

    def mark_missing(self, post_id: str, listing: Listing) -> None:
        """Those comments of a post that its whole list did not have were deleted.

        Nothing is known about those that another task has seen while the list was read.
        """
        if not post_id or not listing.is_readable:
            return
        known = items_of_post(self._db, self._owner, post_id, MOST_COMPARED)
        now = clock.now()
        missing = [
            replace(item, deleted_at=now)
            for item in known or ()
            if item.deleted_at is None
            and item.seen_at < listing.began_at
            and item.seen.comment_id not in listing.comment_ids
        ]
        self._write([], missing)

    def _read(self, item_ids: Iterable[str]) -> Mapping[str, Item]:
        paths = [item_path(self._owner.user_id, each) for each in item_ids]
        snapshots = read_all(self._db, paths).values() if paths else ()
        return {item.item_id: item for each in snapshots if (item := item_from(each))}

    def _new(self, new_id: str, seen: Seen, now: datetime) -> Item:
        owner = self._owner
        return Item(
            item_id=new_id,
            user_id=owner.user_id,
            platform=owner.platform,
            account_id=owner.account_id,
            seen=seen,
            seen_at=now,
            found_at=now,
            state=first_state(seen, now),
        )

    def _read_again(self, item: Item, seen: Seen, now: datetime) -> Item | None:
        """The item as it is now; None if nothing needs to be stored."""
        after = read_again(item, seen, now)
        wait = self._kept.read_again_after
        is_old = wait is not None and now - item.seen_at >= wait
        is_same = replace(after, seen_at=item.seen_at) == item
        return None if is_same and not is_old else after

    def _name_posts(self, items: Sequence[Item]) -> None:
        """Find out which posts of Soku the new items are on."""
        unknown = {item.seen.post_id for item in items if item.seen.post_id} - self._posts.keys()
        account = self._account_id() if unknown else None
        if account is None:
            return
        paths = {claim_path_of(self._owner.platform, account, post): post for post in unknown}
        for path, snapshot in read_all(self._db, paths).items():
            claim = claim_from(snapshot)
            is_own = claim is not None and claim.user_id == self._owner.user_id
            found = (claim.submission_id, claim.run_id) if claim and is_own else None
            self._posts[paths[path]] = found

    def _account_id(self) -> str | None:
        """The platform's id of the account."""
        if self._external_id is None:
            owner = self._owner
            path = account_path(owner.user_id, owner.platform, owner.account_id)
            account = account_from(read_all(self._db, [path])[path], owner.user_id)
            self._external_id = account.external_id if account else None
        return self._external_id

    def _of_post(self, item: Item) -> Item:
        found = self._posts.get(item.seen.post_id or "")
        if item.submission_id is not None or found is None:
            return item
        submission_id, run_id = found
        return replace(item, submission_id=submission_id, run_id=run_id)

    def _write(self, added: Sequence[Item], changed: Sequence[Item]) -> None:
        writes = [(add_item, item) for item in added] + [(update_item, item) for item in changed]
        # Each webhook may be told about each item.
        size = _BATCH // (1 + len(self.wants))
        for start in range(0, len(writes), size):
            batch, some = Batch(self._db), writes[start : start + size]
            for write, item in some:
                write(batch, self._db, item, self._kept)
            # Old comments, of which the first pass may find many, are no news.
            news = [
                item for write, item in some if write is add_item and item.state is State.UNREAD
            ]
            happened = [events.of_comment(item) for item in news]
            told = self._outbox.add(batch, self._owner.user_id, happened, self.wants)
            commit(batch, landed=lambda: False)
            self._outbox.deliver(told)
