"""The orchestrator: POST {submissionId, generation} from the queue `orchestrate`."""

from typing import Any

import flask

from shared import wiring
from shared.web import internal


def handle(request: flask.Request) -> flask.Response:
    """Create the runs of a submission and enqueue one task for each."""
    from functions.orchestrator.orchestration import orchestrate

    def work(task: dict[str, Any]) -> str:
        submission_id = internal.id_in(task, "submissionId")
        return orchestrate(submission_id, internal.number_in(task, "generation"), wiring.parts())

    settings = wiring.parts().settings
    return internal.answer(
        request, audience=settings.orchestrator_url, email=settings.tasks_invoker, work=work
    )
