"""Comments on a platform as the tests want them, and passes of the collector."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from functions.collector.collection import CollectTask
from shared import clock
from shared.domain.accounts import Account
from shared.domain.inbox import Author, Kind, Seen, item_id
from shared.domain.reconciliation import SeenPost, Sighting
from shared.gcp.collecting import INBOX, collecting_path
from shared.platforms import comments, registry
from shared.platforms.comments import (
    CommentPage,
    Replied,
    Source,
    Survey,
    Target,
    Watch,
    survey_of_counts,
)
from shared.platforms.http import Http
from shared.platforms.metrics import Reader
from shared.platforms.threads import ABOUT, errors
from tests.functions.counting import collect
from tests.world import USER, World

FIRST = timedelta(minutes=5)


@dataclass
class Talk(comments.Comments):
    """The comments of one platform, with the calls that were made."""

    about = ABOUT
    max_length: ClassVar[int] = 50
    can_hide: ClassVar[bool] = True
    page_size: int = 10
    seen: dict[str, Seen] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    has_mentions: bool = False
    """Mentions are listed as well."""
    failure: Exception | None = None
    """What the next calls raise."""
    fails_on: str = ""
    """Only calls that begin so."""
    on_reply: Callable[[], None] = lambda: None
    """Happens after a reply is public."""
    error_of = staticmethod(errors.error_of)

    def write(self, post_id: str, text: str, **fields: Any) -> Seen:
        """Somebody writes a comment on a post."""
        number = len(self.seen) + 1
        author = Author("p1", "Bea", "bea", None)
        usual = {"created_at": clock.now(), "author": author, "can_hide": True, "can_delete": True}
        kind = Kind.REPLY if "parent_id" in fields else Kind.COMMENT
        seen = Seen(f"c{number}", kind, text=text, post_id=post_id, **{**usual, **fields})
        self.seen[seen.comment_id] = seen
        return seen

    def edit(self, comment_id: str, **fields: Any) -> None:
        self.seen[comment_id] = replace(self.seen[comment_id], **fields)

    def texts(self) -> list[str]:
        return [seen.text for seen in self.seen.values()]

    def survey(self, watch: Watch, reader: Reader, http: Http) -> Survey:
        self._call("survey")
        posts = [post.platform_post_id for post in watch.posts]
        counts: dict[str, str | int] = {
            post: sum(seen.post_id == post for seen in self.seen.values()) for post in posts
        }
        survey = survey_of_counts(counts, watch)
        mentions = [Source("mentions")] if self.has_mentions else []
        return replace(survey, sources=[*survey.sources, *mentions])

    def page(self, source: Source, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        self._call(f"page {source.post_id} {cursor or 0}")
        found = [seen for seen in self.seen.values() if seen.post_id == source.post_id][::-1]
        start = int(cursor or 0)
        end = start + self.page_size
        return CommentPage(found[start:end], str(end) if end < len(found) else None)

    def read_one(self, target: Target, reader: Reader, http: Http) -> Seen | None:
        self._call(f"one {target.comment_id}")
        return self.seen.get(target.comment_id)

    def reply(self, target: Target, text: str, reader: Reader, http: Http) -> Replied:
        self._call(f"reply {target.comment_id}")
        own = self.write(target.post_id or "", text, parent_id=target.comment_id, is_own=True)
        self.on_reply()
        return Replied(own.comment_id, f"https://threads.net/{own.comment_id}")

    def find_replies(
        self, target: Target, text: str, since: datetime, reader: Reader, http: Http
    ) -> Sighting:
        self._call(f"find {target.comment_id}")
        same = [
            SeenPost(seen.comment_id, seen.created_at)
            for seen in self.seen.values()
            if seen.parent_id == target.comment_id and seen.text == text and seen.is_own
        ]
        return Sighting(tuple(same), list_was_read=True)

    def set_hidden(self, target: Target, hidden: bool, reader: Reader, http: Http) -> None:
        self._call(f"hide {target.comment_id} {hidden}")
        self.edit(target.comment_id, is_hidden=hidden)

    def delete(self, target: Target, reader: Reader, http: Http) -> None:
        self._call(f"delete {target.comment_id}")
        self.seen.pop(target.comment_id, None)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.failure is not None and name.startswith(self.fails_on):
            raise self.failure


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    talk = Talk()
    monkeypatch.setattr(registry, "comments", lambda _: talk)
    monkeypatch.setattr(registry, "shows_comments", lambda _: True)
    yield talk


def post_id_of(world: World, post: str) -> str:
    """The platform's id of a published post."""
    [run_id] = world.submission(post)["runSummary"]
    post_id: str = world.run(post, run_id)["platformPostId"]
    return post_id


def come(world: World, after: timedelta = FIRST) -> None:
    """Let time pass, and the collector come until it has nothing left."""
    world.advance(after)
    for _ in range(10):
        collect(world)
        if not collecting(world).get().get("memory").get("left"):
            return


def collecting(world: World) -> Any:
    task = CollectTask(USER, "threads", f"threads_{USER}", INBOX)
    return world.parts.db.document(collecting_path(task, INBOX))


def items(world: World) -> dict[str, dict[str, Any]]:
    """What is in the inbox, by the platform's id of the comment."""
    found = world.parts.db.collection(f"users/{USER}/inbox").stream()
    return {each.get("commentId"): each.to_dict() for each in found}


def id_of(world: World, comment_id: str) -> str:
    owner: Account = world.account("threads")
    return item_id(owner, comment_id)


def replies(world: World) -> list[dict[str, Any]]:
    return [each.to_dict() for each in world.parts.db.collection(f"users/{USER}/replies").stream()]
