"""Handling requests that only Cloud Tasks and Cloud Scheduler may send.

The status tells the queue what to do: 2xx for everything that is decided, including a failed run;
401 for any other caller; 500 only when our own Firestore or queue is unavailable, so that the task
is delivered again. Never 429 or 503, which slow down the whole queue.
"""

import re
from collections.abc import Callable, Mapping
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

# Of a document's id, in bytes (firebase.google.com/docs/firestore/quotas).
_LONGEST_ID = 1500


class MalformedTask(Exception):
    """Not a task that we create: delivering it again would change nothing."""


def _task_of(request: flask.Request) -> dict[str, Any]:
    """The body of a request, empty when there is none. Raises MalformedTask."""
    try:
        body = request.get_json(silent=True) or {}
    except RecursionError as error:
        raise MalformedTask("the body is nested too deeply") from error
    if not isinstance(body, dict):
        raise MalformedTask("the body is not an object")
    return body


def id_in(task: Mapping[str, Any], name: str) -> str:
    """The id of a document in the body of a task. Raises MalformedTask."""
    value = task.get(name)
    if not isinstance(value, str) or not _is_id(value):
        raise MalformedTask(f"{name} is not an id")
    return value


def _is_id(text: str) -> bool:
    """Whether Firestore could have a document with this id."""
    if not 0 < len(text.encode(errors="replace")) <= _LONGEST_ID:
        return False
    is_reserved = text in (".", "..") or (text.startswith("__") and text.endswith("__"))
    return not is_reserved and "/" not in text and not re.search("[\ud800-\udfff\x00]", text)


def number_in(task: Mapping[str, Any], name: str) -> int:
    """A count in the body of a task. Raises MalformedTask."""
    value = task.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedTask(f"{name} is not a number")
    return value


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
            return json_answer({"outcome": work(_task_of(request))})
        except MalformedTask as error:
            log.error("malformed task ignored: %s", error)
            return json_answer({"outcome": "malformed task ignored"})
        except oidc.NotOurCaller as error:
            log.warning("caller refused: %s", error)
            refusal = ApiError(ErrorCode.UNAUTHORIZED, "This function is internal.")
            return error_answer(refusal, request_id)
        except oidc.CertificatesUnavailable as error:
            log.error("caller not checked, certificates unavailable: %s", error)
        except (StoreUnavailable, DispatchFailed, PreconditionFailed) as error:
            log.error("task failed, to be delivered again: %s", error)
        except Exception:
            # A bug of ours: whatever it raises, the log must name the task.
            log.exception("task failed unexpectedly, to be delivered again")
        failure = ApiError(ErrorCode.INTERNAL_ERROR, "The task failed. Deliver it again.")
        return error_answer(failure, request_id)
