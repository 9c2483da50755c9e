"""The job of reading and answering comments on a platform, and the types that it works with.

`comments.py` of a platform's folder has its subclass, if the platform shows comments. The collector
decides when to read and stores what it returns; the publisher sends replies.

A pass has two parts. `survey` finds out with as few requests as possible which lists have changed,
and `page` reads those lists. So an account where nothing happened costs one request.
"""

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from shared.domain.accounts import Account
from shared.domain.content import comparable
from shared.domain.errors import Rejected, cleaned
from shared.domain.inbox import MOST_ID, MOST_NAME, MOST_TEXT, Item, Kept, Position, Seen
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms.http import Http
from shared.platforms.job import Job
from shared.platforms.metrics import Reader
from shared.platforms.wire import Listed, time_of, words

SWEPT_FOR = timedelta(hours=48)
"""The comments of posts younger than this are read again every hour, to find what changed."""
READ_BACK = timedelta(days=7)
"""How far the first pass reads a list back that begins at a time."""
OVERLAP = timedelta(minutes=10)
"""How much of it the next passes read twice: platforms list late, and clocks differ."""
_READ_AT = "readAt"


@dataclass(frozen=True)
class WatchedPost:
    """A post that Soku published, whose comments are read."""

    platform_post_id: str
    published_at: datetime


@dataclass(frozen=True)
class Watch:
    """What a pass is about."""

    posts: Sequence[WatchedPost]
    """The newest first."""
    position: Position
    """What the last pass returned; empty in the first one."""
    now: datetime
    sweeps: bool = False
    """Once an hour: also list the comments of posts younger than SWEPT_FOR, as a whole, because
    edited and deleted comments change no count."""

    def swept(self) -> list[WatchedPost]:
        """The posts whose comments are listed as a whole in this pass."""
        if not self.sweeps:
            return []
        return [post for post in self.posts if self.now - post.published_at < SWEPT_FOR]


@dataclass(frozen=True)
class Source:
    """A list to read: the comments of a post, or what a platform lists for the account."""

    name: str
    """What kind of list it is; a platform with one kind has one name."""
    post_id: str = ""
    """The post whose comments are listed; "" if the list is not that of a post."""
    since: str = ""
    """The platform's own mark of where the list begins, if it takes one."""
    is_whole: bool = False
    """It is read to its end. Otherwise, it is read until a page brings nothing new."""
    own_posts: Sequence[str] = ()
    """The account's posts, for a list that names only the ids of posts."""


@dataclass(frozen=True)
class Survey:
    """Which lists a pass reads, and what to remember once they are read."""

    sources: Sequence[Source]
    position: Position


@dataclass(frozen=True)
class CommentPage:
    """One page of a list, the newest first as far as the platform can.

    `of` makes one of entries that are None where they could not be read.
    """

    seen: Sequence[Seen]
    next: str | None = None
    """Where the next page starts; None on the last one."""
    gone: Sequence[str] = field(default_factory=tuple)
    """Ids of comments that the platform reports as deleted."""
    is_readable: bool = True
    """Every entry could be read. Otherwise, what is not `seen` may be there nevertheless."""
    cost: int | None = None
    """What it took from the daily budget, if only the answer tells that; None: `page_cost`."""

    @classmethod
    def of(cls, entries: Iterable[Seen | None], following: str | None) -> "CommentPage":
        entries = list(entries)
        seen = [entry for entry in entries if entry is not None]
        return cls(seen, following, is_readable=len(seen) == len(entries))


@dataclass(frozen=True)
class Target:
    """A comment that something is done to."""

    comment_id: str
    post_id: str | None
    parent_id: str | None = None
    author_username: str | None = None

    @classmethod
    def of(cls, item: Item) -> "Target":
        seen = item.seen
        return cls(seen.comment_id, seen.post_id, seen.parent_id, seen.author.username)


@dataclass(frozen=True)
class Replied:
    """The reply is public."""

    comment_id: str | None
    """None if the platform does not return a usable id."""
    permalink: str | None = None


