"""One account: its label, the default, its permissions, and disconnecting it."""

from http import HTTPStatus

import flask

from functions.dashboard.captions import caption_of
from functions.dashboard.frame import framed
from functions.dashboard.settings import integrations, shown_accounts
from functions.dashboard.settings.shown_accounts import PATH, Shown
from functions.dashboard.visitor import Visitor, url_of, visitor, with_notice
from shared import wiring
from shared.accounts import disconnecting, listing
from shared.domain.accounts import is_account_id
from shared.gcp.accounts import account_from, account_path, integration_from, integration_path
from shared.platforms import registry
from shared.posts import view
from shared.posts.risks import MOST_POSTS, scheduled_posts
from shared.web import sessions
from shared.web.names import UNREADABLE, is_readable
from shared.web.page_app import Stopped
from shared.web.pages import redirect_to

LONGEST_LABEL = 100


def show_account(platform: str, account_id: str) -> flask.Response:
    """What an account is, may do and is needed for."""
    return _page("dashboard/account.html", platform, account_id)


def show_disconnect(platform: str, account_id: str) -> flask.Response:
    """The question before disconnecting, with the posts that would fail."""
    return _page("dashboard/disconnect.html", platform, account_id)


def change_account(platform: str, account_id: str) -> flask.Response:
    """Change the label, or whether the platform's name alone means this account."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    user_id, form = visitor(parts).user_id, flask.request.form
    _check_ids(platform, account_id)
    label, default = form.get("label"), form.get("default")
    if label is not None:
        label = _readable(" ".join(label.split())[:LONGEST_LABEL])
    settings = listing.Settings(label, None if default is None else default == "yes")
    listing.change(user_id, platform, account_id, settings, parts)
    return redirect_to(with_notice(f"{PATH}/{platform}/{account_id}", "saved"))


def disconnect(platform: str, account_id: str) -> flask.Response:
    """Forget the account and its tokens."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    user_id = visitor(parts).user_id
    _check_ids(platform, account_id)
    disconnecting.disconnect(user_id, platform, account_id, parts)
    return redirect_to(with_notice(PATH, "disconnected"))


def _page(template: str, platform: str, account_id: str) -> flask.Response:
    parts = wiring.parts()
    is_known = platform in registry.names() and is_account_id(account_id)
    who = visitor(parts, reads=lambda user: _paths(user, platform, account_id) if is_known else [])
    if not is_known:
        raise _not_found()
    shown = _shown(who, platform, account_id)
    waiting = scheduled_posts(who.user_id, platform, account_id, parts)
    return framed(
        template,
        who,
        parts,
        section="settings",
        title=f"{registry.display_name(platform)}: {shown.name}",
        form_targets=integrations.form_targets(parts),
        shown=shown,
        login=registry.connecting(platform, shown.account.kind).login,
        waiting=[(view.in_list(each), caption_of(each)) for each in waiting],
        waiting_most=MOST_POSTS,
        longest_label=LONGEST_LABEL,
    )


def _shown(who: Visitor, platform: str, account_id: str) -> Shown:
    own, summary = _paths(who.user_id, platform, account_id)
    account = account_from(who.documents[own], who.user_id)
    integration = integration_from(who.documents[summary])
    if account is None or integration is None:
        raise _not_found()
    return shown_accounts.shown_account(account, integration.default_account_id, who, {})


def _paths(user_id: str, platform: str, account_id: str) -> list[str]:
    return [account_path(user_id, platform, account_id), integration_path(user_id, platform)]


def _readable(label: str) -> str:
    """Raises Stopped."""
    if not is_readable(label):
        raise Stopped("This name cannot be used", UNREADABLE)
    return label


def _check_ids(platform: str, account_id: str) -> None:
    """Ids that cannot exist are not looked up. Raises Stopped."""
    if platform not in registry.names() or not is_account_id(account_id):
        raise _not_found()


def _not_found() -> Stopped:
    return Stopped(
        "You have no such account",
        "It may have been disconnected.",
        HTTPStatus.NOT_FOUND,
        link=url_of(PATH),
        link_text="Back to the accounts",
    )
