"""Comments on the twin of LinkedIn (…/community-management/shares/comments-api).

A comment is named for the activity of its post, whose number is not that of the post. There are two
levels: comments, and replies to them. The order of a list is not documented.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from local.platforms import clock
from local.platforms.accounts import Account, Grant
from local.platforms.comments import Author, Comment, CommentBook, own_reply
from local.platforms.linkedin import errors
from local.platforms.linkedin.restli import (
    check_method,
    check_urn_in_path,
    json_body,
    whole_number,
)
from local.platforms.linkedin.state import COMMENTING_ROLES, State, is_member
from local.platforms.linkedin.text import utf16_units
from local.platforms.simulation import Endpoints, Refusal

MOST_TEXT = 1250  # not documented
PAGE_DEFAULT, PAGE_MOST = 10, 100
# Not documented: the number and the time of LinkedIn's own limit are unpublished.
MOST_IN_A_MINUTE = 10
READERS = {"ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"}
_COMMENT = re.compile(r"urn:li:comment:\((urn:li:\w+:\d+),(\d+)\)")
_POST = re.compile(r"urn:li:(share|ugcPost|activity):(\d+)")
_FIELDS = {"actor", "object", "message", "parentComment"}


class LoggedBook(CommentBook):
    """Also knows what was deleted, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.removed: list[tuple[Comment, datetime]] = []

    def remove(self, comment_id: str) -> None:
        comment = self.get(comment_id)
        super().remove(comment_id)
        if comment is not None:
            self.removed.append((comment, clock.now()))

    def clear(self) -> None:
        super().clear()
        self.removed.clear()


def activity_of(urn: str) -> str:
    """The activity of a post."""
    found = _POST.fullmatch(urn)
    if found is None or found[1] == "activity":
        return urn
    return f"urn:li:activity:{int(found[2]) + 1}"


def object_of(comment_urn: str) -> str:
    """What a comment is on; a post that mentions the organization has an activity, too."""
    found = _COMMENT.fullmatch(comment_urn)
    return found[1] if found else comment_urn


def is_top(comment: Comment, book: CommentBook) -> bool:
    """Whether it is no reply. One to a mention answers the post itself."""
    return (
        comment.parent_id is None
        or book.get(comment.parent_id) is None
        or (_POST.fullmatch(comment.parent_id) is not None)
    )


def top_of(comment: Comment, book: CommentBook) -> Comment:
    """The comment that a reply is below."""
    return next(each for each in book.thread(comment) if is_top(each, book))


