"""Replies and mentions on Threads.

developers.facebook.com/docs/threads (retrieve-replies, reply-management, threads-mentions,
overview), read 2026-11-28. No list says how many replies a post has, so each post is a request:
young posts in every pass, those of the last week once an hour, and older ones once a day. At least
48,000 requests a day are allowed. Threads shows no id of an author. Mentions come without what they
answer, which is read for each of them: a reply that names the account is a mention, too.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.domain.errors import PlatformUnavailable, ReadRefused, Rejected
from shared.domain.inbox import Author, Kind, Position, Seen
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms import comments, threads
from shared.platforms.comments import (
    SWEPT_FOR,
    CommentPage,
    Replied,
    Source,
    Survey,
    Target,
    Watch,
    WatchedPost,
)
from shared.platforms.http import Http, Reading
from shared.platforms.meta.containers import made_at
from shared.platforms.meta.graph import (
    MAX_PAGES,
    check_confirmed,
    delete_object,
    page_of,
    path_of,
)
from shared.platforms.metrics import Reader
from shared.platforms.threads import errors
from shared.platforms.threads.limits import MAX_TEXT
from shared.platforms.threads.text import utf8_length
from shared.platforms.threads.timeline import IDS, is_same_text
from shared.platforms.wire import Page, link_of, mapping, read_pages, time_of, words

_MENTIONS, _CONVERSATION = "mentions", "conversation"
_READ_MENTIONS, _HIDE, _DELETE = (
    "threads_manage_mentions",
    "threads_manage_replies",
    "threads_delete",
)
_PLAIN_FIELDS = "id,text,timestamp,permalink,username"
_FIELDS = f"{_PLAIN_FIELDS},replied_to,root_post,is_reply_owned_by_me,hide_status"
_MOST_REPLIES, _MOST_MENTIONS, _MOST_OWN = "50", "25", "25"
_HOURLY_FOR = timedelta(days=7)
_DAY = timedelta(days=1)
_ALL_READ_AT = "allReadAt"
# A container of a text is ready at once or after a moment.
_STATUS_READS = 5


class Comments(comments.Comments):
    about = threads.ABOUT
    max_length = MAX_TEXT
    scopes = ("threads_read_replies",)
    reply_scopes = ("threads_content_publish", "threads_manage_replies")
    can_hide = True
    error_of = staticmethod(errors.error_of)
    is_missing = staticmethod(errors.is_missing)
    length = staticmethod(utf8_length)

    def survey_cost(self, watch: Watch) -> int:
        return 0

    def survey(self, watch: Watch, reader: Reader, http: Http) -> Survey:
        """Which posts are due, and the mentions; makes no request."""
        due, all_read_at = _due(watch)
        swept = watch.swept()
        sources = [
            Source(_CONVERSATION, post.platform_post_id, is_whole=post in swept) for post in due
        ]
        if _READ_MENTIONS not in reader.account.missing_scopes:
            since = str(int(comments.read_from(watch).timestamp()))
            own_posts = tuple(post.platform_post_id for post in watch.posts)
            sources.append(Source(_MENTIONS, since=since, own_posts=own_posts))
        position: Position = {_ALL_READ_AT: int(all_read_at.timestamp())}
        return Survey(sources, {**comments.read_until(watch), **position})

    def page(self, source: Source, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        following = {"after": cursor} if cursor else {}
        if source.name == _MENTIONS:
            query = {"fields": _PLAIN_FIELDS, "limit": _MOST_MENTIONS, "since": source.since}
            page = self._listed(self._read(reader, http, "me", "mentions", **query, **following))
            mentions = [self._mention(entry, source, reader, http) for entry in page.entries]
            return CommentPage([mention for mention in mentions if mention], page.next)
        query = {"fields": _FIELDS, "limit": _MOST_REPLIES, "reverse": "true", **following}
        reading = self._read(reader, http, source.post_id, "conversation", **query)
        if self.is_missing(reading):
            return CommentPage([])
        page = self._listed(reading)
        replies = [_seen_of(entry, source.post_id, reader) for entry in page.entries]
        return CommentPage.of(replies, page.next)

    def read_one(self, target: Target, reader: Reader, http: Http) -> Seen | None:
        details = self._details(target.comment_id, reader, http)
        if details is None:
            return None
        seen = _seen_of(details, target.post_id, reader)
        if seen is None or seen.comment_id != target.comment_id:
            raise _unusable()
        return seen

    def reply(self, target: Target, text: str, reader: Reader, http: Http) -> Replied:
        container = self._container(target, text, reader, http)
        self._check_ready(container, reader, http)
        answer = http.publish(
            "POST",
            path_of(self.about, "me", "threads_publish"),
            data={"creation_id": container},
            **_authorized(reader),
        )
        if errors.is_race(answer):
            raise PlatformUnavailable("Threads does not find the reply that it prepared yet.")
        return Replied(IDS.of(self.published(answer).get("id")))

    def find_replies(
        self, target: Target, text: str, since: datetime, reader: Reader, http: Http
    ) -> Sighting:
        query = {
            "fields": f"{_PLAIN_FIELDS},replied_to",
            "limit": _MOST_OWN,
            "since": str(int(since.timestamp())),
        }

        def page(cursor: str | None) -> Page:
            following = {"after": cursor} if cursor else {}
            return self._listed(self._read(reader, http, "me", "replies", **query, **following))

        listed = read_pages(page, since, made_at, MAX_PAGES)
        same = [each for each in listed.entries if is_same_text(words(each.get("text")), text)]
        seen = [
            SeenPost(reply_id, at, link_of(reply.get("permalink")))
            for reply in same
            if _id_in(reply, "replied_to") == target.comment_id
            and (reply_id := IDS.of(reply.get("id")))
            and (at := made_at(reply))
        ]
        # Of each reply with this text, it must be known what it answers.
        is_known = all(_id_in(reply, "replied_to") for reply in same)
        return Sighting(tuple(seen), list_was_read=listed.is_whole and is_known)

    def set_hidden(self, target: Target, hidden: bool, reader: Reader, http: Http) -> None:
        path = path_of(self.about, target.comment_id, "manage_reply")
        hide = {"hide": "true" if hidden else "false"}
        answer = http.prepare("POST", path, data=hide, **_authorized(reader))
        check_confirmed(self, answer, "hid the reply" if hidden else "showed the reply again")

    def delete(self, target: Target, reader: Reader, http: Http) -> None:
        authorized = partial(_authorized, reader)
        delete_object(self, target.comment_id, "the reply", authorized, http)

    def _container(self, target: Target, text: str, reader: Reader, http: Http) -> str:
        """What the reply is published from. Raises a PlatformError."""
        fields = {"media_type": "TEXT", "text": text, "reply_to_id": target.comment_id}
        path = path_of(self.about, "me", "threads")
        answer = http.prepare("POST", path, data=fields, **_authorized(reader))
        if errors.is_race(answer):
            # Either it is gone, or it is so new that Threads does not find it everywhere.
            if self._details(target.comment_id, reader, http) is None:
                raise Rejected("The comment was deleted on Threads, so it cannot be answered.")
            raise PlatformUnavailable("Threads does not find the comment yet.")
        container = IDS.of(self.accepted(answer).get("id"))
        if container is None:
            raise PlatformUnavailable("Threads prepared a reply without returning its id.")
        return container

    def _check_ready(self, container: str, reader: Reader, http: Http) -> None:
        for _ in range(_STATUS_READS):
            reading = self._read(reader, http, container, fields="status,error_message")
            if self.is_missing(reading):
                continue
            shown = self.shown(reading)
            match words(shown.get("status")):
                case "FINISHED":
                    return
                case "ERROR" | "EXPIRED":
                    reason = words(shown.get("error_message")) or "UNKNOWN"
                    raise PlatformUnavailable(f"Threads could not prepare the reply: {reason}.")
        raise PlatformUnavailable("Threads has not prepared the reply yet.")

    def _mention(
        self, entry: Mapping[str, Any], source: Source, reader: Reader, http: Http
    ) -> Seen | None:
        """A mention with what it answers; None if it is gone by now."""
        comment_id = IDS.of(entry.get("id"))
        try:
            details = self._details(comment_id, reader, http) if comment_id else None
        except ReadRefused:
            # One that Threads does not show alone must not hide the others.
            return _seen_of(entry, None, reader)
        if details is None:
            return None
        root = _id_in(details, "root_post")
        return _seen_of(details, root if root in source.own_posts else None, reader)

    def _details(self, comment_id: str, reader: Reader, http: Http) -> dict[str, Any] | None:
        """The fields of a reply or a mention; None if it is gone."""
        reading = self._read(reader, http, comment_id, fields=_FIELDS)
        return None if self.is_missing(reading) else self.shown(reading)

    def _read(self, reader: Reader, http: Http, *segments: str, **query: str) -> Reading:
        return http.read(path_of(self.about, *segments), **_authorized(reader, **query))

    def _listed(self, reading: Reading) -> Page:
        """A page of a list; an answer without a list is no empty list."""
        shown = self.shown(reading)
        if not isinstance(shown.get("data"), list):
            raise _unusable()
        return page_of(shown)


def _due(watch: Watch) -> tuple[list[WatchedPost], datetime]:
    """The posts whose replies are read in this pass, and when all were read for the last time."""
    all_read_at = time_of(watch.position.get(_ALL_READ_AT))
    if all_read_at is None or (watch.sweeps and watch.now - all_read_at >= _DAY):
        return list(watch.posts), watch.now
    youngest = _HOURLY_FOR if watch.sweeps else SWEPT_FOR
    return [post for post in watch.posts if watch.now - post.published_at < youngest], all_read_at


def _seen_of(reply: Mapping[str, Any], post_id: str | None, reader: Reader) -> Seen | None:
    """A reply to the account's post, or a mention without one; None without an id or a time."""
    comment_id, created_at = IDS.of(reply.get("id")), made_at(reply)
    if comment_id is None or created_at is None:
        return None
    answered = _id_in(reply, "replied_to")
    author = comments.name_of(reply.get("username"))
    is_own = reply.get("is_reply_owned_by_me") is True or author == reader.account.username
    kind = Kind.MENTION
    if post_id is not None:
        kind = Kind.COMMENT if answered in (None, post_id) else Kind.REPLY
    missing = reader.account.missing_scopes
    return Seen(
        comment_id,
        kind,
        created_at,
        comments.text_of(reply.get("text")),
        Author(username=author),
        post_id,
        answered if kind is Kind.REPLY else None,
        link_of(reply.get("permalink")),
        is_own=is_own,
        is_hidden=reply.get("hide_status") == "HIDDEN",
        # Threads hides only direct replies, with all that is below them.
        can_hide=kind is Kind.COMMENT and not is_own and _HIDE not in missing,
        can_delete=is_own and _DELETE not in missing,
    )


def _id_in(fields: Mapping[str, Any], name: str) -> str | None:
    """The id in a field such as `replied_to`, `{"id": …}`."""
    return IDS.of(mapping(fields.get(name)).get("id"))


def _authorized(reader: Reader, **query: str) -> dict[str, Any]:
    # Threads' documentation has the token in the query only.
    return {"params": {**query, "access_token": reader.access_token}}


def _unusable() -> PlatformUnavailable:
    return PlatformUnavailable("Threads returned no usable answer.")
