"""The collector, called by the queues `collect-…` with

{userId, platform, accountId, job}     do one job for an account, such as reading its numbers
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
        audience=settings.collector_url,
        email=settings.tasks_invoker,
        work=lambda body: do_task(body, parts),
    )


def do_task(body: dict[str, Any], parts: Parts) -> str:
    """Do what the body of a task asks for; returns what was done. Raises MalformedTask."""
    from functions.collector.collection import CollectTask, collect

    task = CollectTask(
        user_id=internal.id_in(body, "userId"),
        platform=internal.id_in(body, "platform"),
        account_id=internal.id_in(body, "accountId"),
        job=internal.id_in(body, "job"),
    )
    return collect(task, parts)
