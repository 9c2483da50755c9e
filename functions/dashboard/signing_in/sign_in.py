"""Signing in and out: the page to begin with, and the end that both ways to sign in share."""

from http import HTTPStatus

import flask

from functions.dashboard.visitor import form_fields, own_path, url_of, visitor
from shared import logs, wiring
from shared.config import SignUp
from shared.gcp import identity
from shared.gcp.identity_toolkit import IdentityToolkit, IdentityUnavailable, SignedIn
from shared.gcp.oidc import CertificatesUnavailable, InvalidToken
from shared.gcp.sessions import end_all_sessions, end_session
from shared.users import signing_in
from shared.users.signing_in import NotInvited
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.web.pages import page, redirect_to
from shared.web.sessions import Browser
from shared.wiring import Parts

log = logs.logger("sign-in")


def show_sign_in() -> flask.Response:
    """The ways to sign in. `next`: the page of ours to go to afterwards."""
    parts = wiring.parts()
    browser = sessions.browser_of(flask.request, parts.settings)
    browser = browser.signing(next=own_path(flask.request.args.get("next", "")))
    return sign_in_page(browser, parts)


def sign_in_page(
    browser: Browser, parts: Parts, *, fault: str = "", email: str = ""
) -> flask.Response:
    return page(
        "dashboard/sign_in.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        title="Sign in",
        fault=fault,
        email=email,
        email_action=url_of("/sign-in/email"),
        google=url_of("/sign-in/google"),
        invited_only=parts.settings.sign_up == SignUp(),
        **form_fields(browser, parts),
    )


def finish(signed_in: SignedIn, browser: Browser, parts: Parts) -> flask.Response:
    """Begin a session, if this person is a user or may become one. Raises Stopped."""
    replaced = (browser.user_id, browser.session_id)
    try:
        person = identity.person_of(signed_in.id_token, parts.settings)
        session_id = signing_in.sign_in(
            person,
            parts,
            user_agent=flask.request.headers.get("User-Agent", ""),
            replaced=replaced if all(replaced) else None,  # type: ignore[arg-type]
        )
    except NotInvited as error:
        _remove(signed_in, parts)
        raise Stopped(
            "You are not a user of this Soku",
            "Ask its operator to invite you with the email address that you used here.",
            HTTPStatus.FORBIDDEN,
            link=url_of("/sign-in"),
            link_text="Use another account",
        ) from error
    except identity.EmailNotVerified as error:
        _remove(signed_in, parts)
        raise Stopped(
            "Your email address is not verified",
            "Verify it with the provider of your account, or sign in with a link by email.",
            HTTPStatus.FORBIDDEN,
            link=url_of("/sign-in"),
            link_text="Back to sign-in",
        ) from error
    except InvalidToken as error:
        log.error("ID token of Identity Toolkit refused: %s", error)
        raise unavailable() from error
    except CertificatesUnavailable as error:
        log.error("ID token not checked, certificates unavailable: %s", error)
        raise unavailable() from error
    flask.g.browser = browser.signed_in(person.user_id, session_id)
    return redirect_to(url_of(browser.signing_in.next or "/"))


def unavailable() -> Stopped:
    return Stopped(
        "Signing in does not work at the moment",
        "You are not signed in. Try again in a few minutes.",
        HTTPStatus.SERVICE_UNAVAILABLE,
        link=url_of("/sign-in"),
        link_text="Back to sign-in",
    )


def sign_out() -> flask.Response:
    """End this browser's session."""
    parts = wiring.parts()
    browser = sessions.require_own_post(flask.request, parts.settings)
    if browser.user_id is not None and browser.session_id is not None:
        end_session(parts.db, browser.user_id, browser.session_id)
    flask.g.browser = browser.signed_out()
    return redirect_to(url_of("/sign-in"))


def sign_out_everywhere() -> flask.Response:
    """End all sessions of the user."""
    parts = wiring.parts()
    browser = sessions.require_own_post(flask.request, parts.settings)
    user_id = visitor(parts).user_id
    ended = end_all_sessions(parts.db, user_id)
    log.info("user signed out everywhere", extra=logs.fields(userId=user_id, sessions=ended))
    flask.g.browser = browser.signed_out()
    return redirect_to(url_of("/sign-in"))


def _remove(signed_in: SignedIn, parts: Parts) -> None:
    """Remove the account that signing in has created for somebody who is refused."""
    if not signed_in.is_new:
        return
    try:
        IdentityToolkit(parts.settings).delete(signed_in.id_token)
    except IdentityUnavailable as error:
        # Without a document of the user, the account can do nothing.
        log.error("account of a refused person not deleted: %s", error)
