"""Comments on Facebook."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import ErrorCategory, ReadRefused, Rejected
from shared.domain.inbox import Kind
from shared.platforms.comments import Source, WatchedPost
from tests.media import Shelf
from tests.platforms.commenting import Commenting
from tests.platforms.conftest import Twin
from tests.platforms.contract import Example
from tests.platforms.facebook.contract import CONTRACT, error_body


@pytest.fixture
def facebook(twin: Twin, shelf: Shelf) -> Commenting:
    return Commenting(twin, shelf)


def _example(name: str) -> Example:
    return next(example for example in CONTRACT.examples if example.name == name)


def test_a_comment_has_one_id_however_facebook_spells_it(facebook: Commenting) -> None:
    comments = facebook.write_many(facebook.publish(), 3)
    answers = [facebook.answer(comment) for comment in comments]
    facebook.read()
    assert set(facebook.inbox) == {*comments, *answers}
    assert [facebook.inbox[answer].parent_id for answer in answers] == comments
    replies = [facebook.reply(comment, "Thanks").comment_id for comment in comments]
    facebook.read()
    assert {seen.comment_id for seen in facebook.inbox.values() if seen.is_own} == set(replies)


@pytest.mark.parametrize("name", ["video", "reel"])
def test_comments_on_videos_belong_to_the_post_that_soku_knows(
    facebook: Commenting, name: str
) -> None:
    post = facebook.publish(example=_example(name))
    comment = facebook.write(post)
    facebook.read()
    assert facebook.inbox[comment].post_id == post.platform_post_id
    # As a post is called of which Facebook named only the video.
    video_id = facebook.platform.posts.all()[0].details["media_id"]
    by_video = WatchedPost(f"{facebook.account.external_id}_{video_id}", post.published_at)
    facebook.posts, facebook.position = [by_video], {}
    assert list(facebook.survey().position) == [by_video.platform_post_id]


def test_a_post_that_facebook_does_not_list_is_read_by_itself(facebook: Commenting) -> None:
    post, story = facebook.publish(), facebook.publish("", _example("photo story"))
    facebook.publish("A post without comments")
    comment = facebook.write(post)
    assert facebook.survey(sweeps=True).sources == [
        Source("post", post.platform_post_id, is_whole=True),
        Source("mentions"),
    ]
    facebook.platform.listing_lag = timedelta(hours=1)
    assert facebook.survey().sources == []
    facebook.read(sweeps=True)
    assert list(facebook.inbox) == [comment]
    read = {source.post_id for source in facebook.survey(sweeps=True).sources}
    assert story.platform_post_id not in read


@pytest.mark.full
def test_posts_on_further_pages_are_counted_once_an_hour(facebook: Commenting) -> None:
    old = facebook.publish("The oldest")
    for number in range(50):
        facebook.publish(f"Post {number}")
    comment = facebook.write(old)
    assert facebook.read() == []
    assert [seen.comment_id for seen in facebook.read(sweeps=True)] == [comment]
    for sweeps in (False, True):
        assert facebook.read(sweeps=sweeps) == []
        assert old.platform_post_id in facebook.position
    facebook.posts = facebook.posts[:1]
    with facebook.counted() as calls:
        facebook.survey()
    assert len(calls) == 1


def test_a_post_that_is_gone_has_no_comments(facebook: Commenting) -> None:
    post = facebook.publish()
    comment = facebook.write(post)
    facebook.read()
    facebook.platform.posts.remove(post.platform_post_id)
    facebook.read(sweeps=True)
    assert comment not in facebook.inbox


def test_without_the_permission_nothing_looks_like_no_comments(facebook: Commenting) -> None:
    post = facebook.publish()
    facebook.write(post)
    source = Source("post", post.platform_post_id)
    facebook.fails(status=200, body={"data": [{"id": post.platform_post_id}]})
    with pytest.raises(ReadRefused, match="let Soku read comments") as refused:
        facebook.survey()
    assert refused.value.category is ErrorCategory.PERMISSION
    # One post says nothing about the account.
    facebook.fails(status=200, body={"data": [], "summary": {"total_count": 1}})
    with pytest.raises(ReadRefused, match="comments on this post") as withheld:
        facebook.job.page(source, None, facebook.reader, facebook.http())
    assert withheld.value.category is ErrorCategory.UNKNOWN
    facebook.without("pages_read_user_content")
    with pytest.raises(ReadRefused, match="pages_read_user_content"):
        facebook.read()


def test_a_reply_of_an_unnamed_author_can_be_ours(facebook: Commenting) -> None:
    comment = facebook.write(facebook.publish())
    facebook.answer(comment, "Thanks", author="", name="")
    facebook.read()
    sighting = facebook.find(comment, "Thanks")
    assert (sighting.same, sighting.list_was_read) == ((), False)
    assert facebook.find(comment, "Something else").list_was_read


def test_a_long_list_of_replies_is_read_to_its_end(facebook: Commenting) -> None:
    comment = facebook.write(facebook.publish())
    facebook.read()
    reply = facebook.reply(comment, "Thanks").comment_id
    for number in range(150):
        facebook.answer(comment, f"Indeed {number}")
    sighting = facebook.find(comment, "Thanks")
    assert [post.platform_post_id for post in sighting.same] == [reply]
    assert sighting.list_was_read


def test_an_answer_without_an_id_means_that_the_reply_is_public(facebook: Commenting) -> None:
    comment = facebook.write(facebook.publish())
    facebook.read()
    facebook.fails(match="POST /", status=200, body={"success": True})
    assert facebook.reply(comment, "Thanks").comment_id is None


def test_what_facebook_refuses_to_answer(facebook: Commenting) -> None:
    comment, mention = facebook.write(facebook.publish()), facebook.mention()
    facebook.comment(comment).is_hidden = True
    facebook.read(sweeps=True)
    assert not facebook.inbox[comment].can_reply
    with pytest.raises(Rejected, match="cannot reply to this comment"):
        facebook.reply(comment, "Thanks")
    assert not facebook.inbox[mention].can_reply
    with facebook.counted() as calls, pytest.raises(Rejected, match="answer mentions"):
        facebook.reply(mention, "Thanks")
    assert calls == []
    facebook.without("pages_manage_engagement")
    for work in (
        lambda: facebook.reply(comment, "Thanks"),
        lambda: facebook.set_hidden(comment, False),
        lambda: facebook.delete(comment),
    ):
        with pytest.raises(Rejected) as refused:
            work()
        assert refused.value.category is ErrorCategory.PERMISSION


def test_a_comment_that_is_gone_is_named(facebook: Commenting) -> None:
    comment = facebook.write(facebook.publish())
    facebook.read()
    facebook.remove(comment)
    with pytest.raises(Rejected, match="does not find the comment"):
        facebook.set_hidden(comment, True)


@pytest.mark.parametrize("body", [{}, {"success": False}, {"id": "1"}])
def test_a_change_that_is_not_confirmed_is_made_again(
    facebook: Commenting, body: dict[str, Any]
) -> None:
    comment = facebook.write(facebook.publish())
    facebook.read()
    for match, work in (
        ("POST /", lambda: facebook.set_hidden(comment, True)),
        ("DELETE /", lambda: facebook.delete(comment)),
    ):
        facebook.fails(match=match, status=200, body=body)
        with pytest.raises(Exception, match="did not confirm"):
            work()


def test_a_refusal_to_delete_is_no_deletion(facebook: Commenting) -> None:
    comment = facebook.write(facebook.publish())
    facebook.read()
    facebook.fails(match="DELETE /", status=400, body=error_body(100, "Unsupported", 33))
    with pytest.raises(Rejected):
        facebook.delete(comment)
    assert facebook.comment(comment)


def test_people_who_mention_the_page_are_not_named(facebook: Commenting) -> None:
    facebook.mention("Look at this", author="tom")
    (seen,) = facebook.read(sweeps=True)
    assert (seen.kind, seen.author.name, seen.is_own) == (Kind.MENTION, None, False)
    assert seen.permalink == f"https://www.facebook.com/{seen.comment_id}"
    facebook.remove(seen.comment_id)
    assert facebook.read_one(seen.comment_id) is None
