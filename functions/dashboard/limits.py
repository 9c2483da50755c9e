"""How often a user, or an address, can do something within a minute."""

from functools import cache
from http import HTTPStatus

import flask

from functions.dashboard.visitor import url_of
from shared.web.page_app import Stopped
from shared.web.strangers import Strangers, address_of
from shared.wiring import Parts

TRIES_PER_MINUTE = 20
"""How often an address can try to sign in. A user needs three; an office can share an address."""
CHANGES_PER_MINUTE = 120
"""Of a user's posts, comments and webhooks: many of them send a request to somebody else."""
# Firebase Hosting adds it (github.com/pbojinov/request-ip/issues/37, read 2026-11-28).
_HOSTING_ADDRESS = "Fastly-Client-IP"


@cache
def limiter(name: str, most: int) -> Strangers:
    """Counts what a user does, by the name of it."""
    del name
    return Strangers(most)


def check_tries(parts: Parts) -> None:
    """Count an attempt to sign in. Raises Stopped when there are too many from this address."""
    request = flask.request
    address = address_of(request)
    if parts.settings.public_url:
        address = request.headers.get(_HOSTING_ADDRESS) or address
    if wait := limiter("sign-ins", TRIES_PER_MINUTE).count(address):
        raise too_many(
            "Too many attempts to sign in",
            f"Wait {wait} seconds, then try again.",
            link=url_of("/sign-in"),
            link_text="Back to sign-in",
        )


def require_few_changes(user_id: str, number: int = 1) -> None:
    """Count changes. Raises Stopped when there were too many before."""
    counter = limiter("changes", CHANGES_PER_MINUTE)
    waits = [counter.count(user_id) for _ in range(number)]
    if waits and waits[0]:
        text = f"Nothing was changed. Wait {waits[0]} seconds, then try again."
        raise too_many("Too many changes within a minute", text)


def too_many(title: str, text: str, **link: str) -> Stopped:
    return Stopped(title, text, HTTPStatus.TOO_MANY_REQUESTS, **link)
