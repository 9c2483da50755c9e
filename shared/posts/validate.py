"""The validation result of a post, as POST /v1/posts/validate returns it."""

from typing import Any

from shared.domain.errors import MOST_VIOLATIONS, ApiError, ErrorCode, Violation
from shared.posts.checks import ContentChecks
from shared.posts.findings import CheckedTarget, Findings
from shared.posts.request import PostRequest


def as_json(findings: Findings, request: PostRequest) -> dict[str, Any]:
    """{valid, targets: [{platform, accountId, valid, errors, warnings}], errors: [violation]}."""
    faults = [*findings.faults, *_upload_faults(findings.failed_upload)]
    by_target = [_faults_of(target) for target in findings.targets]
    count = len(faults) + sum(map(len, by_target))
    if count > MOST_VIOLATIONS:
        by_target, faults = _first(by_target, faults)
        faults.append(_more(count))
    checks = ContentChecks(request, findings.media)
    return {
        "valid": findings.is_valid,
        "targets": [
            _target_json(target, own, checks.warnings(target.requested))
            for target, own in zip(findings.targets, by_target, strict=True)
        ],
        "errors": [fault.as_json() for fault in faults],
    }


def _target_json(
    target: CheckedTarget, faults: list[Violation], warnings: list[Violation]
) -> dict[str, Any]:
    return {
        "platform": target.requested.platform,
        "accountId": target.resolved.account_id if target.resolved else None,
        "valid": target.is_valid,
        "errors": [fault.as_json() for fault in faults],
        "warnings": [warning.as_json() for warning in warnings],
    }


def _faults_of(target: CheckedTarget) -> list[Violation]:
    refusal = [_violation_of(target.refusal, target)] if target.refusal else []
    return [*refusal, *target.faults]


def _first(
    by_target: list[list[Violation]], faults: list[Violation]
) -> tuple[list[list[Violation]], list[Violation]]:
    """The first MOST_VIOLATIONS of all: those of the whole request, then those of the targets."""
    faults = faults[:MOST_VIOLATIONS]
    left = MOST_VIOLATIONS - len(faults)
    listed = []
    for own in by_target:
        listed.append(own[:left])
        left -= len(listed[-1])
    return listed, faults


def _more(count: int) -> Violation:
    message = f"The request has {count} violations; the first {MOST_VIOLATIONS} are listed."
    return Violation("", "too_many_violations", message)


def _violation_of(refusal: ApiError, target: CheckedTarget) -> Violation:
    requested = target.requested
    return Violation(requested.path, refusal.code.value, refusal.message, requested.platform)


def _upload_faults(failed: ApiError | None) -> list[Violation]:
    """One for each file that could not be downloaded or stored, at its place."""
    return [
        Violation(detail["field"], ErrorCode.UPLOAD_FAILED.value, detail["message"])
        for detail in (failed.details if failed else ())
    ]
