"""/settings/webhooks: the user's webhooks, and a form for a new one."""

from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard.form_ids import new_form_id, sent_form_id
from functions.dashboard.frame import framed
from functions.dashboard.limits import require_few_changes
from functions.dashboard.visitor import Visitor, visitor, with_notice
from functions.dashboard.webhooks import form, words
from functions.dashboard.webhooks.form import Form
from functions.dashboard.webhooks.own_webhooks import PATH
from shared import wiring
from shared.domain.errors import ApiError, FormUsed
from shared.domain.webhooks import FAILING_FOR, MOST_WEBHOOKS
from shared.gcp.webhooks import Webhook, webhooks_of
from shared.web import sessions, strict
from shared.web.envelope import CODES
from shared.web.pages import redirect_to
from shared.webhooks import changes, signing
from shared.webhooks.wanted import (
    LONGEST_DESCRIPTION,
    LONGEST_URL,
    NewWebhook,
    names_of,
)
from shared.wiring import Parts


def show_webhooks() -> flask.Response:
    parts = wiring.parts()
    return _page(visitor(parts), parts)


def create_webhook() -> flask.Response:
    """Create a webhook and show its secret: no later page contains it."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    who, fields = visitor(parts), form.sent()
    require_few_changes(who.user_id)
    try:
        wanted = strict.read(NewWebhook, fields)
        created = changes.create(
            who.user_id,
            wanted.url,
            names_of(wanted.events),
            wanted.description,
            parts,
            form_id=sent_form_id(),
        )
    except FormUsed:
        # The browser sent the form again, as a reload does.
        return redirect_to(with_notice(PATH, "secret-shown"))
    except ApiError as error:
        status, _ = CODES[error.code]
        return _page(who, parts, status=status, sent=form.sent_again(fields, error))
    return _page(who, parts, status=HTTPStatus.CREATED, created=created)


def _page(
    who: Visitor,
    parts: Parts,
    *,
    status: int = HTTPStatus.OK,
    sent: Form | None = None,
    created: Webhook | None = None,
) -> flask.Response:
    return framed(
        "dashboard/webhooks.html",
        who,
        parts,
        section="settings",
        title="Webhooks",
        status=status,
        webhooks=webhooks_of(parts.db, who.user_id),
        most=MOST_WEBHOOKS,
        created=created,
        secret=signing.secret_of(created, parts.settings) if created else "",
        form=sent or Form(),
        form_id=new_form_id(),
        api_url=parts.settings.api_url,
        **shared_context(),
    )


def shared_context() -> dict[str, Any]:
    """What every page of webhooks needs."""
    return {
        "words": words,
        "failing_days": FAILING_FOR.days,
        "longest_url": LONGEST_URL,
        "longest_description": LONGEST_DESCRIPTION,
    }
