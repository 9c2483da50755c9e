"""The post of a route, if it belongs to the caller."""

from uuid import UUID

from functions.api.caller import Caller, authenticate
from shared import wiring
from shared.domain.errors import ApiError, ErrorCode
from shared.gcp.runs import submission_path
from shared.gcp.submissions import StoredSubmission
from shared.posts import view


def own_post(post_id: UUID, *, read_only: bool = False) -> tuple[Caller, StoredSubmission]:
    """The caller, who may change posts unless `read_only`, and the caller's post.

    Raises ApiError.
    """
    path = submission_path(str(post_id))
    caller = authenticate(wiring.parts(), reads=lambda _: [path])
    if not read_only:
        caller.require_subscription()
    caller.submission_id = str(post_id)
    stored = view.owned(caller.documents[path], caller.principal.user_id)
    if stored is None:
        raise post_not_found(post_id)
    if not read_only and (caller.principal.mode, stored.submission.mode) == ("test", "live"):
        message = "A test key cannot change a live post. Send a live key."
        raise ApiError(ErrorCode.FORBIDDEN, message)
    return caller, stored


def post_not_found(post_id: UUID | str) -> ApiError:
    """The error for a post that does not exist or belongs to another user."""
    return ApiError(ErrorCode.NOT_FOUND, f"Post {post_id} not found.")
