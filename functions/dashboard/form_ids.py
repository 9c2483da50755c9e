"""The ID of a form that creates something once, however often the browser sends it."""

import secrets

import flask

_BYTES = 12
_LONGEST = 40
"""Of an ID that was sent: ours are shorter."""


def new_form_id() -> str:
    return secrets.token_urlsafe(_BYTES)


def sent_form_id() -> str | None:
    """The field `form` of the form that was sent."""
    return flask.request.form.get("form", "")[:_LONGEST] or None
