"""GET /healthz: whether this instance answers. It calls no other service."""

import flask

from shared.web.envelope import json_answer


def healthz() -> flask.Response:
    return json_answer({"status": "ok"})
