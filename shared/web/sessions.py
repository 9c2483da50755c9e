"""The cookie that recognizes a browser, and the proof that a form was sent from our own page.

Firebase Hosting forwards only one cookie, `__session`, so it carries everything: a nonce for every
browser, and who is signed in with it. It is signed, not secret.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import flask
from itsdangerous import BadSignature, URLSafeSerializer

from shared.config import ConfigurationError, Settings
from shared.gcp.sessions import LIFETIME

COOKIE = "__session"
CSRF_FIELD = "csrf"
# Browsers keep no longer ones.
_LONGEST_COOKIE = 4096
_NONCE_BYTES = 16


class ForeignPost(Exception):
    """The form was not sent from our page by this browser. The text tells the user what to do."""


class StalePost(ForeignPost):
    """The form is of our page, but not of this browser's present session."""


@dataclass(frozen=True)
class SigningIn:
    """What a browser remembers between the steps of signing in."""

    email: str = ""
    """The address that a link was sent to."""
    google: str = ""
    """Identity Toolkit's id of a sign-in with Google that has begun."""
    next: str = ""
    """Where the user wanted to go: a path of the dashboard."""


@dataclass(frozen=True)
class Browser:
    """What the cookie says. Whether the session still exists is in its document."""

    nonce: str
    user_id: str | None = None
    session_id: str | None = None
    signing_in: SigningIn = SigningIn()

    def signing(self, **changes: str) -> "Browser":
        """The browser with changes to what it remembers between the steps of signing in."""
        return replace(self, signing_in=replace(self.signing_in, **changes))

    def signed_in(self, user_id: str, session_id: str) -> "Browser":
        """With a new nonce, so that a nonce that another person set becomes worthless."""
        return Browser(_new_nonce(), user_id, session_id)

    def signed_out(self) -> "Browser":
        return Browser(_new_nonce())


def browser_of(request: flask.Request, settings: Settings) -> Browser:
    """The browser that sent the request; a new one if it has no valid cookie."""
    cookie = request.cookies.get(COOKIE, "")
    if not 0 < len(cookie) <= _LONGEST_COOKIE:
        return Browser(_new_nonce())
    try:
        fields = _signer(settings).loads(cookie)
        signing_in = SigningIn(*fields.get("i", ()))
        return Browser(fields["n"], fields.get("u"), fields.get("s"), signing_in)
    except (BadSignature, KeyError, TypeError):
        return Browser(_new_nonce())


def keep(answer: flask.Response, browser: Browser, settings: Settings) -> flask.Response:
    """Let the browser keep its cookie. Localhost counts as secure in browsers."""
    fields: dict[str, Any] = {"n": browser.nonce, "u": browser.user_id, "s": browser.session_id}
    if browser.signing_in != SigningIn():
        step = browser.signing_in
        fields["i"] = [step.email, step.google, step.next]
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
    """The token in each form, for this browser and its session.

    It looks different in each page, so that the size of compressed pages does not tell it.
    """
    proof = _csrf(browser, _keys(settings)[0])
    mask = secrets.token_bytes(len(proof))
    return mask.hex() + _combined(mask, proof).hex()


def require_own_post(request: flask.Request, settings: Settings) -> Browser:
    """The browser that sent a form from our own page. Raises ForeignPost, StalePost."""
    browser = browser_of(request, settings)
    # Browsers send it with every form.
    if request.headers.get("Origin") not in own_origins(settings):
        raise ForeignPost(
            "Another website sent this form. Open our page, and use the button there."
        )
    sent = request.form.get(CSRF_FIELD, "")
    if not any(_is_proof(sent, _csrf(browser, key)) for key in _keys(settings)):
        raise StalePost(
            "You signed in or out since this page was loaded, or your browser keeps no cookies "
            "for this site. Reload the page, and try again."
        )
    return browser


def own_origins(settings: Settings) -> set[str]:
    """The origins of our own pages."""
    addresses = (settings.connect_url, settings.dashboard_url)
    parts = [urlsplit(address) for address in addresses if address]
    return {f"{part.scheme}://{part.netloc}" for part in parts}


def _csrf(browser: Browser, key: str) -> bytes:
    message = f"csrf {browser.nonce} {browser.session_id or ''}".encode()
    return hmac.digest(key.encode(), message, "sha256")


def _is_proof(sent: str, proof: bytes) -> bool:
    """Whether a form carried `proof`, masked as `csrf_token` masks it."""
    try:
        masked = bytes.fromhex(sent)
    except ValueError:
        return False
    mask, hidden = masked[: len(proof)], masked[len(proof) :]
    return len(masked) == 2 * len(proof) and hmac.compare_digest(_combined(mask, hidden), proof)


def _combined(one: bytes, other: bytes) -> bytes:
    return bytes(first ^ second for first, second in zip(one, other, strict=True))


def _keys(settings: Settings) -> tuple[str, ...]:
    if not settings.session_keys:
        raise ConfigurationError("SESSION_KEY is not set: this function shows pages.")
    return settings.session_keys


def _signer(settings: Settings) -> URLSafeSerializer:
    # The last key signs, and all verify.
    return URLSafeSerializer(
        list(_keys(settings))[::-1],
        salt="soku session",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )


def _new_nonce() -> str:
    return secrets.token_urlsafe(_NONCE_BYTES)
