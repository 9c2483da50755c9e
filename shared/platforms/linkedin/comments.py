"""Comments on a Page's posts, and posts that mention the Page: learn.microsoft.com/linkedin,
2026-11-28.

Everything that happens to the comments of a Page is one list of notifications
(…/organizations/organization-social-action-notifications), which is the only call while nothing
happens. A text that a notification does not contain is read by a call for each comment
(…/shares/comments-api). LinkedIn shows an empty list to a member who is not an administrator of the
Page. So once a day, one more call finds out the role, and the list of the whole day is read again.

The development tier allows 100 calls a member and day, so a Page is read every 30 minutes at most.
LinkedIn shows the comments on a member's posts to no app. Comments cannot be hidden.

Its data storage requirements allow keeping what members write for 48 hours, and who they are for
24 hours. It tells their URN and not their name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from shared import clock
from shared.domain.accounts import Account
from shared.domain.errors import ErrorCategory, ReadRefused
from shared.domain.inbox import Author, Kind, Position, Seen
from shared.domain.reconciliation import Sighting
from shared.platforms import comments, linkedin
from shared.platforms.comments import (
    CommentPage,
    Replied,
    Source,
    Survey,
    Target,
    Watch,
    id_of,
    replies_in,
    text_of,
)
from shared.platforms.http import Answer, Http
from shared.platforms.linkedin import errors, timeline
from shared.platforms.linkedin.comment_urns import comment_urn, link_to, number_of, object_of
from shared.platforms.linkedin.notifications import (
    ACTIONS,
    BY_ADMIN,
    DELETION,
    KEPT_FOR,
    MENTION,
    Notification,
    latest,
)
from shared.platforms.linkedin.restli import encoded, headers, is_page
from shared.platforms.linkedin.roles import check_administrator
from shared.platforms.linkedin.text import unescaped, utf16_length
from shared.platforms.metrics import Reader
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

_PAGE = 100
_MOST_PAGES = 10
# Milliseconds. Whether notifications can be listed late is not documented.
_OVERLAP = 10 * 60 * 1000


@dataclass(frozen=True)
class _Place:
    """Where the list of notifications continues: with the texts of some comments, and then with
    the notifications from `start` on, unless that is None."""

    start: int | None = 0
    unread: tuple[tuple[str, str | None], ...] = ()
    """URNs of comments or posts, each with the post that a comment is on."""

    @classmethod
    def at(cls, cursor: str | None) -> Self:
        if cursor is None:
            return cls()
        start, unread = json.loads(cursor)
        return cls(start, tuple((urn, post_id) for urn, post_id in unread))

    @property
    def cursor(self) -> str | None:
        is_end = self.start is None and not self.unread
        return None if is_end else json.dumps([self.start, self.unread])


class Comments(comments.Comments):
    about = linkedin.ABOUT
    # Reported by other clients, not documented.
    max_length = 1250
    scopes = ("rw_organization_admin", "r_organization_social_feed")
    reply_scopes = ("w_organization_social_feed",)
    every: ClassVar = timedelta(minutes=30)
    quiet_every: ClassVar = timedelta(hours=2)
    # An hour less than LinkedIn allows.
    text_kept_for: ClassVar = timedelta(hours=47)
    authors_kept_for: ClassVar = timedelta(hours=23)
    # Calls: 80% of what the development tier allows, because publishing needs some too.
    daily_budget = 400
    error_of = staticmethod(errors.comment_error_of)

    def refusal(self, account: Account) -> str | None:
        return None if is_page(account) else "LinkedIn shows no comments on a member's posts."

    def length(self, text: str) -> int:
        return utf16_length(text)

    def survey_cost(self, watch: Watch) -> int:
        return 0 if watch.position.get("role") == _day_of(watch) else 1

    def survey(self, watch: Watch, reader: Reader, http: Http) -> Survey:
        position, now = watch.position, _milliseconds(watch.now)
        since, checked = number(position.get("since")), number(position.get("checked"))
        if self.survey_cost(watch):
            check_administrator("the comments on a Page's posts", reader, http)
            # Since the last time, the lists may have been empty for another reason.
            since, checked = checked, now
        oldest = _milliseconds(watch.now - KEPT_FOR)
        source = Source("notifications", since=str(max(since or 0, oldest)), is_whole=True)
        following: Position = {
            "since": now - _OVERLAP,
            "checked": checked or now,
            "role": _day_of(watch),
        }
        return Survey([source], following)

    def page(self, source: Source, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        place = _Place.at(cursor)
        if place.unread:
            return self._unread(place, reader, http)
        start = place.start or 0
        path = (
            "/rest/organizationalEntityNotifications?q=criteria"
            f"&organizationalEntity={encoded(reader.account.external_id)}"
            f"&actions=List({','.join(ACTIONS)})"
            f"&timeRange=(start:{source.since},end:{_milliseconds(clock.now())})"
            f"&start={start}&count={_PAGE}"
        )
        reading = http.read(path, headers=headers(reader))
        found = latest(errors.elements(reading))
        present = [each for each in found if each.action != DELETION]
        following = _Place(
            _next_start(reading.fields(), start),
            tuple((each.urn, each.post_id) for each in present if not each.text),
        )
        return CommentPage(
            [_notified(each, reader) for each in present if each.text or each.action == MENTION],
            following.cursor,
            gone=[each.urn for each in found if each.action == DELETION],
        )

    def _unread(self, place: _Place, reader: Reader, http: Http) -> CommentPage:
        """The first of the comments that were notified without a text."""
        (urn, post_id), *others = place.unread
        following = replace(place, unread=tuple(others)).cursor
        try:
            seen = self.read_one(Target(urn, post_id), reader, http)
        except ReadRefused as refused:
            if number_of(urn) and refused.category is ErrorCategory.PERMISSION:
                raise
            # Not every post of somebody else can be read: its link must do. And one comment that
            # cannot be read does not keep the others waiting.
            return CommentPage([], following)
        return CommentPage([seen], following) if seen else CommentPage([], following, [urn])

    def read_one(self, target: Target, reader: Reader, http: Http) -> Seen | None:
        urn = target.comment_id
        path = f"/rest/socialActions/{encoded(object_of(urn))}/comments/{number_of(urn)}"
        if not number_of(urn):
            path = f"/rest/posts/{encoded(urn)}"
        reading = http.read(path, headers=headers(reader))
        if reading.status == 404 and reading.fields():
            return None
        fields = self.shown(reading)
        seen = _comment(fields, target, reader) if number_of(urn) else _mention(fields, urn)
        if seen is None:
            raise ReadRefused("LinkedIn returned no usable comment.")
        return seen

    def reply(self, target: Target, text: str, reader: Reader, http: Http) -> Replied:
        thread = _thread_of(target)
        body = {
            "actor": reader.account.external_id,
            "object": object_of(thread),
            "message": {"text": text},
            **({"parentComment": thread} if number_of(thread) else {}),
        }
        path = f"/rest/socialActions/{encoded(thread)}/comments"
        answer = http.publish("POST", path, json=body, headers=headers(reader))
        urn = _created(answer, self.published(answer), thread)
        return Replied(urn, link_to(urn) if urn else None)

    def find_replies(
        self, target: Target, text: str, since: datetime, reader: Reader, http: Http
    ) -> Sighting:
        path = f"/rest/socialActions/{encoded(_thread_of(target))}/comments"

        def page(cursor: str | None) -> Page:
            start = int(cursor or 0)
            reading = http.read(f"{path}?start={start}&count={_PAGE}", headers=headers(reader))
            errors.elements(reading)
            fields = reading.fields()
            following = _next_start(fields, start)
            return Page(
                entries_of(fields["elements"]), str(following) if following is not None else None
            )

        # The order is not documented: only the end of the list tells that it was read.
        listed = read_pages(page, datetime.min.replace(tzinfo=UTC), _time_of, _MOST_PAGES)
        return replies_in(listed, lambda entry: _comment(entry, target, reader), text, since)

    def delete(self, target: Target, reader: Reader, http: Http) -> None:
        urn = target.comment_id
        answer = http.prepare(
            "DELETE",
            f"/rest/socialActions/{encoded(object_of(urn))}/comments/{number_of(urn)}"
            f"?actor={encoded(reader.account.external_id)}",
            headers=headers(reader, **{"X-RestLi-Method": "DELETE"}),
        )
        if answer.status != 404:
            self.accepted(answer)


def _day_of(watch: Watch) -> str:
    return watch.now.date().isoformat()


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _next_start(fields: Mapping[str, Any], start: int) -> int | None:
    """Where the next page of a list begins; None after the last one.

    LinkedIn names the next page, or gives as many elements as it was asked for.
    """
    elements = fields.get("elements")
    count = len(elements) if isinstance(elements, list) else 0
    links = mappings(mapping(fields.get("paging")).get("links"))
    has_next = any(link.get("rel") == "next" for link in links)
    return start + count if count and (has_next or count >= _PAGE) else None


def _thread_of(target: Target) -> str:
    """What a reply answers: a reply cannot be answered itself, only the comment above it."""
    return target.parent_id or target.comment_id


def _notified(each: Notification, reader: Reader) -> Seen:
    """What a notification tells."""
    is_mention = each.action == MENTION
    is_own = each.action == BY_ADMIN or each.author == reader.account.external_id
    kind = Kind.REPLY if each.parent_id else Kind.COMMENT
    return Seen(
        comment_id=each.urn,
        kind=Kind.MENTION if is_mention else kind,
        created_at=each.created_at,
        text=text_of(each.text),
        author=Author(id=id_of(each.author)),
        post_id=each.post_id,
        parent_id=each.parent_id,
        permalink=_link_to_post(each.urn) if is_mention else link_to(each.urn),
        is_own=is_own and not is_mention,
        can_delete=not is_mention,
    )


def _comment(entry: Mapping[str, Any], target: Target, reader: Reader) -> Seen | None:
    """A comment as the comments API shows it; None if its id or its time cannot be used."""
    urn, created_at = _urn_of(entry, object_of(target.comment_id)), _time_of(entry)
    if urn is None or created_at is None:
        return None
    parent_id = comment_urn(entry.get("parentComment"))
    author = id_of(entry.get("actor"))
    return Seen(
        comment_id=urn,
        kind=Kind.REPLY if parent_id else Kind.COMMENT,
        created_at=created_at,
        text=text_of(mapping(entry.get("message")).get("text")),
        author=Author(id=author),
        post_id=target.post_id,
        parent_id=parent_id,
        permalink=link_to(urn),
        is_own=author == reader.account.external_id,
        can_delete=True,
    )


def _mention(fields: Mapping[str, Any], urn: str) -> Seen | None:
    """A post of somebody else; None if its time cannot be used."""
    created_at = time_of(fields.get("publishedAt")) or time_of(fields.get("createdAt"))
    if created_at is None:
        return None
    return Seen(
        comment_id=urn,
        kind=Kind.MENTION,
        created_at=created_at,
        text=text_of(unescaped(words(fields.get("commentary")))),
        author=Author(id=id_of(fields.get("author"))),
        permalink=_link_to_post(urn),
    )


def _link_to_post(urn: str) -> str | None:
    return link_of(timeline.permalink_of(urn))


def _time_of(entry: Mapping[str, Any]) -> datetime | None:
    return time_of(mapping(entry.get("created")).get("time"))


def _urn_of(entry: Mapping[str, Any], thread_object: str) -> str | None:
    """The URN of a comment; else it is made of its number and what it is on."""
    named = comment_urn(entry.get("commentUrn")) or comment_urn(entry.get("$URN"))
    on = words(entry.get("object"))
    return named or comment_urn(
        f"urn:li:comment:({on if on.count(':') == 3 else thread_object},{words(entry.get('id'))})"
    )


def _created(answer: Answer, fields: Mapping[str, Any], thread: str) -> str | None:
    """The URN of a new comment. The id in the header is a number or the URN."""
    named = answer.headers.get("x-restli-id", "")
    return comment_urn(named) or _urn_of({"id": named, **fields}, object_of(thread))
