"""How a submission is found in its user's history: by phase, platform, account and words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import chain

from shared.domain.captions import words_of
from shared.domain.submission import Submission, SubmissionStatus

# A document may have 40,000 index entries, and each term adds one to every index that includes it.
MOST_TERMS = 2000

_SCHEDULED = "scheduled"
_UNDATED = "undated"
_S = SubmissionStatus


class Sort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    SCHEDULED = "scheduled"


def phase_of(submission: Submission) -> str:
    """The status; but `scheduled` for a queued post that waits for its time, and `undated` for a
    draft without a time, which is in no calendar.
    """
    if submission.status is _S.DRAFT and submission.scheduled_time is None:
        return _UNDATED
    return _SCHEDULED if submission.is_scheduled else submission.status.value


def _phases(*phases: str) -> frozenset[str]:
    return frozenset(phases)


STATUS_PHASES: Mapping[str, frozenset[str]] = {
    **{status.value: _phases(status) for status in _S},
    "draft": _phases(_S.DRAFT, _UNDATED),
    "scheduled": _phases(_SCHEDULED),
    "queued": _phases(_S.QUEUED, _SCHEDULED),
    "processing": _phases(_S.ORCHESTRATING, _S.DISPATCHED),
    "publishing": _phases(_S.QUEUED, _S.ORCHESTRATING, _S.DISPATCHED),
    "published": _phases(_S.SUCCEEDED),
    "failed": _phases(_S.FAILED, _S.PARTIALLY_FAILED),
}
"""The phases of each `status` and each `displayStatus`."""

PLANNED_PHASES = frozenset().union(*STATUS_PHASES.values()) - STATUS_PHASES["canceled"] - {_UNDATED}
"""The phases of what a calendar shows."""


def planned_at(submission: Submission) -> datetime:
    """When the post is sorted by schedule; without a scheduled time, its creation."""
    return submission.scheduled_time or submission.created_at


def terms_of(submission: Submission) -> list[str]:
    """Every platform, account and word that finds the submission."""
    targets = submission.targets
    places = chain(
        (platform_term(target.platform) for target in targets),
        (account_term(target.account_id) for target in targets),
    )
    captions = [submission.text or "", *(target.content.text for target in targets)]
    words = words_of("\n".join(dict.fromkeys(captions)))
    return list(_first(MOST_TERMS, chain(places, words)))


# No word begins with either character.
def platform_term(platform: str) -> str:
    return f"@{platform}"


def account_term(account_id: str) -> str:
    return f":{account_id}"


def _first(most: int, terms: Iterable[str]) -> Iterator[str]:
    """The first `most` different terms, without reading the rest."""
    yielded: set[str] = set()
    for term in terms:
        if term not in yielded:
            yielded.add(term)
            yield term
        if len(yielded) == most:
            return
