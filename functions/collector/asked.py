"""What users asked to be done with comments on their platform: hide, show, delete, read again."""

from dataclasses import replace
from typing import Any

from functions.collector.spending import LONGEST_CALL, Progress
from shared import clock, logs
from shared.accounts.acting import calling
from shared.domain.errors import (
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.inbox import Asked, Item, read_again
from shared.gcp.firestore import commit, read_all
from shared.gcp.inbox import item_from, item_path, settle_ask, update_item
from shared.gcp.messages import Batch
from shared.platforms.comments import Comments, Target
from shared.platforms.http import ClaimLimits, Http
from shared.platforms.metrics import Reader
from shared.wiring import Parts

log = logs.logger("collector")

MOST_AT_ONCE = 50
"""Of one task; the others follow in the next one."""
# The item stays asked for, and the task is repeated.
_REPEATED = (TokenExpired, ReconnectRequired, RateLimited, PlatformUnavailable)


def answer_requests(progress: Progress, job: Comments, reader: Reader, parts: Parts) -> None:
    """Do what was asked, one comment after the other. Raises PlatformError: try again later."""
    asked: dict[str, Any] = dict(progress.collecting.requests.get("items", {}))
    for item_id in list(asked)[:MOST_AT_ONCE]:
        _answer(item_id, Asked(asked.pop(item_id)), job, reader, parts)
        rest = {"items": dict(asked)} if asked else {}
        progress.collecting = replace(progress.collecting, requests=rest)


def _answer(item_id: str, asked: Asked, job: Comments, reader: Reader, parts: Parts) -> None:
    owner = reader.account
    path = item_path(owner.user_id, item_id)
    item = item_from(read_all(parts.db, [path])[path])
    if item is None or (item.platform, item.account_id) != (owner.platform, owner.account_id):
        return
    problem, after = None, item
    limits = ClaimLimits(lease_until=clock.now() + LONGEST_CALL)
    try:
        with calling(owner.platform, parts, "changing a comment", limits=limits) as http:
            after = _done(item, asked, job, reader, http)
    except _REPEATED:
        raise
    except PlatformError as failure:
        log.info("a platform refused to change a comment: %s", failure.message)
        problem = failure.message
    batch = Batch(parts.db)
    if after is not item:
        update_item(batch, parts.db, after, job.kept)
    settle_ask(batch, parts.db, item, problem)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def _done(item: Item, asked: Asked, job: Comments, reader: Reader, http: Http) -> Item:
    """The item after the platform did what was asked. Raises PlatformError."""
    target, now = Target.of(item), clock.now()
    match asked:
        case Asked.HIDE | Asked.SHOW:
            job.set_hidden(target, asked is Asked.HIDE, reader, http)
            return replace(item, seen=replace(item.seen, is_hidden=asked is Asked.HIDE))
        case Asked.DELETE:
            job.delete(target, reader, http)
            return replace(item, deleted_at=now)
    seen = job.read_one(target, reader, http)
    if seen is None:
        return replace(item, deleted_at=now)
    return read_again(item, seen, now)
