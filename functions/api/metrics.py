"""The numbers of posts: of one, and of all over time."""

from http import HTTPStatus
from uuid import UUID

import flask

from functions.api.caller import authenticate
from functions.api.ownership import own_post
from functions.api.reading import parameters
from shared import wiring
from shared.metrics import of_post, totals
from shared.metrics.totals import TotalsQuery
from shared.web import strict
from shared.web.envelope import json_answer

_CSV = "text/csv"


def read_post_metrics(post_id: UUID) -> flask.Response:
    """Read the metrics of a post.

    Returns the latest numbers of the post on each account where it is live, and how they changed.
    A number that the platform does not offer is absent; null means that the platform offers it and
    has none yet.
    """
    caller, stored = own_post(post_id, read_only=True)
    found = of_post.read(stored.submission, caller.parts)
    return json_answer(of_post.as_json(stored.submission, found))


def refresh_post_metrics(post_id: UUID) -> flask.Response:
    """Read the metrics of a post again.

    Soku reads them from the platforms within seconds, at most once in 15 minutes. Without this,
    it reads them every 6 hours for 7 days, daily until day 90, and weekly for a year.
    """
    caller, stored = own_post(post_id)
    of_post.refresh(stored.submission, caller.parts)
    found = of_post.read(stored.submission, caller.parts)
    return json_answer(of_post.as_json(stored.submission, found), HTTPStatus.ACCEPTED)


def read_metrics() -> flask.Response:
    """Read metrics over time.

    Returns by how much the numbers of your posts grew, on the UTC days on which Soku read them.
    With `Accept: text/csv`, the response is a table for a spreadsheet.
    """
    parts = wiring.parts()
    caller = authenticate(parts)
    query = strict.read(TotalsQuery, parameters())
    growth = totals.read(caller.principal.user_id, query, parts)
    best = flask.request.accept_mimetypes.best_match(["application/json", _CSV])
    if best == _CSV:
        return flask.Response(totals.as_csv(growth, query.group_by), mimetype=_CSV)
    return json_answer(totals.as_json(growth))
