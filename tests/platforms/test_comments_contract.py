"""What reading and answering comments must do on every platform that shows them."""

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
from shared.domain.inbox import MOST_NAME, MOST_TEXT, Kind
from shared.platforms import registry
from shared.platforms.comments import Comments, Source, Target, Watch
from shared.platforms.http import ClaimLimits, Http
from tests.extent import of
from tests.media import Shelf
from tests.platforms.commenting import (
    Commenting,
    Spoiled,
    account_of,
    check_seen,
)
from tests.platforms.conftest import Twin
from tests.platforms.driving import Answered, Recorded, Replay, Wire
from tests.platforms.mutations import Change, changes

NAMES = [name for name in registry.names() if registry.comments(name) is not None]
every_platform = pytest.mark.parametrize("name", NAMES)

# No list of these platforms has a mark of change: each watched post is a call.
ONE_CALL_FOR_EACH_POST = {"threads"}
# They show nothing that others write about a channel elsewhere.
WITHOUT_MENTIONS = {"youtube"}
# They hide a comment, and no answer says of a comment that it is hidden.
SILENT_ABOUT_HIDING = {"x"}
# They tell only the id of an author.
WITHOUT_NAMES = {"linkedin"}
SAYING_NOTHING = ["<html>Bad gateway", "{}", "[]", "null", '{"data": "x"}', '{"data": [[], 1]}']


@pytest.fixture
def inbox(name: str, twin_of: Callable[[str], Twin], shelf: Shelf) -> Commenting:
    return Commenting(twin_of(name), shelf)


@every_platform
def test_what_a_job_declares_can_be_worked_with(name: str) -> None:
    job = registry.comments(name)
    assert job is not None
    assert job.about is registry.about(name)
    asked_for = {each for login in registry.logins(name) for each in login.scope_names}
    assert set(job.scopes) | set(job.reply_scopes) <= asked_for
    assert 1 <= job.max_length <= MOST_TEXT
    assert job.length("") == 0
    assert job.length("Thanks") == 6
    assert timedelta(minutes=5) <= job.every <= job.quiet_every <= timedelta(days=1)
    for kept_for in (job.text_kept_for, job.authors_kept_for):
        assert kept_for is None or kept_for >= timedelta(hours=12)
    assert job.page_cost >= 0
    assert job.survey_cost(Watch([], {}, clock.now())) >= 0
    assert job.daily_budget is None or job.daily_budget >= 0


@every_platform
def test_an_account_that_the_platform_does_not_show_is_told_why(name: str) -> None:
    job = registry.comments(name)
    assert job is not None
    assert job.refusal(account_of(job)) is None


