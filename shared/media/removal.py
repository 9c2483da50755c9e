"""Removing files: those that no post uses anymore, and those that a user deletes.

    a post is deleted, or edited to use other files   its files are checked a day later
    the sweeper finds that no post uses a file        the file is marked: requests do not find it
    ten minutes later, still no post uses it          the object and its document are removed

A request may have read the file's document before it was marked, and store its post afterwards.
Ten minutes are longer than any request, and then the file stays.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared import clock, logs
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.run import is_pending
from shared.domain.submission import Submission
from shared.gcp.firestore import PreconditionFailed, commit, document, query_all, read_all
from shared.gcp.media import due, media_path, posts_with, source_path
from shared.gcp.messages import REMOVED, Batch
from shared.gcp.submissions import submission_from
from shared.media.library import media_not_found
from shared.media.names import name_of

if TYPE_CHECKING:
    from shared.gcp.storage import MediaBucket

log = logs.logger("media")

# So that a user who deleted a post by mistake can still use its files.
UNUSED_FOR = timedelta(days=1)
# Longer than a request lives (deploy.sh).
MARKED_FOR = timedelta(minutes=10)
PAGE = 200
# Posts that are read to find out whether any uses a file.
_MOST_POSTS = 20


def release(db: Any, submission: Submission, kept: Iterable[str] = ()) -> None:
    """Let the sweeper check the files of a post that will use only those with the ids `kept`.

    Call it before that change is stored: one check too many is harmless. Raises StoreUnavailable.
    """
    user_id = submission.user_id
    paths = sorted({media_path(user_id, one) for one in submission.media_ids.difference(kept)})
    if not paths:
        return
    wake_at = clock.now() + UNUSED_FOR
    for snapshot in read_all(db, paths).values():
        if snapshot.exists and "markedAt" not in snapshot.to_dict():
            _change(db, snapshot, {"wakeAt": wake_at})


def delete(db: Any, user_id: str, media_id: str, snapshot: Any) -> None:
    """Delete a user's file. `snapshot` is its document. Raises ApiError, StoreUnavailable."""
    fields = document(snapshot)
    if fields is None or "markedAt" in fields:
        raise media_not_found(media_id)
    posts = [post.id for post in _using(db, user_id, media_id)]
    if posts:
        message = (
            f"Post {posts[0]} uses this file. First delete the post, or edit it to use another "
            "file. GET /v1/media lists the posts that use a file."
        )
        raise ApiError(ErrorCode.INVALID_STATE, message)
    if not _mark(db, user_id, snapshot):
        message = "Another request is changing this file. Send the request again."
        raise ApiError(ErrorCode.INVALID_STATE, message)


def sweep(db: Any, bucket: "Callable[[], MediaBucket]") -> int:
    """Remove at most one page of what is due; returns how many. Raises StoreUnavailable."""
    return sum(_check(db, bucket, snapshot) for snapshot in due(db, clock.now(), PAGE))


def _check(db: Any, bucket: "Callable[[], MediaBucket]", snapshot: Any) -> bool:
    """Whether the file was removed."""
    fields = snapshot.to_dict()
    user_id, media_id = snapshot.reference.parent.parent.id, snapshot.id
    posts = _using(db, user_id, media_id)
    if posts:
        tomorrow = clock.now() + UNUSED_FOR
        wake_at = tomorrow if any(map(_is_being_deleted, posts)) else REMOVED
        unmarked = {"markedAt": REMOVED} if "markedAt" in fields else {}
        _change(db, snapshot, {"wakeAt": wake_at, **unmarked})
        return False
    if "markedAt" not in fields:
        _mark(db, user_id, snapshot)
        return False
    bucket().delete(name_of(media_id, fields["contentType"]))
    batch = Batch(db)
    batch.delete(snapshot.reference)
    commit(batch, landed=lambda: False)
    log.info("unused file removed", extra=logs.fields(userId=user_id, mediaId=media_id))
    return True


def _using(db: Any, user_id: str, media_id: str) -> list[Any]:
    """The posts in the history that use a file: each may be published again."""
    return query_all(posts_with(db, user_id, [media_id]).limit(_MOST_POSTS))


def _is_being_deleted(post: Any) -> bool:
    """Whether the post is being deleted from its platforms; then it no longer needs the file."""
    stored = submission_from(post)
    runs = (stored.submission.runs or {}) if stored else {}
    return any(is_pending(run.deletion) for run in runs.values())


def _mark(db: Any, user_id: str, snapshot: Any) -> bool:
    """Hide the file from requests; returns False if something else changed it first."""
    now = clock.now()
    source = snapshot.to_dict().get("sourceId")
    gone = [] if source is None else [db.document(source_path(user_id, source))]
    return _change(db, snapshot, {"markedAt": now, "wakeAt": now + MARKED_FOR}, delete=gone)


def _change(db: Any, snapshot: Any, changes: dict[str, Any], delete: Iterable[Any] = ()) -> bool:
    batch = Batch(db)
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
