"""Writing comments on a simulated platform, and reading and answering them as an account."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest

from local.platforms.comments import Comment
from local.platforms.faults import read_fault
from shared import clock
from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.errors import cleaned
from shared.domain.inbox import MOST_ID, MOST_NAME, MOST_TEXT, Position, Seen
from shared.domain.reconciliation import Sighting
from shared.platforms import registry
from shared.platforms.base import Post, Published
from shared.platforms.comments import (
    Comments,
    Replied,
    Source,
    Survey,
    Target,
    Watch,
    WatchedPost,
)
from shared.platforms.http import Answer, ClaimLimits, Http
from shared.platforms.metrics import Reader
from shared.platforms.sending import send
from shared.platforms.wire import AnswerLost, link_of
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import Example, contract_of
from tests.platforms.driving import Answered, Wire, drive

TOKEN = "commenting-token"
MOST_PAGES = 60

Spoiled = Literal["", "500", "lost"]

every_platform = pytest.mark.parametrize(
    "name", [name for name in registry.names() if registry.comments(name) is not None]
)
# They show nothing that others write about a channel elsewhere.
WITHOUT_MENTIONS = {"youtube"}
# They hide a comment, and no answer says of a comment that it is hidden.
SILENT_ABOUT_HIDING = {"x"}
# They tell only the id of an author.
WITHOUT_NAMES = {"linkedin"}


@dataclass
class Visible:
    """Sends requests, counts the visible ones, and can spoil what they are answered."""

    spoiled: Spoiled = ""
    is_visible: bool = False
    count: int = 0

    def __call__(self, method: str, url: str, **request: Any) -> Any:
        if not self.is_visible:
            return send(method, url, **request)
        self.count += 1
        with send(method, url, **request) as response:
            if self.spoiled == "lost":
                raise AnswerLost("the connection was reset")
            body = b"".join(iter(lambda: response.read_available(65536), b""))
            status = 500 if self.spoiled == "500" else response.status
            return Answered(status, response.headers, body)


class WatchedHttp(Http):
    """Tells `Visible` which request is the visible one."""

    def publish(self, method: str, path: str, **request: Any) -> Answer:
        assert isinstance(self.send, Visible)
        self.send.is_visible = True
        try:
            return super().publish(method, path, **request)
        finally:
            self.send.is_visible = False


@dataclass
class Commenting:
    """An account with posts, and an inbox that is filled pass by pass as the collector does."""

    twin: Twin
    shelf: Shelf
    posts: list[WatchedPost] = field(default_factory=list)
    position: Position = field(default_factory=dict)
    inbox: dict[str, Seen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.platform = self.twin.platform
        job = registry.comments(self.platform.name)
        assert job is not None
        self.job: Comments = job
        self.account = account_of(job)
        self.reader = Reader(self.account, TOKEN)
        self.connect()

    def connect(self, scopes: Sequence[str] | None = None) -> None:
        """Register the account, with all permissions or with some."""
        self.platform.add_account(
            self.account.account_id,
            self.account.username,
            TOKEN,
            external_id=self.account.external_id,
            scopes=scopes,
        )

    def without(self, *scopes: str) -> None:
        """The account has all permissions but these."""
        logins = registry.logins(self.platform.name)
        every = {each for login in logins for each in login.scope_names}
        self.connect(sorted(every - set(scopes)))

    # What the account and other people do on the platform.

    def publish(self, text: str = "A post", example: Example | None = None) -> WatchedPost:
        """A new post of the account, as Soku publishes it; of the quickest kind by default."""
        example = example or quickest(self.platform.name, self.shelf)
        content = Content(text, example.options, tuple(example.media(self.shelf)))
        job = registry.publishing(self.platform.name)
        wire = Wire(self.platform.name, self.twin.url)
        *_, last = drive(job, Post(content, self.account, TOKEN), wire)
        assert isinstance(last.result, Published)
        post = WatchedPost(last.result.platform_post_id, clock.now())
        self.posts.insert(0, post)
        self.platform.requests.clear()
        return post

    def write(self, post: WatchedPost, text: str = "Nice", **fields: Any) -> str:
        """A comment by another person on a post; returns its id."""
        return self._write(postId=post.platform_post_id, text=text, **fields)[-1]

    def write_many(self, post: WatchedPost, count: int) -> list[str]:
        """Comments, a second apart; returns their ids."""
        return self._write(postId=post.platform_post_id, text="Nice", count=count)

    def answer(self, comment_id: str, text: str = "Indeed", **fields: Any) -> str:
        """A reply by another person to a comment; returns its id."""
        return self._write(parentId=comment_id, text=text, **fields)[-1]

    def mention(self, text: str = "Look at this", **fields: Any) -> str:
        """A mention of the account by another person; returns its id."""
        return self._write(accountId=self.account.account_id, text=text, **fields)[-1]

    def edit(self, comment_id: str, text: str) -> None:
        answer = self._client.patch(f"/_sim/comments/{comment_id}", json={"text": text})
        assert answer.status_code == 200, answer.text

    def remove(self, comment_id: str) -> None:
        answer = self._client.delete(f"/_sim/comments/{comment_id}")
        assert answer.status_code == 200, answer.text

    def comment(self, comment_id: str) -> Comment:
        """A comment as it is on the platform."""
        comment = self.platform.comments.get(comment_id)
        assert comment is not None
        return comment

    def own(self) -> list[str]:
        """The texts of what the account has written on the platform, oldest first."""
        return [each.text for each in self.platform.comments.all() if each.is_own]

    # What Soku does.

    def watch(self, *, sweeps: bool = False) -> Watch:
        return Watch(self.posts, self.position, clock.now(), sweeps)

    def survey(self, *, sweeps: bool = False) -> Survey:
        return self.job.survey(self.watch(sweeps=sweeps), self.reader, self.http())

    def read(self, *, sweeps: bool = False) -> list[Seen]:
        """A pass as the collector makes it; returns what is new or has changed."""
        survey = self.survey(sweeps=sweeps)
        changed = [seen for source in survey.sources for seen in self._read_source(source)]
        self.position = survey.position
        return changed

    def _read_source(self, source: Source) -> Iterator[Seen]:
        cursor, listed = None, set()
        for _ in range(MOST_PAGES):
            page = self.job.page(source, cursor, self.reader, self.http())
            changed = [seen for seen in page.seen if self.inbox.get(seen.comment_id) != seen]
            listed |= {seen.comment_id for seen in page.seen}
            self.inbox |= {seen.comment_id: seen for seen in changed}
            for comment_id in page.gone:
                self.inbox.pop(comment_id, None)
            for seen in changed:
                check_seen(seen)
                yield seen
            cursor = page.next
            if cursor is None or not (changed or source.is_whole):
                break
        if source.is_whole and cursor is None:
            self._forget(source, listed)

    def _forget(self, source: Source, listed: set[str]) -> None:
        """What a list that was read to its end does not contain was deleted."""
        for seen in list(self.inbox.values()):
            if seen.post_id == source.post_id and seen.comment_id not in listed:
                del self.inbox[seen.comment_id]

    def read_one(self, comment_id: str) -> Seen | None:
        seen = self.job.read_one(self.target(comment_id), self.reader, self.http())
        if seen is not None:
            check_seen(seen)
        return seen

    def target(self, comment_id: str) -> Target:
        """An item of the inbox, as something that is done to it."""
        seen = self.inbox[comment_id]
        return Target(seen.comment_id, seen.post_id, seen.parent_id, seen.author.username)

    def reply(self, comment_id: str, text: str, spoiled: Spoiled = "") -> Replied:
        """Answer an item of the inbox; a reply that is public was one visible request."""
        wire = Visible(spoiled)
        try:
            replied = self.job.reply(self.target(comment_id), text, self.reader, self.http(wire))
        finally:
            assert wire.count <= 1
        assert wire.count == 1
        return replied

    def find(self, comment_id: str, text: str, since: datetime | None = None) -> Sighting:
        since = since or clock.now() - timedelta(minutes=10)
        target = self.target(comment_id)
        return self.job.find_replies(target, text, since, self.reader, self.http())

    def set_hidden(self, comment_id: str, hidden: bool) -> None:
        self.job.set_hidden(self.target(comment_id), hidden, self.reader, self.http())

    def delete(self, comment_id: str) -> None:
        self.job.delete(self.target(comment_id), self.reader, self.http())

    def http(self, wire: Any = None) -> Http:
        """Requests to the twin, within a claim and shortly after an intent."""
        now = clock.now()
        limits = ClaimLimits(lease_until=now + timedelta(seconds=90), intent_at=now)
        return WatchedHttp(self.twin.url, wire or Visible(), limits)

    # What goes wrong, and what was asked.

    def fails(self, mode: str = "status", match: str = "GET /", **more: Any) -> None:
        """Let the next request that matches go wrong."""
        self.platform.faults.add(read_fault({"match": match, "mode": mode, **more}))

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The requests within the block, as "METHOD /path"."""
        calls: list[str] = []
        before = len(self.platform.requests.all())
        yield calls
        later = self.platform.requests.all()[before:]
        calls += [f"{request.method} {request.path}" for request in later]

    @property
    def _client(self) -> Any:
        return self.platform.app.test_client()

    def _write(self, **fields: Any) -> list[str]:
        answer = self._client.post("/_sim/comments", json=fields)
        assert answer.status_code == 201, answer.text
        ids: list[str] = answer.json["ids"]
        return ids


