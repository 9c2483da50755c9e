"""The page that shows how the numbers of all posts grew, and the same numbers as a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import flask

from functions.dashboard import words
from functions.dashboard.analytics import tables
from functions.dashboard.analytics.choice import RANGES, Choice, choice_of
from functions.dashboard.analytics.growing import growing, range_words
from functions.dashboard.captions import caption_of
from functions.dashboard.frame import framed
from functions.dashboard.own_accounts import account_names
from functions.dashboard.visitor import visitor
from shared import clock, wiring
from shared.accounts import listing
from shared.domain.metrics import SUMMED, Metric
from shared.domain.submission import Submission
from shared.metrics import of_post, totals
from shared.metrics.best import best_posts
from shared.metrics.totals import Collected, Group
from shared.platforms import registry
from shared.wiring import Parts

MOST_BEST = 5


@dataclass(frozen=True)
class Tile:
    """A number that the chart can show, with its sum."""

    words: str
    sum: int
    href: str
    is_chosen: bool
    is_offered: bool


@dataclass(frozen=True)
class Best:
    """A post that has most of the chosen number."""

    post: Submission
    caption: str
    value: int

    @property
    def platforms(self) -> list[str]:
        return sorted({target.platform for target in self.post.targets})


def show_analytics() -> flask.Response:
    parts = wiring.parts()
    who = visitor(parts, reads=listing.integration_paths)
    choice = choice_of(flask.request.args, clock.now().date())
    found = totals.collected(who.user_id, choice.query, parts)
    names, offered = account_names(who), _offered(found)
    platforms = sorted({platform for platform, _ in names})
    by_day, metric = totals.grouped(found, Group.DAY), choice.metric or offered[0]
    return framed(
        "dashboard/analytics.html",
        who,
        parts,
        section="analytics",
        title="Analytics",
        choice=choice,
        is_filtered=bool(choice.platform or not choice.length),
        days=range_words(choice),
        ranges=[(each, choice.with_length(each).href) for each in RANGES],
        names=names,
        platforms=[(name, choice.with_platform(name).href) for name in platforms],
        accounts=[
            (place, names[place], choice.with_account(*place).href) for place in sorted(names)
        ],
        everything=choice.with_platform("").href,
        tiles=[
            Tile(
                words.METRICS[each],
                by_day.sums.get(each, 0),
                choice.with_metric(each).href,
                each is metric,
                each in offered,
            )
            for each in SUMMED
        ],
        chosen=words.METRICS[metric],
        growing=growing(choice, by_day, found, metric) if metric in offered else None,
        shown_platforms=words.listed(
            [registry.display_name(name) for name in sorted({day.platform for day in found.days})]
        ),
        table=tables.by_account(found, names),
        best=_best(who.user_id, choice, metric, parts),
        silent=list(_silent({choice.platform} if choice.platform else platforms, parts)),
        files={group.value: choice.file(group.value) for group in Group},
    )


def download() -> flask.Response:
    """The numbers of the page as a table for a spreadsheet."""
    parts = wiring.parts()
    who = visitor(parts)
    choice = choice_of(flask.request.args, clock.now().date())
    asked = flask.request.args.get("by", "")
    group = Group(asked) if asked in list(Group) else Group.DAY
    found = totals.collected(who.user_id, choice.query, parts)
    text = totals.as_csv(totals.grouped(found, group), group)
    answer = flask.Response(text, mimetype="text/csv")
    name = f"soku-{group}-{found.first}-{found.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _best(user_id: str, choice: Choice, metric: Metric, parts: Parts) -> list[Best]:
    return [
        Best(each.submission, caption_of(each.submission), each.value)
        for each in best_posts(user_id, choice.query, metric, MOST_BEST, parts)
    ]


def _offered(found: Collected) -> Sequence[Metric]:
    """The numbers that some of the shown platforms offer."""
    platforms = {day.platform for day in found.days}
    offered = [
        metric for metric in SUMMED if any(tables.is_offered(each, metric) for each in platforms)
    ]
    return offered or SUMMED


def _silent(platforms: Iterable[str], parts: Parts) -> Iterator[str]:
    """Why platforms have no numbers, each as a sentence."""
    for platform in platforms:
        if silence := of_post.silence_of(platform, parts):
            yield silence[1]
