"""What the api answers, as models. They are schemas alone: nothing is built from them.

A field with MISSING is left out where there is nothing to say; one that may be null says so.
"""

from typing import Annotated, Any, Literal

from pydantic import MISSING, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.domain.errors import ErrorCategory
from shared.domain.run import DeletionStatus, RunStatus
from shared.domain.submission import SubmissionStatus
from shared.posts.request import PlatformName, PostContent

_MOMENT = {"format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
Time = Annotated[str, Field(json_schema_extra=_MOMENT)]
PostId = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]
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
    """camelCase, and nothing that is not described."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        field_title_generator=lambda name, _: to_camel(name),
        use_attribute_docstrings=True,
    )


class Health(Answer):
    """This instance answers. It asks nobody else."""

    status: Literal["ok"]


class Accepted(Answer):
    """The post was accepted, or it had been already."""

    post_submission_id: PostId


class Failure(Answer):
    """Why something failed, and what to do about it."""

    category: ErrorCategory
    code: str
    message: str
    """What the person can do."""
    retryable: bool
    """Whether a retry could help."""
    platform_code: str | MISSING = MISSING
    platform_message: str | MISSING = MISSING


class Exchange(Answer):
    """A request to the platform and its answer, without headers, queries and secrets."""

    method: str
    url: str
    sent: Any
    """The body; null when there was none that can be shown."""
    status: int | None
    """Of the answer; null when none came."""
    answered: str | None


class Attempt(Answer):
    """One mutation on the platform. Reads leave none behind."""

    attempt: int
    step: str
    outcome: str
    started_at: Time
    finished_at: Time | MISSING = MISSING
    error: str | MISSING = MISSING
    platform_post_id: str | MISSING = MISSING
    exchanges: list[Exchange] | MISSING = MISSING


class RunDeletion(Answer):
    """What became of deleting the post on its platform."""

    status: DeletionStatus
    requested_at: Time
    finished_at: Time | MISSING = MISSING
    error: Failure | MISSING = MISSING


class ListedRun(Answer):
    """The delivery to one account."""

    run_id: str
    """`{platform}`, or `{platform}:{accountId}` for each of several accounts on one platform."""
    platform: PlatformName
    account_id: str
    status: RunStatus
    """`unconfirmed`: the platform may or may not have taken the post; it is being looked up."""
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
    """The delivery to one account, with what was sent and answered."""

    attempts: list[Attempt]


class Target(Answer):
    """An account that the post goes to."""

    platform: PlatformName
    account_id: str
    run_id: str
    text: str | MISSING = MISSING
    """Its caption, where that is its own."""
    media_urls: list[Url] | MISSING = MISSING
    """Its media, where they are its own."""


class _PostFields(Answer):
    post_submission_id: PostId
    status: SubmissionStatus
    display_status: DisplayStatus
    created_at: Time
    updated_at: Time
    scheduled_time: Time | None
    not_after: Time | MISSING = MISSING
    deleted_at: Time | MISSING = MISSING
    content: PostContent
    """As it was sent."""
    targets: list[Target]


class Post(_PostFields):
    """A post, its runs and their attempts."""

    runs: list[Run]
    """None before the post starts."""


class ListedPost(_PostFields):
    """A post as a list shows it: all but the attempts."""

    runs: list[ListedRun]


class PostPage(Answer):
    """One page of the history."""

    data: list[ListedPost]
    next_cursor: str | None
    """Send it as `cursor` for the next page; null on the last one."""


class Fault(Answer):
    """One fault of a request."""

    field: str
    """Where it is, as in `post.content.mediaUrls[0]`; empty for the body as a whole."""
    platform: str | None
    """Whose limit it is; null for a rule of Soku's own."""
    code: str
    message: str
    """What it is and how to mend it."""


class TargetVerdict(Answer):
    """Whether one target could be published as it is."""

    platform: str
    account_id: str | None
    valid: bool
    errors: list[Fault]


class Verdict(Answer):
    """What POST /v1/posts would say of the same body."""

    valid: bool
    targets: list[TargetVerdict]
    errors: list[Fault]
    """Faults of the request as a whole."""


class Media(Answer):
    """A stored file."""

    url: Url
    """Public and stable: for `mediaUrls`, `imageUrls` and `videoUrl`."""
    content_type: str
    """What the bytes are, whatever the server and the name said."""
    size: int
    """Bytes."""
    width: int | MISSING = MISSING
    """Pixels as shown, as is the height."""
    height: int | MISSING = MISSING
    duration: float | MISSING = MISSING
    """Seconds."""


class Upload(Answer):
    """Where to upload one file: `method` it to `url` with these headers."""

    upload_id: str
    method: Literal["PUT"]
    url: Url
    headers: dict[str, str]
    expires_at: Time