def account_of(job: Comments) -> Account:
    """An account whose comments the platform shows."""
    name = job.about.name
    accounts = [
        Account("ann", name, f"{name}_bea", login.external_ids[0], "bea", kind=login.kind)
        for login in contract_of(name).logins
    ]
    return next(account for account in accounts if job.refusal(account) is None)


def quickest(platform: str, shelf: Shelf) -> Example:
    """An example of a post without a video, if there is one."""
    examples = contract_of(platform).examples
    return min(examples, key=lambda example: sum(m.kind == "video" for m in example.media(shelf)))


def check_seen(seen: Seen) -> None:
    """What a platform returned can be stored and shown."""
    author = seen.author
    for text, most in (
        (seen.comment_id, MOST_ID),
        (seen.post_id, MOST_ID),
        (seen.parent_id, MOST_ID),
        (seen.text, MOST_TEXT),
        (author.id, MOST_ID),
        (author.name, MOST_NAME),
        (author.username, MOST_NAME),
    ):
        assert text is None or (isinstance(text, str) and len(text) <= most)
        assert text is None or cleaned(text, None) == text
    assert seen.comment_id
    assert author.avatar_url is None or link_of(author.avatar_url)
    assert seen.permalink is None or link_of(seen.permalink)
    assert seen.created_at.tzinfo is not None


@pytest.fixture
def inbox(name: str, twin_of: Callable[[str], Twin], shelf: Shelf) -> Commenting:
    return Commenting(twin_of(name), shelf)
