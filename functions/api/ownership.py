"""The post that a route changes, if it is the caller's."""

from uuid import UUID

from functions.api.caller import Caller, authenticate
from shared import wiring
from shared.domain.errors import ApiError, ErrorCode
from shared.gcp.runs import submission_path
from shared.gcp.submissions import StoredSubmission
from shared.posts import view


def own_post(post_id: UUID) -> tuple[Caller, StoredSubmission]:
    """The post, and the caller, who may change it. Raises ApiError."""
    path = submission_path(str(post_id))
    caller = authenticate(wiring.parts(), reads=lambda _: [path])
    caller.require_subscription()
    caller.submission_id = str(post_id)
    stored = view.owned(caller.documents[path], caller.principal.user_id)
    if stored is None:
        raise ApiError(ErrorCode.NOT_FOUND, f"There is no post {post_id} of yours.")
    return caller, stored
