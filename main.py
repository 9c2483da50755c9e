"""The entry points that gcloud deploys, nothing else.

Each function is its own deployment with this file as its source; a function's
package is imported when it is called for the first time, so that no instance
loads what another one needs. The environment alone is checked as an instance starts.
"""

import flask
import functions_framework

import shared.start

# Before any request: what a wrong environment fails is the deployment, not those who call.
shared.start.check_environment()


@functions_framework.http
def api(request: flask.Request) -> flask.Response:
    """The public HTTP API: /v1/…, /healthz, /openapi.json, /docs."""
    from functions.api import handle

    return handle(request)


@functions_framework.http
def orchestrator(request: flask.Request) -> flask.Response:
    """Task {submissionId, generation}: creates the runs of a submission and dispatches them."""
    from functions.orchestrator import handle

    return handle(request)


@functions_framework.http
def publisher(request: flask.Request) -> flask.Response:
    """Task {submissionId, runId, generation, seq}: one step of one run on its platform."""
    from functions.publisher import handle

    return handle(request)


@functions_framework.http
def sweeper(request: flask.Request) -> flask.Response:
    """Every minute: enqueues again whatever should have moved by now."""
    from functions.sweeper import handle

    return handle(request)
