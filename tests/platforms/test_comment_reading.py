"""What reading comments must do on every platform that shows them."""

from datetime import timedelta

import pytest

from shared import clock
from shared.domain.inbox import MOST_NAME, MOST_TEXT, Kind
from shared.platforms import registry
from shared.platforms.comments import Watch
from tests.platforms.commenting import (
    SILENT_ABOUT_HIDING,
    WITHOUT_MENTIONS,
    WITHOUT_NAMES,
    Commenting,
    account_of,
    every_platform,
    inbox,
)

__all__ = ["inbox"]

# No list of these platforms has a mark of change: each watched post is a call.
ONE_CALL_FOR_EACH_POST = {"threads"}


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


@pytest.mark.full
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


@pytest.mark.full
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


@pytest.mark.full
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
