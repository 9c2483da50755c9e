"""The function with the pages for people: signing in, and what a user has.

It has no secret but the key that signs cookies, and decrypts nothing.
"""

import flask

from shared.web.own_app import OwnApp


def _create() -> flask.Flask:
    from functions.dashboard.app import create_app

    return create_app()


handle = OwnApp(_create).handle
