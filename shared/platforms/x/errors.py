"""X's errors: RFC 7807 problems, older lists of errors, and OAuth's own shape.

Facts are from docs.x.com (fundamentals/response-codes-and-errors, rate-limits) as of
2026-11-22; where only other clients' reports are known, a comment says so.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared import clock
from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms import x
from shared.platforms.connecting import client_refused
from shared.platforms.http import Answer
from shared.platforms.wire import mappings, time_of

# Our own app has run out of credits or reached its monthly cap: it takes the operator to fix it.
OUT_OF_CREDITS_WAIT = timedelta(hours=1)
CAPPED_WAIT = timedelta(days=1)


def error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer of X means."""
    problem = _problem(answer)
    said: dict[str, Any] = {"platform_code": problem.code, "platform_message": problem.detail}
    match answer.status:
        case 401:
            return TokenExpired(x.ABOUT.reconnect, **said)
        case 402:
            return RateLimited(
                "Soku's X app is out of credits. The operator must add credits.",
                retry_after=OUT_OF_CREDITS_WAIT,
                concerns_operator=True,
                **said,
            )
        case 429:
            return _rate_limited(answer, problem, said)
        case 403:
            return _forbidden(problem, said)
        case 400 if problem.says("media ids"):
            return MediaRejected(f"X cannot use the media: {problem.detail}", **said)
        case 400 | 404 | 409 | 413 | 431:
            return Rejected(
                f"X refused the post: {problem.detail}",
                category=ErrorCategory.VALIDATION,
                **said,
            )
    return Rejected(f"X refused the post: {problem.detail}", **said)


class _Problem:
    """What X's four shapes of error body have in common."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail

    def says(self, *phrases: str) -> bool:
        return any(phrase in self.detail.lower() for phrase in phrases)


def _problem(answer: Answer) -> _Problem:
    body = answer.fields()
    errors = mappings(body.get("errors"))
    first = errors[0] if errors else {}
    # The host of a problem's `type` differs between documents: its last segment is the name.
    kind = str(body.get("type", "")).rsplit("/", 1)[-1]
    code = kind if kind not in ("", "about:blank", "blank") else first.get("code")
    detail = first.get("message") or body.get("detail") or body.get("error_description")
    title = body.get("title") or body.get("error")
    return _Problem(str(code or answer.status), str(detail or title or f"HTTP {answer.status}"))


# 403 is several different things; only the detail, and sometimes the type, tells them apart.
def _forbidden(problem: _Problem, said: Mapping[str, Any]) -> PlatformError:
    if problem.says("duplicate content"):
        return DuplicateRejected(
            "X refused the post as a duplicate of an earlier one. Change the text, or find the "
            "earlier post in the account.",
            **said,
        )
    if problem.says("too long", "cashtag", "invalid url"):
        return Rejected(
            f"X refused the post: {problem.detail}", category=ErrorCategory.VALIDATION, **said
        )
    if problem.says("post a video longer"):
        return MediaRejected(f"X refused the video: {problem.detail}", **said)
    if problem.says("automated", "spam", "violates our rules", "withheld"):
        return ContentRejected(f"X's rules do not allow this post: {problem.detail}", **said)
    reason = (
        "the account is suspended"
        if problem.code == "user-suspended" or problem.says("suspended")
        else problem.detail
    )
    return Rejected(
        f"X does not allow this account to post: {reason}",
        category=ErrorCategory.PERMISSION,
        **said,
    )


def _rate_limited(answer: Answer, problem: _Problem, said: Mapping[str, Any]) -> PlatformError:
    if problem.code == "usage-capped":
        return RateLimited(
            "Soku's X app has reached its usage cap. The operator must raise it.",
            retry_after=CAPPED_WAIT,
            concerns_operator=True,
            **said,
        )
    return RateLimited(
        "X limits how often this account may post. Soku retries automatically.",
        retry_after=_until_reset(answer.headers),
        **said,
    )


def _until_reset(headers: Mapping[str, str]) -> timedelta:
    """The latest reset of an empty bucket; X's own window of 15 minutes when none is named.

    A 429 can come with calls left in the 15-minute bucket because a 24-hour one is empty.
    """
    buckets = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
    empty = [f"{bucket}-reset" for bucket in buckets if headers.get(f"{bucket}-remaining") == "0"]
    resets = [reset for name in empty if (reset := time_of(headers.get(name)))]
    named = time_of(headers.get("x-rate-limit-reset"))
    if not resets and named is None:
        return timedelta(minutes=15)
    reset = max(resets) if resets else named or clock.now()
    return max(reset - clock.now(), timedelta(seconds=1))


def refresh_error_of(answer: Answer) -> PlatformError:
    """The error that a refused token refresh means."""
    body = answer.fields()
    said: dict[str, Any] = {
        "platform_code": str(body.get("error", answer.status)),
        "platform_message": str(body.get("error_description", "")),
    }
    # X reports a fault of our request with the same code as a token or a code that is dead.
    is_incomplete = str(body.get("error_description")).startswith("Missing required parameter")
    is_dead = body.get("error") in ("invalid_request", "invalid_grant") and not is_incomplete
    if answer.status == 400 and is_dead:
        return ReconnectRequired(x.ABOUT.reconnect, **said)
    if answer.status == 429:
        return RateLimited(
            "X limits how often Soku may ask for tokens.",
            retry_after=_until_reset(answer.headers),
            **said,
        )
    if body.get("error") in ("unauthorized_client", "invalid_client"):
        return client_refused(x.ABOUT, **said)
    return PlatformUnavailable(f"X returned no token: HTTP {answer.status}.", **said)
