"""The pages of connecting an account, in the order in which a user sees them.

A platform on which the user has authorized Soku before may skip its own page. Then the start page
is the only protection against handing an account to a stranger, so it names who gets it, and needs
a click. Only the owner, signed in with the same browser, skips it.
"""

from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import flask

from shared import clock, wiring
from shared.accounts import authorizing, connecting, connections
from shared.domain.connections import Connection, ConnectionStatus, NotNow
from shared.domain.errors import InvalidRequest, PlatformUnavailable
from shared.gcp.connections import StoredConnection
from shared.gcp.firestore import PreconditionFailed, document, read_all
from shared.gcp.sessions import session_from, session_path
from shared.gcp.users import is_user, user_path
from shared.platforms import registry
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.web.pages import page, redirect_to
from shared.web.sessions import Browser
from shared.wiring import Parts


def show_start(connection_id: str) -> flask.Response:
    """Who will be able to use the account, and a button; its owner goes on at once."""
    parts = wiring.parts()
    stored, browser = (
        _open(connection_id, parts),
        sessions.browser_of(flask.request, parts.settings),
    )
    connection = stored.connection
    owner, is_owner = _owner(connection, browser, parts)
    if is_owner:
        return _to_platform(stored, browser, parts)
    login = registry.connecting(connection.platform, connection.kind).login
    shown = page(
        "connect/start.html",
        title=login.title,
        platform=registry.display_name(connection.platform),
        owner=owner,
        form_targets=[registry.address(connection.platform, _authorize_path(connection))],
        action=f"{parts.settings.connect_url}/start/{connection_id}",
        csrf=sessions.csrf_token(browser, parts.settings),
        scopes=[scope.needed_for for scope in login.scopes],
        demands=login.demands,
    )
    sessions.keep(shown, browser, parts.settings)
    return shown


def start(connection_id: str) -> flask.Response:
    """The user agrees: go to the platform."""
    parts = wiring.parts()
    browser = sessions.require_own_post(flask.request, parts.settings)
    return _to_platform(_open(connection_id, parts), browser, parts)


def come_back(platform: str) -> flask.Response:
    """The platform sends the browser back with a code, or with an error."""
    parts = wiring.parts()
    # Some platforms add characters to the last value that are not part of it.
    query = {name: value.removesuffix("#_") for name, value in flask.request.args.items()}
    connection_id = authorizing.connection_id_of(query.get("state", ""), parts)
    stored = connections.find(connection_id, parts) if connection_id else None
    if stored is None or stored.connection.platform != platform:
        raise Stopped("This is not a valid link", "Go back to where you started, and start again.")
    browser = sessions.browser_of(flask.request, parts.settings)
    if not stored.connection.is_of_browser(browser.nonce):
        raise Stopped(
            "Continue in the same browser",
            "You started to connect this account in another browser. Continue there, or start "
            "again.",
        )
    try:
        after = authorizing.come_back(stored, query, parts)
    except (NotNow, PreconditionFailed) as error:
        raise _used_or_late(stored.connection) from error
    return _after(after, parts)


def show_choice(connection_id: str) -> flask.Response:
    """The accounts that can be connected, to choose from."""
    parts = wiring.parts()
    stored, browser = _of_browser(connection_id, parts)
    connection = stored.connection
    if connection.status is not ConnectionStatus.CHOOSING or not connection.is_open(clock.now()):
        return _after(connection, parts)
    return _choice(connection, browser, parts)


def choose(connection_id: str) -> flask.Response:
    """Connect the chosen accounts."""
    parts = wiring.parts()
    browser = sessions.require_own_post(flask.request, parts.settings)
    stored, _ = _of_browser(connection_id, parts)
    chosen = flask.request.form.getlist("account")
    try:
        after = connecting.choose(stored, chosen, parts)
    except InvalidRequest:
        return _choice(stored.connection, browser, parts, fault="Choose at least one account.")
    except (NotNow, PreconditionFailed) as error:
        raise _used_or_late(stored.connection) from error
    return _after(after, parts)


def show_end(connection_id: str) -> flask.Response:
    """What was connected, or why nothing was."""
    parts = wiring.parts()
    stored, _ = _of_browser(connection_id, parts)
    connection = stored.connection
    name = registry.display_name(connection.platform)
    match connections.status_of(connection, clock.now()):
        case "connected":
            return page(
                "message.html",
                title=f"Connected to {name}",
                text=f"{_count(connection)} ready. You can close this page.",
                link=_home(parts),
            )
        case "failed":
            words = connection.failure.message if connection.failure else ""
            return page(
                "message.html", title="No account was connected", text=words, link=_home(parts)
            )
        case "choosing":
            return redirect_to(f"{parts.settings.connect_url}/choose/{connection_id}")
    raise _used_or_late(connection)


