"""The entry points that gcloud deploys, nothing else.

Each function is a deployment of its own with this file as its source. Its package is imported by
the first request, so that no instance loads what only others need. The environment is checked when
an instance starts.
"""

import flask
import functions_framework

import shared.start

# Before any request: a wrong environment fails the deployment, not the requests.
shared.start.check_environment()


@functions_framework.http
def api(request: flask.Request) -> flask.Response:
    """The public HTTP API: /v1/…, /healthz, /openapi.json, /docs."""
    from functions.api import handle

    return handle(request)


@functions_framework.http
def collector(request: flask.Request) -> flask.Response:
    """Task {userId, platform, accountId, job}: reads the numbers of an account's posts."""
    from functions.collector import handle

    return handle(request)


@functions_framework.http
def connect(request: flask.Request) -> flask.Response:
    """The pages on which people connect accounts: /start, /callback, /choose, /done, /meta."""
    from functions.connect import handle

    return handle(request)


@functions_framework.http
def dashboard(request: flask.Request) -> flask.Response:
    """The pages for people: signing in, and the accounts of a user."""
    from functions.dashboard import handle

    return handle(request)


@functions_framework.http
def orchestrator(request: flask.Request) -> flask.Response:
    """Task {submissionId, generation}: creates and dispatches the runs of a submission."""
    from functions.orchestrator import handle

    return handle(request)


@functions_framework.http
def publisher(request: flask.Request) -> flask.Response:
    """Task {submissionId, runId, generation, seq}: one step of one run on its platform."""
    from functions.publisher import handle

    return handle(request)


@functions_framework.http
def sweeper(request: flask.Request) -> flask.Response:
    """Every minute: enqueues late submissions and runs again."""
    from functions.sweeper import handle

    return handle(request)


@functions_framework.http
def webhooks(request: flask.Request) -> flask.Response:
    """Task {userId, webhookId}: delivers the events that are due for a webhook."""
    from functions.webhooks import handle

    return handle(request)
