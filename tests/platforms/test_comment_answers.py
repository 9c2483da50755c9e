"""What any answer to a request about comments must lead to, on every platform that shows them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import clock
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.comments import Comments, Source, Target, Watch
from shared.platforms.http import ClaimLimits, Http
from tests.extent import of
from tests.platforms.commenting import (
    WITHOUT_MENTIONS,
    Commenting,
    check_seen,
    every_platform,
    inbox,
)
from tests.platforms.driving import Answered, Recorded, Replay, Wire
from tests.platforms.mutations import Change, changes

__all__ = ["inbox"]

SAYING_NOTHING = ["<html>Bad gateway", "{}", "[]", "null", '{"data": "x"}', '{"data": [[], 1]}']


@every_platform
def test_an_answer_that_says_nothing_is_no_comment(name: str, inbox: Commenting) -> None:
    comment, sources = _read_once(inbox)
    target, since = inbox.target(comment), clock.now() - timedelta(hours=1)
    for body in SAYING_NOTHING:
        http = _answering(200, body)
        for work in _reads(inbox, sources, target):
            try:
                assert not work(http), body
            except PlatformError as error:
                assert not isinstance(error, Rejected | OutcomeUnknown), body
        try:
            sighting = inbox.job.find_replies(target, "Thanks", since, inbox.reader, http)
        except PlatformError:
            continue
        assert sighting.same == ()


@every_platform
def test_an_answer_that_says_nothing_does_not_look_like_a_deletion(
    name: str, inbox: Commenting
) -> None:
    comment, sources = _read_once(inbox)
    job, reader, target = inbox.job, inbox.reader, inbox.target(comment)
    for body in ["<html>Bad gateway", "{}", "[]", "null"]:
        http = _answering(200, body)
        with pytest.raises((PlatformUnavailable, ReadRefused)):
            job.read_one(target, reader, http)
        for source in (each for each in sources if each.is_whole):
            with pytest.raises((PlatformUnavailable, ReadRefused)):
                job.page(source, None, reader, http)


@every_platform
def test_a_platform_that_is_away_is_read_again_later(name: str, inbox: Commenting) -> None:
    comment, sources = _read_once(inbox)
    for work in _reads(inbox, sources, inbox.target(comment)):
        with pytest.raises(PlatformUnavailable):
            work(_answering(500, "{}"))


@every_platform
def test_a_refused_token_and_too_many_requests_are_named(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.read()
    for match, work in (
        ("GET /", lambda: inbox.read(sweeps=True)),
        ("POST /", lambda: inbox.reply(comment, "Thanks")),
    ):
        inbox.fails("rate_limit", match)
        with pytest.raises(RateLimited):
            work()
        inbox.fails("expired_token", match)
        with pytest.raises((TokenExpired, ReconnectRequired)):
            work()
        inbox.connect()
    assert inbox.own() == []


@pytest.mark.full
@every_platform
def test_a_changed_answer_breaks_nothing(name: str, inbox: Commenting) -> None:
    record, works = _recorded(inbox)

    @settings(
        max_examples=of(60, 2_000),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(sorted(works)), st.integers(0, 10**6), changes())
    def check(work: str, where: int, change: Change) -> None:
        exchanges = record[work]
        wire = Replay(exchanges, inbox.shelf.url, where % len(exchanges), change)
        try:
            for seen in works[work](_http_by(inbox.job, wire)):
                check_seen(seen)
        except PlatformError as error:
            assert work == "reply" or not isinstance(error, Rejected | OutcomeUnknown), error

    check()


Work = Callable[[Http], Any]


def _read_once(inbox: Commenting) -> tuple[str, list[Source]]:
    """A comment that was read, and all lists of a pass that finds it."""
    comment = inbox.write(inbox.publish())
    sources = list(inbox.survey(sweeps=True).sources)
    inbox.read()
    return comment, sources


def _reads(inbox: Commenting, sources: list[Source], target: Target) -> Iterator[Work]:
    """Every read of comments; what it returns is empty if nothing was seen."""
    job, reader = inbox.job, inbox.reader
    watch = Watch(inbox.posts, {}, clock.now(), sweeps=True)

    def whole_pass(http: Http) -> Any:
        read = job.survey(watch, reader, http).sources
        return [seen for each in read for seen in job.page(each, None, reader, http).seen]

    yield whole_pass
    for source in sources:
        yield lambda http, source=source: job.page(source, None, reader, http).seen
    yield lambda http: job.read_one(target, reader, http)


def _recorded(inbox: Commenting) -> tuple[Mapping[str, list[Recorded]], Mapping[str, Work]]:
    """A pass, a look at one comment, a reply and its look-up, with what was answered."""
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.answer(comment)
    if inbox.platform.name not in WITHOUT_MENTIONS:
        inbox.mention()
    inbox.read()
    job, reader, target = inbox.job, inbox.reader, inbox.target(comment)
    watch = Watch(inbox.posts, {}, clock.now(), sweeps=True)
    since = clock.now() - timedelta(hours=1)

    def one_pass(http: Http) -> Any:
        read = job.survey(watch, reader, http).sources
        return [seen for each in read for seen in job.page(each, None, reader, http).seen]

    def one_comment(http: Http) -> Any:
        seen = job.read_one(target, reader, http)
        return [seen] if seen else []

    def one_reply(http: Http) -> Any:
        job.reply(target, "Thanks", reader, http)
        return []

    def one_look_up(http: Http) -> Any:
        job.find_replies(target, "Thanks", since, reader, http)
        return []

    works = {"reply": one_reply, "pass": one_pass, "comment": one_comment, "look up": one_look_up}
    record = {}
    for name, work in works.items():
        wire = Wire(inbox.platform.name, inbox.twin.url)
        work(_http_by(job, wire))
        record[name] = wire.taken()
    return record, works


def _http_by(job: Comments, wire: Any) -> Http:
    now = clock.now()
    limits = ClaimLimits(lease_until=now + timedelta(seconds=90), intent_at=now)
    return Http(job.about.base_url, wire, limits, job.about.hosts)


def _answering(status: int, body: str) -> Http:
    return Http("https://platform.test", lambda *_, **__: Answered(status, {}, body.encode()))
