"""/settings/api: the user's API keys, their recent requests, and reading with the Firestore SDK."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard import times
from functions.dashboard.form_ids import new_form_id, sent_form_id
from functions.dashboard.frame import framed
from functions.dashboard.settings.request_words import ERRORS
from functions.dashboard.visitor import Visitor, url_of, visitor, with_notice
from shared import clock, wiring
from shared.domain.errors import ApiError, FormUsed, InvalidRequest
from shared.gcp.api_keys import SCOPES, ApiKey, key_from, path_of
from shared.gcp.usage import Usage, usage_from, usage_path
from shared.users import keys, requests
from shared.users.new_key import LONGEST_NAME, NewApiKey
from shared.web import sessions, strict
from shared.web.envelope import CODES, time_text
from shared.web.page_app import Stopped
from shared.web.pages import redirect_to
from shared.wiring import Parts

PATH = "/settings/api"
_LIFETIMES = {"30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365)}


def show_api() -> flask.Response:
    """Keys and requests. `before`: a cursor of the requests; `failed`: only those that failed."""
    parts = wiring.parts()
    who = visitor(parts, reads=lambda user: [usage_path(user)])
    return _page(who, parts)


def create_key() -> flask.Response:
    """Create a key and show it: this answer is the only one that contains it."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    who = visitor(parts, reads=lambda user: [usage_path(user)])
    form = flask.request.form
    try:
        wanted = strict.read(NewApiKey, _sent(form, who))
        key, stored = keys.create(
            parts,
            who.user_id,
            name=wanted.name,
            scopes=wanted.scopes,
            expires_at=wanted.expires_at,
            mode=wanted.mode,
            form_id=sent_form_id(),
        )
    except FormUsed:
        # The browser sent the form again, as a reload does.
        return redirect_to(with_notice(PATH, "key-shown"))
    except ApiError as error:
        status, _ = CODES[error.code]
        return _page(who, parts, status=status, sent=form, fault=_fault_of(error))
    return _page(who, parts, status=HTTPStatus.CREATED, new_key=key, new_name=stored.name)


def show_revoke(key_id: str) -> flask.Response:
    """The question before revoking a key."""
    parts = wiring.parts()
    who, stored = _own_key(key_id, parts)
    return framed(
        "dashboard/revoke.html",
        who,
        parts,
        section="settings",
        title=f"Revoke the key {stored.name or stored.preview}",
        key=stored,
        last_used=_usage(who).last_used.get(stored.key_hash),
    )


def revoke_key(key_id: str) -> flask.Response:
    """Refuse the key from now on."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    who, stored = _own_key(key_id, parts)
    keys.delete(parts, who.user_id, key_id, stored)
    return redirect_to(with_notice(PATH, "revoked"))


def _page(
    who: Visitor,
    parts: Parts,
    *,
    status: int = HTTPStatus.OK,
    sent: Mapping[str, str] | None = None,
    fault: str = "",
    new_key: str = "",
    new_name: str = "",
) -> flask.Response:
    own, usage = keys.of_user(parts, who.user_id), _usage(who)
    query = flask.request.args
    failed = query.get("failed") == "yes"
    settings = parts.settings
    return framed(
        "dashboard/api.html",
        who,
        parts,
        section="settings",
        title="API",
        status=status,
        keys=[_shown(key, usage) for key in own],
        active=sum(not key.is_expired(clock.now()) for key in own),
        most_active=keys.MOST_ACTIVE,
        scopes=SCOPES,
        has_modes=settings.accepts_test_keys,
        longest_name=LONGEST_NAME,
        form=new_form_id(),
        sent=_again(sent),
        fault=fault,
        new_key=new_key,
        new_name=new_name,
        requests=requests.recent(who.user_id, parts, cursor=query.get("before", ""), failed=failed),
        is_first=not query.get("before"),
        failed=failed,
        key_names={key.key_hash: key.name or key.preview for key in own},
        errors=ERRORS,
        api_url=settings.api_url,
        project=settings.project,
        web_key=settings.identity_api_key,
        user_id=who.user_id,
    )


def _shown(key: ApiKey, usage: Usage) -> dict[str, Any]:
    return {
        "key": key,
        "last_used": usage.last_used.get(key.key_hash),
        "is_expired": key.is_expired(clock.now()),
        "has_all": set(key.scopes) == set(SCOPES),
    }


def _again(sent: Mapping[str, str] | None) -> dict[str, Any]:
    """What the form shows: what was sent, after a fault; a key for everything at first."""
    if sent is None:
        return {"name": "", "scopes": SCOPES, "mode": "live", "expires": "", "day": ""}
    return {
        "name": sent.get("name", ""),
        "scopes": flask.request.form.getlist("scope"),
        "mode": sent.get("mode", "live"),
        "expires": sent.get("expires", ""),
        "day": sent.get("day", ""),
    }


def _sent(form: Mapping[str, str], who: Visitor) -> dict[str, Any]:
    """The form as the fields of the API. Raises InvalidRequest."""
    return {
        "name": form.get("name", "").strip(),
        "scopes": flask.request.form.getlist("scope"),
        "mode": form.get("mode", "live"),
        "expiresAt": _expiry(form.get("expires", ""), form.get("day", ""), who),
    }


def _expiry(chosen: str, day: str, who: Visitor) -> str | None:
    if chosen in _LIFETIMES:
        return time_text(clock.now() + _LIFETIMES[chosen])
    if chosen != "day":
        return None
    try:
        on = datetime.strptime(day, "%Y-%m-%d").date()
    except ValueError:
        # Refused as a time, with the words of the API.
        return day
    # The key works on the whole of its last day.
    end = datetime.combine(on, time.max, times.zone_of(who.timezone))
    return end.isoformat(timespec="seconds")


def _fault_of(error: ApiError) -> str:
    """The faults in words, without the names that fields have in the API."""
    if not isinstance(error, InvalidRequest):
        return error.message
    words = {
        "name": "Name: use 1 to 100 characters, not only spaces.",
        "scopes": "Scopes: choose at least one.",
        "expiresAt": "Expiry: choose a day in the future.",
    }
    fields = [violation.field.partition("[")[0] for violation in error.violations]
    return " ".join(
        dict.fromkeys(
            words.get(field, violation.message)
            for field, violation in zip(fields, error.violations, strict=True)
        )
    )


def _own_key(key_id: str, parts: Parts) -> tuple[Visitor, ApiKey]:
    """The user's key. Raises Stopped."""
    is_id = len(key_id) == 64 and key_id.isascii() and key_id.isalnum()
    path = path_of(key_id)
    who = visitor(parts, reads=lambda user: [usage_path(user), *([path] if is_id else [])])
    stored = key_from(who.documents[path]) if is_id else None
    if stored is None or stored.user_id != who.user_id or stored.revoked:
        raise Stopped(
            "You have no such key",
            "It may have been revoked already.",
            HTTPStatus.NOT_FOUND,
            link=url_of(PATH),
            link_text="Back to the keys",
        )
    return who, stored


def _usage(who: Visitor) -> Usage:
    return usage_from(who.documents[usage_path(who.user_id)])
