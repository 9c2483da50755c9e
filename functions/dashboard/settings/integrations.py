"""/settings/integrations: the user's accounts, the worst first, and what can be connected."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import flask

from functions.dashboard.frame import framed
from functions.dashboard.settings import connecting
from functions.dashboard.settings.shown_accounts import PATH, Shown, shown_accounts
from functions.dashboard.visitor import url_of, visitor
from shared import wiring
from shared.accounts import connections, listing
from shared.domain.connections import Connection
from shared.platforms import registry
from shared.platforms.connecting import Login
from shared.web.pages import redirect_to
from shared.wiring import Parts


def show_integrations() -> flask.Response:
    parts = wiring.parts()
    reads = connecting.reads_of_return(flask.request.args)
    who = visitor(parts, reads=lambda user: [*listing.integration_paths(user), *reads])
    accounts = shown_accounts(who, parts)
    return framed(
        "dashboard/integrations.html",
        who,
        parts,
        section="settings",
        title="Accounts",
        form_targets=form_targets(parts),
        accounts=accounts,
        logins=logins(),
        half_way=[
            _half_way(stored.connection, accounts)
            for stored in connections.half_way(who.user_id, parts)
        ],
        nothing_chosen=flask.request.args.get("fault") == "nothing-chosen",
        returned=connecting.returned(who, flask.request.args, accounts, parts),
    )


def show_settings() -> flask.Response:
    return redirect_to(url_of(PATH))


def _half_way(connection: Connection, accounts: Sequence[Shown]) -> dict[str, Any]:
    names = {each.account.account_id: each.name for each in accounts}
    return {
        "connection": connection,
        "wanted": names.get(connection.account_id or "", ""),
        "title": registry.connecting(connection.platform, connection.kind).login.title,
    }


@cache
def logins() -> list[tuple[str, Login]]:
    """What can be connected: one entry for each way to authorize accounts of a platform."""
    return [(name, login) for name in registry.names() for login in registry.logins(name)]


def form_targets(parts: Parts) -> tuple[str, ...]:
    """Where the forms end: the owner of an account is sent on to the platform at once."""
    pages = [
        registry.address(name, registry.connecting(name).authorize_path)
        for name in registry.names()
    ]
    return (parts.settings.connect_url, *pages)
