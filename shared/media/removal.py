"""Files that nothing uses any more, and files that a user deletes.

    a post is deleted, or edited to have other files   its files are looked at a day later
    the sweeper finds that no post uses a file         the file is going: no request finds it
    ten minutes later, still no post uses it           the object and its document are removed

A request that read the file's document before it was going may have its post stored meanwhile:
ten minutes are longer than any request. Then the file stays.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared import clock, logs
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.run import is_pending
from shared.domain.submission import Submission
from shared.gcp.firestore import (
    REMOVED,
    PreconditionFailed,
    commit,
    document,
    query_all,
    read_all,
)
from shared.gcp.media import due, media_path, posts_with, source_path
from shared.gcp.submissions import submission_from
from shared.media.library import media_not_found
from shared.media.names import name_of

if TYPE_CHECKING:
    from shared.gcp.storage import MediaBucket

log = logs.logger("media")

# So that a deletion can be undone.
UNUSED_FOR = timedelta(days=1)
# Longer than a request lives (deploy.sh).
GOING_FOR = timedelta(minutes=10)
PAGE = 200
# Posts that are read to know whether any uses a file, or all that do are being deleted.
_MOST_POSTS = 20


def release(db: Any, submission: Submission, kept: Iterable[str] = ()) -> None:
    """The post will not use its files any more, but for those with the ids `kept`.

    To be called before that is stored: looking at a file once too often is harmless. Raises
    StoreUnavailable.
    """
    user_id = submission.user_id
    paths = sorted({media_path(user_id, one) for one in submission.media_ids.difference(kept)})
    if not paths:
        return
    wake_at = clock.now() + UNUSED_FOR
    for snapshot in read_all(db, paths).values():
        if snapshot.exists and "goingAt" not in snapshot.to_dict():
            _change(db, snapshot, {"wakeAt": wake_at})


def delete(db: Any, user_id: str, media_id: str, snapshot: Any) -> None:
    """Delete a file of a user. `snapshot`: of its document. Raises ApiError, StoreUnavailable."""
    fields = document(snapshot)
    if fields is None or "goingAt" in fields:
        raise media_not_found(media_id)
    posts = [post.id for post in _using(db, user_id, media_id)]
    if posts:
        message = (
            f"A post uses this file: {posts[0]}. Delete the post, or edit it to have another file, "
            "first. GET /v1/media lists all posts that use a file."
        )
        raise ApiError(ErrorCode.INVALID_STATE, message)
    if not _leave(db, user_id, snapshot):
        message = "The file is being changed at the moment. Send the request again."
        raise ApiError(ErrorCode.INVALID_STATE, message)


def sweep(db: Any, bucket: "Callable[[], MediaBucket]") -> int:
    """Remove what is due, at most one page; how much. Raises StoreUnavailable."""
    return sum(_look_at(db, bucket, snapshot) for snapshot in due(db, clock.now(), PAGE))


def _look_at(db: Any, bucket: "Callable[[], MediaBucket]", snapshot: Any) -> bool:
    """Whether the file was removed."""
    fields = snapshot.to_dict()
    user_id, media_id = snapshot.reference.parent.parent.id, snapshot.id
    posts = _using(db, user_id, media_id)
    if posts:
        tomorrow = clock.now() + UNUSED_FOR
        wake_at = tomorrow if any(map(_is_being_deleted, posts)) else REMOVED
        going = {"goingAt": REMOVED} if "goingAt" in fields else {}
        _change(db, snapshot, {"wakeAt": wake_at, **going})
        return False
    if "goingAt" not in fields:
        _leave(db, user_id, snapshot)
        return False
    bucket().delete(name_of(media_id, fields["contentType"]))
    batch = db.batch()
    batch.delete(snapshot.reference)
    commit(batch, landed=lambda: False)
    log.info("unused file removed", extra=logs.fields(userId=user_id, mediaId=media_id))
    return True


def _using(db: Any, user_id: str, media_id: str) -> list[Any]:
    """Snapshots of the posts that use a file, or may use it again: all that are in the history."""
    return query_all(posts_with(db, user_id, [media_id]).limit(_MOST_POSTS))


def _is_being_deleted(post: Any) -> bool:
    """Whether the post is being deleted from its platforms, and then needs the file no more."""
    stored = submission_from(post)
    runs = (stored.submission.runs or {}) if stored else {}
    return any(is_pending(run.deletion) for run in runs.values())


def _leave(db: Any, user_id: str, snapshot: Any) -> bool:
    """From now on no request finds the file. Whether nothing else changed it first."""
    now = clock.now()
    source = snapshot.to_dict().get("sourceId")
    gone = [] if source is None else [db.document(source_path(user_id, source))]
    return _change(db, snapshot, {"goingAt": now, "wakeAt": now + GOING_FOR}, delete=gone)


def _change(db: Any, snapshot: Any, changes: dict[str, Any], delete: Iterable[Any] = ()) -> bool:
    batch = db.batch()
    option = db.write_option(last_update_time=snapshot.update_time)
    batch.update(snapshot.reference, changes, option=option)
    for reference in delete:
        batch.delete(reference)
    try:
        commit(batch, landed=lambda: False)
    except PreconditionFailed:
        log.info("file changed meanwhile: %s", snapshot.id)
        return False
    return True
