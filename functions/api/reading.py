"""GET /v1/posts and GET /v1/posts/{id}."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from uuid import UUID

import flask

from functions.api.caller import authenticate
from functions.api.ownership import own_post, post_not_found
from shared import config, wiring
from shared.domain.errors import InvalidRequest, Violation
from shared.posts import history, view
from shared.posts.history import HistoryQuery
from shared.web import strict
from shared.web.envelope import json_answer
from shared.web.strangers import Places

LONGEST_WAIT = 60
# Every waiting request holds a thread, and the others must answer: of `threads()`, this part waits.
_WAITING_PART = 4
MOST_OF_A_USER = 4
"""How many requests of one user may wait in an instance at the same time."""
# Seconds until a caller who could not wait should ask again.
_ASK_AGAIN = 5


@cache
def waiters() -> Places:
    return Places(max(1, config.threads() // _WAITING_PART), MOST_OF_A_USER)


@contextmanager
def waiting(user_id: str) -> Iterator[bool]:
    """Whether one more request of this user may wait, meanwhile."""
    may_wait = waiters().enter(user_id)
    try:
        yield may_wait
    finally:
        if may_wait:
            waiters().leave(user_id)


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
    patience = patience_of(flask.request)
    if not view.can_end_within(stored, patience):
        return json_answer(view.as_json(caller.parts, stored))
    with waiting(caller.principal.user_id) as may_wait:
        if not may_wait:
            answer = json_answer(view.as_json(caller.parts, stored))
            answer.headers["Retry-After"] = str(_ASK_AGAIN)
            return answer
        caller.count_now()
        ended = view.wait_until_ended(caller.parts, stored, patience)
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


def patience_of(request: flask.Request) -> timedelta:
    """How long the caller wants to wait for a change. Raises InvalidRequest."""
    sent = request.args.get("wait", "0")
    if not re.fullmatch("[0-9]{1,2}", sent) or int(sent) > LONGEST_WAIT:
        message = f"wait must be a whole number of seconds from 0 to {LONGEST_WAIT}."
        raise InvalidRequest([Violation("wait", "invalid", message)])
    return timedelta(seconds=int(sent))
