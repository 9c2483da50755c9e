"""/v1/accounts and /v1/connections: connecting accounts, and what the user can do with them."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import flask
from pydantic import Field

from functions.api import body as request_body
from functions.api.caller import Caller, authenticate
from functions.api.reading import patience_of, waiting
from shared import clock, wiring
from shared.accounts import connecting, connections, disconnecting, listing
from shared.accounts.connections import ConnectRequest, connection_not_found, is_connection_id
from shared.accounts.disconnecting import account_not_found
from shared.domain.accounts import is_account_id
from shared.domain.connections import ConnectionStatus, NotNow
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.submission import Submission
from shared.gcp.accounts import account_from, account_path
from shared.gcp.connections import (
    StoredConnection,
    connection_from,
    connection_path,
    create_connection,
)
from shared.gcp.firestore import commit, document_once
from shared.gcp.messages import Batch
from shared.platforms import registry
from shared.platforms.connecting import MAX_CANDIDATES
from shared.posts.request import PlatformName
from shared.posts.risks import scheduled_posts
from shared.web import strict
from shared.web.envelope import json_answer, time_text
from shared.web.names import Name
from shared.web.strict import Strict, WebUrl

LONGEST_LABEL = 100
LONGEST_ADDRESS = 2000
LONGEST_ID = 300
_ENDED = {ConnectionStatus.CONNECTED, ConnectionStatus.FAILED, ConnectionStatus.CHOOSING}

_AccountId = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]


class NewConnection(Strict):
    """What to connect."""

    platform: PlatformName
    kind: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    """`profile` or `page`, where a platform has several; the first if you leave it out."""
    account_id: _AccountId | None = None
    """The account to reconnect. Any if you leave it out."""
    return_to: Annotated[WebUrl | None, Field(max_length=LONGEST_ADDRESS)] = None
    """Where the browser goes in the end, with `connection` and `status` in the query. It must have
    one of the origins that the operator has allowed."""


class Choice(Strict):
    """The accounts to connect."""

    account_ids: Annotated[list[_AccountId], Field(min_length=1, max_length=MAX_CANDIDATES)]


class AccountSettings(Strict):
    """What to change; fields that you leave out stay as they are."""

    label: Annotated[Name, Field(max_length=LONGEST_LABEL)] | None = None
    """Your own name for the account. An empty text removes it."""
    default: bool | None = None
    """Whether the platform's name alone means this account."""


def list_accounts() -> flask.Response:
    """List connected accounts.

    By platform and ID, with their health.
    """
    parts = wiring.parts()
    caller = authenticate(parts, reads=lambda who: listing.integration_paths(who.user_id))
    user_id = caller.principal.user_id
    integrations = [caller.documents[path] for path in listing.integration_paths(user_id)]
    return json_answer({"data": listing.accounts_of(user_id, integrations, parts)})


def change_account(platform: str, account_id: str) -> flask.Response:
    """Change an account's label or make it the default.

    A default account is used where a post names only the platform.
    """
    body = request_body.read(flask.request)
    caller = authenticate(wiring.parts())
    sent = strict.read(AccountSettings, body.required())
    _check_ids(platform, account_id)
    settings = listing.Settings(sent.label, sent.default)
    user_id = caller.principal.user_id
    return json_answer(listing.change(user_id, platform, account_id, settings, caller.parts))


def disconnect_account(platform: str, account_id: str) -> flask.Response:
    """Disconnect an account.

    Deletes its tokens at once. `scheduledPosts` lists the scheduled posts that name the account:
    they will fail there unless you connect it again, which gives it the same ID.
    """
    caller = authenticate(wiring.parts())
    _check_ids(platform, account_id)
    user_id, parts = caller.principal.user_id, caller.parts
    disconnecting.disconnect(user_id, platform, account_id, parts)
    waiting = scheduled_posts(user_id, platform, account_id, parts)
    return json_answer({"scheduledPosts": list(map(_waiting, waiting))})


