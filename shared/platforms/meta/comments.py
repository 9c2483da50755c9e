"""What comments have in common on Facebook and Instagram.

developers.facebook.com/docs/graph-api/reference/object/comments and docs/instagram-platform/
comment-moderation, read 2026-11-28. One list shows how many comments each of an account's posts
has. What people write about the account elsewhere has a list of its own, which is read once an
hour.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from shared.domain.content import comparable
from shared.domain.errors import ErrorCategory, PlatformUnavailable, ReadRefused, Rejected
from shared.domain.inbox import Position, Seen
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms import comments
from shared.platforms.comments import (
    CommentPage,
    Replied,
    Source,
    Survey,
    Target,
    Watch,
    id_of,
)
from shared.platforms.http import Answer, Http, Reading, Reply
from shared.platforms.meta.graph import check_confirmed, delete_object, page_of, path_of
from shared.platforms.metrics import Reader
from shared.platforms.wire import Page, read_pages, time_of

POST, MENTIONS = "post", "mentions"
# Of 50 posts: the posts that are watched, and as many that Soku did not publish.
_MOST_POST_PAGES = 8
# Soku notes when it knew that a post was live, which can be later than the platform's time of it.
_SLACK = timedelta(days=1)
_MOST_REPLY_PAGES = 20
# The order of replies is not documented, so their list is read from end to end.
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CountedPost:
    post_id: str
    count: int
    mark: str | int
    """Anything that changes with its comments; 0 if it has none."""


class MetaComments(comments.Comments):
    can_hide = True
    posts_edge: ClassVar[str]
    """The list of an account's posts."""
    posts_query: ClassVar[Mapping[str, str]]
    """How it is read to count comments."""
    whole_up_to: ClassVar[int]
    """A post with so many comments is listed as a whole whenever their count has changed."""
    comment_fields: ClassVar[str]
    replies_edge: ClassVar[str]
    """The list of the replies to a comment, which a new one is added to."""
    replies_query: ClassVar[Mapping[str, str]]
    """How it is read, besides the fields."""
    time_field: ClassVar[str]
    hidden_field: ClassVar[str]
    """What is set to hide a comment."""

    @abstractmethod
    def is_missing(self, answer: Reply) -> bool:
        """Whether the object is gone, or is hidden from the token."""

    @abstractmethod
    def counted_of(self, fields: Mapping[str, Any], watch: Watch) -> CountedPost | None:
        """A listed post; None without its count."""

    @abstractmethod
    def comments_of(
        self, post_id: str, cursor: str | None, reader: Reader, http: Http
    ) -> CommentPage:
        """A page of the comments on a post. Raises as `page`."""

    @abstractmethod
    def mentions(self, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        """A page of the mentions of the account. Raises as `page`."""

    @abstractmethod
    def read_mention(self, mention_id: str, reader: Reader, http: Http) -> Seen | None:
        """A mention as it is now; None if it was deleted. Raises as `read_one`."""

    @abstractmethod
    def seen_of(
        self, fields: Mapping[str, Any], post_id: str | None, prefix: str, reader: Reader
    ) -> Seen | None:
        """A comment; None without a usable id or time. `prefix` is that of `spelled`."""

    def may_be_unlisted(self, post_id: str) -> bool:
        """Whether a post can have comments although the list of posts lacks it."""
        return False

    def spelled(self, comment_id: object, prefix: str) -> str | None:
        """The id of a comment in its one spelling; None if it is not usable.

        `prefix`: how the ids of the other comments on the post begin, where they have a beginning
        in common.
        """
        return id_of(comment_id)

    def prefix_of(self, target: Target) -> str:
        """How the ids of the comments on its post begin."""
        return ""

    # Reading.

    def survey(self, watch: Watch, reader: Reader, http: Http) -> Survey:
        posts = self._counted(watch, reader, http)
        swept = {post.platform_post_id for post in watch.swept()}
        sources = [
            Source(
                POST, post.post_id, is_whole=post.post_id in swept or post.count <= self.whole_up_to
            )
            for post in posts.values()
            if watch.position.get(post.post_id, 0) != post.mark
            or (post.mark and post.post_id in swept)
        ]
        sources += [
            Source(POST, post_id, is_whole=True)
            for post_id in sorted(swept - posts.keys())
            if self.may_be_unlisted(post_id)
        ]
        if watch.sweeps:
            sources.append(Source(MENTIONS))
        return Survey(sources, self._position(watch, posts))

    def _position(self, watch: Watch, posts: Mapping[str, CountedPost]) -> Position:
        """The marks of all posts. A sweep lists all of them, any other pass the newest ones."""
        watched = {post.platform_post_id for post in watch.posts}
        kept = {
            post_id: mark
            for post_id, mark in watch.position.items()
            if post_id not in posts and (post_id in watched or not watch.sweeps)
        }
        return {**kept, **{post.post_id: post.mark for post in posts.values() if post.mark}}

    def _counted(self, watch: Watch, reader: Reader, http: Http) -> dict[str, CountedPost]:
        """How many comments the account's posts have, by the post."""
        path = (reader.account.external_id, self.posts_edge)
        posts: dict[str, CountedPost] = {}
        cursor, has_posts = None, False
        for _ in range(_MOST_POST_PAGES if watch.sweeps else 1):
            page = self.page_in(self.get(path, self.posts_query, cursor, reader, http))
            counted = [self.counted_of(entry, watch) for entry in page.entries]
            posts |= {post.post_id: post for post in counted if post}
            has_posts = has_posts or any(id_of(entry.get("id")) for entry in page.entries)
            cursor = page.next
            if cursor is None or self._has_passed(watch, page):
                break
        if has_posts and not posts:
            raise self.hides_comments()
        return posts

    def _has_passed(self, watch: Watch, page: Page) -> bool:
        """Whether the next page has only posts that are older than those that are watched."""
        oldest = min((post.published_at for post in watch.posts), default=watch.now)
        last = self.made_at(page.entries[-1])
        return last is not None and last < oldest - _SLACK

    def page(self, source: Source, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        if source.name == MENTIONS:
            return self.mentions(cursor, reader, http)
        return self.comments_of(source.post_id, cursor, reader, http)

    def read_one(self, target: Target, reader: Reader, http: Http) -> Seen | None:
        if target.post_id is None:
            return self.read_mention(target.comment_id, reader, http)
        query = {"fields": self.comment_fields}
        reading = self.get((target.comment_id,), query, None, reader, http)
        if self.is_missing(reading):
            return None
        prefix = self.prefix_of(target)
        return self.usable(self.seen_of(self.shown(reading), target.post_id, prefix, reader))

    def get(
        self,
        segments: tuple[str, ...],
        query: Mapping[str, str],
        cursor: str | None,
        reader: Reader,
        http: Http,
    ) -> Reading:
        """Read an object, or a page of a list."""
        following = {"after": cursor} if cursor else {}
        path = path_of(self.about, *segments)
        return http.read(path, params={**query, **following}, headers=reader.bearer)

    def page_in(self, reading: Reading) -> Page:
        """The entries of a list. Raises as `page`; an answer without a list is no empty list."""
        shown = self.shown(reading)
        if not isinstance(shown.get("data"), list):
            raise PlatformUnavailable(f"{self.about.display_name} returned no usable answer.")
        return page_of(shown)

    def usable(self, seen: Seen | None) -> Seen:
        """Raises PlatformUnavailable if there is nothing."""
        if seen is None:
            raise PlatformUnavailable(f"{self.about.display_name} returned no usable answer.")
        return seen

    def hides_comments(self) -> ReadRefused:
        """The error for a list that is empty although there are comments: without the permission,
        Meta answers so."""
        return ReadRefused(
            f"{self.about.display_name} does not show Soku the comments of this account. Reconnect "
            "the account and let Soku read comments.",
            category=ErrorCategory.PERMISSION,
        )

    def withholds_comments(self) -> ReadRefused:
        """The same for one post, which says nothing about the account: Meta also leaves out
        comments on ads, of restricted people, and those that it takes for spam."""
        return ReadRefused(
            f"{self.about.display_name} does not show Soku the comments on this post."
        )

    # Answering.

    def reply(self, target: Target, text: str, reader: Reader, http: Http) -> Replied:
        if target.post_id is None:
            raise Rejected(f"{self.about.display_name} does not let apps answer mentions.")
        path = path_of(self.about, target.comment_id, self.replies_edge)
        answer = http.publish("POST", path, data={"message": text}, headers=reader.bearer)
        return Replied(self.spelled(self.published(answer).get("id"), self.prefix_of(target)))

    def accepted(self, answer: Answer) -> dict[str, Any]:
        if self.is_missing(answer):
            name = self.about.display_name
            raise Rejected(f"{name} does not find the comment. It has probably been deleted.")
        return super().accepted(answer)

    def find_replies(
        self, target: Target, text: str, since: datetime, reader: Reader, http: Http
    ) -> Sighting:
        # A reply to a reply becomes one to the first comment.
        path = (target.parent_id or target.comment_id, self.replies_edge)
        query = {"fields": self.comment_fields, **self.replies_query}

        def page(cursor: str | None) -> Page:
            return self.page_in(self.get(path, query, cursor, reader, http))

        listed = read_pages(page, _BEGINNING, self.made_at, _MOST_REPLY_PAGES)
        prefix = self.prefix_of(target)
        seen = [self.seen_of(entry, target.post_id, prefix, reader) for entry in listed.entries]
        same = [each for each in seen if each and _is_reply(each, text, since)]
        # One of an author whom the platform does not name can be ours.
        is_clear = None not in seen and all(each.author.id or each.author.username for each in same)
        was_read = listed.is_whole and is_clear
        if was_read and not seen:
            was_read = self.shows_replies(path[0], reader, http)
        return Sighting(
            tuple(_as_post(each) for each in same if each.is_own),
            list_was_read=was_read,
            platform_now=http.platform_now,
        )

    def shows_replies(self, comment_id: str, reader: Reader, http: Http) -> bool:
        """Whether an empty list of replies means that there are none. Raises as `survey`."""
        return True

    def made_at(self, fields: Mapping[str, Any]) -> datetime | None:
        """When a post or a comment was written."""
        return time_of(fields.get(self.time_field))

    def set_hidden(self, target: Target, hidden: bool, reader: Reader, http: Http) -> None:
        fields = {self.hidden_field: "true" if hidden else "false"}
        path = path_of(self.about, target.comment_id)
        answer = http.prepare("POST", path, data=fields, headers=reader.bearer)
        check_confirmed(self, answer, "hid the comment" if hidden else "showed the comment again")

    def delete(self, target: Target, reader: Reader, http: Http) -> None:
        def authorized(**query: str) -> dict[str, Any]:
            return {"params": query, "headers": reader.bearer}

        delete_object(self, target.comment_id, "the comment", authorized, http)


def _is_reply(seen: Seen, text: str, since: datetime) -> bool:
    return seen.created_at >= since and comparable(seen.text) == comparable(text)


def _as_post(seen: Seen) -> SeenPost:
    return SeenPost(seen.comment_id, seen.created_at, seen.permalink)
