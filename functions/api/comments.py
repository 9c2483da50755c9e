"""/v1/comments: the inbox."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import flask
from pydantic import Field

from functions.api import body as request_body
from functions.api.caller import Caller, authenticate
from functions.api.posts import check_key
from functions.api.reading import parameters
from shared import wiring
from shared.domain import idempotency
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.inbox import Asked, Item, State
from shared.gcp.inbox import item_from, item_path
from shared.gcp.replies import replies_to
from shared.inbox import change, listing, replying, view
from shared.inbox.change import MOST_AT_ONCE
from shared.inbox.listing import InboxQuery
from shared.web import strict
from shared.web.envelope import json_answer
from shared.web.strict import Strict

LONGEST_REPLY = 10_000
"""Before the platform's own limit is known."""
_COMMENT_ID = Field(strict=False)


class NewReply(Strict):
    """A reply to a comment."""

    text: Annotated[str, Field(max_length=LONGEST_REPLY)]
    """At most as long as the platform allows."""


class SeveralComments(Strict):
    """Several comments."""

    comment_ids: Annotated[
        list[Annotated[UUID, _COMMENT_ID]], Field(min_length=1, max_length=MOST_AT_ONCE)
    ]
    """At most 200. Those that do not exist are skipped."""


def list_comments() -> flask.Response:
    """List comments.

    Returns comments on the posts of your accounts, and their mentions, newest first. Soku reads
    them every few minutes.
    """
    parts = wiring.parts()
    caller = authenticate(parts)
    query = strict.read(InboxQuery, parameters())
    page = listing.read(parts, caller.principal.user_id, query)
    data = [view.as_json(item) for item in page.items]
    return json_answer({"data": data, "nextCursor": page.cursor})


def read_comment(comment_id: UUID) -> flask.Response:
    """Read a comment.

    Also returns the replies that were sent with Soku, and how far each has come.
    """
    caller, item = _own_comment(comment_id)
    replies = replies_to(caller.parts.db, item.user_id, item.item_id)
    return json_answer(view.as_json(item, replies))


def mark_read(comment_id: UUID) -> flask.Response:
    """Mark a comment as read."""
    return _moved(comment_id, State.READ)


def mark_done(comment_id: UUID) -> flask.Response:
    """Mark a comment as done."""
    return _moved(comment_id, State.DONE)


def reopen(comment_id: UUID) -> flask.Response:
    """Mark a comment as unread.

    It is open again, also if it was done.
    """
    return _moved(comment_id, State.UNREAD)


def mark_several_read() -> flask.Response:
    """Mark several comments as read."""
    return _several_moved(State.READ)


def mark_several_done() -> flask.Response:
    """Mark several comments as done."""
    return _several_moved(State.DONE)


def reopen_several() -> flask.Response:
    """Mark several comments as unread."""
    return _several_moved(State.UNREAD)


def refresh_comment(comment_id: UUID) -> flask.Response:
    """Read a comment again from its platform.

    Some platforms let Soku keep texts and names only for a time: LinkedIn for 48 hours, YouTube for
    30 days. After that they are null, until the comment is read again.
    """
    return _asked(comment_id, Asked.READ)


def hide_comment(comment_id: UUID) -> flask.Response:
    """Hide a comment on its platform.

    Where the platform can: see `canHide`.
    """
    return _asked(comment_id, Asked.HIDE)


def unhide_comment(comment_id: UUID) -> flask.Response:
    """Show a hidden comment again."""
    return _asked(comment_id, Asked.SHOW)


def delete_comment(comment_id: UUID) -> flask.Response:
    """Delete a comment on its platform.

    Where the platform lets you: see `canDelete`. The comment stays in the inbox, with the time at
    which it was deleted.
    """
    return _asked(comment_id, Asked.DELETE)


def reply_to_comment(comment_id: UUID) -> flask.Response:
    """Reply to a comment.

    The reply is sent within seconds, and never twice. Sending the same request again is safe: it
    returns the same reply. Read the comment to see whether the reply was sent.
    """
    body = request_body.read(flask.request)
    caller, item = _own_comment(comment_id)
    caller.require_subscription([item.platform])
    _require_live_key(caller)
    sent_key = flask.request.headers.get("Idempotency-Key")
    check_key(sent_key)
    sent = strict.read(NewReply, body.required())
    principal = caller.principal
    key = idempotency.key_for(
        user_id=principal.user_id,
        mode=principal.mode,
        sent=sent_key,
        body={"commentId": item.item_id, "text": sent.text},
    )
    answered = replying.answer(item, sent.text, key, caller.parts)
    answer = json_answer(view.reply_json(answered.reply), HTTPStatus.CREATED)
    if answered.replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _own_comment(comment_id: UUID) -> tuple[Caller, Item]:
    """Raises ApiError."""
    caller = authenticate(
        wiring.parts(), reads=lambda who: [item_path(who.user_id, str(comment_id))]
    )
    path = item_path(caller.principal.user_id, str(comment_id))
    item = item_from(caller.documents[path])
    if item is None:
        raise _not_found(comment_id)
    return caller, item


def _require_live_key(caller: Caller) -> None:
    if caller.principal.mode == "test":
        message = "A test key cannot change live comments. Send a live key."
        raise ApiError(ErrorCode.FORBIDDEN, message)


def _moved(comment_id: UUID, state: State) -> flask.Response:
    caller, item = _own_comment(comment_id)
    _require_live_key(caller)
    after = change.move([item], state, caller.parts)
    return json_answer(view.as_json(_only(after, comment_id)))


def _several_moved(state: State) -> flask.Response:
    sent = request_body.read(flask.request).parsed(partial(strict.read, SeveralComments))
    ids: Sequence[str] = () if isinstance(sent, ApiError) else list(map(str, sent.comment_ids))
    caller = authenticate(
        wiring.parts(), reads=lambda who: [item_path(who.user_id, each) for each in set(ids)]
    )
    if isinstance(sent, ApiError):
        raise sent
    _require_live_key(caller)
    paths = [item_path(caller.principal.user_id, each) for each in dict.fromkeys(ids)]
    items = [item for path in paths if (item := item_from(caller.documents[path]))]
    after = change.move(items, state, caller.parts)
    data: list[dict[str, Any]] = [view.as_json(item) for item in after]
    return json_answer({"data": data})


def _asked(comment_id: UUID, asked: Asked) -> flask.Response:
    caller, item = _own_comment(comment_id)
    caller.require_subscription([item.platform])
    _require_live_key(caller)
    change.ask([item], asked, caller.parts)
    after = change.read_items([item.item_id], item.user_id, caller.parts)
    return json_answer(view.as_json(_only(after, comment_id)), HTTPStatus.ACCEPTED)


def _only(items: Sequence[Item], comment_id: UUID) -> Item:
    """Raises ApiError if the comment was removed meanwhile."""
    for item in items:
        return item
    raise _not_found(comment_id)


def _not_found(comment_id: UUID) -> ApiError:
    return ApiError(ErrorCode.NOT_FOUND, f"Comment {comment_id} not found.")
