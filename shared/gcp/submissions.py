"""`postSubmissions/{id}`: one accepted request to publish, with a summary of its runs."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.cloud import firestore

from shared.domain.content import Content
from shared.domain.run import Run, RunStatus
from shared.domain.submission import Risk, RunSummary, Submission, SubmissionStatus, Target
from shared.gcp import history
from shared.gcp.firestore import difference, document, document_once, without_none
from shared.gcp.media import asset_fields, asset_from
from shared.gcp.runs import (
    deletion_fields,
    deletion_from,
    error_fields,
    error_from,
    submission_path,
)


@dataclass(frozen=True)
class StoredSubmission:
    """A submission with the version of its document."""

    submission: Submission
    update_time: Any
    terms: Collection[str] = ()
    """What finds it in the history, as it was stored."""


# Attribute of Submission -> field of the document, for values that are stored unchanged.
_PLAIN: Mapping[str, str] = {
    "user_id": "userId",
    "key_hash": "keyHash",
    "mode": "mode",
    "request_id": "requestId",
    "text": "text",
    "created_at": "createdAt",
    "updated_at": "updatedAt",
    "scheduled_time": "scheduledTime",
    "not_after": "notAfter",
    "generation": "generation",
    "remaining": "remaining",
    "wake_at": "wakeAt",
    "sweeps": "sweeps",
    "write_id": "writeId",
    "version": "version",
    "dispatch_failed_at": "dispatchFailedAt",
    "deleted_at": "deletedAt",
}


# Attribute of Run and of RunSummary -> field of the summary, for values that are stored unchanged.
_SUMMARIZED: Mapping[str, str] = {
    "queued_at": "queuedAt",
    "scheduled_time": "scheduledTime",
    "started_at": "startedAt",
    "finished_at": "finishedAt",
    "platform_post_id": "platformPostId",
    "permalink": "permalink",
}


def submission_fields(submission: Submission) -> dict[str, Any]:
    """The whole document of a submission."""
    return {**_plain_fields(submission), **history.terms_field(submission)}


def _plain_fields(submission: Submission) -> dict[str, Any]:
    """The document without the terms of the search."""
    runs = submission.runs
    return without_none(
        {
            "request": submission.request,
            "targets": [_target_fields(target, submission) for target in submission.targets],
            "media": [asset_fields(asset) for asset in submission.media] or None,
            "mediaIds": sorted(submission.media_ids) or None,
            "status": submission.status.value,
            "runSummary": None
            if runs is None
            else {run_id: summary_fields(summary) for run_id, summary in runs.items()},
            **{field: getattr(submission, name) for name, field in _PLAIN.items()},
            **history.fields_of(submission),
            # Zero and empty mean the same as absent, and every field costs.
            "sweeps": submission.sweeps or None,
            "writeId": submission.write_id or None,
            "version": submission.version or None,
        }
    )


def submission_from(snapshot: Any) -> StoredSubmission | None:
    fields = document(snapshot)
    if fields is None:
        return None
    summary = fields.get("runSummary")
    media = tuple(asset_from(entry) for entry in fields.get("media") or ())
    shared = Content(fields.get("text", ""), media=media)
    submission = Submission(
        submission_id=snapshot.id,
        request=fields["request"],
        media=media,
        targets=tuple(_target_from(target, shared) for target in fields["targets"]),
        status=SubmissionStatus(fields["status"]),
        runs=None
        if summary is None
        else {run_id: _summary_from(entry) for run_id, entry in summary.items()},
        **{name: fields[field] for name, field in _PLAIN.items() if field in fields},
    )
    terms = (fields.get("found") or {}).keys()
    return StoredSubmission(submission, getattr(snapshot, "update_time", None), terms)


def submission_once(
    db: firestore.Client,
    submission_id: str,
    condition: Callable[[StoredSubmission | None], bool],
    patience: timedelta,
) -> StoredSubmission | None:
    """The submission once `condition` is true for it, or as it is after `patience`.

    Raises StoreUnavailable.
    """
    return document_once(db, submission_path(submission_id), submission_from, condition, patience)


def changed_fields(before: Submission, after: Submission) -> dict[str, Any]:
    """What an update must write to turn the document of `before` into that of `after`."""
    changed = difference(_plain_fields(before), _plain_fields(after))
    if _searched(before) == _searched(after):
        return changed
    # Those of `before` are not computed only to compare them.
    return {**changed, **difference({"found": None}, history.terms_field(after))}


def _searched(submission: Submission) -> tuple[Any, ...]:
    """All that the terms of the search depend on and that can change."""
    targets = [(each.target_id, each.content.text) for each in submission.targets]
    return submission.text, targets, submission.deleted_at is None


def summary_of(run: Run) -> RunSummary:
    return RunSummary(
        platform=run.platform,
        account_id=run.account_id,
        status=run.status,
        next_attempt_at=run.next_attempt_at if run.failures else None,
        error=run.error,
        deletion=run.deletion,
        **{name: getattr(run, name) for name in _SUMMARIZED},
    )


def summary_fields(summary: RunSummary) -> dict[str, Any]:
    return without_none(
        {
            "platform": summary.platform,
            "accountId": summary.account_id,
            "status": summary.status.value,
            "nextAttemptAt": summary.next_attempt_at,
            "error": error_fields(summary.error),
            "deletion": deletion_fields(summary.deletion),
            **{field: getattr(summary, name) for name, field in _SUMMARIZED.items()},
        }
    )


def _summary_from(fields: Mapping[str, Any]) -> RunSummary:
    return RunSummary(
        platform=fields["platform"],
        account_id=fields["accountId"],
        status=RunStatus(fields["status"]),
        next_attempt_at=fields.get("nextAttemptAt"),
        error=error_from(fields.get("error")),
        deletion=deletion_from(fields.get("deletion")),
        **{name: fields[field] for name, field in _SUMMARIZED.items() if field in fields},
    )


def _target_fields(target: Target, submission: Submission) -> dict[str, Any]:
    """A target, with its content only where that differs from the submission's."""
    own_media = submission.own_media(target)
    return without_none(
        {
            "platform": target.platform,
            "accountId": target.account_id,
            "targetId": target.target_id,
            "runId": target.run_id,
            "text": submission.own_text(target),
            "hasOwnText": target.has_own_text or None,
            "options": dict(target.content.options) or None,
            "media": None if own_media is None else [asset_fields(asset) for asset in own_media],
            "risk": target.risk and _risk_fields(target.risk),
        }
    )


def _target_from(fields: Mapping[str, Any], shared: Content) -> Target:
    own_media = fields.get("media")
    media = shared.media if own_media is None else tuple(asset_from(entry) for entry in own_media)
    return Target(
        platform=fields["platform"],
        account_id=fields["accountId"],
        run_id=fields["runId"],
        content=Content(fields.get("text", shared.text), fields.get("options") or {}, media),
        has_own_text=fields.get("hasOwnText", False),
        risk=_risk_from(fields["risk"]) if fields.get("risk") else None,
    )


def _risk_fields(risk: Risk) -> dict[str, Any]:
    return {"code": risk.code, "message": risk.message, "foundAt": risk.found_at}


def _risk_from(fields: Mapping[str, Any]) -> Risk:
    return Risk(fields["code"], fields["message"], fields["foundAt"])
