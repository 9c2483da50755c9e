"""The numbers of posts that the collector read.

The numbers of a post lie in its run (`metrics`, and all of them in `metricSeries`) and, the latest,
in its submission (`metrics.{runId}`), so that lists need no further read. `metricsAt` of a run is
when its post is read next.

`users/{uid}/metricDays/{day}:{platform}:{accountId}`: by how much the numbers of an account's posts
grew on a UTC day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.accounts import OfAccount
from shared.domain.content import Content
from shared.domain.metrics import Metric, Numbers, Reading, growth, merged
from shared.domain.run import Run, RunStatus, is_deleted
from shared.gcp.collecting import METRICS, note_due
from shared.gcp.firestore import commit, each_of, query_all
from shared.gcp.messages import REMOVED, Batch
from shared.gcp.runs import StoredRun, run_from, submission_path

MOST_READINGS = 200
"""Of a post; more than Soku makes by itself. A run must stay far below Firestore's 1 MiB."""

# Of one commit, which writes two documents for each post; Firestore allows 500.
_BATCH = 200


@dataclass(frozen=True)
class Measured:
    """A run whose post has numbers, or will have."""

    stored: StoredRun
    reference: Any
    latest: Reading | None
    series: tuple[Reading, ...]
    """All readings that brought something new, the oldest first."""
    due_at: datetime | None
    """When it is read next."""
    asked_at: datetime | None = None
    """When the user last asked for it."""

    @property
    def run(self) -> Run:
        return self.stored.run

    @property
    def is_live(self) -> bool:
        run = self.run
        return (
            run.status is RunStatus.SUCCEEDED
            and run.platform_post_id is not None
            and run.finished_at is not None
            and not is_deleted(run.deletion)
        )

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All that is kept, in whichever field."""
        return self.series if self.latest is None else (*self.series, self.latest)

    @property
    def content(self) -> Content:
        return self.run.content


def runs_to_read(
    db: firestore.Client, owner: OfAccount, limit: int, *, until: datetime | None = None
) -> list[Measured]:
    """Runs of an account whose numbers are to be read by `until`, the longest overdue first.

    Without `until`, those of any time. Raises StoreUnavailable.
    """
    # One after the other: a snapshot takes more memory than what is made of it.
    found = each_of(_to_read(db, owner, until).limit(limit))
    return [measured for snapshot in found if (measured := measured_from(snapshot))]


def pages_to_read(
    db: firestore.Client, owner: OfAccount, size: int, *, until: datetime | None = None
) -> Iterator[list[Measured]]:
    """All runs that `runs_to_read` could find, in pages. Raises StoreUnavailable."""
    query = _to_read(db, owner, until).limit(size)
    page = query_all(query)
    while page:
        yield [measured for snapshot in page if (measured := measured_from(snapshot))]
        page = query_all(query.start_after(page[-1])) if len(page) == size else []


def _to_read(db: firestore.Client, owner: OfAccount, until: datetime | None) -> Any:
    return (
        db.collection_group("runs")
        .where(filter=FieldFilter("userId", "==", owner.user_id))
        .where(filter=FieldFilter("platform", "==", owner.platform))
        .where(filter=FieldFilter("accountId", "==", owner.account_id))
        .where(filter=FieldFilter("metricsAt", "<=", until or _LATEST))
        .order_by("metricsAt")
    )


# Later than any time at which a post is read.
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def measured_from(snapshot: Any) -> Measured | None:
    stored = run_from(snapshot)
    if stored is None:
        return None
    fields = snapshot.to_dict()
    latest = fields.get("metrics")
    series = fields.get("metricSeries") or ()
    return Measured(
        stored,
        snapshot.reference,
        latest and reading_from(latest),
        tuple(map(reading_from, series)),
        fields.get("metricsAt"),
        fields.get("metricsAskedAt"),
    )


def ask_for(batch: Any, db: firestore.Client, measured: Measured, now: datetime) -> None:
    """Add to `batch` that the numbers of a run's post are to be read now."""
    batch.update(measured.reference, {"metricsAt": now, "metricsAskedAt": now})
    note_due(batch, db, measured.run, METRICS, now)


def next_due(db: firestore.Client, owner: OfAccount) -> datetime | None:
    """When the next post of an account is to be read. Raises StoreUnavailable."""
    found = runs_to_read(db, owner, 1)
    return found[0].due_at if found else None


def reading_from(fields: Mapping[str, Any]) -> Reading:
    numbers = fields.get("numbers") or {}
    return Reading(fields["at"], {name: numbers[name] for name in Metric if name in numbers})


def reading_fields(reading: Reading) -> dict[str, Any]:
    numbers = {name.value: value for name, value in reading.numbers.items()}
    return {"at": reading.at, "numbers": numbers}


@dataclass(frozen=True)
class NewReading:
    """What becomes of the numbers of a run's post."""

    measured: Measured
    numbers: Numbers | None
    """What was read now; None: nothing, and the last numbers stay."""
    next_at: datetime | None
    forgets_before: datetime | None = None
    """Readings before this time are removed: the platform does not let them be kept."""