def _to_platform(stored: StoredConnection, browser: Browser, parts: Parts) -> flask.Response:
    try:
        address = authorizing.start(stored, browser.nonce, parts)
    except (NotNow, PreconditionFailed) as error:
        raise _used_or_late(stored.connection) from error
    except PlatformUnavailable as error:
        name = registry.display_name(stored.connection.platform)
        title = f"You cannot connect {name} here yet"
        raise Stopped(title, error.message, HTTPStatus.SERVICE_UNAVAILABLE) from error
    answer = redirect_to(address)
    sessions.keep(answer, browser, parts.settings)
    return answer


def _after(connection: Connection, parts: Parts) -> flask.Response:
    """Where the browser goes next."""
    base, connection_id = parts.settings.connect_url, connection.connection_id
    if connection.status is ConnectionStatus.CHOOSING and connection.is_open(clock.now()):
        address = f"{base}/choose/{connection_id}"
    elif connection.return_to:
        status = connections.status_of(connection, clock.now())
        address = _with_query(connection.return_to, connection=connection_id, status=status)
    else:
        address = f"{base}/done/{connection_id}"
    return redirect_to(address)


def _choice(
    connection: Connection, browser: Browser, parts: Parts, fault: str = ""
) -> flask.Response:
    login = registry.connecting(connection.platform, connection.kind).login
    return page(
        "connect/choose.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        title=login.title,
        platform=registry.display_name(connection.platform),
        form_targets=filter(None, [connection.return_to]),
        accounts=connection.accounts,
        fault=fault,
        action=f"{parts.settings.connect_url}/choose/{connection.connection_id}",
        csrf=sessions.csrf_token(browser, parts.settings),
    )


def _open(connection_id: str, parts: Parts) -> StoredConnection:
    """A connection that can still lead to an account. Raises Stopped."""
    stored = connections.find(connection_id, parts)
    if stored is None:
        raise Stopped(
            "This link does not exist", "Ask for a new link, and open that.", HTTPStatus.NOT_FOUND
        )
    allowed = {ConnectionStatus.WAITING, ConnectionStatus.STARTED}
    if stored.connection.status not in allowed or not stored.connection.is_open(clock.now()):
        raise _used_or_late(stored.connection)
    return stored


def _of_browser(connection_id: str, parts: Parts) -> tuple[StoredConnection, Browser]:
    """The connection, if this browser made it. Raises Stopped."""
    browser = sessions.browser_of(flask.request, parts.settings)
    stored = connections.find(connection_id, parts)
    if stored is None or not stored.connection.is_of_browser(browser.nonce):
        raise Stopped(
            "This page is not for this browser",
            "Open it in the browser where you authorized Soku, or start again.",
            HTTPStatus.NOT_FOUND,
        )
    return stored, browser


def _owner(connection: Connection, browser: Browser, parts: Parts) -> tuple[str, bool]:
    """The email address of the user who gets the account, and whether it is their browser."""
    paths = [user_path(connection.user_id)]
    is_signed_in = browser.user_id == connection.user_id and browser.session_id is not None
    if is_signed_in:
        paths.append(session_path(connection.user_id, browser.session_id or ""))
    snapshots = read_all(parts.db, paths)
    user = document(snapshots[paths[0]])
    if user is None or not is_user(snapshots[paths[0]]):
        raise Stopped(
            "This link does not exist", "Ask for a new link, and open that.", HTTPStatus.NOT_FOUND
        )
    session = session_from(snapshots[paths[1]]) if is_signed_in else None
    return str(user["email"]), session is not None


def _authorize_path(connection: Connection) -> str:
    return registry.connecting(connection.platform, connection.kind).authorize_path


def _used_or_late(connection: Connection) -> Stopped:
    if connections.status_of(connection, clock.now()) == "expired":
        return Stopped("This link has expired", "Links are valid for 15 minutes. Start again.")
    return Stopped(
        "This link was already used",
        "Each link connects accounts once. To connect more, start again.",
    )


def _with_query(address: str, **more: str) -> str:
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *more.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _count(connection: Connection) -> str:
    number = len(connection.account_ids)
    return (
        f"The account {connection.account_ids[0]} is" if number == 1 else f"{number} accounts are"
    )


def _home(parts: Parts) -> str | None:
    return parts.settings.dashboard_url or None
