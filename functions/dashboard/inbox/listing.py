"""The list of comments and mentions."""

import flask

from functions.dashboard.captions import caption_of
from functions.dashboard.frame import count_meanwhile, framed
from functions.dashboard.inbox.filters import Filters, chips, filters_of, options, tabs
from functions.dashboard.inbox.rows import captions_of, row_of
from functions.dashboard.inbox.sources import Sources, sources_of
from functions.dashboard.own_accounts import account_names
from functions.dashboard.visitor import Visitor, visitor
from shared import wiring
from shared.accounts import listing
from shared.domain.errors import InvalidRequest
from shared.gcp.runs import submission_path
from shared.inbox import listing as inbox
from shared.inbox.listing import InboxPage
from shared.posts import view
from shared.wiring import Parts


def show_inbox() -> flask.Response:
    parts, filters = wiring.parts(), filters_of(flask.request.args)
    post = [submission_path(filters.post)] if filters.post else []
    who = visitor(parts, reads=lambda user: [*listing.integration_paths(user), *post])
    count_meanwhile(who, parts)
    page, names = _read(parts, who, filters), account_names(who)
    captions = captions_of(page.items, who, parts)
    by_id = {account_id: name for (_, account_id), name in names.items()}
    return framed(
        "dashboard/inbox.html",
        who,
        parts,
        section="inbox",
        title="Inbox",
        rows=[row_of(item, captions) for item in page.items],
        names=names,
        filters=filters,
        tabs=tabs(filters),
        chips=list(chips(filters, by_id, _caption(filters, who))),
        options=options(filters, names),
        back=filters.back,
        more=filters.after(page.cursor) if page.cursor else None,
        sources=_sources(filters, who, parts),
        current=flask.request.args.get("at", ""),
    )


def _read(parts: Parts, who: Visitor, filters: Filters) -> InboxPage:
    """A page of the list; an empty one for a cursor that is not valid."""
    try:
        return inbox.read(parts, who.user_id, filters.inbox_query)
    except InvalidRequest:
        return InboxPage([], None)


def _caption(filters: Filters, who: Visitor) -> str:
    """The text of the post that is filtered by."""
    if not filters.post:
        return ""
    stored = view.owned(who.documents[submission_path(filters.post)], who.user_id)
    return caption_of(stored.submission)[:60] if stored else filters.post


def _sources(filters: Filters, who: Visitor, parts: Parts) -> Sources | None:
    """Only the first page says which accounts show no comments: it costs a read of each."""
    is_beside = "at" in flask.request.args
    return None if filters.cursor or is_beside else sources_of(who, parts)
