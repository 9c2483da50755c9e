"""GET /v1/posts and GET /v1/posts/{id}."""

import re
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import flask

from functions.api.caller import authenticate
from functions.api.ownership import post_not_found
from shared import wiring
from shared.domain.errors import InvalidRequest, Violation
from shared.gcp.runs import submission_path
from shared.posts import history, view
from shared.posts.history import HistoryQuery
from shared.web import strict
from shared.web.envelope import json_answer

LONGEST_WAIT = 60


def list_posts() -> flask.Response:
    """A page of the history: {"data": [post], "nextCursor"}."""
    parts = wiring.parts()
    caller = authenticate(parts)
    query = strict.read(HistoryQuery, parameters())
    page = history.read(parts, caller.principal.user_id, query)
    data = [view.in_list(submission) for submission in page.submissions]
    return json_answer({"data": data, "nextCursor": page.cursor})


def read_post(post_id: UUID) -> flask.Response:
    """One post. `?wait=` delays the answer until the post has ended, at most 60 seconds."""
    parts = wiring.parts()
    path = submission_path(str(post_id))
    caller = authenticate(parts, reads=lambda _: [path])
    caller.submission_id = str(post_id)
    stored = view.owned(caller.documents[path], caller.principal.user_id)
    patience = _patience() if stored else None
    if stored and patience:
        stored = view.wait_until_ended(parts, stored, patience)
    if stored is None:
        raise post_not_found(post_id)
    return json_answer(view.as_json(parts, stored))


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
