"""An example of each error, made by the functions that raise it."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

from functions.api import app, body, caller, ownership
from functions.api.openapi.post_examples import AT, POST_ID, SUBMISSION, integration
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest
from shared.domain.submission import SubmissionStatus, move
from shared.domain.targets import RequestedTarget, resolve, unconnected
from shared.gcp.submissions import StoredSubmission
from shared.media.addresses import refusal
from shared.media.intake import NotStored, upload_failed
from shared.platforms import registry
from shared.posts import checks, edit, request, submit
from shared.web.envelope import error_json
from shared.wiring import Parts


def example_of(code: ErrorCode) -> dict[str, Any]:
    """The body of an answer with this error."""
    return error_json(_EXAMPLES[code](), "req_0123456789abcdef01234567", AT)


def _too_long_text() -> ApiError:
    content = {"text": "a" * 301, "platform": "x"}
    parsed = request.parse({"post": {"content": content}})
    return InvalidRequest(checks.target_faults(parsed, parsed.targets[0], ()))


def _unknown_account() -> ApiError:
    target = RequestedTarget("post.content.platform", "x", "x_old")
    return cast(ApiError, resolve([target], {"x": integration("x")}, registry.display_name)[0])


def _unreachable_file() -> ApiError:
    url = "https://example.com/cat.jpg"
    fetch = refusal("unreachable")

    def store() -> Any:
        raise NotStored(fetch.code, fetch.message)

    return _raised(lambda: upload_failed("post.content.mediaUrls[0]", store, url))


def _edit_after_start() -> ApiError:
    started = move(move(SUBMISSION, SubmissionStatus.ORCHESTRATING), SubmissionStatus.DISPATCHED)
    stored = StoredSubmission(started, None)
    # The status is checked before anything else, so no parts are needed.
    parts = cast(Parts, SimpleNamespace())
    return _raised(lambda: edit.edit(stored, {}, parts, before_fetch=lambda: None))


def _raised(act: Callable[[], object]) -> ApiError:
    try:
        act()
    except ApiError as error:
        return error
    raise ValueError("the example of an error raised none")


_EXAMPLES: Mapping[ErrorCode, Callable[[], ApiError]] = {
    ErrorCode.VALIDATION_ERROR: _too_long_text,
    ErrorCode.MISSING_INTEGRATIONS: lambda: unconnected(["tiktok"], registry.display_name),
    ErrorCode.MISSING_ACCOUNT: _unknown_account,
    ErrorCode.UPLOAD_FAILED: _unreachable_file,
    ErrorCode.UNAUTHORIZED: lambda: ApiError(ErrorCode.UNAUTHORIZED, caller.UNKNOWN_KEY),
    ErrorCode.FORBIDDEN: caller.inactive_subscription,
    ErrorCode.NOT_FOUND: lambda: ownership.post_not_found(POST_ID),
    ErrorCode.METHOD_NOT_ALLOWED: lambda: app.method_not_allowed(
        "/v1/posts", "PUT", ["GET", "POST"]
    ),
    ErrorCode.PAYLOAD_TOO_LARGE: body.too_large,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: lambda: body.not_json("text/plain"),
    ErrorCode.IDEMPOTENCY_CONFLICT: lambda: submit.key_conflict(POST_ID),
    ErrorCode.INVALID_STATE: _edit_after_start,
    ErrorCode.RATE_LIMIT_EXCEEDED: lambda: caller.too_many_requests(12),
    ErrorCode.DISPATCH_FAILED: lambda: submit.not_dispatched(POST_ID),
    ErrorCode.POST_CREATION_FAILED: submit.not_stored,
    ErrorCode.INTERNAL_ERROR: app.internal_error,
}
