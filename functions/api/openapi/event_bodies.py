"""Models of the bodies that webhooks get, like those of `answers`."""

from typing import Literal

from functions.api.openapi.answers import (
    AccountState,
    Answer,
    ListedPost,
    ListedRun,
    Mode,
    PostId,
    Time,
)
from functions.api.openapi.comment_answers import CommentReference
from shared.domain.webhooks import EventType


class _Event(Answer):
    type: str
    timestamp: Time
    """When it happened."""


class PostEventData(Answer):
    """A post when something happened to it."""

    version: int
    """Of two events of a post, the one with the higher version is newer."""
    post: ListedPost


class PostEvent(_Event):
    """Something happened to a post."""

    type: Literal[
        EventType.POST_PUBLISHED,
        EventType.POST_PARTIALLY_FAILED,
        EventType.POST_FAILED,
        EventType.POST_UNCONFIRMED,
        EventType.POST_AT_RISK,
    ]
    data: PostEventData


class RunEventData(Answer):
    """A run when it ended."""

    post_submission_id: PostId
    mode: Mode
    """`test`: the post was sent with a test key."""
    generation: int
    """Of two events of a run, the one with the higher generation is newer, then the one with the
    higher `seq`."""
    seq: int
    run: ListedRun


class RunEvent(_Event):
    """The delivery of a post to one account ended."""

    type: Literal[EventType.RUN_SUCCEEDED, EventType.RUN_FAILED]
    data: RunEventData


class AccountEventData(Answer):
    """An account whose owner has to do something."""

    account: AccountState


class AccountEvent(_Event):
    """The owner of an account has to do something."""

    type: Literal[EventType.ACCOUNT_RECONNECT_REQUIRED, EventType.ACCOUNT_EXPIRING]
    data: AccountEventData


class CommentEventData(Answer):
    """A comment that is new in the inbox."""

    comment: CommentReference


class CommentEvent(_Event):
    """There is a new comment or mention."""

    type: Literal[EventType.COMMENT_RECEIVED]
    data: CommentEventData


class TestEventData(Answer):
    """What a test says."""

    message: str


class TestEvent(_Event):
    """A test of a webhook, which was asked for."""

    type: Literal["webhook.test"]
    data: TestEventData
