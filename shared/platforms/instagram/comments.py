"""Comments on an account's posts, and posts of others in which the account is tagged.

developers.facebook.com/docs/instagram-platform/reference/ig-media/comments and
docs/instagram-platform/comment-moderation, read 2026-11-28, for Instagram Login. Lists have only
the first comments of threads, each with the first replies, and a new reply does not move its
comment to the front. What people write about an account in captions and comments elsewhere comes
only by a webhook.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from shared.domain.errors import ReadRefused
from shared.domain.inbox import Author, Kind, Seen
from shared.platforms import instagram
from shared.platforms.comments import CommentPage, Watch, id_of, name_of, text_of
from shared.platforms.http import Http
from shared.platforms.instagram import errors
from shared.platforms.meta.comments import CountedPost, MetaComments
from shared.platforms.meta.graph import page_of
from shared.platforms.metrics import Reader
from shared.platforms.wire import Page, link_of, mapping, number, words

_PER_PAGE = "50"
_FIELDS = "id,text,timestamp,username,from{id,username},user{id},hidden,parent_id"
_LIST = {"fields": f"{_FIELDS},replies.limit({_PER_PAGE}){{{_FIELDS}}}", "limit": _PER_PAGE}
_POSTS = {"fields": "id,timestamp,comments_count", "limit": _PER_PAGE}
_TAGS = {"fields": "id,caption,timestamp,username,permalink", "limit": _PER_PAGE}
# To read one tag again, which has no other list.
_MOST_PAGES_OF_TAGS = 10


class Comments(MetaComments):
    about = instagram.ABOUT
    # Also at most 4 hashtags and 1 link, as far as is known.
    max_length = 300
    scopes = ("instagram_business_manage_comments",)
    reply_scopes = ("instagram_business_manage_comments",)
    posts_edge = "media"
    posts_query: ClassVar[Mapping[str, str]] = _POSTS
    # Five pages: only the whole list shows new replies to old comments.
    whole_up_to = 250
    comment_fields = _FIELDS
    replies_edge = "replies"
    replies_query: ClassVar[Mapping[str, str]] = {"limit": _PER_PAGE}
    time_field = "timestamp"
    hidden_field = "hide"
    error_of = staticmethod(errors.error_of)
    is_missing = staticmethod(errors.is_missing)

    def counted_of(self, fields: Mapping[str, Any], watch: Watch) -> CountedPost | None:
        post_id, count = id_of(fields.get("id")), number(fields.get("comments_count"))
        return None if post_id is None or count is None else CountedPost(post_id, count, count)

    def comments_of(
        self, post_id: str, cursor: str | None, reader: Reader, http: Http
    ) -> CommentPage:
        """A page of comments with their first replies, or the next replies to one of them.

        The cursor is `[place in the list, {comment: place in its replies}]`.
        """
        after, threads = json.loads(cursor) if cursor else (None, {})
        if threads:
            thread_id = next(iter(threads))
            page = self._replies_to(thread_id, threads.pop(thread_id), reader, http)
            seen = self._replies(page, post_id, thread_id, reader)
            threads |= {thread_id: page.next} if page.next else {}
        else:
            page = self._first_comments(post_id, after, reader, http)
            threads, seen, after = {}, [], page.next
            for entry in page.entries:
                seen += self._thread(entry, post_id, threads, reader)
        return CommentPage.of(seen, json.dumps([after, threads]) if after or threads else None)

    def _first_comments(self, post_id: str, after: str | None, reader: Reader, http: Http) -> Page:
        """A page of the first comments of threads, with their first replies."""
        reading = self.get((post_id, "comments"), _LIST, after, reader, http)
        if self.is_missing(reading):
            return Page([], None)
        page = self.page_in(reading)
        if not page.entries and after is None and self._count_of(post_id, reader, http):
            raise self.withholds_comments()
        return page

    def _count_of(self, post_id: str, reader: Reader, http: Http) -> int | None:
        reading = self.get((post_id,), {"fields": "comments_count"}, None, reader, http)
        return number(reading.fields().get("comments_count"))

    def _replies_to(self, thread_id: str, after: str, reader: Reader, http: Http) -> Page:
        query = {"fields": _FIELDS, **self.replies_query}
        reading = self.get((thread_id, "replies"), query, after, reader, http)
        return Page([], None) if self.is_missing(reading) else self.page_in(reading)

    def _thread(
        self, fields: Mapping[str, Any], post_id: str, threads: dict[str, str], reader: Reader
    ) -> list[Seen | None]:
        """A comment and its first replies. A place in further ones is added to `threads`."""
        seen = self.seen_of(fields, post_id, "", reader)
        if seen is None:
            return [None]
        replies = page_of(mapping(fields.get("replies")))
        if replies.next:
            threads[seen.comment_id] = replies.next
        return [seen, *self._replies(replies, post_id, seen.comment_id, reader)]

    def _replies(
        self, page: Page, post_id: str, thread_id: str, reader: Reader
    ) -> list[Seen | None]:
        replies = [self.seen_of(entry, post_id, "", reader) for entry in page.entries]
        # Embedded ones do not always name what they answer.
        return [each and replace(each, kind=Kind.REPLY, parent_id=thread_id) for each in replies]

    def seen_of(
        self, fields: Mapping[str, Any], post_id: str | None, prefix: str, reader: Reader
    ) -> Seen | None:
        comment_id, made_at = self.spelled(fields.get("id"), prefix), self.made_at(fields)
        if comment_id is None or made_at is None:
            return None
        parent_id = self.spelled(fields.get("parent_id"), prefix)
        is_own, is_hidden = _is_own(fields, reader), fields.get("hidden") is True
        return Seen(
            comment_id=comment_id,
            kind=Kind.REPLY if parent_id else Kind.COMMENT,
            created_at=made_at,
            text=text_of(fields.get("text")),
            author=_author_of(fields),
            post_id=post_id,
            parent_id=parent_id,
            is_own=is_own,
            is_hidden=is_hidden,
            can_reply=not is_hidden,
            can_hide=not is_own,
            can_delete=True,
        )

    def shows_replies(self, comment_id: str, reader: Reader, http: Http) -> bool:
        """Without the permission, the list is empty and the comment has no name."""
        query = {"fields": "id,username"}
        shown = self.shown(self.get((comment_id,), query, None, reader, http))
        return name_of(shown.get("username")) is not None

    def mentions(self, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        path = (reader.account.external_id, "tags")
        page = self.page_in(self.get(path, _TAGS, cursor, reader, http))
        seen = [self._mention_of(entry) for entry in page.entries]
        return CommentPage([each for each in seen if each], page.next)

    def read_mention(self, mention_id: str, reader: Reader, http: Http) -> Seen | None:
        """Posts of others cannot be read by their ids, so it is looked for in the list."""
        cursor = None
        for _ in range(_MOST_PAGES_OF_TAGS):
            page = self.mentions(cursor, reader, http)
            found = next((seen for seen in page.seen if seen.comment_id == mention_id), None)
            cursor = page.next
            if found or cursor is None:
                return found
        raise ReadRefused("Instagram lists only newer posts in which the account is tagged.")

    def _mention_of(self, fields: Mapping[str, Any]) -> Seen | None:
        post_id, made_at = id_of(fields.get("id")), self.made_at(fields)
        if post_id is None or made_at is None:
            return None
        return Seen(
            comment_id=post_id,
            kind=Kind.MENTION,
            created_at=made_at,
            text=text_of(fields.get("caption")),
            author=_author_of(fields),
            permalink=link_of(fields.get("permalink")),
            can_reply=False,
        )


def _author_of(fields: Mapping[str, Any]) -> Author:
    author = mapping(fields.get("from"))
    username = name_of(fields.get("username")) or name_of(author.get("username"))
    return Author(id=id_of(author.get("id")), username=username)


def _is_own(fields: Mapping[str, Any], reader: Reader) -> bool:
    """The id in `from` is one for our app alone; `user` names the account itself."""
    username, account = _author_of(fields).username, reader.account
    is_named = username is not None and username.lower() == account.username.lower()
    return is_named or words(mapping(fields.get("user")).get("id")) == account.external_id
