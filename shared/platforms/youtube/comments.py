"""Comments on a channel's videos: developers.google.com/youtube/v3 (commentThreads, comments),
2026-11-28.

The counts of 50 videos are one call, with a quota of its own. Only videos whose count has changed
are listed: threads with the newest first, which contain some of their replies; the others are one
more list for each thread. Every list is 1 of the 10,000 units that a day has for all of an app's
users, and everything that changes a comment is 50.

A new reply leaves its thread where it is. So a video with few comments is always listed to its end;
of a larger one, replies to old comments are only seen while the video is young.

Comments that wait for a review, which is how they are hidden, are a list of their own. There are no
mentions. YouTube lets its data be kept for 30 days (YouTube API Services Developer Policies,
III.E.4).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import quote

from shared.domain.errors import PlatformUnavailable, ReadRefused, Rejected
from shared.domain.inbox import Author, Kind, Seen
from shared.domain.reconciliation import Sighting
from shared.platforms import comments, youtube
from shared.platforms.comments import (
    CommentPage,
    Replied,
    Source,
    Survey,
    Target,
    Watch,
    id_of,
    name_of,
    replies_in,
    survey_of_counts,
    text_of,
)
from shared.platforms.http import Http
from shared.platforms.metrics import Reader
from shared.platforms.post_ids import PostIds
from shared.platforms.wire import (
    Page,
    entries_of,
    link_of,
    mapping,
    mappings,
    number,
    read_pages,
    time_of,
    words,
)
from shared.platforms.youtube import errors
from shared.platforms.youtube.statistics import (
    DAILY_BUDGET,
    MOST_VIDEOS,
    items_of,
    statistics_of,
)
from shared.platforms.youtube.text import utf16_length
from shared.platforms.youtube.timeline import API, permalink_of

SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
_PAGE = "100"
# A video with at most this many comments is always listed to its end.
_FEW_COMMENTS = 500
# Of the replies to one comment.
_MOST_PAGES = 20
_IDS = PostIds(r"[\w.-]{1,200}")
_HELD = "heldForReview"
_HIDDEN = frozenset({_HELD, "likelySpam", "rejected"})
# The comment, its thread or the video does not exist, or its owner has turned off comments. Only
# some of these reasons are documented.
_GONE = frozenset(
    {
        "commentNotFound",
        "commentThreadNotFound",
        "commentsDisabled",
        "notFound",
        "parentCommentNotFound",
        "videoNotFound",
    }
)
# How YouTube refuses to delete somebody else's comment (unverified).
_NOT_OURS = frozenset({"forbidden", "processingFailure", "operationNotSupported"})


@dataclass(frozen=True)
class _Thread:
    """A thread whose replies are read from `token` on."""

    thread_id: str
    can_reply: bool
    token: str = ""


@dataclass(frozen=True)
class _Place:
    """Where the list of a video's comments continues: with the replies of some threads, and then
    with the threads at `token`, unless that is None."""

    token: str | None = ""
    is_held: bool = False
    """The threads are those that wait for a review."""
    threads: tuple[_Thread, ...] = ()

    @classmethod
    def at(cls, cursor: str | None) -> Self:
        if cursor is None:
            return cls()
        token, is_held, threads = json.loads(cursor)
        return cls(token, is_held, tuple(_Thread(*thread) for thread in threads))

    @property
    def cursor(self) -> str | None:
        if self.token is None and not self.threads:
            return None
        threads = [[each.thread_id, each.can_reply, each.token] for each in self.threads]
        return json.dumps([self.token, self.is_held, threads])


class Comments(comments.Comments):
    about = youtube.ABOUT
    # Reported by other clients, not documented.
    max_length = 10_000
    scopes = (SCOPE,)
    reply_scopes = (SCOPE,)
    # A day less than YouTube allows.
    text_kept_for: ClassVar = timedelta(days=29)
    authors_kept_for: ClassVar = timedelta(days=29)
    # Calls for the counts and units for the lists, which have different quotas: together they stay
    # below 80% of either.
    daily_budget = DAILY_BUDGET
    can_hide = True
    error_of = staticmethod(errors.comment_error_of)

    def length(self, text: str) -> int:
        return utf16_length(text)

    def survey_cost(self, watch: Watch) -> int:
        return -(-len(watch.posts) // MOST_VIDEOS)

    def survey(self, watch: Watch, reader: Reader, http: Http) -> Survey:
        counts = self._counts(watch, reader, http)
        survey = survey_of_counts(counts, watch)
        sources = [
            replace(source, is_whole=source.is_whole or counts[source.post_id] <= _FEW_COMMENTS)
            for source in survey.sources
        ]
        return replace(survey, sources=sources)

    def _counts(self, watch: Watch, reader: Reader, http: Http) -> dict[str, int]:
        """How many comments the videos have. Those that are off have no count."""
        ids = [post.platform_post_id for post in watch.posts]
        counts: dict[str, int] = {}
        for start in range(0, len(ids), MOST_VIDEOS):
            read = statistics_of(ids[start : start + MOST_VIDEOS], reader, http)
            for video_id, statistics in read.items():
                count = number(statistics.get("commentCount"))
                if count is not None:
                    counts[video_id] = count
        return counts

    def page(self, source: Source, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        place = _Place.at(cursor)
        if place.threads:
            return self._replies(source, place, reader, http)
        query = {
            "part": "snippet,replies",
            "videoId": source.post_id,
            "order": "time",
            **({"moderationStatus": _HELD} if place.is_held else {}),
        }
        fields = self._listed("commentThreads", query, place.token or "", reader, http)
        threads = items_of(fields)
        seen = [
            each
            for thread in threads
            for each in _in_thread(thread, source.post_id, reader, is_held=place.is_held)
        ]
        # Replies to a comment that waits for a review are not listed.
        long = () if place.is_held else tuple(filter(None, map(_long_thread, threads)))
        return CommentPage.of(seen, replace(_after(place, fields, source), threads=long).cursor)

    def _replies(self, source: Source, place: _Place, reader: Reader, http: Http) -> CommentPage:
        """A page of the replies of the first of the threads."""
        thread, *others = place.threads
        query = {"part": "snippet", "parentId": thread.thread_id}
        fields = self._listed("comments", query, thread.token, reader, http)
        replies = (
            _seen(item, source.post_id, reader, can_reply=thread.can_reply)
            for item in items_of(fields)
        )
        token = _next_token(fields)
        rest = [replace(thread, token=token)] if token else []
        following = replace(place, threads=(*rest, *others))
        return CommentPage.of(replies, following.cursor)

    def _listed(
        self, kind: str, query: Mapping[str, str], token: str, reader: Reader, http: Http
    ) -> dict[str, Any]:
        """A page of a list; an empty one if what it belongs to is gone."""
        query = {**query, "maxResults": _PAGE, "textFormat": "plainText"}
        if token:
            query["pageToken"] = token
        try:
            return self.shown(http.read(f"{API}/{kind}", params=query, headers=reader.bearer))
        except ReadRefused as refusal:
            if refusal.platform_code in _GONE:
                return {"items": []}
            raise

    def read_one(self, target: Target, reader: Reader, http: Http) -> Seen | None:
        query = {"part": "snippet", "id": target.comment_id, "textFormat": "plainText"}
        reading = http.read(f"{API}/comments", params=query, headers=reader.bearer)
        items = items_of(self.shown(reading))
        if not items:
            return None
        # Whether it is hidden is told only by the lists, as far as is known.
        seen = _seen(items[0], target.post_id, reader, is_held=None)
        if seen is None:
            raise PlatformUnavailable("YouTube returned no usable comment.")
        return seen

    def reply(self, target: Target, text: str, reader: Reader, http: Http) -> Replied:
        body = {"snippet": {"parentId": _thread_of(target), "textOriginal": text}}
        answer = http.publish(
            "POST", f"{API}/comments", params={"part": "snippet"}, json=body, headers=reader.bearer
        )
        comment_id = _IDS.of(self.published(answer).get("id"))
        link = comment_id and _link_to(comment_id, target.post_id)
        return Replied(comment_id, link)

    def find_replies(
        self, target: Target, text: str, since: datetime, reader: Reader, http: Http
    ) -> Sighting:
        query = {
            "part": "snippet",
            "parentId": _thread_of(target),
            "maxResults": _PAGE,
            "textFormat": "plainText",
        }

        def page(cursor: str | None) -> Page:
            more = {"pageToken": cursor} if cursor else {}
            reading = http.read(f"{API}/comments", params=query | more, headers=reader.bearer)
            fields = self.shown(reading)
            items_of(fields)
            return Page(entries_of(fields.get("items")), _next_token(fields) or None)

        # The order is not documented: only the end of the list tells that it was read.
        listed = read_pages(page, datetime.min.replace(tzinfo=UTC), _time_of, _MOST_PAGES)
        return replies_in(listed, lambda item: _seen(item, target.post_id, reader), text, since)

    def set_hidden(self, target: Target, hidden: bool, reader: Reader, http: Http) -> None:
        # A rejected comment could not be listed any more.
        self._moderate(target, _HELD if hidden else "published", reader, http)

    def delete(self, target: Target, reader: Reader, http: Http) -> None:
        """Delete a comment of the channel; of others, or reject it where only that is allowed."""
        query = {"id": target.comment_id}
        answer = http.prepare("DELETE", f"{API}/comments", params=query, headers=reader.bearer)
        try:
            self.accepted(answer)
        except Rejected as refusal:
            if refusal.platform_code in _NOT_OURS:
                self._moderate(target, "rejected", reader, http)
            elif refusal.platform_code not in _GONE:
                raise

    def _moderate(self, target: Target, status: str, reader: Reader, http: Http) -> None:
        query = {"id": target.comment_id, "moderationStatus": status}
        path = f"{API}/comments/setModerationStatus"
        self.accepted(http.prepare("POST", path, params=query, headers=reader.bearer))


def _after(place: _Place, fields: Mapping[str, Any], source: Source) -> _Place:
    """Where the threads continue after a page of them."""
    if token := _next_token(fields):
        return replace(place, token=token)
    if source.is_whole and not place.is_held:
        return _Place(is_held=True)
    return replace(place, token=None)


def _next_token(fields: Mapping[str, Any]) -> str:
    return words(fields.get("nextPageToken"))


def _long_thread(thread: Mapping[str, Any]) -> _Thread | None:
    """A thread of which the list does not contain all replies."""
    thread_id, snippet = _IDS.of(thread.get("id")), mapping(thread.get("snippet"))
    embedded = len(mappings(mapping(thread.get("replies")).get("comments")))
    is_long = (number(snippet.get("totalReplyCount")) or 0) > embedded
    return _Thread(thread_id, _can_reply(snippet)) if thread_id and is_long else None


def _in_thread(
    thread: Mapping[str, Any], video_id: str, reader: Reader, *, is_held: bool
) -> Iterator[Seen | None]:
    """A comment and the replies to it that the list of threads contains."""
    snippet = mapping(thread.get("snippet"))
    replies = mappings(mapping(thread.get("replies")).get("comments"))
    for item in (mapping(snippet.get("topLevelComment")), *replies):
        yield _seen(item, video_id, reader, can_reply=_can_reply(snippet), is_held=is_held)


def _can_reply(snippet: Mapping[str, Any]) -> bool:
    return snippet.get("canReply") is not False


def _seen(
    item: Mapping[str, Any],
    video_id: str | None,
    reader: Reader,
    *,
    can_reply: bool = True,
    is_held: bool | None = False,
) -> Seen | None:
    """A comment; None if its id or its time cannot be used."""
    comment_id, created_at = _IDS.of(item.get("id")), _time_of(item)
    if comment_id is None or created_at is None:
        return None
    snippet = mapping(item.get("snippet"))
    parent_id = _parent_of(comment_id, snippet)
    author = _author_of(snippet)
    is_own = author.id == reader.account.external_id
    status = words(snippet.get("moderationStatus"))
    return Seen(
        comment_id=comment_id,
        kind=Kind.REPLY if parent_id else Kind.COMMENT,
        created_at=created_at,
        # The first one is what was written, and only its author gets it.
        text=text_of(words(snippet.get("textOriginal")) or snippet.get("textDisplay")),
        author=author,
        post_id=video_id,
        parent_id=parent_id,
        permalink=_link_to(comment_id, video_id),
        is_own=is_own,
        is_hidden=status in _HIDDEN if status else is_held,
        can_reply=can_reply,
        can_hide=not is_own,
        can_delete=True,
    )


def _time_of(item: Mapping[str, Any]) -> datetime | None:
    return time_of(mapping(item.get("snippet")).get("publishedAt"))


def _author_of(snippet: Mapping[str, Any]) -> Author:
    name = name_of(snippet.get("authorDisplayName"))
    return Author(
        id=id_of(mapping(snippet.get("authorChannelId")).get("value")),
        name=name,
        username=name.removeprefix("@") if name and name.startswith("@") else None,
        avatar_url=link_of(snippet.get("authorProfileImageUrl")),
    )


def _parent_of(comment_id: str, snippet: Mapping[str, Any]) -> str | None:
    """The comment that a reply belongs to, which is also the beginning of the reply's id."""
    thread_id, dot, _ = comment_id.partition(".")
    return _IDS.of(snippet.get("parentId")) or (thread_id if dot and thread_id else None)


def _thread_of(target: Target) -> str:
    """The comment that a reply must name: a reply cannot be answered itself."""
    return target.parent_id or target.comment_id.partition(".")[0]


def _link_to(comment_id: str, video_id: str | None) -> str | None:
    return link_of(f"{permalink_of(quote(video_id))}&lc={comment_id}") if video_id else None
