"""Comments on a Page's posts, and public posts that tag the Page.

developers.facebook.com/docs/graph-api/reference/object/comments, docs/graph-api/reference/comment,
docs/pages-api/comments-mentions and docs/graph-api/reference/page/tagged, read 2026-11-28. What
people write about a Page in comments elsewhere comes only by a webhook.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from shared.domain.inbox import Author, Kind, Seen
from shared.platforms import facebook
from shared.platforms.comments import (
    CommentPage,
    Target,
    Watch,
    id_of,
    name_of,
    text_of,
)
from shared.platforms.facebook import errors
from shared.platforms.facebook.videos import absolute
from shared.platforms.http import Http
from shared.platforms.meta.comments import CountedPost, MetaComments
from shared.platforms.metrics import Reader
from shared.platforms.wire import link_of, mapping, mappings, number, words

_PER_PAGE = 100
_NEWEST_FIRST = {"order": "reverse_chronological", "limit": str(_PER_PAGE)}
_FIELDS = (
    "id,from{id,name},message,created_time,parent{id},is_hidden,can_comment,can_hide,can_remove,"
    "permalink_url"
)
# `stream`: with the replies to comments. Without `summary`, a list that Soku may not read looks
# like one without comments.
_LIST = {"fields": _FIELDS, "filter": "stream", "summary": "total_count", **_NEWEST_FIRST}
_NEWEST = "comments.filter(stream).order(reverse_chronological).limit(1).summary(total_count)"
_POSTS = {
    "fields": f"id,created_time,attachments{{target{{id}}}},{_NEWEST}{{id,created_time}}",
    "limit": "50",
}
_TAGGED_FIELDS = "id,from{id,name},message,created_time,permalink_url"


class Comments(MetaComments):
    about = facebook.ABOUT
    # As far as is known.
    max_length = 8000
    scopes = ("pages_read_engagement", "pages_read_user_content")
    reply_scopes = ("pages_manage_engagement",)
    posts_edge = "published_posts"
    posts_query = _POSTS
    whole_up_to = _PER_PAGE
    comment_fields = _FIELDS
    replies_edge = "comments"
    replies_query: ClassVar[Mapping[str, str]] = {"filter": "stream", **_NEWEST_FIRST}
    time_field = "created_time"
    hidden_field = "is_hidden"
    error_of = staticmethod(errors.error_of)
    is_missing = staticmethod(errors.is_missing)

    def may_be_unlisted(self, post_id: str) -> bool:
        """Whether reels are listed is not documented. Stories have other ids, and no comments."""
        return "_" in post_id

    def counted_of(self, fields: Mapping[str, Any], watch: Watch) -> CountedPost | None:
        edge = mapping(fields.get("comments"))
        count = number(mapping(edge.get("summary")).get("total_count"))
        post_id = _watched_id(fields, watch)
        if post_id is None or count is None:
            return None
        newest = next((id_of(each.get("id")) for each in mappings(edge.get("data"))), None)
        return CountedPost(post_id, count, f"{count}:{newest}" if count or newest else 0)

    def comments_of(
        self, post_id: str, cursor: str | None, reader: Reader, http: Http
    ) -> CommentPage:
        reading = self.get((post_id, "comments"), _LIST, cursor, reader, http)
        if self.is_missing(reading):
            return CommentPage(())
        page = self.page_in(reading)
        summary = mapping(reading.fields().get("summary"))
        if not page.entries and cursor is None and number(summary.get("total_count")):
            raise self.withholds_comments()
        prefix = post_id.rpartition("_")[2]
        seen = [self.seen_of(entry, post_id, prefix, reader) for entry in page.entries]
        return CommentPage.of(seen, page.next)

    def spelled(self, comment_id: object, prefix: str) -> str | None:
        """Facebook writes `{post}_{comment}`, and at times only the second part."""
        spelled = id_of(comment_id)
        return f"{prefix}_{spelled}" if spelled and "_" not in spelled else spelled

    def prefix_of(self, target: Target) -> str:
        return target.comment_id.rpartition("_")[0]

    def seen_of(
        self, fields: Mapping[str, Any], post_id: str | None, prefix: str, reader: Reader
    ) -> Seen | None:
        comment_id, made_at = self.spelled(fields.get("id"), prefix), self.made_at(fields)
        if comment_id is None or made_at is None:
            return None
        parent_id = self.spelled(mapping(fields.get("parent")).get("id"), prefix)
        author = _author_of(fields)
        return Seen(
            comment_id=comment_id,
            kind=Kind.REPLY if parent_id else Kind.COMMENT,
            created_at=made_at,
            text=text_of(fields.get("message")),
            author=author,
            post_id=post_id,
            parent_id=parent_id,
            permalink=link_of(absolute(fields.get("permalink_url"))),
            is_own=author.id == reader.account.external_id,
            is_hidden=fields.get("is_hidden") is True,
            can_reply=fields.get("can_comment") is not False,
            can_hide=fields.get("can_hide") is True,
            can_delete=fields.get("can_remove") is True,
        )

    def mentions(self, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        path = (reader.account.external_id, "tagged")
        query = {"fields": _TAGGED_FIELDS, "limit": str(_PER_PAGE)}
        page = self.page_in(self.get(path, query, cursor, reader, http))
        seen = [self._mention_of(entry) for entry in page.entries]
        return CommentPage([each for each in seen if each], page.next)

    def read_mention(self, mention_id: str, reader: Reader, http: Http) -> Seen | None:
        reading = self.get((mention_id,), {"fields": _TAGGED_FIELDS}, None, reader, http)
        if self.is_missing(reading):
            return None
        return self.usable(self._mention_of(self.shown(reading)))

    def _mention_of(self, fields: Mapping[str, Any]) -> Seen | None:
        post_id, made_at = id_of(fields.get("id")), self.made_at(fields)
        if post_id is None or made_at is None:
            return None
        return Seen(
            comment_id=post_id,
            kind=Kind.MENTION,
            created_at=made_at,
            text=text_of(fields.get("message")),
            author=_author_of(fields),
            permalink=link_of(absolute(fields.get("permalink_url"))),
            can_reply=False,
        )


def _watched_id(fields: Mapping[str, Any], watch: Watch) -> str | None:
    """The id of a listed post; as Soku knows it, if Facebook named only its video at that time."""
    post_id = id_of(fields.get("id"))
    watched = {post.platform_post_id for post in watch.posts}
    if post_id is None or post_id in watched:
        return post_id
    page_id = post_id.partition("_")[0]
    attachments = mappings(mapping(fields.get("attachments")).get("data"))
    targets = [words(mapping(each.get("target")).get("id")) for each in attachments]
    by_video = (f"{page_id}_{target}" for target in targets)
    return next((each for each in by_video if each in watched), post_id)


def _author_of(fields: Mapping[str, Any]) -> Author:
    """People are named only to Pages that may read what they write."""
    author = mapping(fields.get("from"))
    return Author(id_of(author.get("id")), name_of(author.get("name")))
