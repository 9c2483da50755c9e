"""The function that delivers events, called by the queue `webhooks` with

{userId, webhookId}     deliver what is due for a webhook
"""

from typing import Any

import flask

from shared import wiring
from shared.web import internal
from shared.wiring import Parts


def handle(request: flask.Request) -> flask.Response:
    """Do what one task asks for."""
    parts = wiring.parts()
    settings = parts.settings
    return internal.answer(
        request,
        audience=settings.webhooks_url,
        email=settings.tasks_invoker,
        work=lambda body: do_task(body, parts),
    )


def do_task(body: dict[str, Any], parts: Parts) -> str:
    """Do what the body of a task asks for; returns what was done. Raises MalformedTask."""
    from functions.webhooks.turn import deliver_due

    user_id, webhook_id = internal.id_in(body, "userId"), internal.id_in(body, "webhookId")
    return deliver_due(user_id, webhook_id, parts)