def save_readings(
    db: firestore.Client, owner: OfAccount, readings: Sequence[NewReading], now: datetime
) -> None:
    """Store numbers that were read now, and when each post is read next.

    Raises PreconditionFailed when a run changed meanwhile, StoreUnavailable.
    """
    for start in range(0, len(readings), _BATCH):
        batch = Batch(db)
        grown: dict[Metric, int] = {}
        for reading in readings[start : start + _BATCH]:
            for name, change in _write_reading(batch, db, reading, now).items():
                grown[name] = grown.get(name, 0) + change
        if grown:
            numbers = {name.value: firestore.Increment(change) for name, change in grown.items()}
            _write_day(batch, db, owner, now, {"numbers": numbers})
        commit(batch, landed=lambda: False)


def _write_reading(
    batch: Any, db: firestore.Client, new: NewReading, now: datetime
) -> Mapping[Metric, int]:
    """Add one reading to `batch`; returns by how much the numbers grew."""
    measured, before = new.measured, new.measured.latest
    known = before.numbers if before else {}
    latest, grown = before, {}
    if new.numbers is not None:
        latest = Reading(now, merged(known, new.numbers))
        grown = growth(known, latest.numbers)
    if new.forgets_before is not None and latest and latest.at < new.forgets_before:
        latest = None
    series = _series_after(measured, latest, new.forgets_before)
    fields: dict[str, Any] = {"metricsAt": REMOVED if new.next_at is None else new.next_at}
    if latest != before:
        fields["metrics"] = REMOVED if latest is None else reading_fields(latest)
        path = db.field_path("metrics", measured.run.run_id)
        submission = db.document(submission_path(measured.run.submission_id))
        batch.update(submission, {path: fields["metrics"]})
    if series != measured.series:
        fields["metricSeries"] = [reading_fields(each) for each in series] or REMOVED
    option = db.write_option(last_update_time=measured.stored.update_time)
    batch.update(measured.reference, fields, option=option)
    return grown


def _series_after(
    measured: Measured, latest: Reading | None, forgets_before: datetime | None
) -> tuple[Reading, ...]:
    series = measured.series
    if latest is not None and (not series or series[-1].numbers != latest.numbers):
        series = (*series, latest)
    if len(series) > MOST_READINGS:
        # Every second one goes, but neither the first nor the last: the curve keeps its shape.
        series = (*series[:-1:2], series[-1])
    if forgets_before is not None:
        series = tuple(each for each in series if each.at >= forgets_before)
    return series


def days_path(user_id: str) -> str:
    return f"users/{user_id}/metricDays"


def note_followers(db: firestore.Client, owner: OfAccount, followers: int, now: datetime) -> None:
    """Store how many people follow an account on the day of `now`. Raises StoreUnavailable."""
    batch = Batch(db)
    _write_day(batch, db, owner, now, {"followers": followers})
    commit(batch, landed=lambda: False)


def _write_day(
    batch: Any, db: firestore.Client, owner: OfAccount, now: datetime, fields: dict[str, Any]
) -> None:
    """Add to `batch` what is known of the account for the day of `now`."""
    day = day_of(now)
    path = f"{days_path(owner.user_id)}/{day}:{owner.platform}:{owner.account_id}"
    known = {"day": day, "platform": owner.platform, "accountId": owner.account_id}
    batch.set(db.document(path), {**known, **fields}, merge=True)


@dataclass(frozen=True)
class Day:
    """By how much the numbers of an account's posts grew on a UTC day."""

    day: str
    platform: str
    account_id: str
    numbers: Mapping[Metric, int]
    followers: int | None
    """How many people followed the account on that day, if they were counted."""


def days_of(db: firestore.Client, user_id: str, first: date, last: date, limit: int) -> list[Day]:
    """Days of all accounts of a user from `first` to `last`. Raises StoreUnavailable."""
    query = (
        db.collection(days_path(user_id))
        .where(filter=FieldFilter("day", ">=", first.isoformat()))
        .where(filter=FieldFilter("day", "<=", last.isoformat()))
        .order_by("day")
        .limit(limit)
    )
    return [_day_from(snapshot.to_dict()) for snapshot in each_of(query)]


def _day_from(fields: Mapping[str, Any]) -> Day:
    numbers = fields.get("numbers") or {}
    return Day(
        day=fields["day"],
        platform=fields["platform"],
        account_id=fields["accountId"],
        numbers={name: numbers[name] for name in Metric if name in numbers},
        followers=fields.get("followers"),
    )


def day_of(moment: datetime) -> str:
    """The UTC day of a moment, as YYYY-MM-DD."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def forget_days(db: firestore.Client, owner: OfAccount, until: datetime) -> None:
    """Remove the days of an account that began before `until`. Raises StoreUnavailable."""
    query = (
        db.collection(days_path(owner.user_id))
        .where(filter=FieldFilter("platform", "==", owner.platform))
        .where(filter=FieldFilter("accountId", "==", owner.account_id))
        .where(filter=FieldFilter("day", "<=", day_of(until)))
        .order_by("day")
        .limit(_BATCH)
    )
    while found := query_all(query):
        batch = Batch(db)
        for snapshot in found:
            batch.delete(snapshot.reference)
        commit(batch, landed=lambda: False)
