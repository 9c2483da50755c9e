"""Signing in with a Google account.

Identity Toolkit's id of the sign-in is in the cookie of the browser where it began. So an address
with which somebody else has signed in at Google does nothing in this browser.
"""

from http import HTTPStatus

import flask

from functions.dashboard.limits import check_tries
from functions.dashboard.signing_in.links import disabled
from functions.dashboard.signing_in.sign_in import finish, unavailable
from functions.dashboard.visitor import url_of
from shared import logs, wiring
from shared.gcp.identity_toolkit import (
    AccountDisabled,
    GoogleNotOffered,
    GoogleRefused,
    IdentityToolkit,
    IdentityUnavailable,
)
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.web.pages import redirect_to

log = logs.logger("sign-in")

CALLBACK = "/sign-in/google/callback"
_LONGEST_QUERY = 4000


def start() -> flask.Response:
    """Go to Google's page."""
    parts = wiring.parts()
    check_tries(parts)
    browser = sessions.browser_of(flask.request, parts.settings)
    try:
        address, session = IdentityToolkit(parts.settings).google_page(url_of(CALLBACK))
    except GoogleNotOffered as error:
        raise Stopped(
            "This Soku does not offer to sign in with Google",
            "Sign in with a link by email, or ask the operator to enable Google.",
            HTTPStatus.NOT_FOUND,
            link=url_of("/sign-in"),
            link_text="Back to sign-in",
        ) from error
    except IdentityUnavailable as error:
        log.error("sign-in with Google failed: %s", error)
        raise unavailable() from error
    flask.g.browser = browser.signing(google=session)
    return redirect_to(address)


def come_back() -> flask.Response:
    """Google sends the browser back with a code, or with an error."""
    parts = wiring.parts()
    check_tries(parts)
    browser = sessions.browser_of(flask.request, parts.settings)
    session, query = browser.signing_in.google, flask.request.query_string
    if not session or len(query) > _LONGEST_QUERY:
        raise _refused()
    request_uri = f"{url_of(CALLBACK)}?{query.decode('ascii', 'replace')}"
    try:
        signed_in = IdentityToolkit(parts.settings).sign_in_with_google(request_uri, session)
    except GoogleRefused as error:
        raise _refused() from error
    except AccountDisabled as error:
        raise disabled() from error
    except IdentityUnavailable as error:
        log.error("sign-in with Google failed: %s", error)
        raise unavailable() from error
    return finish(signed_in, browser, parts)


def _refused() -> Stopped:
    return Stopped(
        "You are not signed in",
        "Signing in with Google did not end, or it began in another browser. Try again.",
        link=url_of("/sign-in"),
        link_text="Back to sign-in",
    )
