"""Comments and replies as JSON."""

from collections.abc import Sequence
from typing import Any

from shared.domain.inbox import Item
from shared.domain.reply import Reply
from shared.web.envelope import time_text


def as_json(item: Item, replies: Sequence[Reply] | None = None) -> dict[str, Any]:
    """An item of the inbox; `replies`: those that were sent from Soku, if they are shown."""
    seen, author = item.seen, item.seen.author
    fields = {
        "id": item.item_id,
        "platform": item.platform,
        "accountId": item.account_id,
        "kind": seen.kind.value,
        "platformCommentId": seen.comment_id,
        "platformParentId": seen.parent_id,
        "platformPostId": seen.post_id,
        "postSubmissionId": item.submission_id,
        "runId": item.run_id,
        "author": None
        if item.author_gone
        else {
            "id": author.id,
            "name": author.name,
            "username": author.username,
            "avatarUrl": author.avatar_url,
        },
        "text": None if item.text_gone else seen.text,
        "permalink": seen.permalink,
        "createdAt": time_text(seen.created_at),
        "state": item.state.value,
        "readAt": time_text(item.read_at) if item.read_at else None,
        "doneAt": time_text(item.done_at) if item.done_at else None,
        "deletedAt": time_text(item.deleted_at) if item.deleted_at else None,
        "own": item.is_own,
        "hidden": bool(seen.is_hidden),
        "canReply": can_reply(item),
        "canHide": seen.can_hide and item.deleted_at is None,
        "canDelete": seen.can_delete and item.deleted_at is None,
        "pendingAction": item.asked.value if item.asked else None,
        "problem": item.problem,
    }
    return fields if replies is None else {**fields, "replies": [reply_json(r) for r in replies]}


def can_reply(item: Item) -> bool:
    return item.seen.can_reply and item.deleted_at is None


def reply_json(reply: Reply) -> dict[str, Any]:
    error = reply.error
    return {
        "id": reply.reply_id,
        "commentId": reply.item_id,
        "text": reply.text,
        "status": reply.status.value,
        "platformCommentId": reply.comment_id,
        "permalink": reply.permalink,
        "createdAt": time_text(reply.created_at),
        "error": error and {"category": error.category.value, "message": error.message},
    }
