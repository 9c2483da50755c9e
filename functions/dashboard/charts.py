"""Line charts as the server draws them: places in an SVG that is as wide as the page lets it be.

Across, places are in thousandths of the width; down, in pixels. So lines and words keep their size
on a phone.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 1000
# Above the lines there is a line of text, for the value that somebody points at.
_ABOVE, _BELOW = 24, 24
_MOST_STEPS = 4
# Of so many days each is named, otherwise so many of them.
_EACH_DATE, _SOME_DATES = 7, 5
# Within this part of the edges, words begin or end at their place.
_EDGE = 0.2


@dataclass(frozen=True)
class Value:
    """A number at a place between 0, the left edge, and 1."""

    place: float
    number: int
    words: str
    """When it was, for somebody who points at it."""


@dataclass(frozen=True)
class Dot:
    """Where a value is, and the stripe over the whole height in which it is pointed at."""

    x: str
    y: float
    begin: str
    width: str
    anchor: str
    words: str


@dataclass(frozen=True)
class Label:
    """A word below the chart."""

    x: str
    words: str
    anchor: str
    is_minor: bool
    """Left out where there is little room."""


@dataclass(frozen=True)
class Chart:
    height: int
    top: int
    bottom: int
    scale: tuple[str, ...]
    """The numbers beside the horizontal lines, from the top."""
    rules: tuple[float, ...]
    zero: float
    line: str
    is_open: bool
    """The last value still grows. It stands alone: a line to it would look like a fall."""
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]


def line_chart(
    values: Sequence[Value], dates: Sequence[str], height: int, *, is_open: bool = False
) -> Chart:
    """A chart of at least one value. `dates` stand below, evenly from the left to the right edge.

    `is_open`: the last value still grows.
    """
    numbers = [value.number for value in values]
    step = _step(min(numbers), max(numbers))
    low = math.floor(min(0, *numbers) / step)
    high = max(math.ceil(max(0, *numbers) / step), low + 1)

    def down(number: float) -> float:
        return round(_ABOVE + height * (high - number / step) / (high - low), 1)

    ticks = range(high, low - 1, -1)
    points = [f"{value.place * WIDTH:.1f},{down(value.number) - _ABOVE:.1f}" for value in values]
    return Chart(
        height=height + _ABOVE + _BELOW,
        top=_ABOVE,
        bottom=_ABOVE + height,
        scale=tuple(f"{tick * step:,}" for tick in ticks),
        rules=tuple(down(tick * step) for tick in ticks),
        zero=down(0),
        line=" ".join(points[:-1] if is_open else points),
        is_open=is_open,
        dots=_dots(values, [down(number) for number in numbers]),
        labels=_labels(dates),
    )


def _step(low: int, high: int) -> int:
    """The distance of the horizontal lines: 1, 2 or 5, times a power of ten."""
    least = max((max(0, high) - min(0, low)) / _MOST_STEPS, 1)
    power = int(10 ** math.floor(math.log10(least)))
    return next(each * power for each in (1, 2, 5, 10) if each * power >= least)


def _dots(values: Sequence[Value], downs: Sequence[float]) -> tuple[Dot, ...]:
    """Each value is pointed at in a stripe that reaches half-way to its neighbours."""
    places = [value.place for value in values]
    middles = [(before + after) / 2 for before, after in itertools.pairwise(places)]
    edges = [0.0, *middles, 1.0]
    return tuple(
        Dot(
            x=_percent(value.place),
            y=down,
            begin=_percent(begin),
            width=_percent(end - begin),
            anchor=_anchor(value.place),
            words=f"{value.number:,} · {value.words}",
        )
        for value, down, (begin, end) in zip(values, downs, itertools.pairwise(edges), strict=True)
    )


def _labels(dates: Sequence[str]) -> tuple[Label, ...]:
    """The dates or some of them, the first and the last among these."""
    last = len(dates) - 1
    number = len(dates) if len(dates) <= _EACH_DATE else _SOME_DATES
    chosen = dict.fromkeys(round(last * n / max(number - 1, 1)) for n in range(number))
    return tuple(
        Label(
            x=_percent(at / last if last else 0.5),
            words=dates[at],
            anchor=_anchor(at / last if last else 0.5, 0.0),
            is_minor=n % 2 == 1 and at != last,
        )
        for n, at in enumerate(chosen)
    )


def _anchor(place: float, edge: float = _EDGE) -> str:
    if place <= edge:
        return "start"
    return "end" if place >= 1 - edge else "middle"


def _percent(place: float) -> str:
    return f"{place * 100:.2f}%"
