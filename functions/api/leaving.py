"""DELETE /v1/user, for signed-in users: a key cannot delete its user."""

from http import HTTPStatus

import flask

from functions.api.caller import authenticate
from shared import clock, wiring
from shared.domain.errors import ApiError, ErrorCode
from shared.gcp.sessions import FRESH_FOR
from shared.users import leaving
from shared.web.envelope import json_answer, time_text


def delete_user() -> flask.Response:
    """Delete your user.

    Deletes your keys and sessions at once, then your posts, files, accounts and everything else
    that Soku has of you. Published posts stay on their platforms. This cannot be undone. Sign in
    less than 5 minutes before.
    """
    caller = authenticate(wiring.parts())
    signed_in_at = caller.principal.signed_in_at
    if signed_in_at is None or clock.real_now() - signed_in_at >= FRESH_FOR:
        message = (
            "You signed in more than 5 minutes ago. Sign in again, and send the request with the "
            "new ID token."
        )
        raise ApiError(ErrorCode.FORBIDDEN, message)
    deletion = leaving.begin(caller.principal.user_id, caller.parts)
    answer = {"status": deletion.status.value, "startedAt": time_text(deletion.started_at)}
    return json_answer(answer, HTTPStatus.ACCEPTED)
