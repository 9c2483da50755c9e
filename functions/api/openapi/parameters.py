"""The parameters of the paths, the queries and the headers of requests."""

from typing import Any

from openapi_pydantic import DataType, Parameter, Schema
from pydantic import BaseModel

from functions.api.openapi.field_docs import docs_of
from functions.api.reading import LONGEST_WAIT
from shared.domain.idempotency import MAX_KEY_LENGTH
from shared.media.collection import MediaQuery
from shared.media.names import MEDIA_ID
from shared.posts.history import HistoryQuery

_UUID = "^[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$"
_TEXT = Schema(type=DataType.STRING)


def _in_path(name: str, description: str, schema: Schema, example: str) -> Parameter:
    return _parameter(name, "path", description, schema, required=True, example=example)


def _in_query(name: str, description: str, schema: Schema) -> Parameter:
    return _parameter(name, "query", description, schema)


def _in_header(name: str, description: str, schema: Schema) -> Parameter:
    return _parameter(name, "header", description, schema)


def _parameter(name: str, place: str, description: str, schema: Schema, **more: Any) -> Parameter:
    # `in` is a Python keyword, so it cannot be an argument's name.
    known = {"name": name, "in": place, "description": description, "schema": schema}
    return Parameter.model_validate({**known, **more})


def _one_of(values: Any) -> Schema:
    return Schema(type=DataType.STRING, enum=list(values))


REQUEST_ID = _in_header(
    "X-Request-ID",
    "Your own id for this request: 1 to 128 letters, digits, dots, underscores or hyphens. "
    "Otherwise, Soku creates one.",
    _TEXT,
)
IDEMPOTENCY_KEY = _in_header(
    "Idempotency-Key",
    f"1 to {MAX_KEY_LENGTH} printable ASCII characters. For 24 hours, the same key with the same "
    "body returns the same post. Without a key, the body itself is the key.",
    Schema(type=DataType.STRING, minLength=1, maxLength=MAX_KEY_LENGTH, pattern="^[ -~]+$"),
)
POST_ID = _in_path(
    "post_id",
    "The `postSubmissionId`.",
    Schema(type=DataType.STRING, schema_format="uuid", pattern=_UUID),
    "550e8400-e29b-41d4-a716-446655440000",
)
RUN_ID = _in_path(
    "run_id",
    "The `runId` in the post.",
    Schema(type=DataType.STRING, minLength=1),
    "x",
)
MEDIA_ID_IN_PATH = _in_path(
    "media_id",
    "The `id` of the file.",
    Schema(type=DataType.STRING, pattern=f"^{MEDIA_ID}$"),
    "Rk0vJ3yTQmKxw1c5bZt8Ug",
)
UPLOAD_ID = _in_path(
    "upload_id",
    "The `uploadId`.",
    Schema(type=DataType.STRING, pattern="^[A-Za-z0-9_-]{22}$"),
    "Rk0vJ3yTQmKxw1c5bZt8Ug",
)
WAIT = _in_query(
    "wait",
    "Delay the answer until the post has ended on all platforms, at most this many seconds.",
    Schema(type=DataType.INTEGER, minimum=0, maximum=LONGEST_WAIT),
)
FROM_PLATFORMS = _in_query(
    "fromPlatforms",
    "Also delete the post from its platforms, where their APIs support it.",
    _one_of(["true", "false"]),
)


def history() -> list[Parameter]:
    """The filters of GET /v1/posts."""
    return _of_query(HistoryQuery)


def files() -> list[Parameter]:
    """The parameters of GET /v1/media."""
    return _of_query(MediaQuery)


def _of_query(model: type[BaseModel]) -> list[Parameter]:
    whole, docs = model.model_json_schema(), docs_of(model)
    return [
        _in_query(name, docs[name], Schema.model_validate(_plain(field, whole)))
        for name, field in whole["properties"].items()
    ]


def _plain(field: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The schema without null: an omitted parameter is not sent as null."""
    [sent] = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    named = whole["$defs"][sent["$ref"].rpartition("/")[2]] if "$ref" in sent else sent
    return {name: value for name, value in named.items() if name not in ("title", "description")}
