"""When a post goes out, as the composer says it; wall times are read here, not in the browser."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.dashboard import times
from functions.dashboard.composer.draft import AT, NOW, Draft
from functions.dashboard.composer.faults import Fault, time_fault
from functions.dashboard.times import wall_text, wall_time, zone_name


@dataclass(frozen=True)
class When:
    """The time of a draft in words."""

    zone: str
    """With its offset at that time: "Europe/Berlin, UTC+1"."""
    at: datetime | None = None
    """The moment; None without a readable time."""
    words: str = ""
    """ "Tue 1 Dec, 09:00"; "" without a readable time."""
    distance: str = ""
    """ "in 3 days, 4 h"."""
    choices: tuple[tuple[str, str], ...] = ()
    """The two moments of a time that occurs twice: values of `fold`, and words."""
    moved: str = ""
    """The time on the clock to which a skipped time moves."""
    note: str = ""
    fault: Fault | None = None


def when_of(draft: Draft, now: datetime) -> When:
    """The time that a draft has chosen."""
    zone = draft.wall_zone
    here = When(zone_name(now, zone), now if draft.when == NOW else None)
    if draft.when != AT:
        return here
    if not draft.at:
        return replace(here, fault=time_fault("Choose a day and a time.", is_missing=True))
    try:
        read = wall_time(draft.at, zone, int(draft.fold or 0))
    except ValueError:
        return replace(here, fault=time_fault("This is not a day and a time."))
    words = f"{times.day_of(read.at, now, zone)}, {read.at.astimezone(zone):%H:%M}"
    when = When(zone_name(read.at, zone), read.at, words, distance(read.at - now))
    if read.is_skipped:
        moved = wall_text(read.at, zone)
        said = (
            f"The clock jumps over {draft.at[11:16]} on that day, so the time moved to "
            f"{moved[11:16]}."
        )
        return replace(when, moved=moved, note=said)
    if read.choices:
        choices = tuple(
            (str(fold), f"{'The second' if fold else 'The first'} one, {_offset(at, draft)}")
            for fold, at in enumerate(read.choices)
        )
        fault = None
        if not draft.fold:
            fault = time_fault(f"{draft.at[11:16]} occurs twice on that day. Choose one of them.")
        return replace(when, choices=choices, fault=fault)
    return when


def acts_of(draft: Draft, when: When, *, is_retry: bool) -> dict[str, str]:
    """What the button says for each choice of a time."""
    count = len(draft.accounts)
    accounts = "1 account" if count == 1 else f"{count} accounts"
    now = f"Retry on {accounts}" if is_retry else f"Publish to {accounts}"
    return {
        "now": now if count else ("Retry" if is_retry else "Publish now"),
        "at": f"Schedule for {when.words}" if when.words else "Schedule",
        "draft": "Save draft",
    }


def distance(left: timedelta) -> str:
    """How far away a time is: "in 3 days, 4 h"."""
    minutes = int(left.total_seconds() // 60)
    if minutes < 0:
        return "in the past"
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        day = "1 day" if days == 1 else f"{days} days"
        return f"in {day}, {hours} h" if hours else f"in {day}"
    if hours:
        return f"in {hours} h, {minutes} min" if minutes else f"in {hours} h"
    return f"in {minutes} min"


def preset(at: str, now: datetime, zone_of_user: str) -> tuple[str, str]:
    """`when` and `at` for the time in an address; now if it is none, or has passed."""
    try:
        read = wall_time(at, times.zone_of(zone_of_user))
    except ValueError:
        return NOW, ""
    return (AT, at[:16]) if read.at > now else (NOW, "")


def usual(now: datetime, zone_of_user: str) -> str:
    """The time that is offered first: tomorrow at 09:00."""
    tomorrow = now.astimezone(times.zone_of(zone_of_user)) + timedelta(days=1)
    return f"{tomorrow:%Y-%m-%d}T09:00"


def _offset(at: datetime, draft: Draft) -> str:
    return f"{at.astimezone(draft.wall_zone):%Z}, {zone_name(at, draft.wall_zone)}"
