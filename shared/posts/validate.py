"""The validation result of a post, as POST /v1/posts/validate returns it."""

from collections.abc import Sequence
from typing import Any

from shared.domain.errors import ApiError, ErrorCode, Violation
from shared.posts.checks import target_warnings
from shared.posts.findings import CheckedTarget, Findings
from shared.posts.request import PostRequest


def as_json(findings: Findings, request: PostRequest) -> dict[str, Any]:
    """{valid, targets: [{platform, accountId, valid, errors, warnings}], errors: [violation]}.

    Warnings need the files, so there are none while a file is not stored.
    """
    faults = [*findings.faults, *_upload_faults(findings.failed_upload)]
    return {
        "valid": findings.is_valid,
        "targets": [
            _target_json(
                target,
                target_warnings(request, target.requested, findings.media)
                if len(findings.media) == len(request.media)
                else [],
            )
            for target in findings.targets
        ],
        "errors": [fault.as_json() for fault in faults],
    }


def _target_json(target: CheckedTarget, warnings: Sequence[Violation]) -> dict[str, Any]:
    refusal = [_violation_of(target.refusal, target)] if target.refusal else []
    return {
        "platform": target.requested.platform,
        "accountId": target.resolved.account_id if target.resolved else None,
        "valid": target.is_valid,
        "errors": [fault.as_json() for fault in (*refusal, *target.faults)],
        "warnings": [warning.as_json() for warning in warnings],
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
