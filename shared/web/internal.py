"""Handling requests that only Cloud Tasks and Cloud Scheduler may send.

The status tells the queue what to do: 2xx for everything that is decided, including a failed run;
401 for any other caller; 500 only when our own Firestore or queue is unavailable, so that the task
is delivered again. Never 429 or 503, which slow down the whole queue.
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
    """Authenticate the caller, pass the body of the task to `work`, and answer its result."""
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
            log.warning("caller refused: %s", error)
            refusal = ApiError(ErrorCode.UNAUTHORIZED, "This function is internal.")
            return error_answer(refusal, request_id)
        except oidc.CertificatesUnavailable as error:
            log.error("caller not checked, certificates unavailable: %s", error)
        except (StoreUnavailable, DispatchFailed, PreconditionFailed) as error:
            log.error("task failed, to be delivered again: %s", error)
        except Exception:
            log.exception("task failed unexpectedly, to be delivered again")
        failure = ApiError(ErrorCode.INTERNAL_ERROR, "The task failed. Deliver it again.")
        return error_answer(failure, request_id)
