"""What a user does with items of the inbox, apart from answering: each change is a form."""

import flask

from functions.dashboard.frame import framed
from functions.dashboard.inbox.conversation import item_page, page_paths
from functions.dashboard.inbox.own_items import (
    back_path,
    check_of,
    item_path_of,
    item_to_change,
    own_item,
)
from functions.dashboard.inbox.rows import row_of
from functions.dashboard.limits import require_few_changes
from functions.dashboard.own_posts import is_post_id
from functions.dashboard.visitor import url_of, visitor, with_notice
from shared import wiring
from shared.domain.errors import ApiError
from shared.domain.inbox import Asked, State
from shared.gcp.inbox import item_from, item_path
from shared.inbox import change
from shared.inbox.change import MOST_AT_ONCE
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.web.pages import redirect_to

_STATES = {"done": State.DONE, "read": State.READ, "unread": State.UNREAD}


def mark_done(item_id: str) -> flask.Response:
    return _moved(item_id, "done")


def mark_unread(item_id: str) -> flask.Response:
    return _moved(item_id, "unread")


def move_selected() -> flask.Response:
    """Mark the items `id` as `do` says."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    form = flask.request.form
    name, ids = form.get("do", ""), [each for each in form.getlist("id") if is_post_id(each)]
    if name not in _STATES:
        raise Stopped("This cannot be done", "Go back, and choose again.")
    if len(ids) > MOST_AT_ONCE:
        text = f"Nothing was changed. Select at most {MOST_AT_ONCE}."
        raise Stopped("Too many are selected", text)
    wanted = list(dict.fromkeys(ids))
    who = visitor(parts, reads=lambda user: [item_path(user, each) for each in wanted])
    require_few_changes(who.user_id)
    paths = [item_path(who.user_id, each) for each in wanted]
    items = [item for path in paths if (item := item_from(who.documents[path]))]
    if not items:
        return redirect_to(url_of(back_path()))
    change.move(items, _STATES[name], parts)
    return redirect_to(with_notice(back_path(), name))


def refresh(item_id: str) -> flask.Response:
    return _asked(item_id, Asked.READ)


def hide(item_id: str) -> flask.Response:
    return _asked(item_id, Asked.HIDE)


def show_again(item_id: str) -> flask.Response:
    return _asked(item_id, Asked.SHOW)


def delete(item_id: str) -> flask.Response:
    return _asked(item_id, Asked.DELETE)


def ask_delete(item_id: str) -> flask.Response:
    """The question before a comment is deleted on its platform."""
    parts = wiring.parts()
    who, item = own_item(item_id, parts)
    if not item.seen.can_delete or item.deleted_at is not None:
        return redirect_to(url_of(item_path_of(item)))
    return framed(
        "dashboard/inbox_question.html",
        who,
        parts,
        section="inbox",
        title="Delete this comment?",
        item=item,
        row=row_of(item, {}),
        back=back_path(),
    )


def _moved(item_id: str, name: str) -> flask.Response:
    parts = wiring.parts()
    _, item = item_to_change(item_id, parts)
    change.move([item], _STATES[name], parts)
    return redirect_to(with_notice(back_path(), name))


def _asked(item_id: str, asked: Asked) -> flask.Response:
    parts = wiring.parts()
    who, item = item_to_change(item_id, parts, more=page_paths)
    try:
        check_of(who, parts)([item.platform])
        change.ask([item], asked, parts)
    except ApiError as refusal:
        return item_page(who, item, parts, refusal=refusal.message)
    return redirect_to(url_of(item_path_of(item)))
