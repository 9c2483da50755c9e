"""Replies and mentions on Threads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.errors import PlatformUnavailable, ReadRefused, Rejected
from shared.domain.inbox import Kind
from shared.platforms.comments import WatchedPost
from tests.media import Shelf
from tests.platforms.commenting import Commenting
from tests.platforms.conftest import Twin
from tests.platforms.threads.contract import error_body

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PUBLISH = "POST /v1.0/me/threads_publish"


@pytest.fixture
def threads(twin_of: Callable[[str], Twin], shelf: Shelf) -> Commenting:
    return Commenting(twin_of("threads"), shelf)


@pytest.fixture
def comment(threads: Commenting) -> str:
    """A comment in the inbox, on a post of the account."""
    comment_id = threads.write(threads.publish())
    threads.read()
    return comment_id


# Which posts are read.


def test_older_posts_are_read_less_often_and_a_pass_is_planned_without_a_request(
    threads: Commenting,
) -> None:
    now = clock.now()
    ages = {"1": HOUR, "2": 3 * DAY, "3": 30 * DAY}
    threads.posts = [WatchedPost(post_id, now - age) for post_id, age in ages.items()]
    watch = threads.watch()

    def planned(after: timedelta, *, sweeps: bool) -> dict[str, bool]:
        """The posts that a pass reads, each with whether it is read as a whole."""
        nonlocal watch
        watch = replace(watch, now=now + after, sweeps=sweeps)
        survey = threads.job.survey(watch, threads.reader, threads.http())
        watch = replace(watch, position=survey.position)
        *conversations, mentions = survey.sources
        assert (mentions.name, mentions.post_id) == ("mentions", "")
        return {source.post_id: source.is_whole for source in conversations}

    with threads.counted() as calls:
        assert planned(timedelta(0), sweeps=False) == {"1": False, "2": False, "3": False}
        assert planned(HOUR, sweeps=False) == {"1": False}
        assert planned(2 * HOUR, sweeps=True) == {"1": True, "2": False}
        assert planned(DAY, sweeps=False) == {"1": False}
        assert planned(DAY, sweeps=True) == {"1": True, "2": False, "3": False}
        assert planned(DAY + HOUR, sweeps=True) == {"1": True, "2": False}
    assert calls == []


def test_mentions_are_read_since_the_last_pass(threads: Commenting) -> None:
    threads.mention("Old", secondsAgo=3600)
    threads.read()
    assert len(threads.inbox) == 1
    threads.inbox.clear()
    new = threads.mention("New")
    assert [seen.comment_id for seen in threads.read()] == [new]


def test_a_post_that_is_gone_has_no_comments(threads: Commenting, comment: str) -> None:
    threads.platform.posts.remove(threads.posts[0].platform_post_id)
    threads.read(sweeps=True)
    assert threads.inbox == {}


def test_missing_permissions_are_named(threads: Commenting, comment: str) -> None:
    threads.without("threads_read_replies")
    with pytest.raises(ReadRefused, match="permission"):
        threads.read()
    threads.without("threads_manage_mentions")
    with pytest.raises(ReadRefused, match="permission"):
        threads.read()
    threads.reader = replace(
        threads.reader,
        account=replace(threads.account, missing_scopes=("threads_manage_mentions",)),
    )
    assert threads.read() == []


# What is seen.


def test_a_reply_that_names_the_account_is_a_comment_on_its_post(threads: Commenting) -> None:
    post = threads.publish()
    comment = threads.write(post, "Hello @bea")
    conversation, mentions = threads.survey().sources
    pages = [
        threads.job.page(source, None, threads.reader, threads.http())
        for source in (conversation, mentions)
    ]
    assert pages[0].seen == pages[1].seen
    (seen,) = pages[0].seen
    assert (seen.comment_id, seen.kind) == (comment, Kind.COMMENT)
    assert seen.post_id == post.platform_post_id


def test_only_direct_replies_can_be_hidden_and_only_own_ones_deleted(
    threads: Commenting, comment: str
) -> None:
    nested = threads.answer(comment)
    own = threads.reply(comment, "Thanks").comment_id
    assert own
    threads.read()
    may = {each.comment_id: (each.can_hide, each.can_delete) for each in threads.inbox.values()}
    assert may == {comment: (True, False), nested: (False, False), own: (False, True)}
    with pytest.raises(Rejected):
        threads.set_hidden(nested, True)
    threads.set_hidden(comment, True)
    assert threads.comment(nested).is_hidden
    with pytest.raises(Rejected):
        threads.delete(comment)


def test_a_person_of_whom_nothing_is_shown_is_nobody(threads: Commenting) -> None:
    comment = threads.write(threads.publish(), "Hello", author="")
    threads.read()
    seen = threads.inbox[comment]
    assert (seen.author.username, seen.permalink, seen.is_own) == (None, None, False)


# Answering.


def test_a_reply_is_prepared_and_then_published(threads: Commenting, comment: str) -> None:
    with threads.counted() as calls:
        threads.reply(comment, "Thanks")
    prepared, checked, published = calls
    assert (prepared, published) == ("POST /v1.0/me/threads", PUBLISH)
    assert checked.startswith("GET ")
    assert threads.own() == ["Thanks"]


def test_a_reply_to_a_mention(threads: Commenting) -> None:
    mention = threads.mention()
    threads.read()
    threads.reply(mention, "Thanks")
    (found,) = threads.find(mention, "Thanks").same
    assert threads.comment(found.platform_post_id).parent_id == mention


def test_what_threads_does_not_find_yet_is_tried_again(threads: Commenting, comment: str) -> None:
    missing = error_body(24, "Not found", 4279009)
    for request in ("POST /v1.0/me/threads", PUBLISH):
        threads.fails(match=request, status=400, body=missing)
        with pytest.raises(PlatformUnavailable, match="yet"):
            threads.reply(comment, "Thanks")
        assert threads.own() == []


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({"status": "IN_PROGRESS"}, "not prepared"),
        ({"status": "ERROR", "error_message": "UNKNOWN"}, "UNKNOWN"),
        ({"status": ["?"]}, "not prepared"),
    ],
)
def test_a_reply_that_is_not_ready_is_not_published(
    threads: Commenting, comment: str, status: dict[str, Any], message: str
) -> None:
    threads.fails(status=200, body=status, times=5)
    with threads.counted() as calls, pytest.raises(PlatformUnavailable, match=message):
        threads.reply(comment, "Thanks")
    assert PUBLISH not in calls
    assert len(calls) <= 6


def test_a_reply_that_is_too_long_is_refused(threads: Commenting, comment: str) -> None:
    longest = "é" * 250
    assert threads.job.length(longest) == threads.job.max_length
    threads.reply(comment, longest)
    with pytest.raises(Rejected, match="500"):
        threads.reply(comment, longest + "!")
    assert threads.own() == [longest]


def test_a_reply_is_found_without_the_hash_that_became_a_topic(
    threads: Commenting, comment: str
) -> None:
    threads.reply(comment, "Thanks for #reading")
    (own,) = (each for each in threads.platform.comments.all() if each.is_own)
    own.text = "Thanks for reading"
    assert len(threads.find(comment, "Thanks for #reading").same) == 1


def test_a_reply_to_somebody_unknown_proves_nothing(threads: Commenting, comment: str) -> None:
    stamp = clock.now().isoformat()
    reply = {"id": "77", "text": "Thanks", "timestamp": stamp}
    threads.fails(status=200, body={"data": [reply]})
    unclear = threads.find(comment, "Thanks")
    assert (unclear.same, unclear.list_was_read) == ((), False)
    threads.fails(status=200, body={"data": [{**reply, "replied_to": {"id": "78"}}]})
    other = threads.find(comment, "Thanks")
    assert (other.same, other.list_was_read) == ((), True)


def test_an_unconfirmed_change_is_not_done(threads: Commenting, comment: str) -> None:
    threads.fails(match="POST /", status=200, body={"success": False})
    with pytest.raises(PlatformUnavailable, match="confirm"):
        threads.set_hidden(comment, True)
    threads.fails(match="DELETE /", status=200, body={})
    with pytest.raises(PlatformUnavailable, match="confirm"):
        threads.delete(comment)
