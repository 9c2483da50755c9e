"""The publisher: POST {submissionId, runId, generation, seq} from the queues `publish-…`."""

from typing import Any

import flask

from shared import wiring
from shared.web import internal


def handle(request: flask.Request) -> flask.Response:
    """Do one step of one run on its platform, or settle what an earlier delivery left."""
    from functions.publisher.delivery import RunTask, deliver

    def work(body: dict[str, Any]) -> str:
        task = RunTask(
            submission_id=internal.id_in(body, "submissionId"),
            run_id=internal.id_in(body, "runId"),
            generation=internal.number_in(body, "generation"),
            seq=internal.number_in(body, "seq"),
        )
        return deliver(task, wiring.parts())

    settings = wiring.parts().settings
    return internal.answer(
        request, audience=settings.publisher_url, email=settings.tasks_invoker, work=work
    )
