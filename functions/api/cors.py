"""Lets the pages of other origins call the API from a browser (CORS).

Only origins in CORS_ORIGINS can, and without cookies: a page sends a key or a token of its own.
"""

from http import HTTPStatus

import flask

from shared import config

_METHODS = "GET, POST, PATCH, DELETE"
_SENT = "Authorization, Content-Type, Idempotency-Key, soku-api-key, X-Request-ID"
_SHOWN = (
    "Idempotent-Replayed, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, "
    "X-RateLimit-Reset, X-Request-ID"
)
# Seconds for which a browser need not ask again.
_PREFLIGHT_AGE = "600"


def preflight(request: flask.Request) -> flask.Response | None:
    """The answer to a browser that asks what a page may send; None if the page may send nothing.

    Also for an unknown path: otherwise, the page could not read the 404.
    """
    if request.headers.get("Origin") not in config.settings().cors_origins:
        return None
    return flask.Response(
        status=HTTPStatus.NO_CONTENT,
        headers={
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _SENT,
            "Access-Control-Max-Age": _PREFLIGHT_AGE,
        },
    )


def allow_origin(request: flask.Request, answer: flask.Response) -> None:
    """Add the headers that let the page of `request` read the answer, if it may."""
    # Otherwise a cache could give one origin the answer for another one.
    answer.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin not in config.settings().cors_origins:
        return
    answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Access-Control-Expose-Headers"] = _SHOWN
