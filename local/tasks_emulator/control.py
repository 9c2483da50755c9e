"""The HTTP API of the emulator.

    POST /chaos   {duplicate, dropFirst, delaySeconds, concurrentDuplicates}: missing
                  fields return to their defaults; returns the settings in force
    POST /clock   {advanceSeconds}: moves the clock of all local processes and starts
                  the tasks that become due; returns {offsetSeconds, now}
    GET  /tasks   the waiting tasks, the next one first
    GET  /stats   {created, delivered, succeeded, failed, duplicated, dropped, deleted,
                  waiting, running, perQueue: {id: the same}}
    GET  /certs   key ID -> PEM, as Google serves its certificates

In the stats, `delivered` counts requests, including the second of a duplicate;
`succeeded` and `failed` count attempts (a dropped one failed); `deleted` counts
tasks that ended otherwise: by a call, or because their retries were used up.

Errors are returned as {"error": message}.
"""

import json
from collections.abc import Callable, Mapping

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from local.tasks_emulator import chaos
from local.tasks_emulator.dispatcher import Dispatcher
from shared import clock


class ControlApp:
    """The WSGI application of the control port."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        advance: Callable[[float], float],
        certs: Mapping[str, str],
    ) -> None:
        self._dispatcher = dispatcher
        self._advance = advance
        self._certificates = certs
        self.wsgi = Request.application(self._answer)
        self._routes = Map(
            [
                Rule("/chaos", methods=["POST"], endpoint=self._chaos),
                Rule("/clock", methods=["POST"], endpoint=self._clock),
                Rule("/tasks", methods=["GET"], endpoint=self._tasks),
                Rule("/stats", methods=["GET"], endpoint=self._stats),
                Rule("/certs", methods=["GET"], endpoint=self._certs),
            ]
        )

    def _answer(self, request: Request) -> Response:
        try:
            endpoint: Callable[[Request], Response]
            endpoint, _ = self._routes.bind_to_environ(request.environ).match()
            return endpoint(request)
        except HTTPException as error:
            return _json({"error": error.description}, error.code or 500)
        except ValueError as error:
            return _json({"error": str(error)}, 400)

    def _chaos(self, request: Request) -> Response:
        wanted = chaos.read(_fields(request))
        self._dispatcher.set_chaos(wanted)
        return _json(wanted.json())

    def _clock(self, request: Request) -> Response:
        fields = _fields(request)
        if set(fields) != {"advanceSeconds"}:
            raise ValueError("The clock needs exactly one field, advanceSeconds.")
        offset = self._advance(chaos.number(fields, "advanceSeconds"))
        return _json({"offsetSeconds": offset, "now": clock.now().isoformat()})

    def _tasks(self, _: Request) -> Response:
        return _json([task.json() for task in self._dispatcher.pending()])

    def _stats(self, _: Request) -> Response:
        return _json(self._dispatcher.stats())

    def _certs(self, _: Request) -> Response:
        response = _json(self._certificates)
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response


def _fields(request: Request) -> dict[str, object]:
    """The request's JSON object; an empty body is an empty object. Raises ValueError."""
    try:
        fields = json.loads(request.get_data() or b"{}")
    except ValueError:
        raise ValueError("The body is not JSON.") from None
    if not isinstance(fields, dict):
        raise ValueError("The body must be a JSON object.")
    return fields


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")
