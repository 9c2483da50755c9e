"""The public HTTP API."""

import flask

from shared.web.own_app import OwnApp


def _create() -> flask.Flask:
    from functions.api.app import create_app

    return create_app()


handle = OwnApp(_create).handle
