"""The door of the functions that only Cloud Tasks and Cloud Scheduler may call.

What they answer decides what the queue does: 2xx for everything decided, a
failed run included; 401 for a stranger; 500 only when our own Firestore or queue
is away, so that the task comes again. Never 429 or 503: those slow the whole queue.
"""

from collections.abc import Callable
from typing import Any

import flask

from shared import logs, wiring
from shared.domain.errors import ApiError, ErrorCode
from shared.gcp import oidc
from shared.gcp.firestore import PreconditionFailed, StoreUnavailable
from shared.gcp.tasks import DispatchFailed
from shared.web.envelope import error_answer, json_answer, request_id_of

log = logs.logger("internal")

Work = Callable[[dict[str, Any]], str]


def answer(request: flask.Request, *, audience: str, email: str, work: Work) -> flask.Response:
    """Check the caller, do `work` with the task's body, and answer what came of it."""
    logs.set_up()
    request_id = request_id_of(request)
    with logs.bound(
        requestId=request_id,
        task=request.headers.get("X-CloudTasks-TaskName"),
        deliveryCount=request.headers.get("X-CloudTasks-TaskRetryCount"),
        **logs.trace_fields(request.headers.get("X-Cloud-Trace-Context")),
    ):
        try:
            oidc.verify(
                request.headers.get("Authorization"),
                audience=audience,
                email=email,
                settings=wiring.parts().settings,
            )
            body = request.get_json(silent=True) or {}
            return json_answer({"outcome": work(body)})
        except oidc.NotOurCaller as error:
            log.warning("refused a caller: %s", error)
            refusal = ApiError(ErrorCode.UNAUTHORIZED, "This function is not for the public.")
            return error_answer(refusal, request_id)
        except oidc.CertificatesUnavailable as error:
            log.error("cannot check callers, the certificates are out of reach: %s", error)
        except (StoreUnavailable, DispatchFailed, PreconditionFailed) as error:
            log.error("the task will come again: %s", error)
        except Exception:
            log.exception("a defect: the task will come again")
        again = ApiError(ErrorCode.INTERNAL_ERROR, "Not done; deliver this again.")
        return error_answer(again, request_id)
