"""Comments on Instagram."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from local.platforms.comments import Author
from shared.domain.errors import ErrorCategory, ReadRefused, Rejected
from shared.domain.inbox import Kind
from tests.media import Shelf
from tests.platforms.commenting import Commenting
from tests.platforms.conftest import Twin
from tests.platforms.contract import one_image
from tests.platforms.instagram.contract import CONTRACT

SCOPE = "instagram_business_manage_comments"


@pytest.fixture
def instagram(twin_of: Callable[[str], Twin], shelf: Shelf) -> Commenting:
    return Commenting(twin_of("instagram"), shelf)


def test_more_replies_than_a_page_has_are_read(instagram: Commenting) -> None:
    post = instagram.publish()
    comments = instagram.write_many(post, 60)
    first, last = comments[0], comments[-1]
    replies = [instagram.answer(first, f"Indeed {number}") for number in range(120)]
    replies += [instagram.answer(last, f"So {number}") for number in range(51)]
    with instagram.counted() as calls:
        instagram.read()
    assert set(instagram.inbox) == {*comments, *replies}
    assert {instagram.inbox[reply].parent_id for reply in replies} == {first, last}
    assert len(calls) == 1 + 2 + 2 + 1, "the posts, the comments, the replies of two"


def test_a_reply_under_a_comment_on_a_later_page_is_seen(instagram: Commenting) -> None:
    post = instagram.publish()
    oldest = instagram.write_many(post, 60)[0]
    instagram.read()
    reply = instagram.answer(oldest)
    assert [seen.comment_id for seen in instagram.read()] == [reply]


def test_an_answer_to_a_reply_belongs_to_the_first_comment(instagram: Commenting) -> None:
    comment = instagram.write(instagram.publish())
    reply = instagram.answer(comment)
    deeper = instagram.answer(reply)
    instagram.read()
    assert instagram.inbox[deeper].parent_id == comment
    own = instagram.reply(reply, "Thanks").comment_id
    assert [post.platform_post_id for post in instagram.find(reply, "Thanks").same] == [own]
    instagram.read()
    assert own is not None
    assert (instagram.inbox[own].parent_id, instagram.inbox[own].kind) == (comment, Kind.REPLY)


def test_own_comments_are_known_by_their_account_or_its_name(instagram: Commenting) -> None:
    post = instagram.publish()
    comment = instagram.write(post)
    in_app = instagram.write(post, "From the app", author=instagram.account.username.upper())
    instagram.read()
    own = instagram.reply(comment, "Thanks").comment_id
    instagram.comment(str(own)).author = Author("1", "an_older_name")
    instagram.read()
    assert {seen.comment_id for seen in instagram.inbox.values() if seen.is_own} == {own, in_app}
    assert not instagram.inbox[str(own)].can_hide


def test_a_nameless_comment_is_not_that_of_a_nameless_account(instagram: Commenting) -> None:
    post = instagram.publish()
    comment = instagram.write(post, author="", name="")
    instagram.reader = replace(instagram.reader, account=replace(instagram.account, username=""))
    instagram.read()
    assert not instagram.inbox[comment].is_own


def test_an_empty_list_of_a_post_with_comments_says_nothing_about_the_account(
    instagram: Commenting,
) -> None:
    instagram.write(instagram.publish())
    instagram.without(SCOPE)
    with pytest.raises(ReadRefused, match="comments on this post") as refused:
        instagram.read()
    assert refused.value.category is ErrorCategory.UNKNOWN


def test_an_empty_list_of_replies_proves_nothing_without_the_permission(
    instagram: Commenting,
) -> None:
    comment = instagram.write(instagram.publish())
    instagram.read()
    assert instagram.find(comment, "Thanks").list_was_read
    instagram.reply(comment, "Thanks")
    instagram.without(SCOPE)
    sighting = instagram.find(comment, "Thanks")
    assert (sighting.same, sighting.list_was_read) == ((), False)


def test_comments_that_were_all_deleted_are_no_missing_permission(instagram: Commenting) -> None:
    comment = instagram.write(instagram.publish())
    instagram.read()
    instagram.remove(comment)
    instagram.read()
    assert instagram.inbox == {}


def test_stories_cost_no_calls(instagram: Commenting) -> None:
    story = next(each for each in CONTRACT.examples if each.options.get("postType") == "story")
    instagram.publish("", replace(story, media=one_image))
    assert [source.name for source in instagram.survey(sweeps=True).sources] == ["mentions"]


def test_what_instagram_refuses_to_answer(instagram: Commenting) -> None:
    comment, mention = instagram.write(instagram.publish()), instagram.mention()
    instagram.comment(comment).is_hidden = True
    instagram.read(sweeps=True)
    assert not instagram.inbox[comment].can_reply
    with pytest.raises(Rejected, match="hidden comment"):
        instagram.reply(comment, "Thanks")
    assert not instagram.inbox[mention].can_reply
    with pytest.raises(Rejected, match="answer mentions"):
        instagram.reply(mention, "Thanks")
    instagram.set_hidden(comment, False)
    with pytest.raises(Rejected, match="too long"):
        instagram.reply(comment, "a" * (instagram.job.max_length + 1))
    instagram.without(SCOPE)
    for work in (
        lambda: instagram.reply(comment, "Thanks"),
        lambda: instagram.set_hidden(comment, True),
        lambda: instagram.delete(comment),
    ):
        with pytest.raises(Rejected) as refused:
            work()
        assert refused.value.category is ErrorCategory.PERMISSION


def test_a_tag_is_read_again_from_the_list(instagram: Commenting) -> None:
    first, second = instagram.mention("First", author="tom"), instagram.mention("Second")
    instagram.read(sweeps=True)
    seen = instagram.read_one(first)
    assert seen is not None
    assert (seen.text, seen.author.username) == ("First", "tom")
    assert seen.permalink == f"https://www.instagram.com/p/{first}/"
    instagram.remove(second)
    assert instagram.read_one(second) is None
