"""Who opened a page, read together with what the page shows; and addresses of our own pages."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import flask

from shared import clock, logs, wiring
from shared.gcp.firestore import PreconditionFailed, StoreUnavailable, document, read_all
from shared.gcp.sessions import Session, renew_session, session_from, session_path
from shared.gcp.users import is_user, user_path
from shared.web import sessions
from shared.web.sessions import Browser
from shared.wiring import Parts

log = logs.logger("dashboard")

_LONGEST_PATH = 300
# A path of ours: no scheme, no host, nothing that a browser reads as one.
_OWN_PATH = re.compile(r"/(?![/\\])[\w./?=&%~+-]*", re.ASCII)


class NotSignedIn(Exception):
    """The page needs a user; `wanted` is where they wanted to be."""

    def __init__(self, wanted: str = "") -> None:
        super().__init__("not signed in")
        self.wanted = wanted


@dataclass(frozen=True)
class Visitor:
    """A signed-in user, and the documents that their page needs."""

    browser: Browser
    user_id: str
    email: str
    timezone: str
    """The name of the user's time zone."""
    session_id: str
    session: Session
    documents: Mapping[str, Any]
    """Snapshots by path."""


def visitor(parts: Parts, reads: Callable[[str], list[str]] = lambda _: []) -> Visitor:
    """The user who sent the current request, and the documents that `reads` names for them.

    One read gets all of it. Raises NotSignedIn, StoreUnavailable.
    """
    browser = sessions.browser_of(flask.request, parts.settings)
    user_id, session_id = browser.user_id, browser.session_id
    if user_id is None or session_id is None:
        raise NotSignedIn(_wanted())
    user, own = user_path(user_id), session_path(user_id, session_id)
    documents = read_all(parts.db, [user, own, *reads(user_id)])
    fields, session = document(documents[user]), session_from(documents[own])
    if fields is None or session is None or not is_user(documents[user]):
        raise NotSignedIn(_wanted())
    if session.must_be_renewed(clock.now()):
        _renew(browser, user_id, session_id, parts)
    return Visitor(
        browser,
        user_id,
        str(fields["email"]),
        str(fields.get("timezone") or "UTC"),
        session_id,
        session,
        documents,
    )


def form_fields(browser: Browser, parts: Parts) -> dict[str, Any]:
    """What each page with a form needs. The browser keeps its cookie."""
    fields = {"csrf": sessions.csrf_token(browser, parts.settings)}
    flask.g.browser = browser
    return fields


def own_path(text: str) -> str:
    """`text` if it is a path of our pages, else "": nobody is sent elsewhere after signing in."""
    is_own = len(text) <= _LONGEST_PATH and _OWN_PATH.fullmatch(text)
    return text if is_own else ""


def url_of(path: str, **query: str) -> str:
    """The public URL of one of our pages."""
    base = wiring.parts().settings.dashboard_url
    return f"{base}{path}?{urlencode(query)}" if query else f"{base}{path}"


def with_notice(path: str, notice: str) -> str:
    """The public URL of a page that says `frame.NOTICES[notice]`. `path` can have a query."""
    mark = "&" if "?" in path else "?"
    return f"{url_of(path)}{mark}notice={notice}"


def _wanted() -> str:
    """The page to which the user returns after signing in; a form is not repeated."""
    request = flask.request
    return request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else ""


def _renew(browser: Browser, user_id: str, session_id: str, parts: Parts) -> None:
    try:
        renew_session(parts.db, user_id, session_id)
    except PreconditionFailed as error:
        raise NotSignedIn from error
    except StoreUnavailable as error:
        # The page can be shown: the next one renews the session.
        log.error("session not renewed: %s", error)
        return
    flask.g.browser = browser
