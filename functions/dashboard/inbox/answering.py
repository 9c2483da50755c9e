"""The form to reply with: it is checked by the same code as the API, and never sent twice."""

import flask

from functions.dashboard.frame import fragment
from functions.dashboard.inbox.conversation import Form, item_page, new_key, page_paths
from functions.dashboard.inbox.lengths import count_of
from functions.dashboard.inbox.own_items import check_of, item_path_of, item_to_change
from functions.dashboard.visitor import visitor, with_notice
from shared import wiring
from shared.domain import idempotency
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest
from shared.domain.inbox import Item
from shared.inbox import replying
from shared.platforms import registry
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.web.pages import redirect_to
from shared.wiring import Parts

LONGEST = 10_000
"""Characters that are counted; no platform allows more."""


def reply(item_id: str) -> flask.Response:
    parts = wiring.parts()
    who, item = item_to_change(item_id, parts, more=page_paths)
    form = flask.request.form
    text, key = _text(), form.get("key", "")[:64]
    try:
        check_of(who, parts)([item.platform])
        _send(item, text, key, who.user_id, parts)
    except ApiError as refusal:
        # The same key with another text means another reply.
        is_other = refusal.code is ErrorCode.IDEMPOTENCY_CONFLICT
        fault = (
            "You have sent this form already, with another text." if is_other else _fault(refusal)
        )
        kept = Form(new_key(), text, count_of(item.platform, text), fault)
        return item_page(who, item, parts, kept)
    return redirect_to(with_notice(item_path_of(item), "replying"))


def show_length() -> flask.Response:
    """How long the text is on `platform`, for the counter of the form."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    who = visitor(parts)
    platform = flask.request.form.get("platform", "")
    if platform not in registry.names():
        raise Stopped("This platform does not exist", "Go back, and try again.")
    count = count_of(platform, _text())
    return fragment("dashboard/inbox_length.html", who, parts, count=count)


def _send(item: Item, text: str, key: str, user_id: str, parts: Parts) -> None:
    """Raises ApiError."""
    sent = key if idempotency.is_valid_key(key) else None
    body = {"commentId": item.item_id, "text": text}
    own = idempotency.key_for(user_id=user_id, mode="live", sent=sent, body=body)
    replying.answer(item, text, own, parts)


def _text() -> str:
    text = flask.request.form.get("text", "")[: LONGEST + 1]
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def _fault(refusal: ApiError) -> str:
    if isinstance(refusal, InvalidRequest) and refusal.violations:
        return refusal.violations[0].message
    return refusal.message
