"""GET /v1/posts."""

from collections.abc import Mapping

import flask

from functions.api.caller import authenticate
from shared import wiring
from shared.domain.errors import InvalidRequest, Violation
from shared.posts import history, view
from shared.posts.history import HistoryQuery
from shared.web import strict
from shared.web.envelope import json_answer

routes = flask.Blueprint("history", __name__, url_prefix="/v1/posts")


@routes.get("")
def list_posts() -> flask.Response:
    """A page of the history: {"data": [post], "nextCursor"}."""
    parts = wiring.parts()
    caller = authenticate(parts)
    query = strict.read(HistoryQuery, _parameters())
    page = history.read(parts, caller.principal.user_id, query)
    data = [view.in_list(submission) for submission in page.submissions]
    return json_answer({"data": data, "nextCursor": page.cursor})


def _parameters() -> Mapping[str, str]:
    """Each parameter of the query, once. Raises InvalidRequest."""
    sent = flask.request.args.to_dict(flat=False)
    faults = [
        Violation(name, "invalid", "Send this parameter once.")
        for name, values in sent.items()
        if len(values) > 1
    ]
    if faults:
        raise InvalidRequest(faults)
    return {name: value for name, [value] in sent.items()}