def connect_account() -> flask.Response:
    """Start connecting an account.

    Open `url` in a browser within 15 minutes: the user authorizes Soku there. Then read the
    connection to see which accounts were connected.
    """
    parts = wiring.parts()
    sent = request_body.read(flask.request).parsed(partial(strict.read, NewConnection))
    wanted = None
    if not isinstance(sent, ApiError) and is_account_id(sent.account_id or ""):
        wanted = sent
    caller = authenticate(
        parts,
        reads=lambda who: [_path_of(who.user_id, wanted)] if wanted else [],
    )
    if isinstance(sent, ApiError):
        raise sent
    user_id = caller.principal.user_id
    account = None
    if wanted is not None:
        account = account_from(caller.documents[_path_of(user_id, wanted)], user_id)
    request = ConnectRequest(sent.platform, sent.kind, sent.account_id, sent.return_to)
    connection = connections.begin(user_id, request, account, parts)
    batch = Batch(parts.db)
    create_connection(parts.db, batch, connection)
    caller.write_account(batch, HTTPStatus.CREATED.value)
    commit(batch, landed=lambda: connections.find(connection.connection_id, parts) is not None)
    caller.logged_status = HTTPStatus.CREATED.value
    return json_answer(
        {
            "connectionId": connection.connection_id,
            "url": connections.start_url(connection, parts),
            "expiresAt": time_text(connection.expires_at),
        },
        HTTPStatus.CREATED,
    )


def read_connection(connection_id: str) -> flask.Response:
    """Read a connection.

    Shows whether the user has authorized Soku, what there is to choose, and what was connected.
    """
    caller, stored = _own_connection(connection_id)
    patience = patience_of(flask.request)
    if not patience or stored.connection.status in _ENDED:
        return json_answer(connections.as_json(stored.connection))
    with waiting(caller.principal.user_id) as may_wait:
        if may_wait:
            caller.count_now()
            path = connection_path(connection_id)
            changed = document_once(caller.parts.db, path, connection_from, _has_ended, patience)
            stored = changed or stored
    return json_answer(connections.as_json(stored.connection))


def choose_accounts(connection_id: str) -> flask.Response:
    """Choose accounts.

    Connects these accounts of a connection that is `choosing`, and forgets the others.
    """
    body = request_body.read(flask.request)
    caller, stored = _own_connection(connection_id)
    sent = strict.read(Choice, body.required())
    try:
        chosen = connecting.choose(stored, sent.account_ids, caller.parts)
    except NotNow as error:
        status = connections.status_of(stored.connection, clock.now())
        message = f"This connection is {status}: there is nothing to choose."
        raise ApiError(ErrorCode.INVALID_STATE, message) from error
    return json_answer(connections.as_json(chosen))


def _own_connection(connection_id: str) -> tuple[Caller, StoredConnection]:
    """Raises ApiError."""
    is_id = is_connection_id(connection_id)
    path = connection_path(connection_id)
    caller = authenticate(wiring.parts(), reads=lambda _: [path] if is_id else [])
    stored = connection_from(caller.documents[path]) if is_id else None
    if stored is None or stored.connection.user_id != caller.principal.user_id:
        raise connection_not_found(connection_id)
    return caller, stored


def _has_ended(stored: StoredConnection | None) -> bool:
    return stored is None or stored.connection.status in _ENDED


def _path_of(user_id: str, wanted: NewConnection) -> str:
    return account_path(user_id, wanted.platform, wanted.account_id or "")


def _check_ids(platform: str, account_id: str) -> None:
    """Ids that cannot exist are not looked up. Raises ApiError not_found."""
    if platform not in registry.names() or not is_account_id(account_id):
        raise account_not_found(platform, account_id)


def _waiting(submission: Submission) -> dict[str, Any]:
    return {
        "postSubmissionId": submission.submission_id,
        "scheduledTime": submission.scheduled_time and time_text(submission.scheduled_time),
    }
