"""The files of a user, the newest first, each with the posts that use it."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.clock import EPOCH
from shared.domain.errors import InvalidRequest, Violation
from shared.domain.media import MediaAsset
from shared.gcp.firestore import query_all
from shared.gcp.media import Position, asset_from, newest, posts_with
from shared.media.names import MEDIA_ID
from shared.web.strict import Strict

# As many as one query for their posts can name.
MOST_PER_PAGE = 30
# Posts that are read for one page.
MOST_POSTS = 500
_LONGEST_CURSOR = 300


def _whole_number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,3}", value) else value


class MediaQuery(Strict):
    """The parameters of GET /v1/media."""

    limit: Annotated[int, Field(ge=1, le=MOST_PER_PAGE), BeforeValidator(_whole_number)] = 20
    """The maximum number of files. `nextCursor` is null only on the last page."""
    cursor: Annotated[str, Field(max_length=_LONGEST_CURSOR)] | None = None
    """The `nextCursor` of the previous page."""


@dataclass(frozen=True)
class StoredFile:
    asset: MediaAsset
    created_at: datetime
    source_url: str | None
    used_by: Sequence[str]
    """Ids of posts."""


@dataclass(frozen=True)
class Page:
    files: Sequence[StoredFile]
    cursor: str | None
    """The beginning of the next page; None on the last."""


def read(db: Any, user_id: str, query: MediaQuery) -> Page:
    """One page. Raises InvalidRequest, StoreUnavailable."""
    after = None if query.cursor is None else _read_cursor(query.cursor)
    snapshots = newest(db, user_id, after, query.limit + 1)
    page = [(snapshot.id, snapshot.to_dict()) for snapshot in snapshots[: query.limit]]
    cursor = None
    if len(snapshots) > query.limit:
        media_id, fields = page[-1]
        cursor = _cursor(Position(fields["createdAt"], media_id))
    present = {media_id: fields for media_id, fields in page if "markedAt" not in fields}
    users = _users(db, user_id, list(present))
    return Page([_file(fields, users[one]) for one, fields in present.items()], cursor)


def _users(db: Any, user_id: str, media_ids: Sequence[str]) -> dict[str, list[str]]:
    """The posts that use each of these files."""
    users: dict[str, list[str]] = {media_id: [] for media_id in media_ids}
    if not media_ids:
        return users
    query = posts_with(db, user_id, media_ids).select(["mediaIds"]).limit(MOST_POSTS)
    for post in query_all(query):
        for media_id in post.get("mediaIds"):
            users.get(media_id, []).append(post.id)
    return users


def _file(fields: Mapping[str, Any], used_by: Sequence[str]) -> StoredFile:
    return StoredFile(asset_from(fields), fields["createdAt"], fields.get("sourceUrl"), used_by)


def _cursor(position: Position) -> str:
    micros = (position.created_at - EPOCH) // timedelta(microseconds=1)
    content = json.dumps([micros, position.media_id])
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Position:
    try:
        micros, media_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if re.fullmatch(MEDIA_ID, media_id):
            return Position(EPOCH + timedelta(microseconds=micros), media_id)
    except (binascii.Error, ValueError, TypeError, OverflowError):
        pass
    message = "The cursor is not valid. Send the nextCursor of the previous page unchanged."
    raise InvalidRequest([Violation("cursor", "invalid", message)])
