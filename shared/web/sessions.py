"""The cookie that recognizes a browser, and the proof that a form was sent from our own page.

Firebase Hosting forwards only one cookie, `__session`, so it carries everything: a nonce for every
browser, and who is signed in with it. It is signed, not secret.
"""

import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import flask
from itsdangerous import BadSignature, URLSafeSerializer

from shared.config import ConfigurationError, Settings
from shared.gcp.sessions import LIFETIME

COOKIE = "__session"
CSRF_FIELD = "csrf"
# Longer ones than ours are not decoded.
_LONGEST_COOKIE = 1000
_NONCE_BYTES = 16


class ForeignPost(Exception):
    """The form was not sent from our page by this browser. The text tells the user what to do."""


@dataclass(frozen=True)
class Browser:
    """What the cookie says. Whether the session still exists is in its document."""

    nonce: str
    user_id: str | None = None
    session_id: str | None = None

    def signed_in(self, user_id: str, session_id: str) -> "Browser":
        """With a new nonce: one that somebody else has put there is worth nothing then."""
        return Browser(_new_nonce(), user_id, session_id)

    def signed_out(self) -> "Browser":
        return Browser(_new_nonce())


def browser_of(request: flask.Request, settings: Settings) -> Browser:
    """The browser that sent the request; a new one if it has no cookie that we signed."""
    cookie = request.cookies.get(COOKIE, "")
    if not 0 < len(cookie) <= _LONGEST_COOKIE:
        return Browser(_new_nonce())
    try:
        fields = _signer(settings).loads(cookie)
        return Browser(fields["n"], fields.get("u"), fields.get("s"))
    except (BadSignature, KeyError, TypeError):
        return Browser(_new_nonce())


def keep(answer: flask.Response, browser: Browser, settings: Settings) -> flask.Response:
    """Let the browser keep its cookie. Localhost counts as secure in browsers."""
    fields = {"n": browser.nonce, "u": browser.user_id, "s": browser.session_id}
    value: Any = _signer(settings).dumps({k: v for k, v in fields.items() if v is not None})
    answer.set_cookie(
        COOKIE,
        value if isinstance(value, str) else value.decode(),
        max_age=LIFETIME,
        secure=True,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return answer


def csrf_token(browser: Browser, settings: Settings) -> str:
    """What a form of ours carries, for this browser and its session."""
    return _csrf(browser, _keys(settings)[0])


def require_own_post(request: flask.Request, settings: Settings) -> Browser:
    """The browser that sent a form from our own page. Raises ForeignPost."""
    browser = browser_of(request, settings)
    origin = request.headers.get("Origin")
    if origin is not None and origin not in own_origins(settings):
        raise ForeignPost(
            "Another website sent this form. Open our page, and use the button there."
        )
    sent = request.form.get(CSRF_FIELD, "")
    if not any(
        hmac.compare_digest(sent.encode(), _csrf(browser, key).encode()) for key in _keys(settings)
    ):
        raise ForeignPost("This page was open for too long. Go back, reload it, and try again.")
    return browser


def own_origins(settings: Settings) -> set[str]:
    """The origins of our own pages."""
    addresses = (settings.connect_url, settings.dashboard_url)
    parts = [urlsplit(address) for address in addresses if address]
    return {f"{part.scheme}://{part.netloc}" for part in parts}


def _csrf(browser: Browser, key: str) -> str:
    message = f"csrf {browser.nonce} {browser.session_id or ''}".encode()
    return hmac.new(key.encode(), message, "sha256").hexdigest()


def _keys(settings: Settings) -> tuple[str, ...]:
    if not settings.session_keys:
        raise ConfigurationError("SESSION_KEY is not set: this function shows pages.")
    return settings.session_keys


def _signer(settings: Settings) -> URLSafeSerializer:
    # The last key signs, and all verify.
    return URLSafeSerializer(list(_keys(settings))[::-1], salt="soku session")


def _new_nonce() -> str:
    return secrets.token_urlsafe(_NONCE_BYTES)
