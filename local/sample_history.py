"""A long sample history for a user: posts of every kind from the last two years."""

import uuid
from datetime import datetime, timedelta
from random import Random

from google.cloud import firestore

from shared import clock
from shared.domain.content import Content
from shared.domain.errors import ErrorCategory
from shared.domain.run import RunError, RunStatus
from shared.domain.submission import RunSummary, Submission, SubmissionStatus, Target, roll_up
from shared.gcp.runs import submission_path
from shared.gcp.submissions import submission_fields

SPAN = timedelta(days=730)
_BATCH = 450
_WORDS = (
    *("morning", "coffee", "market", "harvest", "river", "window", "garden", "winter", "summer"),
    *("bicycle", "kitchen", "letter", "music", "paper", "stone", "bridge", "lantern", "story"),
    *("bread", "train", "island", "forest", "painter", "signal", "crème", "東京"),
)
_PLATFORMS = ("x", "threads", "instagram", "linkedin")
_FAILED = RunError(ErrorCategory.MEDIA_ERROR, "media_error", "The picture is damaged.", False)
_S = SubmissionStatus


def fill(db: firestore.Client, user_id: str, count: int) -> list[Submission]:
    """Store `count` posts and return them, oldest first. The same user gets the same posts."""
    random = Random(user_id)
    now = clock.now()
    submissions = [
        _post(user_id, number, now - SPAN + number * SPAN / count, random)
        for number in range(count)
    ]
    for start in range(0, count, _BATCH):
        batch = db.batch()
        for submission in submissions[start : start + _BATCH]:
            path = submission_path(submission.submission_id)
            batch.set(db.document(path), submission_fields(submission))
        batch.commit()
    return submissions


def _post(user_id: str, number: int, created_at: datetime, random: Random) -> Submission:
    platforms = random.sample(_PLATFORMS, random.choice((1, 1, 2, 3)))
    text = f"Post number{number}: {' '.join(random.choices(_WORDS, k=5))}"
    targets = tuple(
        Target(platform, f"{platform}_{random.randint(1, 3)}", platform, Content(text))
        for platform in platforms
    )
    sent = [{"platform": target.platform, "accountId": target.account_id} for target in targets]
    status = random.choices((_S.SUCCEEDED, _S.QUEUED, _S.DRAFT, _S.CANCELED), (17, 1, 1, 1))[0]
    runs = _runs(targets, created_at, random) if status is _S.SUCCEEDED else None
    is_scheduled = status is _S.QUEUED or random.random() < 0.3
    return Submission(
        submission_id=str(uuid.UUID(int=random.getrandbits(128), version=4)),
        user_id=user_id,
        mode="live",
        request={"post": {"content": {"text": text, "platform": sent}}},
        request_id=f"req_{number}",
        targets=targets,
        status=(runs and roll_up(run.status for run in runs.values())) or status,
        created_at=created_at,
        updated_at=created_at,
        text=text,
        scheduled_time=created_at + SPAN + timedelta(days=1) if is_scheduled else None,
        runs=runs,
    )


def _runs(targets: tuple[Target, ...], at: datetime, random: Random) -> dict[str, RunSummary]:
    """One run in twenty has failed."""
    runs = {}
    for target in targets:
        has_failed = random.random() < 0.05
        runs[target.run_id] = RunSummary(
            target.platform,
            target.account_id,
            RunStatus.FAILED if has_failed else RunStatus.SUCCEEDED,
            queued_at=at,
            started_at=at,
            finished_at=at,
            platform_post_id=None if has_failed else f"{random.getrandbits(60)}",
            permalink=None if has_failed else f"https://{target.platform}.example/{at:%s}",
            error=_FAILED if has_failed else None,
        )
    return runs
