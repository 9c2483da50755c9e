"""The sweeper: called every minute by Cloud Scheduler."""

import flask

from shared import wiring
from shared.web import internal


def handle(request: flask.Request) -> flask.Response:
    """Enqueue everything again that should have moved by now."""
    from functions.sweeper.sweep import sweep

    parts = wiring.parts()
    return internal.answer(
        request,
        audience=parts.settings.sweeper_url,
        email=parts.settings.scheduler_invoker,
        work=lambda _: sweep(parts),
    )
