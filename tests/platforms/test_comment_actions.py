"""What answering, hiding and deleting comments must do on every platform that shows them."""

from datetime import timedelta

import pytest

from shared import clock
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    Rejected,
)
from tests.platforms.commenting import (
    Commenting,
    Spoiled,
    every_platform,
    inbox,
)

__all__ = ["inbox"]


@pytest.mark.full
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


@pytest.mark.full
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
