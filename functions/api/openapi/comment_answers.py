"""Models of the answers about comments, like those of `answers`."""

from pydantic import MISSING

from functions.api.openapi.answers import Answer, PostId, Time, Url
from shared.domain.errors import ErrorCategory
from shared.domain.inbox import Asked, Kind, State
from shared.domain.reply import ReplyStatus
from shared.posts.request import PlatformName


class CommentAuthor(Answer):
    """Who wrote a comment, as far as the platform says it."""

    id: str | None
    name: str | None
    username: str | None
    avatar_url: Url | None


class ReplyProblem(Answer):
    """Why a reply failed, or is not confirmed."""

    category: ErrorCategory
    message: str


class Reply(Answer):
    """A reply that was sent with Soku."""

    id: str
    comment_id: PostId
    """The comment that it answers."""
    text: str
    status: ReplyStatus
    """`unconfirmed`: the platform's answer was lost, and Soku is looking the reply up. Soku never
    sends a reply twice."""
    platform_comment_id: str | None
    permalink: Url | None
    created_at: Time
    error: ReplyProblem | None


class CommentReference(Answer):
    """The IDs of a comment on a post, or of a mention of an account."""

    id: PostId
    platform: PlatformName
    account_id: str
    kind: Kind
    """`reply`: it answers another comment. `mention`: somebody named the account elsewhere."""
    platform_comment_id: str
    platform_post_id: str | None
    post_submission_id: PostId | None
    """The post that it is on; null: Soku did not publish that post."""
    run_id: str | None
    created_at: Time


class Comment(CommentReference):
    """A comment on a post, or a mention of an account."""

    platform_parent_id: str | None
    """The platform's ID of the comment that it answers."""
    author: CommentAuthor | None
    """Null: the platform does not let Soku keep it any longer. Refresh the comment."""
    text: str | None
    """Null: the platform does not let Soku keep it any longer. Refresh the comment."""
    permalink: Url | None
    state: State
    """`own`: the account itself wrote it."""
    read_at: Time | None
    done_at: Time | None
    deleted_at: Time | None
    """When Soku found out that it was deleted on the platform."""
    own: bool
    hidden: bool
    can_reply: bool
    can_hide: bool
    can_delete: bool
    pending_action: Asked | None
    """What is about to be done on the platform."""
    problem: str | None
    """Why the platform refused the last action, or why the last reply was not sent."""
    replies: list[Reply] | MISSING = MISSING
    """Those that were sent with Soku; only when one comment is read."""


class CommentPage(Answer):
    """One page of comments, newest first."""

    data: list[Comment]
    next_cursor: str | None
    """Null on the last page."""


class CommentList(Answer):
    """Comments after a change."""

    data: list[Comment]
