"""The page of one comment or mention: the conversation around it, and what can be done with it."""

import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard import looks
from functions.dashboard.frame import fragment, framed
from functions.dashboard.inbox.lengths import Count, count_of
from functions.dashboard.inbox.own_items import back_path, own_item
from functions.dashboard.inbox.rows import captions_of, https_of, row_of
from functions.dashboard.inbox.turns import Turn, sent_of, turns_of
from functions.dashboard.own_accounts import account_names, integrations_of, must_be_reconnected
from functions.dashboard.visitor import Visitor
from shared import clock, wiring
from shared.accounts import listing
from shared.billing.access import plan_check
from shared.domain.errors import ApiError
from shared.domain.inbox import Asked, Item, State
from shared.domain.reply import Reply, ReplyStatus
from shared.gcp.replies import replies_to
from shared.gcp.users import subscription_path
from shared.inbox import change, thread
from shared.inbox.view import can_reply
from shared.platforms import registry
from shared.wiring import Parts


@dataclass(frozen=True)
class Form:
    """The form to reply with."""

    key: str
    """Two sends of the same form are one reply."""
    text: str
    count: Count
    fault: str = ""
    is_accepted: bool = False
    """The text that the browser has kept was sent."""


def show_item(item_id: str) -> flask.Response:
    """The page. Opening an unread item marks it as read."""
    parts = wiring.parts()
    who, item = own_item(item_id, parts, more=page_paths)
    if item.state is State.UNREAD:
        item = next(iter(change.move([item], State.READ, parts)), item)
    item = _with_text(item, who, parts)
    return item_page(who, item, parts)


def show_live(item_id: str) -> flask.Response:
    """The parts of the page that change, while something is pending."""
    parts = wiring.parts()
    who, item = own_item(item_id, parts, more=page_paths)
    number = looks.number_of(flask.request.args.get("looks", ""))
    shown = _shown(who, item, replies_to(parts.db, who.user_id, item.item_id), parts, number)
    return fragment("dashboard/inbox_live.html", who, parts, back=back_path(), **shown)


def page_paths(user_id: str) -> list[str]:
    """What the page reads together with its item."""
    return [*listing.integration_paths(user_id), subscription_path(user_id)]


def item_page(
    who: Visitor, item: Item, parts: Parts, form: Form | None = None, refusal: str = ""
) -> flask.Response:
    """The whole page, also after a form was refused. The page read `page_paths`.

    `refusal`: why another form than the reply was refused.
    """
    replies = replies_to(parts.db, who.user_id, item.item_id)
    shown = _shown(who, item, replies, parts, 0)
    name = registry.display_name(item.platform)
    return framed(
        "dashboard/inbox_item.html",
        who,
        parts,
        section="inbox",
        title=f"Mention on {name}" if item.submission_id is None else f"Comment on {name}",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form or refusal else HTTPStatus.OK,
        refusal=refusal,
        form=form or _form(item, replies),
        can_reply=registry.comments(item.platform) is not None and can_reply(item),
        is_disconnected=_is_disconnected(who, item),
        back=back_path(),
        **shown,
    )


def new_key() -> str:
    return secrets.token_urlsafe(16)


def _form(item: Item, replies: list[Reply]) -> Form:
    """A new form, with the text of the reply `again` if that can be sent again."""
    again = flask.request.args.get("again", "")
    sent = [sent_of(reply) for reply in replies if reply.reply_id == again]
    text = sent[0].reply.text if sent and sent[0].can_be_repeated else ""
    is_accepted = flask.request.args.get("notice") == "replying"
    return Form(new_key(), text, count_of(item.platform, text), is_accepted=is_accepted)


def _with_text(item: Item, who: Visitor, parts: Parts) -> Item:
    """The item; if its text could not be kept, it is asked for."""
    is_readable = item.deleted_at is None and registry.comments(item.platform) is not None
    if not item.text_gone or item.asked is not None or not is_readable:
        return item
    try:
        check = plan_check(who.documents[subscription_path(who.user_id)], parts, "try again")
        check([item.platform])
        change.ask([item], Asked.READ, parts)
    except ApiError:
        # The page says that the text is missing, and offers to read it.
        return item
    # It may be removed meanwhile.
    return next(iter(change.read_items([item.item_id], item.user_id, parts)), item)


def _shown(
    who: Visitor, item: Item, replies: list[Reply], parts: Parts, number: int
) -> dict[str, Any]:
    """What the parts of the page that change need; `number`: how often they were asked for."""
    found = thread.read(item, parts)
    captions = captions_of(found.items, who, parts)
    rows = [row_of(each, captions) for each in found.items]
    turns = turns_of(item, rows, replies)
    is_pending = item.asked is not None or any(map(_is_moving, turns))
    return {
        "item": item,
        "row": row_of(item, captions),
        "account": account_names(who).get((item.platform, item.account_id), item.account_id),
        "turns": turns,
        "is_cut": found.is_cut,
        "permalink": https_of(item.seen.permalink),
        "looks": number + 1,
        "look_after": looks.next_look(number, is_pending=is_pending),
    }


def _is_moving(turn: Turn) -> bool:
    """A reply is about to change."""
    if turn.sent is None:
        return False
    reply = turn.sent.reply
    return reply.status is ReplyStatus.SENDING or (
        not reply.has_ended and reply.next_at is not None
    )


def _is_disconnected(who: Visitor, item: Item) -> bool:
    """The account of the item must be reconnected."""
    accounts = [
        integration.accounts.get(item.account_id)
        for integration in integrations_of(who)
        if integration.platform == item.platform
    ]
    return any(account and must_be_reconnected(account, clock.now()) for account in accounts)