@every_platform
def test_a_quiet_account_costs_one_call(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    inbox.publish("Another post")
    inbox.write(post)
    inbox.read()
    with inbox.counted() as calls:
        assert inbox.read() == []
    most = 1 + len(inbox.posts) if name in ONE_CALL_FOR_EACH_POST else 1
    assert 1 <= len(calls) <= most, calls
    comment = inbox.write(post, "Late")
    assert [seen.comment_id for seen in inbox.read()] == [comment]


@every_platform
def test_an_account_without_posts_or_comments_has_an_empty_inbox(
    name: str, inbox: Commenting
) -> None:
    assert inbox.read(sweeps=True) == []
    inbox.publish()
    assert inbox.read(sweeps=True) == []


@every_platform
def test_a_comment_and_a_reply_to_it_are_seen(name: str, inbox: Commenting) -> None:
    post, other = inbox.publish(), inbox.publish("Another post")
    text = "Tom & <b>Jerry</b> \"say\" it's 100 %\nDon't they? \U0001f600"
    comment = inbox.write(post, text, author="tom", secondsAgo=90)
    reply = inbox.answer(comment, "They do", author="jerry", secondsAgo=60)
    elsewhere = inbox.write(other)
    inbox.read()
    assert set(inbox.inbox) == {comment, reply, elsewhere}
    seen = inbox.inbox[comment]
    assert (seen.kind, seen.text) == (Kind.COMMENT, text)
    assert (seen.post_id, seen.parent_id) == (post.platform_post_id, None)
    assert not seen.is_own
    assert not seen.is_hidden
    assert timedelta(seconds=80) < clock.now() - seen.created_at < timedelta(seconds=120)
    answer = inbox.inbox[reply]
    assert (answer.kind, answer.text, answer.is_own) == (Kind.REPLY, "They do", False)
    assert (answer.post_id, answer.parent_id) == (post.platform_post_id, comment)
    assert inbox.inbox[elsewhere].post_id == other.platform_post_id
    assert inbox.read(sweeps=True) == []


@every_platform
def test_a_reply_under_an_old_comment_is_seen(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    old = inbox.write(post, "First", secondsAgo=3600)
    inbox.write_many(post, 5)
    inbox.read()
    reply = inbox.answer(old)
    assert [seen.comment_id for seen in inbox.read()] == [reply]
    assert inbox.inbox[reply].parent_id == old


@every_platform
def test_an_edited_a_hidden_and_a_deleted_comment_are_seen(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    edited, hidden, deleted = (inbox.write(post, text) for text in ("One", "Two", "Three"))
    inbox.read()
    target = inbox.target(deleted)
    inbox.edit(edited, "Changed")
    inbox.comment(hidden).is_hidden = True
    inbox.remove(deleted)
    inbox.read(sweeps=True)
    lists_whole = any(source.is_whole for source in inbox.survey(sweeps=True).sources)
    if lists_whole:
        assert inbox.inbox[edited].text == "Changed"
        assert deleted not in inbox.inbox
    # What no list shows is read again when it is needed.
    seen = inbox.read_one(edited)
    assert seen is not None
    assert (seen.comment_id, seen.text) == (edited, "Changed")
    assert seen.post_id in (None, post.platform_post_id)
    assert inbox.job.read_one(target, inbox.reader, inbox.http()) is None
    if inbox.job.can_hide and name not in SILENT_ABOUT_HIDING:
        again = inbox.read_one(hidden)
        assert again is not None
        assert again.is_hidden
        assert not lists_whole or inbox.inbox[hidden].is_hidden


@every_platform
def test_mentions_are_seen(name: str, inbox: Commenting) -> None:
    if name in WITHOUT_MENTIONS:
        return
    mention = inbox.mention("Thanks for this", author="tom")
    inbox.read(sweeps=True)
    (seen,) = inbox.inbox.values()
    assert (seen.comment_id, seen.kind, seen.post_id) == (mention, Kind.MENTION, None)
    assert "Thanks for this" in seen.text
    assert inbox.read(sweeps=True) == []
    again = inbox.read_one(mention)
    assert again is not None
    assert (again.comment_id, again.kind) == (mention, Kind.MENTION)


@every_platform
def test_hundreds_of_comments_are_read_page_by_page(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    written = inbox.write_many(post, 250)
    inbox.read()
    assert set(inbox.inbox) == set(written)


@every_platform
def test_hostile_texts_and_authors_without_a_name(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    texts = [
        "<script>alert(1)</script>",
        "null \x00 half \ud83d",
        "\u202eright to left",
        "a" * 20_000,
    ]
    hostile = [inbox.write(post, text) for text in texts]
    long_name = inbox.write(post, "Long", author="n" * 500, name="\x07" + "N" * 500)
    nameless = inbox.write(post, "Nobody", author="", name="")
    inbox.read()
    assert set(inbox.inbox) == {*hostile, long_name, nameless}
    assert inbox.inbox[hostile[0]].text == texts[0]
    assert inbox.inbox[hostile[1]].text.startswith("null")
    assert len(inbox.inbox[hostile[3]].text) == MOST_TEXT
    author = inbox.inbox[nameless].author
    assert (author.name, author.username) == (None, None)
    author = inbox.inbox[long_name].author
    assert len(author.name or author.username or "") <= MOST_NAME
    assert (author.name or author.username) or name in WITHOUT_NAMES


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


@every_platform
def test_a_reply_is_public_once_and_found(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.read()
    text = "Thanks, Tom & <Jerry>!\nCome back \U0001f600"
    replied = inbox.reply(comment, text)
    assert [each.strip() for each in inbox.own()] == [text]
    (own,) = (each for each in inbox.platform.comments.all() if each.is_own)
    assert own.parent_id == comment
    assert replied.comment_id in (None, own.id)
    sighting = inbox.find(comment, text)
    assert [post.platform_post_id for post in sighting.same] == [own.id]
    assert sighting.list_was_read
    other = inbox.find(comment, "Something else")
    assert other.same == ()
    assert other.list_was_read
    later = inbox.find(comment, text, clock.now() + timedelta(hours=1))
    assert later.same == ()
    inbox.read(sweeps=True)
    owned = [seen for seen in inbox.inbox.values() if seen.is_own]
    assert {seen.comment_id for seen in owned} <= {own.id}
    assert all((seen.text, seen.parent_id) == (text, comment) for seen in owned)


@every_platform
def test_what_another_person_answers_is_not_our_reply(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.answer(comment, "Thanks", author="jerry")
    inbox.read()
    assert inbox.find(comment, "Thanks").same == ()


@every_platform
def test_a_reply_to_a_reply_is_found(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    answer = inbox.answer(comment, "Indeed", author="jerry")
    inbox.read()
    inbox.reply(answer, "Thanks")
    sighting = inbox.find(answer, "Thanks")
    assert len(sighting.same) == 1
    assert inbox.own() != []


@every_platform
@pytest.mark.parametrize("spoiled", ["500", "lost"])
def test_a_lost_answer_to_a_reply_is_an_unknown_outcome(
    name: str, inbox: Commenting, spoiled: Spoiled
) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.read()
    with pytest.raises(OutcomeUnknown):
        inbox.reply(comment, "Thanks", spoiled)
    assert len(inbox.own()) == 1
    assert len(inbox.find(comment, "Thanks").same) == 1


@every_platform
def test_what_is_done_to_a_comment_that_is_gone(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.read()
    inbox.remove(comment)
    with pytest.raises(Rejected):
        inbox.reply(comment, "Thanks")
    assert inbox.own() == []


@every_platform
def test_a_comment_is_hidden_and_shown_again(name: str, inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.read()
    seen = inbox.inbox[comment]
    if not inbox.job.can_hide:
        assert not seen.can_hide
        with pytest.raises(Rejected):
            inbox.set_hidden(comment, True)
        return
    assert seen.can_hide
    for hidden in (True, False):
        inbox.set_hidden(comment, hidden)
        assert inbox.comment(comment).is_hidden is hidden
    target = inbox.target(comment)
    inbox.remove(comment)
    with pytest.raises(PlatformError):
        inbox.job.set_hidden(target, True, inbox.reader, inbox.http())


@every_platform
def test_a_deleted_comment_is_gone_and_deleting_it_again_is_no_error(
    name: str, inbox: Commenting
) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.read()
    inbox.reply(comment, "Thanks")
    inbox.read(sweeps=True)
    for seen in list(inbox.inbox.values()):
        if seen.can_delete:
            inbox.delete(seen.comment_id)
            assert inbox.platform.comments.get(seen.comment_id) is None
            inbox.delete(seen.comment_id)


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
