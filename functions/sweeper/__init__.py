"""The sweeper: called every minute by Cloud Scheduler."""

from typing import Any

import flask

from shared import wiring
from shared.web import internal


def handle(request: flask.Request) -> flask.Response:
    """Enqueue everything again that should have moved by now."""
    from functions.sweeper.sweep import sweep

    def work(_: dict[str, Any]) -> str:
        return sweep(wiring.parts())

    settings = wiring.parts().settings
    return internal.answer(
        request, audience=settings.sweeper_url, email=settings.scheduler_invoker, work=work
    )
