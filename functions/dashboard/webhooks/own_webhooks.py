"""The webhooks of the user who opened a page, read together with the user."""

import re
from collections.abc import Callable
from http import HTTPStatus

import flask

from functions.dashboard.limits import require_few_changes
from functions.dashboard.visitor import Visitor, url_of, visitor
from shared.gcp.webhooks import Webhook, webhook_from, webhook_path
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.webhooks.wanted import WEBHOOK_ID
from shared.wiring import Parts

PATH = "/settings/webhooks"


def path_of(webhook: Webhook) -> str:
    """The path of its page."""
    return f"{PATH}/{webhook.webhook_id}"


def own_webhook(
    webhook_id: str, parts: Parts, more: Callable[[str, str], list[str]] = lambda *_: []
) -> tuple[Visitor, Webhook]:
    """The user, and the user's webhook. Raises Stopped, NotSignedIn.

    `more`: further documents for the ids of the user and the webhook, in the same read.
    """
    # Whatever else the address contains is no part of the path of a document.
    own_id = webhook_id if re.fullmatch(WEBHOOK_ID, webhook_id) else "none"
    who = visitor(parts, reads=lambda user: [webhook_path(user, own_id), *more(user, own_id)])
    webhook = webhook_from(who.documents[webhook_path(who.user_id, own_id)], who.user_id)
    if webhook is None:
        raise not_found("You have no such webhook", url_of(PATH), "Back to the webhooks")
    return who, webhook


def webhook_to_change(webhook_id: str, parts: Parts) -> tuple[Visitor, Webhook]:
    """The same for a form of ours. Raises ForeignPost, Stopped, NotSignedIn."""
    sessions.require_own_post(flask.request, parts.settings)
    who, webhook = own_webhook(webhook_id, parts)
    require_few_changes(who.user_id)
    return who, webhook


def not_found(title: str, link: str, link_text: str) -> Stopped:
    text = "It does not exist, or it was deleted."
    return Stopped(title, text, HTTPStatus.NOT_FOUND, link=link, link_text=link_text)
