"""Meta's callbacks: a user has removed Soku's app, or asks Soku to delete their data.

Meta switches off apps whose callbacks fail, so an unknown user is answered like a known one.
"""

from http import HTTPStatus

import flask

from shared import clock, logs, wiring
from shared.accounts import leaving_platform
from shared.platforms import registry
from shared.platforms.meta.callbacks import Forged, Notice, notice_in
from shared.web.envelope import json_answer
from shared.web.pages import page
from shared.wiring import Parts

log = logs.logger("connect")


def deauthorize(platform: str) -> flask.Response:
    """The user has removed our app: their accounts must be reconnected."""
    parts = wiring.parts()
    notice = _notice(platform, parts)
    if notice is None:
        return _refused()
    ended = leaving_platform.end_authorizations(platform, notice, parts)
    log.info("deauthorized", extra=logs.fields(platform=platform, accounts=ended))
    return json_answer({})


def delete(platform: str) -> flask.Response:
    """Delete the user's accounts; the answer says where to ask about it."""
    parts = wiring.parts()
    notice = _notice(platform, parts)
    if notice is None:
        return _refused()
    code = leaving_platform.delete_accounts(platform, notice.user_id, parts)
    log.info("data deleted at the platform's request", extra=logs.fields(platform=platform))
    address = f"{parts.settings.connect_url}/meta/deletion/{code}"
    return json_answer({"url": address, "confirmation_code": code})


def show_deletion(code: str) -> flask.Response:
    """What became of a deletion."""
    done = leaving_platform.deletion_of(code, wiring.parts())
    if done is None:
        return page(
            "message.html",
            HTTPStatus.NOT_FOUND,
            title="This code does not exist",
            text="Check the address that you received.",
        )
    name = registry.display_name(done.platform)
    return page(
        "message.html",
        title="Your data was deleted",
        text=f"Soku deleted your {name} accounts and their tokens on {done.at:%Y-%m-%d}.",
    )


def _notice(platform: str, parts: Parts) -> Notice | None:
    """What the request says about a person; None for a forged one."""
    if platform not in registry.names():
        return None
    clients = parts.settings.platform_clients
    prefixes = registry.about(platform).prefixes
    secrets = [clients[prefix].client_secret for prefix in prefixes if prefix in clients]
    try:
        return notice_in(flask.request.form.get("signed_request", ""), secrets, clock.now())
    except Forged as error:
        log.warning("callback refused: %s", error, extra=logs.fields(platform=platform))
        return None


def _refused() -> flask.Response:
    return json_answer({"error": "The signed_request is not valid."}, HTTPStatus.BAD_REQUEST)
