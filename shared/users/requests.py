"""A user's recent API requests, in pages."""

import re
from dataclasses import dataclass
from datetime import datetime

from shared.domain.schedule import UnreadableTime, parse_time
from shared.gcp.request_log import LoggedRequest, requests_of
from shared.wiring import Parts

PER_PAGE = 20
MOST_READ = 200
"""Requests that one page looks at when it shows only the failed ones."""
# As the API makes them: none of the ids that Firestore reserves or refuses.
_LINE_ID = re.compile("req_[0-9a-f]{24}|[A-Za-z0-9._-]{1,128}~[A-Za-z0-9]{1,8}")
_FAILED = 400


@dataclass(frozen=True)
class RequestPage:
    requests: list[LoggedRequest]
    cursor: str | None
    """The beginning of the next page; None on the last."""


def recent(user_id: str, parts: Parts, *, cursor: str = "", failed: bool = False) -> RequestPage:
    """One page, newest first; `failed`: only those that were refused or failed.

    A cursor that is not ours starts at the first page. Raises StoreUnavailable.
    """
    limit = MOST_READ if failed else PER_PAGE
    read = requests_of(parts.db, user_id, _position(cursor), limit + 1)
    matches = [line for line in read[:limit] if not failed or line.status >= _FAILED]
    shown = matches[:PER_PAGE]
    if len(matches) > PER_PAGE:
        return RequestPage(shown, _cursor(shown[-1]))
    has_more = len(read) > limit
    return RequestPage(shown, _cursor(read[limit - 1]) if has_more else None)


def _cursor(line: LoggedRequest) -> str:
    return f"{line.created_at.isoformat()}_{line.line_id}"


def _position(cursor: str) -> tuple[datetime, str] | None:
    time, _, line_id = cursor.partition("_")
    if not _LINE_ID.fullmatch(line_id):
        return None
    try:
        return parse_time(time), line_id
    except UnreadableTime:
        return None