class Comments(Job):
    """How the comments of a platform are read and answered."""

    max_length: ClassVar[int]
    """Of a reply, as `length` counts."""
    scopes: ClassVar[Collection[str]] = ()
    """The permissions without which nothing is read."""
    reply_scopes: ClassVar[Collection[str]] = ()
    """Those without which a reply, a deletion or hiding is refused."""
    every: ClassVar[timedelta] = timedelta(minutes=5)
    """Between two passes, while the account has posts younger than a week."""
    quiet_every: ClassVar[timedelta] = timedelta(hours=1)
    """Between two passes of other accounts."""
    text_kept_for: ClassVar[timedelta | None] = None
    """How long the platform lets texts be kept without reading them again; None: for ever."""
    authors_kept_for: ClassVar[timedelta | None] = None
    """The same for what is known about authors."""
    daily_budget: ClassVar[int | None] = None
    """How much may be spent within a UTC day on numbers and comments together, in the units of
    `survey_cost` and `page_cost`. <PLATFORM>_COLLECT_BUDGET overrides it."""
    page_cost: ClassVar[int] = 1
    """What a call of `page` takes from the daily budget at most."""
    item_cost: ClassVar[int] = 1
    """What a call of `read_one` takes from the daily budget at most."""
    can_hide: ClassVar[bool] = False
    """The platform lets an account hide comments on its posts."""

    @property
    def kept(self) -> Kept:
        """How long the platform lets what it shows be kept."""
        return Kept(self.text_kept_for, self.authors_kept_for)

    def refusal(self, account: Account) -> str | None:
        """Why the platform shows no comments to the account, as a sentence."""
        return None

    def survey_cost(self, watch: Watch) -> int:
        """What `survey` takes from the daily budget."""
        return 1

    @abstractmethod
    def survey(self, watch: Watch, reader: Reader, http: Http) -> Survey:
        """Which lists are worth reading now.

        Raises TokenExpired, ReconnectRequired, RateLimited, PlatformUnavailable, ReadRefused.
        """

    @abstractmethod
    def page(self, source: Source, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        """A page of a list; `cursor` is None for the first one.

        A post that is gone has no comments. Raises as `survey` does.
        """

    @abstractmethod
    def read_one(self, target: Target, reader: Reader, http: Http) -> Seen | None:
        """A comment as it is now; None if it was deleted. Raises as `survey` does."""

    def length(self, text: str) -> int:
        """The length of a reply, as the platform counts it."""
        return len(text)

    @abstractmethod
    def reply(self, target: Target, text: str, reader: Reader, http: Http) -> Replied:
        """Answer a comment with one public request (`http.publish`). Raises a PlatformError:
        OutcomeUnknown if the reply may be public."""

    @abstractmethod
    def find_replies(
        self, target: Target, text: str, since: datetime, reader: Reader, http: Http
    ) -> Sighting:
        """The account's own replies to a comment since `since` with this text.

        `list_was_read`: the list was read back to `since`. Raises as `survey` does.
        """

    def set_hidden(self, target: Target, hidden: bool, reader: Reader, http: Http) -> None:
        """Hide a comment from others, or show it again. Raises a PlatformError."""
        raise Rejected(f"{self.about.display_name} does not let apps hide comments.")

    def delete(self, target: Target, reader: Reader, http: Http) -> None:
        """Delete a comment; one that is already gone is no error. Raises a PlatformError."""
        raise Rejected(f"{self.about.display_name} does not let apps delete comments.")


def read_from(watch: Watch) -> datetime:
    """Where this pass begins to read a list that begins at a time."""
    read_at = time_of(watch.position.get(_READ_AT))
    return watch.now - READ_BACK if read_at is None else read_at - OVERLAP


def read_until(watch: Watch) -> Position:
    """The position with which `read_from` finds the time of this pass."""
    return {_READ_AT: int(watch.now.timestamp())}


def survey_of_counts(counts: Mapping[str, str | int], watch: Watch) -> Survey:
    """Which posts have other comments than in the last pass.

    `counts`: how many comments each post has, or anything else that changes with them; 0 if it has
    none. Posts that were swept are listed as a whole.
    """
    whole = {post.platform_post_id for post in watch.swept()}
    sources = [
        Source("post", post_id, is_whole=post_id in whole)
        for post_id, count in counts.items()
        if watch.position.get(post_id, 0) != count or (count and post_id in whole)
    ]
    return Survey(sources, {post_id: count for post_id, count in counts.items() if count})


def replies_in(
    listed: Listed,
    seen_of: Callable[[dict[str, Any]], Seen | None],
    text: str,
    since: datetime,
) -> Sighting:
    """The account's own replies with this text in a list of all replies to a comment.

    `seen_of` returns None for an entry that cannot be used.
    """
    seen = [each for entry in listed.entries if (each := seen_of(entry))]
    same = tuple(
        SeenPost(each.comment_id, each.created_at, each.permalink)
        for each in seen
        if each.is_own and each.created_at >= since and comparable(each.text) == comparable(text)
    )
    return Sighting(same, listed.is_whole and len(seen) == len(listed.entries))


def text_of(value: object) -> str:
    """The text of a comment as it can be stored; "" for anything that is no text."""
    return cleaned(words(value), None)[:MOST_TEXT]


def name_of(value: object) -> str | None:
    """The name of a person as it can be stored; None if there is none."""
    return cleaned(words(value), None)[:MOST_NAME].strip() or None


def id_of(value: object) -> str | None:
    """A platform's id as it can be stored; None if there is none."""
    text = words(value)
    return text if 0 < len(text) <= MOST_ID and text == cleaned(text, None) else None
