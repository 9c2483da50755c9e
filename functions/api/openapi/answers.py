"""Models of the answers, only for their schemas: answers are not built from them.

A field with MISSING is optional; a field that can be null has None in its type.
"""

from typing import Annotated, Any, Literal

from pydantic import MISSING, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.domain.accounts import AccountStatus
from shared.domain.errors import ErrorCategory
from shared.domain.run import DeletionStatus, RunStatus
from shared.domain.submission import SubmissionStatus
from shared.gcp.api_keys import SCOPES
from shared.posts.request import PlatformName, PostContent

_MOMENT = {"format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
Time = Annotated[str, Field(json_schema_extra=_MOMENT)]
PostId = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Scope = Annotated[str, Field(json_schema_extra={"enum": list(SCOPES)})]
Mode = Literal["live", "test"]
DisplayStatus = Literal[
    "draft",
    "scheduled",
    "publishing",
    "published",
    "partially_failed",
    "failed",
    "unconfirmed",
    "canceled",
]


class Answer(BaseModel):
    """camelCase names, and no undescribed fields."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        field_title_generator=lambda name, _: to_camel(name),
        use_attribute_docstrings=True,
    )


class Health(Answer):
    """The instance responds. It calls no other service."""

    status: Literal["ok"]


class Links(Answer):
    """Where the documentation is."""

    docs: Url
    openapi: Url
    health: Url


class Accepted(Answer):
    """The post was accepted, now or by an earlier request."""

    post_submission_id: PostId


class Failure(Answer):
    """Why something failed, and what to do."""

    category: ErrorCategory
    code: str
    message: str
    """What the user can do."""
    retryable: bool
    """Whether the same post can succeed later: true if only time or something outside of the post,
    such as reconnecting the account, stands in its way; false if the post itself must change, or
    its outcome is unknown. The call `retry` is allowed in both cases once the run has failed."""
    platform_code: str | MISSING = MISSING
    platform_message: str | MISSING = MISSING


class Exchange(Answer):
    """A request to the platform and its answer, without headers, queries and secrets."""

    method: str
    url: str
    sent: Any
    """The body; null when there is none to show."""
    status: int | None
    """The HTTP status; null when there was no answer."""
    answered: str | None


class Attempt(Answer):
    """One mutation on the platform. Reads are not recorded."""

    attempt: int
    step: str
    outcome: str
    started_at: Time
    finished_at: Time | MISSING = MISSING
    error: str | MISSING = MISSING
    platform_post_id: str | MISSING = MISSING
    exchanges: list[Exchange] | MISSING = MISSING


class RunDeletion(Answer):
    """The deletion of the post from its platform."""

    status: DeletionStatus
    requested_at: Time
    finished_at: Time | MISSING = MISSING
    error: Failure | MISSING = MISSING


class ListedRun(Answer):
    """The delivery to one account, without its attempts."""

    run_id: str
    """`{platform}`, or `{platform}:{accountId}` for each of several accounts on one platform."""
    platform: PlatformName
    account_id: str
    status: RunStatus
    """`unconfirmed`: the post may or may not be live; Soku is looking it up."""
    queued_at: Time
    scheduled_time: Time | MISSING = MISSING
    started_at: Time | MISSING = MISSING
    finished_at: Time | MISSING = MISSING
    next_attempt_at: Time | MISSING = MISSING
    platform_post_id: str | MISSING = MISSING
    permalink: str | MISSING = MISSING
    error: Failure | MISSING = MISSING
    deletion: RunDeletion | MISSING = MISSING


class Run(ListedRun):
    """The delivery to one account, with its attempts."""

    attempts: list[Attempt]


class Target(Answer):
    """An account that the post is published to."""

    platform: PlatformName
    account_id: str
    run_id: str
    text: str | MISSING = MISSING
    """The caption of this target, if it differs from that of the post."""
    media_urls: list[Url] | MISSING = MISSING
    """The media of this target, if they differ from those of the post."""


class Risk(Answer):
    """Why a scheduled post will probably fail on a target, and what to do."""

    platform: PlatformName
    account_id: str
    code: Literal["authorization_ends", "reconnect_required", "account_disconnected"]
    message: str
    found_at: Time


class _PostFields(Answer):
    post_submission_id: PostId
    status: SubmissionStatus
    display_status: DisplayStatus
    mode: Mode
    """`test`: sent with a test key."""
    created_at: Time
    updated_at: Time
    scheduled_time: Time | None
    not_after: Time | MISSING = MISSING
    deleted_at: Time | MISSING = MISSING
    content: PostContent
    """As sent."""
    targets: list[Target]
    risks: list[Risk] | MISSING = MISSING
    """Problems that will make the post fail unless you fix them before it is due."""


class Post(_PostFields):
    """A post, its runs and their attempts."""

    runs: list[Run]
    """Empty before the post starts."""


class ListedPost(_PostFields):
    """A post without its attempts."""

    runs: list[ListedRun]


class PostPage(Answer):
    """One page of the history."""

    data: list[ListedPost]
    next_cursor: str | None
    """The `cursor` of the next page; null on the last page."""


class Violation(Answer):
    """One violation in a request."""

    field: str
    """The place, such as `post.content.mediaUrls[0]`; empty for the whole body."""
    platform: str | None
    """The platform with the limit; null for a rule of Soku."""
    code: str
    message: str
    """What is wrong and how to fix it."""


class TargetValidation(Answer):
    """The validation result of one target."""

    platform: str
    account_id: str | None
    valid: bool
    errors: list[Violation]
    warnings: list[Violation]
    """What the platform accepts, but you may not want. They do not make the target invalid."""


class ValidationResult(Answer):
    """What POST /v1/posts would return for the same body."""

    valid: bool
    targets: list[TargetValidation]
    errors: list[Violation]
    """Violations of the whole request."""


class Media(Answer):
    """A stored file."""

    id: str
    url: Url
    """Public and permanent. Use it in `mediaUrls`, `imageUrls` and `videoUrl`."""
    content_type: str
    """The type of the file, from its bytes."""
    size: int
    """In bytes."""
    width: int | MISSING = MISSING
    """In pixels as displayed, like the height."""
    height: int | MISSING = MISSING
    duration: float | MISSING = MISSING
    """In seconds."""


class MediaInList(Media):
    """A stored file, and what uses it."""

    created_at: Time
    source_url: Url | MISSING = MISSING
    """Where it was downloaded from, without the query."""
    used_by: list[PostId]
    """The posts that use the file. In very long histories, some may be missing."""


class MediaPage(Answer):
    """Files, the newest first."""

    data: list[MediaInList]
    next_cursor: str | None
    """The `cursor` of the next page; null on the last page."""


class Upload(Answer):
    """How to upload one file: send it to `url` with `method` and these headers."""

    upload_id: str
    method: Literal["PUT"]
    url: Url
    headers: dict[str, str]
    expires_at: Time


class AccountState(Answer):
    """An account and its authorization."""

    platform: PlatformName
    account_id: str
    username: str
    display_name: str
    status: AccountStatus
    """`expiring`: the authorization ends within 7 days, and only you can renew it."""
    reason: str | None
    """A problem and how to fix it; null if there is none."""
    expires_at: Time | None
    """When the authorization ends unless you renew it; null: no end is known."""


class Account(AccountState):
    """A connected account."""

    kind: str
    """What it is: profile, page or channel."""
    avatar_url: Url | None
    label: str | None
    """Your own name for it."""
    default: bool
    """Whether the platform's name alone means this account."""
    missing_scopes: list[str]
    """Permissions of the platform that you did not grant."""
    connected_at: Time | None


class AccountList(Answer):
    """The connected accounts, by platform and ID."""

    data: list[Account]


class ScheduledPost(Answer):
    post_submission_id: PostId
    scheduled_time: Time


class Disconnected(Answer):
    """The account was disconnected."""

    scheduled_posts: list[ScheduledPost]
    """The next scheduled posts that name the account, at most 100."""


class StartedConnection(Answer):
    """Where the user authorizes Soku."""

    connection_id: str
    url: Url
    """Open this in a browser."""
    expires_at: Time


class OfferedAccount(Answer):
    """An account that can be connected."""

    account_id: str
    username: str
    display_name: str
    avatar_url: Url | None
    connected: bool
    """You already have this account. Its authorization is renewed in any case."""


class ConnectionFailure(Answer):
    code: Literal[
        "denied",
        "declined",
        "refused",
        "permission_missing",
        "nothing_to_connect",
        "other_account",
        "too_many",
        "overtaken",
        "code_refused",
        "platform_unavailable",
        "operator_action",
    ]
    message: str
    """What happened, and what to do."""


class Connection(Answer):
    """One attempt to connect accounts."""

    connection_id: str
    platform: PlatformName
    kind: str
    status: Literal["pending", "choosing", "connected", "failed", "expired"]
    expires_at: Time
    accounts: list[OfferedAccount]
    """The accounts that you can choose from while the status is `choosing`."""
    account_ids: list[str]
    """The accounts that were connected."""
    error: ConnectionFailure | None
