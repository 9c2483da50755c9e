"""What each operation takes and answers. Its path, name and texts are those of its view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openapi_pydantic import DataType, Header, Link, Parameter, Reference, Schema
from pydantic import BaseModel

from functions.api.accounts import AccountSettings, Choice, NewConnection
from functions.api.billing import NewCheckout, NewPortal
from functions.api.changes import ReportedOutcome
from functions.api.comments import NewReply, SeveralComments
from functions.api.media import BeginUpload, StoreMedia
from functions.api.openapi import (
    answers,
    comment_answers,
    comment_examples,
    examples,
    metric_answers,
    metric_examples,
    parameters,
    post_examples,
    template_answers,
    template_examples,
    user_answers,
    webhook_answers,
    webhook_examples,
)
from functions.api.openapi.billing_answers import ReceivedEvent, StripePage
from functions.api.openapi.bodies import PostChanges, Retry
from functions.api.openapi.headers import ask_again_header, replay_header
from shared.domain.errors import ErrorCode
from shared.posts.request import PostBody
from shared.templates.orders import NewPicture
from shared.users.new_key import NewApiKey
from shared.webhooks.wanted import NewWebhook, WebhookChanges

_CONTENT_ERRORS = (
    ErrorCode.MISSING_INTEGRATIONS,
    ErrorCode.MISSING_ACCOUNT,
    ErrorCode.UPLOAD_FAILED,
)
_POSTS, _RECOVERY, _METRICS, _MEDIA = "Posts", "Recovery", "Metrics", "Media"
_TEMPLATES = "Templates"
_INBOX, _ACCOUNTS, _KEYS, _USER = "Inbox", "Accounts", "Keys", "User"
_WEBHOOKS, _BILLING, _SERVICE = "Webhooks", "Billing", "Service"
TAGS = {
    _POSTS: "Create, read, change and delete posts.",
    _RECOVERY: "What to do with posts that failed or may have failed.",
    _METRICS: "How posts are doing on their platforms.",
    _INBOX: "Read and answer comments on posts, and mentions.",
    _MEDIA: "Store files for posts.",
    _TEMPLATES: "Draw pictures for posts from templates.",
    _ACCOUNTS: "Connect accounts of the platforms, and check their health.",
    _WEBHOOKS: "Get a request when something happens, instead of polling. `webhooks` describes the "
    "requests that your server gets.",
    _KEYS: "Create and delete API keys, as a signed-in user.",
    _USER: "Delete your user.",
    _BILLING: "Subscribe and manage your subscription, if users pay with Stripe.",
    _SERVICE: "The state and the description of the API. No key is needed.",
}


@dataclass(frozen=True)
class Success:
    """One answer of an operation that succeeded."""

    status: int
    description: str
    schema: type[BaseModel] | Schema | None = None
    example: Any = None
    headers: Mapping[str, Header | Reference] = field(default_factory=dict)
    links: dict[str, Link | Reference] | None = None
    media_type: str = "application/json"
    others: Mapping[str, Schema] = field(default_factory=dict)
    """The same in other media types, if the caller accepts them."""


@dataclass(frozen=True)
class Body:
    """A JSON body. `examples`: name -> (summary, value)."""

    model: type[BaseModel]
    examples: Mapping[str, tuple[str, Any]]
    required: bool = True


@dataclass(frozen=True)
class Details:
    tag: str
    answers: Sequence[Success]
    body: Body | None = None
    parameters: Sequence[Parameter] = ()
    """In addition to those of the path."""
    errors: Sequence[ErrorCode] = ()
    """In addition to those that follow from the method, the path and the body."""


def _post(status: int, description: str, example: Any = post_examples.POST) -> Success:
    return Success(status, description, answers.Post, example)


def _links(name: str, source: str, operations: Sequence[str]) -> dict[str, Link | Reference]:
    """Links to operations whose path parameter `name` is the field `source` of this answer."""
    values = {name: f"$response.body#/{source}"}
    return {target: Link(operationId=target, parameters=values) for target in operations}


_ACCEPTED = Success(
    201,
    "The post was accepted.",
    answers.Accepted,
    {"postSubmissionId": post_examples.POST_ID},
    replay_header(),
    _links(
        "post_id",
        "postSubmissionId",
        ["readPost", "editPost", "cancelPost", "unschedulePost", "publishPost"],
    ),
)
_PAGE = Success(200, "One page.", answers.PostPage, post_examples.PAGE)
_VALIDATED = Success(
    200, "The validation result.", answers.ValidationResult, post_examples.VALIDATION
)
_DELETED = Success(204, "The post was deleted from the history.")
_DELETING = _post(
    202,
    "Soku is deleting the post from its platforms; see `deletion` of each run.",
    post_examples.DELETED_POST,
)
_POST_METRICS = Success(
    200, "The metrics.", metric_answers.PostMetrics, metric_examples.POST_METRICS
)
_METRICS_OVER_TIME = Success(
    200,
    "The metrics.",
    metric_answers.MetricsOverTime,
    metric_examples.OVER_TIME,
    others={"text/csv": Schema(type=DataType.STRING)},
)
_COMMENTS = Success(200, "One page.", comment_answers.CommentPage, comment_examples.PAGE)
_COMMENT = Success(
    200, "The comment and the replies to it.", comment_answers.Comment, comment_examples.COMMENT
)
_CHANGED_COMMENT = Success(
    200, "The changed comment.", comment_answers.Comment, comment_examples.LISTED
)
_ASKED_COMMENT = replace(
    _CHANGED_COMMENT, status=202, description="The comment; see `pendingAction`."
)
_CHANGED_COMMENTS = Success(
    200, "The comments.", comment_answers.CommentList, comment_examples.LIST
)
_REPLIED = Success(
    201,
    "The reply, which is being sent.",
    comment_answers.Reply,
    comment_examples.NEW_REPLY,
    replay_header(),
)
_STORED = Success(201, "The stored file.", answers.Media, examples.MEDIA)
_FILES = Success(200, "One page.", answers.MediaPage, examples.MEDIA_PAGE)
_FILE_DELETED = Success(204, "The file was deleted.")
_UPLOAD = Success(
    201,
    "Where to upload the file within an hour.",
    answers.Upload,
    examples.UPLOAD,
    links=_links("upload_id", "uploadId", ["completeUpload"]),
)
_TEMPLATE_LIST = Success(
    200, "The templates.", template_answers.TemplateList, template_examples.TEMPLATES
)
_PICTURE = Success(201, "The stored picture.", answers.Media, examples.MEDIA)
_ACCOUNT_LIST = Success(200, "The accounts.", answers.AccountList, {"data": [examples.ACCOUNT]})
_ACCOUNT_CHANGED = Success(200, "The changed account.", answers.Account, examples.ACCOUNT)
_DISCONNECTED = Success(
    200, "The account was disconnected.", answers.Disconnected, examples.DISCONNECTED
)
_CONNECTING = Success(
    201,
    "Where the user authorizes Soku.",
    answers.StartedConnection,
    examples.STARTED_CONNECTION,
    links=_links("connection_id", "connectionId", ["readConnection", "chooseAccounts"]),
)
_CONNECTION = Success(200, "The connection.", answers.Connection, examples.CHOOSING_CONNECTION)
_CHOSEN = Success(200, "The connection.", answers.Connection, examples.CONNECTION)
_WEBHOOK_LIST = Success(
    200, "The webhooks.", webhook_answers.WebhookList, {"data": [webhook_examples.WEBHOOK]}
)
_WEBHOOK = Success(200, "The webhook.", webhook_answers.Webhook, webhook_examples.WEBHOOK)
_WEBHOOK_CREATED = Success(
    201,
    "The webhook with its secret.",
    webhook_answers.WebhookWithSecret,
    webhook_examples.CREATED,
    links=_links("webhook_id", "id", ["readWebhook", "sendTestEvent", "listDeliveries"]),
)
_SECRET_ROTATED = Success(
    200,
    "The webhook with its new secret.",
    webhook_answers.WebhookWithSecret,
    webhook_examples.ROTATED,
)
_WEBHOOK_DELETED = Success(204, "The webhook was deleted.")
_DELIVERIES = Success(
    200,
    "One page.",
    webhook_answers.DeliveryPage,
    {"data": [webhook_examples.DELIVERY], "nextCursor": None},
)
_DELIVERING = Success(
    202,
    "The event, which is being delivered.",
    webhook_answers.Delivery,
    webhook_examples.NEW_DELIVERY,
)
_KEY_LIST = Success(200, "The keys.", user_answers.ApiKeyList, {"data": [examples.API_KEY]})
_KEY_CREATED = Success(
    201,
    "The new key, which no other response shows.",
    user_answers.CreatedApiKey,
    examples.CREATED_API_KEY,
    links=_links("key_id", "id", ["deleteKey"]),
)
_KEY_DELETED = Success(204, "The key was deleted.")
_LEAVING = Success(
    202, "Soku is deleting the user.", user_answers.UserDeletion, examples.USER_DELETION
)
_PAGE_OF_STRIPE = Success(200, "The page to open.", StripePage, examples.STRIPE_PAGE)
_RECEIVED = Success(200, "The event arrived.", ReceivedEvent, {"received": True})
_HEALTHY = Success(200, "The instance responds.", answers.Health, {"status": "ok"})
_LINKS = Success(200, "Where the documentation is.", answers.Links, examples.LINKS)
_DOCUMENT = Success(200, "This document.", Schema(type=DataType.OBJECT))
_HTML = Success(200, "The page.", Schema(type=DataType.STRING), media_type="text/html")
_GUIDE = Success(200, "The summary.", Schema(type=DataType.STRING), media_type="text/plain")

_NEW_PICTURE = Details(
    _TEMPLATES,
    [_PICTURE],
    Body(NewPicture, template_examples.PICTURES),
    errors=[ErrorCode.UPLOAD_FAILED],
)
_SEVERAL = Body(SeveralComments, comment_examples.SEVERAL)

# By the name of the view.
OPERATIONS = {
    "create_post": Details(
        _POSTS,
        [_ACCEPTED],
        Body(PostBody, examples.NEW_POSTS),
        [parameters.IDEMPOTENCY_KEY],
        [
            *_CONTENT_ERRORS,
            ErrorCode.IDEMPOTENCY_CONFLICT,
            ErrorCode.DISPATCH_FAILED,
            ErrorCode.POST_CREATION_FAILED,
        ],
    ),
    "list_posts": Details(_POSTS, [_PAGE], parameters=parameters.history()),
    "validate_post": Details(_POSTS, [_VALIDATED], Body(PostBody, examples.NEW_POSTS)),
    "read_post": Details(
        _POSTS,
        [replace(_post(200, "The post, its runs and their attempts."), headers=ask_again_header())],
        parameters=[parameters.WAIT],
    ),
    "edit_post": Details(
        _POSTS,
        [_post(200, "The changed post.", post_examples.SCHEDULED_POST)],
        Body(PostChanges, examples.CHANGES),
        errors=_CONTENT_ERRORS,
    ),
    "delete_post": Details(_POSTS, [_DELETED, _DELETING], parameters=[parameters.FROM_PLATFORMS]),
    "cancel_post": Details(_POSTS, [_post(200, "The canceled post.")]),
    "unschedule_post": Details(_POSTS, [_post(200, "The draft.")]),
    "publish_post": Details(_POSTS, [_post(202, "The post, which is being published.")]),
    "retry_post": Details(
        _RECOVERY,
        [_post(202, "The post, whose failed runs are being retried.")],
        Body(Retry, examples.RETRIES, required=False),
        errors=_CONTENT_ERRORS,
    ),
    "reconcile_post": Details(
        _RECOVERY, [_post(202, "The post, whose unconfirmed runs Soku is looking up.")]
    ),
    "resolve_run": Details(
        _RECOVERY,
        [_post(200, "The changed post.")],
        Body(ReportedOutcome, examples.OUTCOMES),
    ),
    "read_post_metrics": Details(_METRICS, [_POST_METRICS]),
    "refresh_post_metrics": Details(
        _METRICS,
        [replace(_POST_METRICS, status=202, description="The metrics, which Soku reads again.")],
    ),
    "read_metrics": Details(_METRICS, [_METRICS_OVER_TIME], parameters=parameters.metrics()),
    "list_comments": Details(_INBOX, [_COMMENTS], parameters=parameters.inbox()),
    "read_comment": Details(_INBOX, [_COMMENT]),
    "mark_comment_read": Details(_INBOX, [_CHANGED_COMMENT]),
    "mark_comment_done": Details(_INBOX, [_CHANGED_COMMENT]),
    "reopen_comment": Details(_INBOX, [_CHANGED_COMMENT]),
    "mark_several_read": Details(_INBOX, [_CHANGED_COMMENTS], _SEVERAL),
    "mark_several_done": Details(_INBOX, [_CHANGED_COMMENTS], _SEVERAL),
    "reopen_several": Details(_INBOX, [_CHANGED_COMMENTS], _SEVERAL),
    "refresh_comment": Details(_INBOX, [_ASKED_COMMENT]),
    "hide_comment": Details(_INBOX, [_ASKED_COMMENT]),
    "unhide_comment": Details(_INBOX, [_ASKED_COMMENT]),
    "delete_comment": Details(_INBOX, [_ASKED_COMMENT]),
    "reply_to_comment": Details(
        _INBOX,
        [_REPLIED],
        Body(NewReply, comment_examples.REPLIES),
        [parameters.IDEMPOTENCY_KEY],
        [ErrorCode.IDEMPOTENCY_CONFLICT],
    ),
    "store_media": Details(
        _MEDIA, [_STORED], Body(StoreMedia, examples.STORE), errors=[ErrorCode.UPLOAD_FAILED]
    ),
    "list_media": Details(_MEDIA, [_FILES], parameters=parameters.files()),
    "delete_media": Details(_MEDIA, [_FILE_DELETED]),
    "begin_upload": Details(_MEDIA, [_UPLOAD], Body(BeginUpload, examples.UPLOADS)),
    "complete_upload": Details(_MEDIA, [_STORED], errors=[ErrorCode.UPLOAD_FAILED]),
    "list_templates": Details(_TEMPLATES, [_TEMPLATE_LIST]),
    "render_template": _NEW_PICTURE,
    "render_og": _NEW_PICTURE,
    "list_accounts": Details(_ACCOUNTS, [_ACCOUNT_LIST]),
    "connect_account": Details(
        _ACCOUNTS,
        [_CONNECTING],
        Body(NewConnection, examples.CONNECTIONS),
        errors=[ErrorCode.NOT_FOUND],
    ),
    "change_account": Details(
        _ACCOUNTS, [_ACCOUNT_CHANGED], Body(AccountSettings, examples.ACCOUNT_CHANGES)
    ),
    "disconnect_account": Details(_ACCOUNTS, [_DISCONNECTED]),
    "read_connection": Details(
        _ACCOUNTS, [_CONNECTION], parameters=[parameters.WAIT_FOR_CONNECTION]
    ),
    "choose_accounts": Details(_ACCOUNTS, [_CHOSEN], Body(Choice, examples.CHOICES)),
    "list_webhooks": Details(_WEBHOOKS, [_WEBHOOK_LIST]),
    "create_webhook": Details(
        _WEBHOOKS,
        [_WEBHOOK_CREATED],
        Body(NewWebhook, webhook_examples.NEW_WEBHOOKS),
        errors=[ErrorCode.INVALID_STATE],
    ),
    "read_webhook": Details(_WEBHOOKS, [_WEBHOOK]),
    "change_webhook": Details(
        _WEBHOOKS, [_WEBHOOK], Body(WebhookChanges, webhook_examples.CHANGES)
    ),
    "delete_webhook": Details(_WEBHOOKS, [_WEBHOOK_DELETED]),
    "rotate_webhook_secret": Details(_WEBHOOKS, [_SECRET_ROTATED]),
    "send_test_event": Details(_WEBHOOKS, [_DELIVERING]),
    "list_deliveries": Details(_WEBHOOKS, [_DELIVERIES], parameters=parameters.deliveries()),
    "redeliver": Details(_WEBHOOKS, [_DELIVERING]),
    "list_keys": Details(_KEYS, [_KEY_LIST]),
    "create_key": Details(
        _KEYS,
        [_KEY_CREATED],
        Body(NewApiKey, examples.API_KEYS),
        errors=[ErrorCode.INVALID_STATE],
    ),
    "delete_key": Details(_KEYS, [_KEY_DELETED]),
    "delete_user": Details(_USER, [_LEAVING]),
    "begin_checkout": Details(
        _BILLING,
        [_PAGE_OF_STRIPE],
        Body(NewCheckout, examples.CHECKOUTS),
        errors=[ErrorCode.NOT_FOUND, ErrorCode.INVALID_STATE],
    ),
    "open_portal": Details(
        _BILLING,
        [_PAGE_OF_STRIPE],
        Body(NewPortal, examples.PORTALS, required=False),
        errors=[ErrorCode.NOT_FOUND, ErrorCode.INVALID_STATE],
    ),
    "receive_event": Details(
        _BILLING,
        [_RECEIVED],
        errors=[ErrorCode.NOT_FOUND, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.VALIDATION_ERROR],
    ),
    "check_health": Details(_SERVICE, [_HEALTHY]),
    "show_links": Details(_SERVICE, [_LINKS]),
    "read_description": Details(_SERVICE, [_DOCUMENT]),
    "show_description": Details(_SERVICE, [_HTML]),
    "show_guide": Details(_SERVICE, [_GUIDE]),
}
