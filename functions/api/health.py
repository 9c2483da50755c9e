"""GET /healthz: whether this instance answers. It asks nobody else."""

import flask

from shared.web.envelope import json_answer

routes = flask.Blueprint("health", __name__)


@routes.get("/healthz")
def healthz() -> flask.Response:
    return json_answer({"status": "ok"})
