"""What happened to the posts of an organization, and which posts mention it.

…/organizations/organization-social-action-notifications. The fields are as clients have received
them.
"""

import re
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import request

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.comments import Comment
from local.platforms.linkedin import errors
from local.platforms.linkedin.comments import (
    LoggedBook,
    activity_of,
    author_urn,
    is_top,
    milliseconds,
    object_of,
    top_of,
)
from local.platforms.linkedin.restli import whole_number
from local.platforms.linkedin.state import State
from local.platforms.simulation import Endpoints

KEPT_FOR = timedelta(days=60)
PAGE_DEFAULT, PAGE_MOST = 10, 100
ACTIONS = {
    *("LIKE", "COMMENT", "SHARE", "SHARE_MENTION"),
    *("ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE"),
}
_RESOURCE = "organizationalEntityNotifications.FINDER-criteria"
_ACTIONS = re.compile(r"List\((\w+(?:,\w+)*)\)")
_RANGE = re.compile(r"\(start:(\d+),end:(\d+)\)")
_NAMES = {"q", "organizationalEntity", "actions", "timeRange", "start", "count"}

Event = tuple[str, Comment, datetime]
"""An action, what it happened to, and when."""


class Notifications(Endpoints[State]):
    def find(self) -> Any:
        """`GET /rest/organizationalEntityNotifications?q=criteria`: the newest first."""
        grant = self._state.versioned()
        if not grant.may("rw_organization_admin"):
            raise errors.access_denied(_RESOURCE)
        _check_query()
        urn = request.args.get("organizationalEntity", "")
        organization = self._state.organization(urn, grant, _RESOURCE)
        actions, (first, last) = _actions(), _time_range()
        start, count = whole_number("start", 0), whole_number("count", PAGE_DEFAULT)
        if count > PAGE_MOST:
            raise errors.invalid(f"count is at most {PAGE_MOST}", 400)
        oldest = milliseconds(clock.now() - KEPT_FOR)
        events = [
            (action, comment, at)
            for action, comment, at in self._events(organization)
            if action in actions and max(first, oldest) <= milliseconds(at) <= last
        ]
        if "ADMINISTRATOR" not in self._state.roles_on(organization):
            events = []  # not an error
        events.sort(key=lambda event: event[2], reverse=True)
        paging = {"start": start, "count": count, "links": []}
        page = events[start : start + count]
        return {"paging": paging, "elements": [self._as_json(organization, *e) for e in page]}

    def _events(self, organization: Account) -> Iterator[Event]:
        book = self._platform.comments
        assert isinstance(book, LoggedBook)
        for comment in book.all():
            if comment.account_id == organization.account_id and self._is_notified(comment):
                yield _action(comment), comment, comment.created_at
                if comment.edited_at is not None:
                    yield "COMMENT_EDIT", comment, comment.edited_at
        for comment, at in book.removed:
            if comment.account_id == organization.account_id and not comment.is_mention:
                yield "COMMENT_DELETE", comment, at

    def _is_notified(self, comment: Comment) -> bool:
        """Only what everybody can see has notifications."""
        post = self._platform.posts.get(comment.post_id or "")
        if post is None:
            return comment.is_mention and comment.parent_id is None
        return post.details.get("visibility", "PUBLIC") == "PUBLIC"

    def _as_json(
        self, organization: Account, action: str, comment: Comment, at: datetime
    ) -> dict[str, Any]:
        is_mention = action == "SHARE_MENTION"
        shown = {
            "notificationId": zlib.crc32(f"{action} {comment.id} {at}".encode()),
            "organizationalEntity": organization.external_id,
            "action": action,
            "sourcePost": comment.id if is_mention else comment.post_id,
            "generatedActivity": comment.id,
            "lastModifiedAt": milliseconds(at),
            "subscriber": "urn:li:person:subscriber",
        }
        if self._state.notifies_without_text:
            return shown
        if is_mention:
            share = {"entity": comment.id, "owner": author_urn(comment), "text": comment.text}
            return {**shown, "decoratedGeneratedActivity": {"share": share}}
        source = {"entity": comment.post_id, "owner": organization.external_id, "text": ""}
        return {
            **shown,
            "sourcePost": activity_of(comment.post_id or ""),
            "decoratedSourcePost": source,
            "generatedActivity": comment.id.replace("(urn:li:", "("),
            "decoratedGeneratedActivity": {"comment": self._decorated(comment)},
        }

    def _decorated(self, comment: Comment) -> dict[str, Any]:
        """What a reply answers is not documented: the object is the comment above it."""
        book = self._platform.comments
        above = object_of(comment.id) if is_top(comment, book) else top_of(comment, book).id
        return {
            "entity": comment.id,
            "owner": author_urn(comment),
            "text": comment.text,
            "object": above,
        }


def _action(comment: Comment) -> str:
    if comment.is_mention:
        return "SHARE_MENTION"
    return "ADMIN_COMMENT" if comment.is_own else "COMMENT"


def _check_query() -> None:
    if unknown := sorted(set(request.args) - _NAMES):
        # `actions[0]=…` above all.
        raise errors.invalid(f"{unknown[0]} is not a parameter", 400)
    if request.args.get("q") != "criteria":
        raise errors.invalid("No such finder", 400)
    query = request.environ["RAW_URI"].partition("?")[2]
    for name in ("actions", "timeRange"):
        value = request.args.get(name)
        if value is not None and f"{name}={value}" not in query:
            raise errors.invalid(f"{name} must not be encoded", 400)


def _actions() -> set[str]:
    found = _ACTIONS.fullmatch(request.args.get("actions", ""))
    actions = set(found[1].split(",")) if found else set()
    if not actions or not actions <= ACTIONS:
        raise errors.invalid("actions is not a list of actions", 400)
    return actions


def _time_range() -> tuple[int, int]:
    """The first and the last millisecond that the query asks for."""
    named = request.args.get("timeRange")
    found = _RANGE.fullmatch(named) if named is not None else None
    if named is not None and found is None:
        raise errors.invalid("timeRange is not valid", 400)
    return (int(found[1]), int(found[2])) if found else (0, milliseconds(clock.now()))
