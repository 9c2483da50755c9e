"""The page of one webhook: its settings, its secret, and what was sent to it."""

from http import HTTPStatus

import flask

from functions.dashboard import looks
from functions.dashboard.frame import framed
from functions.dashboard.visitor import Visitor, url_of, with_notice
from functions.dashboard.webhooks import deliveries, form, words
from functions.dashboard.webhooks.form import Form
from functions.dashboard.webhooks.listing import shared_context
from functions.dashboard.webhooks.own_webhooks import own_webhook, path_of, webhook_to_change
from shared import wiring
from shared.domain.errors import InvalidRequest
from shared.gcp.webhooks import Webhook
from shared.web import strict
from shared.web.envelope import CODES
from shared.web.pages import redirect_to
from shared.webhooks import changes, signing
from shared.webhooks.wanted import NewWebhook, names_of
from shared.wiring import Parts


def show_webhook(webhook_id: str) -> flask.Response:
    """The page. `before`: a cursor of the deliveries; `looks`: how often the page has asked."""
    parts = wiring.parts()
    who, webhook = own_webhook(webhook_id, parts)
    try:
        return _page(who, webhook, parts)
    except InvalidRequest:
        # The cursor is of a delivery that is not kept any more.
        return redirect_to(url_of(path_of(webhook)))


def change_webhook(webhook_id: str) -> flask.Response:
    """Change the address, the events and the description."""
    parts = wiring.parts()
    who, webhook = webhook_to_change(webhook_id, parts)
    fields = form.sent()
    try:
        wanted = strict.read(NewWebhook, fields)
        changes.change(
            webhook,
            parts,
            url=wanted.url,
            wanted=names_of(wanted.events),
            description=wanted.description,
        )
    except InvalidRequest as error:
        status, _ = CODES[error.code]
        return _page(who, webhook, parts, status=status, sent=form.sent_again(fields, error))
    return redirect_to(with_notice(path_of(webhook), "saved"))


def switch_webhook(webhook_id: str) -> flask.Response:
    """Switch it on or off."""
    parts = wiring.parts()
    _, webhook = webhook_to_change(webhook_id, parts)
    is_on = flask.request.form.get("on") == "yes"
    changes.change(webhook, parts, is_on=is_on)
    notice = "switched-on" if is_on else "switched-off"
    return redirect_to(with_notice(path_of(webhook), notice))


def send_test(webhook_id: str) -> flask.Response:
    """Send a test event, and show how that goes."""
    parts = wiring.parts()
    _, webhook = webhook_to_change(webhook_id, parts)
    delivery = changes.send_test(webhook, parts)
    return redirect_to(url_of(f"{path_of(webhook)}/deliveries/{delivery.delivery_id}"))


def ask_secret(webhook_id: str) -> flask.Response:
    """The question before a new secret is made."""
    return _question("dashboard/webhook_secret.html", webhook_id, "Make a new secret")


def rotate_secret(webhook_id: str) -> flask.Response:
    """Make a new secret and show it: no later page contains it."""
    parts = wiring.parts()
    who, webhook = webhook_to_change(webhook_id, parts)
    if flask.request.form.get("number") != str(webhook.secret_number):
        # The browser sent the form again, as a reload does: that would end the secret in use.
        return redirect_to(with_notice(path_of(webhook), "secret-shown"))
    rotated = changes.rotate_secret(webhook, parts)
    return _page(who, rotated, parts, secret=signing.secret_of(rotated, parts.settings))


def ask_delete(webhook_id: str) -> flask.Response:
    """The question before a webhook is deleted."""
    return _question("dashboard/webhook_delete.html", webhook_id, "Delete a webhook")


def delete_webhook(webhook_id: str) -> flask.Response:
    """Delete it and its deliveries."""
    parts = wiring.parts()
    _, webhook = webhook_to_change(webhook_id, parts)
    changes.delete(webhook, parts)
    return redirect_to(with_notice(path_of(webhook).rpartition("/")[0], "deleted"))


def _question(template: str, webhook_id: str, title: str) -> flask.Response:
    parts = wiring.parts()
    who, webhook = own_webhook(webhook_id, parts)
    return framed(
        template,
        who,
        parts,
        section="settings",
        title=title,
        webhook=webhook,
        name=words.name_of(webhook),
    )


def _page(
    who: Visitor,
    webhook: Webhook,
    parts: Parts,
    *,
    status: int = HTTPStatus.OK,
    sent: Form | None = None,
    secret: str = "",
) -> flask.Response:
    """Raises InvalidRequest when the cursor is not known."""
    query = flask.request.args
    cursor, number = query.get("before", ""), looks.number_of(query.get("looks", "0"))
    page = deliveries.page_of(webhook, cursor, parts)
    rows = [deliveries.shown(each, webhook) for each in page.deliveries]
    is_moving = any(row.is_moving for row in rows)
    return framed(
        "dashboard/webhook.html",
        who,
        parts,
        section="settings",
        title="Webhook",
        status=status,
        webhook=webhook,
        secret=secret,
        form=sent or form.form_of(webhook),
        rows=rows,
        older=page.cursor,
        is_first=not cursor,
        looks=number + 1,
        look_after=looks.next_look(number, is_pending=is_moving and not cursor),
        **shared_context(),
    )
