"""/v1/api-keys, for signed-in users: a key cannot make or delete keys."""

import re
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

import flask

from functions.api import body as request_body
from functions.api.caller import authenticate
from shared import wiring
from shared.domain.errors import ApiError
from shared.gcp.api_keys import ApiKey, key_from, path_of
from shared.gcp.usage import Usage
from shared.users import keys
from shared.users.new_key import NewApiKey
from shared.web import strict
from shared.web.envelope import json_answer, time_text

KEY_ID = "[0-9a-f]{64}"
# Of an id that does not exist, in the message.
_LONGEST_ID = 64


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
