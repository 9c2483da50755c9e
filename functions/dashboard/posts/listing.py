"""The list of posts, and its rows again while they change."""

from typing import Any

import flask

from functions.dashboard import times
from functions.dashboard.frame import count_meanwhile, fragment, framed
from functions.dashboard.own_accounts import integrations_of, must_be_reconnected, names_by_id
from functions.dashboard.own_posts import own_posts
from functions.dashboard.posts.filters import AT_RISK, Filters, chips, filters_of, options
from functions.dashboard.posts.rows import row_of
from functions.dashboard.visitor import Visitor, own_path, url_of, visitor
from shared import clock, wiring
from shared.accounts import listing
from shared.domain.errors import InvalidRequest
from shared.posts import attention, history
from shared.posts.attention import Attention
from shared.posts.history import Page
from shared.web.pages import redirect_to
from shared.wiring import Parts

MOST_ROWS = 50
"""How many rows a page can ask for again at once."""


def show_start() -> flask.Response:
    """The start page is the list of posts."""
    return redirect_to(url_of("/posts"))


def show_posts() -> flask.Response:
    parts = wiring.parts()
    who = visitor(parts, reads=listing.integration_paths)
    count_meanwhile(who, parts)
    filters = filters_of(flask.request.args)
    page = _read(parts, who, filters)
    names = names_by_id(who)
    return framed(
        "dashboard/posts.html",
        who,
        parts,
        section="posts",
        title="Posts",
        rows=[row_of(submission, names) for submission in page.submissions],
        names=names,
        back=filters.back,
        more=filters.after(page.cursor) if page.cursor else None,
        filters=filters,
        chips=list(chips(filters, names)),
        options=options(filters, names),
    )


def show_needs() -> flask.Response:
    """The strip above the list, which comes after the list: counting takes longer than a page."""
    parts = wiring.parts()
    who = visitor(parts, reads=listing.integration_paths)
    found = attention.counted(parts, who.user_id)
    return fragment("dashboard/needs.html", who, parts, needs=needs(found, who))


def show_rows() -> flask.Response:
    """The rows that the script of the list asks for: `ids`, separated by commas."""
    parts = wiring.parts()
    ids = flask.request.args.get("ids", "").split(",")[:MOST_ROWS]
    who, found = own_posts(ids, parts, more=listing.integration_paths)
    names, back = names_by_id(who), own_path(flask.request.args.get("back", "")) or "/posts"
    rows = [row_of(stored.submission, names) for stored in found.values()]
    return fragment("dashboard/post_rows.html", who, parts, rows=rows, names=names, back=back)


def _read(parts: Parts, who: Visitor, filters: Filters) -> Page:
    """A page of the list; an empty one for a cursor that is not valid."""
    query = filters.history_query(times.zone_of(who.timezone))
    try:
        page = history.read(parts, who.user_id, query)
    except InvalidRequest:
        return Page([], None)
    if filters.status != AT_RISK:
        return page
    return Page(list(filter(attention.is_at_risk, page.submissions)), page.cursor)


def needs(found: Attention, who: Visitor) -> list[dict[str, Any]]:
    """The strip above the list: what needs the user, each with an address that shows it."""
    zone = times.zone_of(who.timezone)
    since = attention.failed_since().astimezone(zone).date().isoformat()
    entries = (
        (found.failed, "failed", "failed", url_of("/posts", status="failed", **{"from": since})),
        (found.unconfirmed, "unconfirmed", "not confirmed", url_of("/posts", status="unconfirmed")),
        (found.at_risk, "at_risk", "at risk", url_of("/posts", status="at_risk")),
        (_to_reconnect(who), "reconnect", "", url_of("/settings/integrations")),
    )
    return [
        {"count": _shown(count), "kind": kind, "words": words or _accounts(count), "href": href}
        for count, kind, words, href in entries
        if count
    ]


def _accounts(count: int) -> str:
    return "account to reconnect" if count == 1 else "accounts to reconnect"


def _shown(count: int) -> str:
    return str(count) if count < attention.MOST_COUNTED else f"{attention.MOST_COUNTED - 1}+"


def _to_reconnect(who: Visitor) -> int:
    now = clock.now()
    return sum(
        must_be_reconnected(account, now)
        for integration in integrations_of(who)
        for account in integration.accounts.values()
    )