class Comments(Endpoints[State]):
    def find(self, urn: str) -> Any:
        """`GET /rest/socialActions/{urn}/comments`: of a post, or the replies to a comment."""
        grant = self._reader("socialActions.comments.GET_ALL")
        comments = self._below(urn)
        start, count = whole_number("start", 0), whole_number("count", PAGE_DEFAULT)
        if count > PAGE_MOST:
            raise errors.invalid(f"count is at most {PAGE_MOST}", 400)
        shown = [comment for comment in comments if self._may_read(comment, grant)]
        page = shown[start : start + count]
        paging = {"start": start, "count": count, "links": []}
        return {"paging": paging, "elements": [self._as_json(comment) for comment in page]}

    def get(self, urn: str, number: str) -> Any:
        """`GET /rest/socialActions/{urn}/comments/{number}`."""
        grant = self._reader("socialActions.comments.GET")
        comment = self._numbered(urn, number)
        if comment is None or not self._may_read(comment, grant):
            raise _not_found(f"No comment {number}")
        return self._as_json(comment)

    def create(self, urn: str) -> Any:
        """`POST /rest/socialActions/{urn}/comments`: 201 with the comment and its id."""
        grant, body = self._state.versioned(), json_body()
        author = self._commenter(grant, body.get("actor"))
        below = self._target(urn)
        _check_body(body, self._objects(below))
        self._check_parent(below, body.get("parentComment"))
        self._check_speed(author)
        comment = self._written(author, below, body["message"]["text"])
        self._platform.comments.add(comment)
        number = comment.id.rpartition(",")[2].rstrip(")")
        return self._as_json(comment), 201, {"x-restli-id": number}

    def delete(self, urn: str, number: str) -> Any:
        """`DELETE …/comments/{number}?actor=`: own ones, and those on own posts; 204."""
        grant = self._state.versioned()
        check_method("DELETE")
        author = self._commenter(grant, request.args.get("actor"))
        comment = self._numbered(urn, number)
        if comment is None:
            raise _not_found(f"No comment {number}")
        if comment.account_id != author.account_id:
            raise errors.access_denied("socialActions.comments.DELETE")
        self._platform.comments.remove(comment.id)
        return Response(status=204)

    def _reader(self, resource: str) -> Grant:
        grant = self._state.versioned()
        if not grant.may("r_organization_social_feed"):
            raise errors.access_denied(resource)
        return grant

    def _may_read(self, comment: Comment, grant: Grant) -> bool:
        """Without a role that may read, a list is empty."""
        account = self._accounts.get(comment.account_id)
        return (
            account is not None
            and self._state.reaches(grant, account.account_id)
            and bool(READERS & set(self._state.roles_on(account)))
        )

    def _commenter(self, grant: Grant, actor: object) -> Account:
        """The organization for which the token comments. Raises Refusal."""
        if not isinstance(actor, str):
            raise errors.bad_input("MISSING_FIELD", "/actor :: field is required", 400)
        found = [each for each in self._state.accounts_of(grant) if each.external_id == actor]
        if not found or is_member(found[0]) or not grant.may("w_organization_social_feed"):
            raise errors.access_denied("socialActions.comments.CREATE")
        if not COMMENTING_ROLES & set(self._state.roles_on(found[0])):
            raise errors.access_denied("socialActions.comments.CREATE")
        return found[0]

    def _target(self, urn: str) -> Comment | str:
        """The comment, the mention or the post with the URN in the path. Raises Refusal."""
        check_urn_in_path()
        if "(" in request.environ["RAW_URI"].partition("?")[0]:
            raise errors.gateway(400, "ILLEGAL_ARGUMENT", "The URN in the path is not valid")
        comment = self._platform.comments.get(urn)
        if comment is not None:
            return comment
        mentions = [each.id for each in self._platform.comments.all() if each.is_mention]
        posts = [post.id for post in self._platform.posts.all()]
        for post_id in (*posts, *mentions):
            if urn in (post_id, activity_of(post_id)):
                return self._platform.comments.get(post_id) or post_id
        raise _not_found(f"No virtual resource {urn}")

    def _below(self, urn: str) -> list[Comment]:
        """The comments on a post, or the replies to a comment, oldest first."""
        target, book = self._target(urn), self._platform.comments
        if isinstance(target, str):
            return [each for each in book.of_post(target) if is_top(each, book)]
        if _POST.fullmatch(target.id):
            return [each for each in book.all() if each.parent_id == target.id]
        replies = [each for each in book.all() if not is_top(each, book)]
        return [each for each in replies if top_of(each, book) is target]

    def _numbered(self, urn: str, number: str) -> Comment | None:
        on = self._objects(self._target(urn))
        return next(
            (
                found
                for each in on
                if (found := self._platform.comments.get(f"urn:li:comment:({each},{number})"))
            ),
            None,
        )

    def _objects(self, target: Comment | str) -> set[str]:
        """The URNs that stand for the post of a target."""
        if isinstance(target, str):
            return {target, activity_of(target)}
        if target.post_id is not None:
            return {target.post_id, activity_of(target.post_id)}
        return {object_of(target.id), activity_of(object_of(target.id))}

    def _check_parent(self, target: Comment | str, named: object) -> None:
        """Raises Refusal: a reply names its comment, and has no replies of its own."""
        is_comment = isinstance(target, Comment) and _POST.fullmatch(target.id) is None
        if named != (target.id if isinstance(target, Comment) and is_comment else None):
            raise errors.invalid("/parentComment :: does not fit the path", 400)
        if isinstance(target, Comment) and not is_top(target, self._platform.comments):
            raise errors.invalid("/parentComment :: is a reply", 400)

    def _written(self, author: Account, below: Comment | str, text: str) -> Comment:
        """A new comment of an organization below a post, a mention or a comment."""
        if isinstance(below, Comment):
            comment_id = self._platform.new_comment_id(below.post_id, below.id)
            return own_reply(comment_id, author, below, text)
        return Comment(
            id=self._platform.new_comment_id(below, None),
            account_id=author.account_id,
            text=text,
            author=Author(author.external_id, author.username, author.username),
            created_at=clock.now(),
            post_id=below,
            is_own=True,
        )

    def _check_speed(self, author: Account) -> None:
        since = clock.now() - timedelta(minutes=1)
        recent = [
            comment
            for comment in self._platform.comments.all()
            if comment.is_own
            and comment.account_id == author.account_id
            and comment.created_at > since
        ]
        if len(recent) >= MOST_IN_A_MINUTE:
            message = "Comment create throttled: creation rate limit exceeded for member"
            raise errors.gateway(429, "TOO_MANY_REQUESTS", message)

    def _as_json(self, comment: Comment) -> dict[str, Any]:
        book, changed_at = self._platform.comments, comment.edited_at or comment.created_at
        actor = author_urn(comment)
        shown = {
            "actor": actor,
            "commentUrn": comment.id,
            "created": {"actor": actor, "time": milliseconds(comment.created_at)},
            "id": comment.id.rpartition(",")[2].rstrip(")"),
            "lastModified": {"actor": actor, "time": milliseconds(changed_at)},
            "message": {"attributes": [], "text": comment.text},
            "object": object_of(comment.id),
        }
        if not is_top(comment, book):
            shown["parentComment"] = top_of(comment, book).id
        return shown


def author_urn(comment: Comment) -> str:
    is_urn = comment.author.id.startswith("urn:li:")
    return comment.author.id if is_urn else f"urn:li:person:{comment.author.id}"


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _not_found(message: str) -> Refusal:
    return errors.gateway(404, "RESOURCE_NOT_FOUND", message)


def _check_body(body: dict[str, Any], objects: set[str]) -> None:
    if unknown := sorted(set(body) - _FIELDS):
        message = (
            "Unpermitted fields present in REQUEST_BODY: Data Processing Exception while "
            f"processing fields [/{unknown[0]}]"
        )
        raise errors.gateway(403, "ACCESS_DENIED", message, 100)
    if body.get("object") not in objects:
        raise errors.invalid("/object :: does not fit the path", 400)
    message = body.get("message")
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise errors.bad_input("MISSING_FIELD", "/message/text :: field is required", 400)
    if utf16_units(text) > MOST_TEXT:
        description = f"/message/text :: longer than {MOST_TEXT} characters"
        raise errors.bad_input("FIELD_LENGTH_TOO_LONG", description, 400)
