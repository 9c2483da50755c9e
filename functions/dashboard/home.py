"""The start page: who is signed in, their accounts, and what they can connect."""

from functools import cache
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard.visitor import Stopped, form_fields, redirect_to, url_of, visitor
from shared import wiring
from shared.accounts import connections, listing
from shared.accounts.connections import ConnectRequest
from shared.domain.accounts import AccountStatus, is_account_id
from shared.gcp.accounts import account_from, account_path
from shared.gcp.connections import create_connection
from shared.gcp.firestore import commit
from shared.gcp.messages import Batch
from shared.platforms import registry
from shared.web import sessions
from shared.web.pages import page
from shared.web.strangers import Strangers
from shared.wiring import Parts

CONNECTIONS_PER_MINUTE = 20
"""Of a user. Each one is a document that lives for a day."""
# Worst first; the word and the colour of each.
_HEALTH = {
    AccountStatus.RECONNECT_REQUIRED: ("Reconnect required", "danger"),
    AccountStatus.EXPIRING: ("Expires soon", "warning"),
    AccountStatus.CONNECTED: ("Connected", "success"),
}


def show_home() -> flask.Response:
    parts = wiring.parts()
    who = visitor(parts, reads=listing.integration_paths)
    paths = listing.integration_paths(who.user_id)
    accounts = listing.accounts_of(who.user_id, [who.documents[path] for path in paths], parts)
    return page(
        "dashboard/home.html",
        title="Accounts",
        form_targets=_form_targets(parts),
        email=who.email,
        accounts=_shown(accounts),
        logins=_logins(),
        connect=url_of("/connect"),
        sign_out=url_of("/sign-out"),
        sign_out_everywhere=url_of("/sign-out/everywhere"),
        **form_fields(who.browser, parts),
    )


def connect() -> flask.Response:
    """Begin to connect an account, and go to the function that does it."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    form = flask.request.form
    platform, account_id = form.get("platform", ""), form.get("account")
    if platform not in registry.names() or not _is_id(account_id):
        raise Stopped("This platform does not exist", "Go to the start page, and choose again.")
    who = visitor(
        parts,
        reads=lambda user: [account_path(user, platform, account_id)] if account_id else [],
    )
    if wait := tries().count(who.user_id):
        raise Stopped(
            "Too many attempts to connect",
            f"Wait {wait} seconds, then try again.",
            HTTPStatus.TOO_MANY_REQUESTS,
        )
    account = None
    if account_id:
        stored = who.documents[account_path(who.user_id, platform, account_id)]
        account = account_from(stored, who.user_id)
    request = ConnectRequest(platform, form.get("kind"), account_id)
    connection = connections.begin(who.user_id, request, account, parts)
    batch = Batch(parts.db)
    create_connection(parts.db, batch, connection)
    commit(batch, landed=lambda: connections.find(connection.connection_id, parts) is not None)
    return redirect_to(connections.start_url(connection, parts))


@cache
def tries() -> Strangers:
    return Strangers(CONNECTIONS_PER_MINUTE)


def _is_id(account_id: str | None) -> bool:
    """Whether an account can have this id; None stands for a new account."""
    return account_id is None or is_account_id(account_id)


def _shown(accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The accounts, worst health first."""
    order = list(_HEALTH)
    shown = [
        {
            **account,
            "platformName": registry.display_name(account["platform"]),
            "health": _HEALTH[account["status"]],
            "needsAction": account["status"] != AccountStatus.CONNECTED,
        }
        for account in accounts
    ]
    return sorted(shown, key=lambda account: order.index(account["status"]))


@cache
def _logins() -> list[dict[str, str]]:
    """What can be connected: one entry for each way to authorize accounts of a platform."""
    return [
        {"platform": name, "kind": login.kind, "title": login.title}
        for name in registry.names()
        for login in registry.logins(name)
    ]


def _form_targets(parts: Parts) -> list[str]:
    """Where the forms end: the owner of an account is sent on to the platform at once."""
    pages = [
        registry.address(name, registry.connecting(name).authorize_path)
        for name in registry.names()
    ]
    return [parts.settings.connect_url, *pages]
