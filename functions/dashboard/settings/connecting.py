"""Connecting accounts from the pages: the way to a platform, a choice, and coming back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import flask

from functions.dashboard.limits import limiter, require_few_changes, too_many
from functions.dashboard.settings.shown_accounts import PATH, Shown
from functions.dashboard.visitor import Visitor, url_of, visitor, with_notice
from shared import clock, logs, wiring
from shared.accounts import connecting, connections, offers
from shared.accounts.connections import ConnectRequest, connection_not_found, is_connection_id
from shared.billing.access import plan_check
from shared.domain.accounts import is_account_id
from shared.domain.connections import Connection, NotNow
from shared.domain.errors import ApiError, InvalidRequest
from shared.gcp.accounts import account_from, account_path
from shared.gcp.connections import (
    StoredConnection,
    connection_from,
    connection_path,
    create_connection,
)
from shared.gcp.firestore import commit
from shared.gcp.messages import Batch
from shared.gcp.users import subscription_path
from shared.platforms import registry
from shared.posts import reconnected, retry
from shared.posts.reconnected import FailedPost
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.web.pages import redirect_to
from shared.wiring import Parts

log = logs.logger("dashboard")

CONNECTIONS_PER_MINUTE = 20
"""Of a user. Each one is a document that lives for a day."""


@dataclass(frozen=True)
class Returned:
    """What has become of a connection from which the user came back."""

    connection: Connection
    status: str
    platform: str
    connected: Sequence[Shown]
    """The accounts that the user came for."""
    renewed: Sequence[Shown]
    """Others that were renewed with them."""
    failed: Sequence[FailedPost]
    """Posts that failed because the authorization was missing."""
    retried: int
    refused: int


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
    if wait := limiter("connections", CONNECTIONS_PER_MINUTE).count(who.user_id):
        text = f"Wait {wait} seconds, then try again."
        raise too_many("Too many attempts to connect", text)
    account = None
    if account_id:
        stored = who.documents[account_path(who.user_id, platform, account_id)]
        account = account_from(stored, who.user_id)
    request = ConnectRequest(platform, form.get("kind"), account_id, url_of(PATH))
    connection = connections.begin(who.user_id, request, account, parts)
    batch = Batch(parts.db)
    create_connection(parts.db, batch, connection)
    commit(batch, landed=lambda: connections.find(connection.connection_id, parts) is not None)
    return redirect_to(connections.start_url(connection, parts))


def choose() -> flask.Response:
    """Connect the chosen accounts of a connection that was left half-way."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    _, stored = _own_connection(flask.request.form, parts)
    try:
        after = connecting.choose(stored, flask.request.form.getlist("account"), parts)
    except InvalidRequest:
        return redirect_to(url_of(PATH, fault="nothing-chosen"))
    except NotNow as error:
        raise _no_longer_open() from error
    status = connections.status_of(after, clock.now())
    return redirect_to(url_of(PATH, connection=after.connection_id, status=status))


def forget() -> flask.Response:
    """Drop a choice that was left half-way; the platform is asked to end the authorization."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    _, stored = _own_connection(flask.request.form, parts)
    try:
        offers.decline_offer(stored, parts)
    except NotNow as error:
        raise _no_longer_open() from error
    return redirect_to(with_notice(PATH, "choice-forgotten"))


def retry_failed() -> flask.Response:
    """Retry the chosen posts that failed before the accounts of a connection were renewed."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    who, stored = _own_connection(flask.request.form, parts)
    connection = stored.connection
    failed = reconnected.failed_posts(
        who.user_id, connection.platform, connection.account_ids, parts
    )
    chosen = set(flask.request.form.getlist("post"))
    wanted = [post for post in failed if post.submission.submission_id in chosen]
    require_few_changes(who.user_id, len(wanted))
    outcomes = [_retry(post, who, parts) for post in wanted]
    return redirect_to(
        url_of(
            PATH,
            connection=connection.connection_id,
            status="connected",
            retried=str(outcomes.count(True)),
            refused=str(outcomes.count(False)),
        )
    )


def reads_of_return(query: Mapping[str, str]) -> list[str]:
    """The documents of the connection from which the user came back."""
    connection_id = query.get("connection", "")
    return [connection_path(connection_id)] if is_connection_id(connection_id) else []


def returned(
    who: Visitor, query: Mapping[str, str], accounts: Sequence[Shown], parts: Parts
) -> Returned | None:
    """What became of the connection, by what is stored: anybody can change an address."""
    stored = next((connection_from(who.documents[path]) for path in reads_of_return(query)), None)
    if stored is None or stored.connection.user_id != who.user_id:
        return None
    connection = stored.connection
    status = connections.status_of(connection, clock.now())
    if status not in ("connected", "failed", "expired"):
        return None
    own = [
        each
        for each in accounts
        if each.account.platform == connection.platform
        and each.account.account_id in connection.account_ids
    ]
    wanted = [each for each in own if each.account.account_id == connection.account_id] or own
    return Returned(
        connection,
        status,
        registry.display_name(connection.platform),
        connected=wanted,
        renewed=[each for each in own if each not in wanted],
        failed=reconnected.failed_posts(
            who.user_id, connection.platform, connection.account_ids, parts
        ),
        retried=_number(query.get("retried", "")),
        refused=_number(query.get("refused", "")),
    )


def _retry(post: FailedPost, who: Visitor, parts: Parts) -> bool:
    """Whether the post is being published again."""
    stored = parts.deliveries.submission(post.submission.submission_id)
    if stored is None:
        return False
    subscription = who.documents[subscription_path(who.user_id)]
    check = plan_check(subscription, parts, "retry the post")
    try:
        retry.retry(stored, {}, parts, lambda: None, check, only=post.run_ids)
    except ApiError as error:
        log.info("retry refused: %s", error.message)
        return False
    return True


def _own_connection(form: Mapping[str, str], parts: Parts) -> tuple[Visitor, StoredConnection]:
    """The connection that a form names. Raises ApiError not_found."""
    reads = reads_of_return(form)
    who = visitor(parts, reads=lambda user: [subscription_path(user), *reads])
    stored = next((connection_from(who.documents[path]) for path in reads), None)
    if stored is None or stored.connection.user_id != who.user_id:
        raise connection_not_found(form.get("connection", ""))
    return who, stored


def _no_longer_open() -> Stopped:
    return Stopped(
        "This choice is no longer open",
        "It was made already, or its 15 minutes are over. To connect more, start again.",
        HTTPStatus.CONFLICT,
        link=url_of(PATH),
        link_text="Back to the accounts",
    )


def _is_id(account_id: str | None) -> bool:
    """Whether an account can have this id; None stands for a new account."""
    return account_id is None or is_account_id(account_id)


def _number(sent: str) -> int:
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0
