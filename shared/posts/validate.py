"""What the checks of a post found, as POST /v1/posts/validate says it: one verdict a target."""

from typing import Any

from shared.domain.errors import ApiError, ErrorCode, Violation
from shared.posts.findings import Findings, Verdict


def as_json(found: Findings) -> dict[str, Any]:
    """{valid, targets: [{platform, accountId, valid, errors}], errors: [fault]}."""
    faults = [*found.faults, *_upload_faults(found.failed_upload)]
    return {
        "valid": found.is_right,
        "targets": [_verdict_json(verdict) for verdict in found.verdicts],
        "errors": [fault.as_json() for fault in faults],
    }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    refusal = [_fault_of(verdict.refusal, verdict)] if verdict.refusal else []
    return {
        "platform": verdict.requested.platform,
        "accountId": verdict.resolved.account_id if verdict.resolved else None,
        "valid": verdict.is_right,
        "errors": [fault.as_json() for fault in (*refusal, *verdict.faults)],
    }


def _fault_of(refusal: ApiError, verdict: Verdict) -> Violation:
    requested = verdict.requested
    return Violation(requested.path, refusal.code.value, refusal.message, requested.platform)


def _upload_faults(failed: ApiError | None) -> list[Violation]:
    """One for each file that could not be had, at the place that names it."""
    return [
        Violation(detail["field"], ErrorCode.UPLOAD_FAILED.value, detail["message"])
        for detail in (failed.details if failed else ())
    ]
