"""/v1/api-keys, for signed-in users: a key cannot make or delete keys."""

import re
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal

import flask
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from functions.api import body as request_body
from functions.api.caller import authenticate
from shared import wiring
from shared.domain.errors import ApiError
from shared.gcp.api_keys import SCOPES, ApiKey, key_from, path_of
from shared.gcp.usage import Usage
from shared.users import keys
from shared.web import strict
from shared.web.envelope import json_answer, time_text
from shared.web.strict import Moment, Strict

KEY_ID = "[0-9a-f]{64}"
LONGEST_NAME = 100
"""Enough for a sentence about what uses the key, and short enough for a line of a list."""
# Of an id that does not exist, in the message.
_LONGEST_ID = 64
# A name is shown in one line.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _known_scope(name: str) -> str:
    if name not in SCOPES:
        message = f"The scope must be one of {', '.join(SCOPES)}."
        raise PydanticCustomError("invalid", message)
    return name


def _readable(name: str) -> str:
    if not name.strip() or _CONTROL.search(name):
        message = "The name must have characters other than spaces, and no line breaks or tabs."
        raise PydanticCustomError("invalid", message)
    return name


_Scope = Annotated[
    str, AfterValidator(_known_scope), Field(json_schema_extra={"enum": list(SCOPES)})
]


class NewApiKey(Strict):
    """What a new key is for and may do."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_readable)]
    """What the key is for, such as the program that uses it."""
    scopes: Annotated[list[_Scope], Field(min_length=1, max_length=len(SCOPES))] = Field(
        default_factory=lambda: list(SCOPES)
    )
    """What the key may do. All scopes if you leave it out."""
    mode: Literal["live", "test"] = "live"
    """`test`: for posts that are simulated, where TEST_MODE is on."""
    expires_at: Moment = None
    """ISO 8601 with an offset, in the future. The key does not expire if you leave it out."""


def list_keys() -> flask.Response:
    """List API keys.

    The keys that are not deleted, newest first, without the keys themselves.
    """
    caller = authenticate(wiring.parts())
    own = keys.of_user(caller.parts, caller.principal.user_id)
    return json_answer({"data": [_as_json(key, caller.usage) for key in own]})


def create_key() -> flask.Response:
    """Create an API key.

    Only this response contains the key. You can have 10 active keys.
    """
    parts = wiring.parts()
    sent = request_body.read(flask.request).parsed(partial(strict.read, NewApiKey))
    caller = authenticate(parts)
    if isinstance(sent, ApiError):
        raise sent
    key, stored = keys.create(
        parts,
        caller.principal.user_id,
        name=sent.name,
        scopes=sent.scopes,
        expires_at=sent.expires_at,
        mode=sent.mode,
    )
    return json_answer({**_as_json(stored, caller.usage), "key": key}, HTTPStatus.CREATED)


def delete_key(key_id: str) -> flask.Response:
    """Delete an API key.

    From then on, every request with the key is refused.
    """
    parts = wiring.parts()
    is_id = re.fullmatch(KEY_ID, key_id) is not None
    caller = authenticate(parts, reads=lambda _: [path_of(key_id)] if is_id else [])
    stored = key_from(caller.documents[path_of(key_id)]) if is_id else None
    keys.delete(parts, caller.principal.user_id, key_id[:_LONGEST_ID], stored)
    return flask.Response(status=HTTPStatus.NO_CONTENT)


def _as_json(key: ApiKey, usage: Usage) -> dict[str, Any]:
    return {
        "id": key.key_hash,
        "name": key.name,
        "preview": key.preview,
        "mode": key.mode,
        "scopes": list(key.scopes),
        "createdAt": _text(key.created_at),
        "expiresAt": _text(key.expires_at),
        "lastUsedAt": _text(usage.last_used.get(key.key_hash)),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)
