"""The list of posts."""

import flask

from functions.dashboard.frame import framed
from functions.dashboard.visitor import redirect_to, url_of, visitor
from shared import wiring
from shared.posts import history, view
from shared.posts.history import HistoryQuery


def show_start() -> flask.Response:
    """The start page is the list of posts."""
    return redirect_to(url_of("/posts"))


def show_posts() -> flask.Response:
    parts = wiring.parts()
    who = visitor(parts)
    page = history.read(parts, who.user_id, HistoryQuery())
    return framed(
        "dashboard/posts.html",
        who,
        parts,
        section="posts",
        title="Posts",
        posts=[view.in_list(submission) for submission in page.submissions],
    )
