"""The parameters of the paths, the queries and the headers of requests."""

from typing import Any

from openapi_pydantic import DataType, Parameter, Schema
from pydantic import BaseModel

from functions.api.accounts import LONGEST_ID
from functions.api.keys import KEY_ID
from functions.api.reading import LONGEST_WAIT
from shared.accounts.connections import CONNECTION_ID
from shared.domain.idempotency import MAX_KEY_LENGTH
from shared.inbox.listing import InboxQuery
from shared.media.collection import MediaQuery
from shared.metrics.totals import TotalsQuery
from shared.platforms import registry
from shared.posts.history import HistoryQuery
from shared.web.field_docs import docs_of
from shared.webhooks.history import DeliveryQuery
from shared.webhooks.wanted import DELIVERY_ID, WEBHOOK_ID

_FILE_ID = "^[A-Za-z0-9_-]{22}$"
_UUID = "^[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$"


def _text(**limits: Any) -> Schema:
    return Schema(type=DataType.STRING, **limits)


def _in_path(name: str, description: str, schema: Schema, example: str) -> Parameter:
    return _parameter("path", name, description, schema, required=True, example=example)


def _parameter(place: str, name: str, description: str, schema: Schema, **more: Any) -> Parameter:
    # `in` is a Python keyword, so it cannot be an argument's name.
    known = {"in": place, "name": name, "description": description, "schema": schema}
    return Parameter.model_validate({**known, **more})


REQUEST_ID = _parameter(
    "header",
    "X-Request-ID",
    "Your own id for this request: 1 to 128 letters, digits, dots, underscores or hyphens. "
    "Otherwise, Soku creates one.",
    _text(),
)
IDEMPOTENCY_KEY = _parameter(
    "header",
    "Idempotency-Key",
    f"1 to {MAX_KEY_LENGTH} printable ASCII characters. For 24 hours, the same key with the same "
    "body returns the same post or reply. Without a key, the body itself is the key.",
    _text(minLength=1, maxLength=MAX_KEY_LENGTH, pattern="^[ -~]+$"),
)
IN_PATH = {
    "post_id": _in_path(
        "post_id",
        "The `postSubmissionId`.",
        _text(schema_format="uuid", pattern=_UUID),
        "550e8400-e29b-41d4-a716-446655440000",
    ),
    "comment_id": _in_path(
        "comment_id",
        "The `id` of the comment.",
        _text(schema_format="uuid", pattern=_UUID),
        "8b8d4ef1-5e0f-5f57-9f0c-3f1de5a8b3a1",
    ),
    "run_id": _in_path("run_id", "The `runId` in the post.", _text(minLength=1), "x"),
    "media_id": _in_path(
        "media_id",
        "The `id` of the file.",
        _text(pattern=_FILE_ID),
        "Rk0vJ3yTQmKxw1c5bZt8Ug",
    ),
    "upload_id": _in_path(
        "upload_id",
        "The `uploadId`.",
        _text(pattern=_FILE_ID),
        "Rk0vJ3yTQmKxw1c5bZt8Ug",
    ),
    "platform": _in_path(
        "platform", "The platform of the account.", _text(enum=[*registry.names()]), "instagram"
    ),
    "account_id": _in_path(
        "account_id",
        "The `accountId`.",
        _text(minLength=1, maxLength=LONGEST_ID),
        "ig_ana_bakes",
    ),
    "connection_id": _in_path(
        "connection_id",
        "The `connectionId`.",
        _text(pattern=f"^{CONNECTION_ID.pattern}$"),
        "Rk0vJ3yTQmKxw1c5bZt8Ug",
    ),
    "webhook_id": _in_path(
        "webhook_id",
        "The `id` of the webhook.",
        _text(pattern=f"^{WEBHOOK_ID}$"),
        "wh_0f8c2a9d41b7e6035c1d9a72",
    ),
    "delivery_id": _in_path(
        "delivery_id",
        "The `id` of the delivery.",
        _text(pattern=f"^{DELIVERY_ID}$"),
        "evt_7b1e90c3d2a84f6655e01c9b",
    ),
    "key_id": _in_path(
        "key_id",
        "The `id` of the API key.",
        _text(pattern=f"^{KEY_ID}$"),
        "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
    ),
}
WAIT = _parameter(
    "query",
    "wait",
    "Delay the answer until the post has ended on all platforms, at most this many seconds.",
    Schema(type=DataType.INTEGER, minimum=0, maximum=LONGEST_WAIT),
)
WAIT_FOR_CONNECTION = _parameter(
    "query",
    "wait",
    "Delay the answer until the user has authorized Soku or refused to, at most this many seconds.",
    Schema(type=DataType.INTEGER, minimum=0, maximum=LONGEST_WAIT),
)
FROM_PLATFORMS = _parameter(
    "query",
    "fromPlatforms",
    "Also delete the post from its platforms, where their APIs support it.",
    _text(enum=["true", "false"]),
)


EVENT_HEADERS = [
    _parameter(
        "header",
        "webhook-id",
        "The ID of the event, the same at every try and for all your webhooks.",
        _text(pattern=f"^{DELIVERY_ID}$"),
        required=True,
    ),
    _parameter(
        "header",
        "webhook-timestamp",
        "When this request was signed, in seconds since 1970.",
        Schema(type=DataType.INTEGER, minimum=0),
        required=True,
    ),
    _parameter(
        "header",
        "webhook-signature",
        "One or two signatures, separated by a space. Each is `v1,` and an HMAC-SHA256 in Base64.",
        _text(pattern="^v1,[0-9A-Za-z+/]{43}=( v1,[0-9A-Za-z+/]{43}=)?$"),
        required=True,
    ),
]


def history() -> list[Parameter]:
    """The filters of GET /v1/posts."""
    return _of_query(HistoryQuery)


def inbox() -> list[Parameter]:
    """The filters of GET /v1/comments."""
    return _of_query(InboxQuery)


def deliveries() -> list[Parameter]:
    """The parameters of GET /v1/webhooks/{webhook_id}/deliveries."""
    return _of_query(DeliveryQuery)


def files() -> list[Parameter]:
    """The parameters of GET /v1/media."""
    return _of_query(MediaQuery)


def metrics() -> list[Parameter]:
    """The parameters of GET /v1/metrics."""
    return _of_query(TotalsQuery)


def _of_query(model: type[BaseModel]) -> list[Parameter]:
    whole, docs = model.model_json_schema(), docs_of(model)
    return [
        _parameter("query", name, docs[name], Schema.model_validate(_plain(field, whole)))
        for name, field in whole["properties"].items()
    ]


def _plain(field: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The schema without null: an omitted parameter is not sent as null."""
    [sent] = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    named = whole["$defs"][sent["$ref"].rpartition("/")[2]] if "$ref" in sent else sent
    return {name: value for name, value in named.items() if name not in ("title", "description")}
