"""A user's way to a platform and back: the state, the code, and what can be connected with it.

Nothing secret is stored: the state and the PKCE verifier are derived from the connection's id with
CONNECT_KEY. The state names the connection, so a callback without one, with another connection's or
with another platform's is refused before anything is read.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from shared import clock, logs
from shared.accounts import connecting
from shared.domain import connections
from shared.domain.accounts import grant_id_of
from shared.domain.connections import Connection, Failure, OfferedGrant
from shared.domain.errors import PlatformError, cleaned
from shared.gcp import sealed_tokens
from shared.gcp.connections import StoredConnection, save_connection
from shared.platforms import registry
from shared.platforms.connecting import (
    Attempt,
    CodeRefused,
    Connecting,
    Granted,
    Listing,
    NothingToConnect,
    Scope,
)
from shared.wiring import Parts

log = logs.logger("connect")

# Longer ones than any platform sends.
LONGEST_CODE = 4096
_LONGEST_STATE = 256
# What platforms return when the user says no.
_DENIALS = {"access_denied", "user_cancelled_login", "user_cancelled_authorize", "acceess_denied"}


def attempt_of(connection: Connection, parts: Parts) -> Attempt:
    """What the platform gets to see of a connection. Raises ConfigurationError."""
    return Attempt(
        redirect_uri=f"{parts.settings.connect_url}/callback/{connection.platform}",
        state=f"{connection.connection_id}.{_derived(connection.connection_id, 'state', parts)}",
        verifier=_derived(connection.connection_id, "verifier", parts),
    )


def connection_id_of(state: str, parts: Parts) -> str | None:
    """The connection that a state belongs to; None for a state that Soku did not create."""
    connection_id, _, mac = state[:_LONGEST_STATE].partition(".")
    expected = _derived(connection_id, "state", parts)
    return connection_id if hmac.compare_digest(mac.encode(), expected.encode()) else None


def start(stored: StoredConnection, nonce: str, parts: Parts) -> str:
    """A browser agrees to hand over an account; returns the platform's address for it.

    Raises NotNow, PlatformUnavailable (we have no app there), PreconditionFailed, StoreUnavailable.
    """
    connection = stored.connection
    platform = registry.connecting(connection.platform, connection.kind)
    address = platform.authorize_url(attempt_of(connection, parts))
    save_connection(parts.db, stored, connections.start(connection, nonce, clock.now()))
    return address


def come_back(stored: StoredConnection, query: Mapping[str, str], parts: Parts) -> Connection:
    """The browser is back from the platform, with a code or an error: go on with either.

    Returns the connection as it is then: connected, choosing or failed. Raises NotNow,
    PreconditionFailed (another request uses the same state), StoreUnavailable.
    """
    using = connections.exchange(stored.connection, clock.now())
    stored = save_connection(parts.db, stored, using)
    with logs.bound(platform=using.platform, connectionId=using.connection_id):
        try:
            return _receive(stored, query, parts)
        except PlatformError as error:
            if error.concerns_operator:
                log.error(error.message, extra=logs.fields(operatorAction=True))
            return _fail(stored, Failure(_code_of(error), _words_of(error)), parts)


def _receive(stored: StoredConnection, query: Mapping[str, str], parts: Parts) -> Connection:
    connection = stored.connection
    platform = registry.connecting(connection.platform, connection.kind)
    if refusal := _refusal_in(query, platform):
        return _fail(stored, refusal, parts)
    http = parts.http(connection.platform)
    granted = platform.exchange(query["code"], attempt_of(connection, parts), http)
    missing = platform.missing(granted)
    if required := [scope for scope in missing if scope.required]:
        return _fail(stored, _permission_missing(required, platform), parts)
    listing = platform.listing(granted, http)
    grant = _sealed_grant(connection, granted, listing, missing, parts)
    return connecting.offer(stored, grant, listing, parts)


def _refusal_in(query: Mapping[str, str], platform: Connecting) -> Failure | None:
    """What is wrong with the platform's answer in the query."""
    name = platform.about.display_name
    error = query.get("error") or query.get("error_code") or ""
    if error in _DENIALS:
        return Failure("denied", f"You did not allow Soku to use your {name} account.")
    if error:
        said = query.get("error_description") or query.get("error_message") or error
        words = " ".join(cleaned(said, 300).split())
        log.warning("authorization refused", extra=logs.fields(platformError=cleaned(error, 100)))
        return Failure("refused", f"{name} did not authorize Soku. It returned: {words}")
    if not 0 < len(query.get("code", "")) <= LONGEST_CODE:
        return Failure("refused", f"{name} returned no code. Start again.")
    return None


def _permission_missing(scopes: list[Scope], platform: Connecting) -> Failure:
    uses = ", ".join(dict.fromkeys(scope.needed_for for scope in scopes))
    names = ", ".join(scope.name for scope in scopes)
    return Failure(
        "permission_missing",
        f"You did not grant all permissions that Soku needs on {platform.about.display_name}. "
        f"Without {names}, Soku cannot {uses}. Start again and leave all permissions selected.",
    )


def _sealed_grant(
    connection: Connection,
    granted: Granted,
    listing: Listing,
    missing: tuple[Scope, ...],
    parts: Parts,
) -> OfferedGrant:
    grant_id = grant_id_of(connection.kind, listing.platform_user_id)
    owner = (connection.user_id, connection.platform, grant_id)
    return OfferedGrant(
        grant_id=grant_id,
        platform_user_id=listing.platform_user_id,
        scopes=granted.scopes or (),
        missing_scopes=tuple(scope.name for scope in missing),
        tokens=sealed_tokens.sealed(granted.tokens, parts.sealer, *owner),
    )


def _fail(stored: StoredConnection, failure: Failure, parts: Parts) -> Connection:
    after = connections.fail(stored.connection, failure)
    log.info("connection failed", extra=logs.fields(reason=failure.code))
    return save_connection(parts.db, stored, after).connection


def _code_of(error: PlatformError) -> str:
    match error:
        case CodeRefused():
            return "code_refused"
        case NothingToConnect():
            return "nothing_to_connect"
    return "operator_action" if error.concerns_operator else "platform_unavailable"


def _words_of(error: PlatformError) -> str:
    if isinstance(error, CodeRefused | NothingToConnect) or error.concerns_operator:
        return error.message
    return f"{error.message} No account was connected. Start again."


def _derived(connection_id: str, purpose: str, parts: Parts) -> str:
    """43 characters that only Soku can create: a PKCE verifier."""
    from shared.config import ConfigurationError

    key = parts.settings.connect_key
    if not key:
        raise ConfigurationError("CONNECT_KEY is not set: this function connects accounts.")
    digest = hmac.digest(key.encode(), f"{purpose} {connection_id}".encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
