"""How one number grew by day, as the analytics draw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from functions.dashboard.analytics.choice import Choice
from functions.dashboard.charts import Chart, Value, line_chart
from shared.domain.metrics import Metric
from shared.metrics.totals import Collected, Growth

_CHART_HEIGHT = 208


@dataclass(frozen=True)
class Growing:
    """How one number grew, on the days since something was collected."""

    days: Sequence[tuple[str, int]]
    chart: Chart
    most: tuple[str, int]
    """The best day."""
    unfinished: str
    """Today, if it is shown; otherwise "". It is not over yet."""


def growing(choice: Choice, by_day: Growth, found: Collected, metric: Metric) -> Growing | None:
    """None where nothing was collected: a line at 0 would say that nothing grew."""
    if not found.days:
        return None
    collected_from = min(day.day for day in found.days)
    every = [date.fromisoformat(entry.key["day"]) for entry in by_day.entries]
    shown = [
        (at, day, entry.numbers.get(metric, 0))
        for at, (day, entry) in enumerate(zip(every, by_day.entries, strict=True))
        if day.isoformat() >= collected_from and day <= choice.today
    ]
    width = max(len(every) - 1, 1)
    values = [
        Value(at / width if len(every) > 1 else 0.5, number, _day_words(day, choice.today))
        for at, day, number in shown
    ]
    is_open = shown[-1][1] == choice.today
    days = [(_day_words(day, choice.today), number) for _, day, number in shown]
    return Growing(
        days=days[::-1],
        chart=line_chart(values, _dates(every), _CHART_HEIGHT, is_open=is_open),
        most=max(days, key=lambda each: each[1]),
        unfinished=days[-1][0] if is_open else "",
    )


def range_words(choice: Choice) -> str:
    """The chosen days: "Last 30 days", "1 Dec 2026 to 5 Dec 2026"."""
    if choice.length:
        return f"Last {choice.length} days"
    first, last = (f"{_short(day)} {day.year}" for day in (choice.first, choice.last))
    return f"{first} to {last}" if first != last else first


def _day_words(day: date, today: date) -> str:
    return f"{day:%a} {_short(day)}" + (f" {day.year}" if day.year != today.year else "")


def _dates(days: Sequence[date]) -> list[str]:
    has_years = days[0].year != days[-1].year
    return [f"{_short(day)} {day.year}" if has_years else _short(day) for day in days]


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"
