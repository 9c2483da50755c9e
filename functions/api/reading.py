"""GET /v1/posts and GET /v1/posts/{id}."""

import re
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import flask

from functions.api.caller import authenticate
from functions.api.ownership import own_post, post_not_found
from shared import wiring
from shared.domain.errors import InvalidRequest, Violation
from shared.posts import history, view
from shared.posts.history import HistoryQuery
from shared.web import strict
from shared.web.envelope import json_answer

LONGEST_WAIT = 60


def list_posts() -> flask.Response:
    """List posts.

    Returns the history, newest first, without posts that were deleted from their platforms.
    """
    parts = wiring.parts()
    caller = authenticate(parts)
    query = strict.read(HistoryQuery, parameters())
    page = history.read(parts, caller.principal.user_id, query)
    data = [view.in_list(submission) for submission in page.submissions]
    return json_answer({"data": data, "nextCursor": page.cursor})


def read_post(post_id: UUID) -> flask.Response:
    """Read a post."""
    caller, stored = own_post(post_id, read_only=True)
    patience = _patience()
    ended = view.wait_until_ended(caller.parts, stored, patience) if patience else stored
    if ended is None:
        raise post_not_found(post_id)
    return json_answer(view.as_json(caller.parts, ended))


def parameters() -> Mapping[str, str]:
    """Each parameter of the query, once. Raises InvalidRequest."""
    sent = flask.request.args.to_dict(flat=False)
    violations = [
        Violation(name, "invalid", "Send this parameter only once.")
        for name, values in sent.items()
        if len(values) > 1
    ]
    if violations:
        raise InvalidRequest(violations)
    return {name: value for name, [value] in sent.items()}


def _patience() -> timedelta | None:
    sent = flask.request.args.get("wait")
    if sent is None:
        return None
    if not re.fullmatch("[0-9]{1,2}", sent) or int(sent) > LONGEST_WAIT:
        message = f"wait must be a whole number of seconds from 0 to {LONGEST_WAIT}."
        raise InvalidRequest([Violation("wait", "invalid", message)])
    return timedelta(seconds=int(sent))
