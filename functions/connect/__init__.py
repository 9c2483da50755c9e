"""The function where users connect accounts: /start, /callback, /choose, /done, /meta.

It encrypts tokens and cannot decrypt them: it holds our client secrets and the public half of the
keyset. On a custom domain, its paths begin with /connect.
"""

import flask

from shared.web.own_app import OwnApp


def _create() -> flask.Flask:
    from functions.connect.app import create_app

    return create_app()


handle = OwnApp(_create).handle
