"""Single comments on YouTube: replies, and what their owners do with them.

developers.google.com/youtube/v3/docs/comments as of November 2026.
"""

from typing import Any

from flask import Response, request

from local.platforms.accounts import Account
from local.platforms.comments import Comment, own_reply
from local.platforms.reading import json_object, own
from local.platforms.simulation import Endpoints
from local.platforms.youtube import errors
from local.platforms.youtube.errors import bad_request, comment_not_found, refusal
from local.platforms.youtube.lists import listing, page_size, page_start, page_token, parts_of
from local.platforms.youtube.parts import COMMENT_PARTS
from local.platforms.youtube.state import State
from local.platforms.youtube.threads import (
    PAGE_DEFAULT,
    PAGE_LEAST,
    PAGE_MOST,
    SCOPE,
    comment_json,
)

MOST_TEXT = 10_000  # not documented
_DOMAIN = "youtube.comment"


class CommentEndpoints(Endpoints[State]):
    def find(self) -> Any:
        """`GET /comments`: those with given ids, or the replies to one, oldest first."""
        account = self._state.authorized(SCOPE)
        parts_of(COMMENT_PARTS, "id", "parentId", "maxResults", "pageToken", "textFormat")
        parent_id, ids = request.args.get("parentId"), request.args.get("id")
        if (parent_id is None) == (ids is None):
            raise bad_request("No filter selected.", "missingRequiredParameter")
        found = self._with_ids(ids, account) if ids is not None else self._replies(parent_id)
        size, start = page_size(PAGE_DEFAULT, PAGE_LEAST, PAGE_MOST), page_start()
        items = [
            comment_json(self._state, comment, account, has_status=comment.is_hidden)
            for comment in found[start : start + size]
        ]
        answer = listing("youtube#commentListResponse", items, len(found))
        if start + size < len(found):
            answer["nextPageToken"] = page_token(start + size)
        return answer

    def _with_ids(self, ids: str, account: Account) -> list[Comment]:
        """Those that exist; a hidden one is shown only to the owner of its video."""
        named = [self._platform.comments.get(each) for each in ids.split(",")]
        found = [comment for comment in named if comment is not None]
        return [each for each in found if not each.is_hidden or own(each, account)]

    def _replies(self, parent_id: str | None) -> list[Comment]:
        comments, top = self._platform.comments, self._thread(parent_id)
        if top is None:
            raise comment_not_found()
        return [
            comment
            for comment in comments.all()
            if comment.parent_id is not None
            and not comment.is_hidden
            and [*comments.thread(comment)][-1] is top
        ]

    def _thread(self, comment_id: object) -> Comment | None:
        """The first comment of a thread, by its id."""
        comment = self._platform.comments.get(str(comment_id))
        return comment if comment is not None and comment.parent_id is None else None

    def reply(self) -> Any:
        """`POST /comments?part=snippet`: a reply to the first comment of a thread."""
        account = self._state.authorized(SCOPE)
        parts_of(COMMENT_PARTS, "textFormat")
        parent_id, text = _written(json_object())
        parent = self._thread(parent_id)
        if parent is None:
            raise comment_not_found("parentCommentNotFound")
        if parent.post_id in self._state.without_comments:
            raise errors.comments_disabled()
        reply_id = self._platform.new_comment_id(parent.post_id, parent.id)
        reply = own_reply(reply_id, account, parent, text)
        self._platform.comments.add(reply)
        return comment_json(self._state, reply, account)

    def delete(self) -> Any:
        """`DELETE /comments?id=`: own ones, and those on own videos; 204 without a body."""
        account = self._state.authorized(SCOPE)
        comment = self._platform.comments.get(request.args.get("id", ""))
        if comment is None:
            raise comment_not_found()
        if own(comment, account) is None:
            raise refusal(403, "forbidden", "The comment cannot be deleted.", _DOMAIN)
        self._platform.comments.remove(comment.id)
        return Response("", 204)

    def moderate(self) -> Any:
        """`POST /comments/setModerationStatus?id=&moderationStatus=`, by a video's owner: 204."""
        account = self._state.authorized(SCOPE)
        status, bans = request.args.get("moderationStatus"), request.args.get("banAuthor", "false")
        if status not in ("published", "heldForReview", "rejected"):
            raise refusal(400, "invalidModerationStatus", "Invalid moderation status.", _DOMAIN)
        if bans not in ("true", "false") or (bans == "true" and status != "rejected"):
            raise refusal(400, "banWithoutReject", "Only rejected authors are banned.", _DOMAIN)
        ids = [each for each in request.args.get("id", "").split(",") if each]
        if not ids:
            raise bad_request("No filter selected.", "missingRequiredParameter")
        found = [comment for each in ids if (comment := self._platform.comments.get(each))]
        if len(found) < len(ids):
            raise comment_not_found()
        if any(own(comment, account) is None for comment in found):
            raise refusal(403, "forbidden", "Only the video's owner can do this.", _DOMAIN)
        for comment in found:
            self._set_status(comment, status)
        return Response("", 204)

    def _set_status(self, comment: Comment, status: str) -> None:
        comment.is_hidden = status != "published"
        self._state.rejected.discard(comment.id)
        if status == "rejected":
            self._state.rejected.add(comment.id)


def _written(body: dict[str, Any] | None) -> tuple[str, str]:
    """The parent and the text of a new reply. Raises Refusal."""
    snippet = (body or {}).get("snippet")
    if body is None or set(body) != {"snippet"} or not isinstance(snippet, dict):
        raise bad_request("Parse Error", "parseError")
    if unknown := sorted(snippet.keys() - {"parentId", "textOriginal"}):
        raise bad_request(
            f'Invalid JSON payload received. Unknown name "{unknown[0]}" at "snippet"'
        )
    parent_id, text = snippet.get("parentId"), snippet.get("textOriginal")
    if not isinstance(parent_id, str) or not parent_id:
        raise refusal(400, "parentIdMissing", "The parentId is missing.", _DOMAIN)
    if not isinstance(text, str) or not text.strip():
        raise refusal(400, "commentTextRequired", "The comment has no text.", _DOMAIN)
    if len(text) > MOST_TEXT:
        raise refusal(400, "commentTextTooLong", "The comment is too long.", _DOMAIN)
    return parent_id, text
