"""The orchestrator: POST {submissionId, generation} from the queue `orchestrate`."""

import flask

from shared import wiring
from shared.web import internal


def handle(request: flask.Request) -> flask.Response:
    """Create the runs of a submission and enqueue one task for each."""
    from functions.orchestrator.orchestration import orchestrate

    parts = wiring.parts()
    return internal.answer(
        request,
        audience=parts.settings.orchestrator_url,
        email=parts.settings.tasks_invoker,
        work=lambda task: orchestrate(
            internal.id_in(task, "submissionId"), internal.number_in(task, "generation"), parts
        ),
    )
