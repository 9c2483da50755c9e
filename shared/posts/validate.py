"""The validation result of a post, as POST /v1/posts/validate returns it."""

from typing import Any

from shared.domain.errors import ApiError, ErrorCode, Violation
from shared.posts.findings import CheckedTarget, Findings


def as_json(findings: Findings) -> dict[str, Any]:
    """{valid, targets: [{platform, accountId, valid, errors}], errors: [violation]}."""
    faults = [*findings.faults, *_upload_faults(findings.failed_upload)]
    return {
        "valid": findings.is_valid,
        "targets": [_target_json(target) for target in findings.targets],
        "errors": [fault.as_json() for fault in faults],
    }


def _target_json(target: CheckedTarget) -> dict[str, Any]:
    refusal = [_violation_of(target.refusal, target)] if target.refusal else []
    return {
        "platform": target.requested.platform,
        "accountId": target.resolved.account_id if target.resolved else None,
        "valid": target.is_valid,
        "errors": [fault.as_json() for fault in (*refusal, *target.faults)],
    }


def _violation_of(refusal: ApiError, target: CheckedTarget) -> Violation:
    requested = target.requested
    return Violation(requested.path, refusal.code.value, refusal.message, requested.platform)


def _upload_faults(failed: ApiError | None) -> list[Violation]:
    """One for each file that could not be downloaded or stored, at its place."""
    return [
        Violation(detail["field"], ErrorCode.UPLOAD_FAILED.value, detail["message"])
        for detail in (failed.details if failed else ())
    ]
