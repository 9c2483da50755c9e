"""Signing in with a link by email.

Mail scanners open links, so opening one signs nobody in: its page has a button. In another browser
than the one that asked for the link, the page also asks for the address, so that nobody can be
signed in to another person's account with a link that was sent to them.
"""

import time
from http import HTTPStatus

import flask

from functions.dashboard.limits import check_tries
from functions.dashboard.signing_in.sign_in import finish, sign_in_page, unavailable
from functions.dashboard.visitor import form_fields, url_of
from shared import logs, wiring
from shared.domain.email import NotAnEmail, normalized
from shared.gcp.identity_toolkit import (
    AccountDisabled,
    IdentityToolkit,
    IdentityUnavailable,
    LinkNotValid,
    OtherAddress,
)
from shared.users import signing_in
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.web.pages import page
from shared.web.sessions import Browser
from shared.wiring import Parts

log = logs.logger("sign-in")

LEAST_SECONDS = 1.5
"""How long an answer to a request for a link takes at least. Sending one takes less, so that nobody
can tell from the time whether an address is invited."""
_LONGEST_CODE = 1000


def send_link() -> flask.Response:
    """Send a link, if this address may sign in. The answer is the same either way."""
    parts, started = wiring.parts(), time.monotonic()
    browser = sessions.require_own_post(flask.request, parts.settings)
    check_tries(parts)
    sent = flask.request.form.get("email", "")
    try:
        email = normalized(sent)
    except NotAnEmail:
        fault = "This is not an email address. Check it, then try again."
        return sign_in_page(browser, parts, fault=fault, email=sent[:100])
    if signing_in.may_get_link(email, parts):
        _send(email, parts)
    time.sleep(max(0.0, LEAST_SECONDS - (time.monotonic() - started)))
    return page(
        "dashboard/link_sent.html",
        title="Check your email",
        email=email,
        most=signing_in.MOST_LINKS,
        back=url_of("/sign-in"),
        **form_fields(browser.signing(email=email), parts),
    )


def show_link() -> flask.Response:
    """The page behind a link, which signs in when its button is pressed."""
    parts = wiring.parts()
    query = flask.request.args
    code = query.get("oobCode", "")
    if query.get("mode") != "signIn" or not 0 < len(code) <= _LONGEST_CODE:
        raise _not_valid()
    browser = sessions.browser_of(flask.request, parts.settings)
    return _link_page(code, browser, browser.signing_in.email, parts)


def use_link() -> flask.Response:
    """Sign in with the code of a link and the address to which it was sent."""
    parts = wiring.parts()
    browser = sessions.require_own_post(flask.request, parts.settings)
    check_tries(parts)
    form = flask.request.form
    code = form.get("code", "")
    if not 0 < len(code) <= _LONGEST_CODE:
        raise _not_valid()
    try:
        email = normalized(form.get("email") or browser.signing_in.email)
        signed_in = IdentityToolkit(parts.settings).sign_in_with_link(email, code)
    except NotAnEmail:
        fault = "This is not an email address. Check it, then try again."
        return _link_page(code, browser, "", parts, fault=fault)
    except OtherAddress:
        fault = "The link was sent to another address. Enter the address that got the email."
        return _link_page(code, browser, "", parts, fault=fault)
    except LinkNotValid as error:
        raise _not_valid() from error
    except AccountDisabled as error:
        raise disabled() from error
    except IdentityUnavailable as error:
        log.error("sign-in with a link failed: %s", error)
        raise unavailable() from error
    return finish(signed_in, browser, parts)


def disabled() -> Stopped:
    return Stopped(
        "Your account is disabled",
        "Ask the operator of this Soku to enable it.",
        HTTPStatus.FORBIDDEN,
    )


def _send(email: str, parts: Parts) -> None:
    try:
        IdentityToolkit(parts.settings).send_link(email, url_of("/sign-in/link"))
    except IdentityUnavailable as error:
        # An error page would tell that the address is invited.
        log.error("sign-in link not sent: %s", error, extra=logs.fields(operatorAction=True))


def _link_page(
    code: str, browser: Browser, email: str, parts: Parts, *, fault: str = ""
) -> flask.Response:
    return page(
        "dashboard/link.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        title="Sign in",
        code=code,
        email=email,
        fault=fault,
        action=url_of("/sign-in/link"),
        **form_fields(browser, parts),
    )


def _not_valid() -> Stopped:
    return Stopped(
        "This link is not valid any more",
        "Each link signs in once, and only for a few hours. Ask for a new one.",
        link=url_of("/sign-in"),
        link_text="Get a new link",
    )
