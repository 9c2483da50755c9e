"""Comments on YouTube videos, beyond what every platform's are tested for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.errors import (
    ErrorCategory,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    Rejected,
)
from shared.platforms.comments import Source, Target, Watch, WatchedPost
from shared.platforms.youtube.comments import SCOPE, Comments
from shared.platforms.youtube.errors import comment_error_of
from tests.media import Shelf
from tests.platforms.commenting import Commenting
from tests.platforms.conftest import Twin
from tests.platforms.examples import an_answer

COUNTS = "GET /youtube/v3/videos:batchGetStats"
THREADS = "GET /youtube/v3/commentThreads"
COMMENTS = "GET /youtube/v3/comments"


@pytest.fixture
def inbox(twin_of: Callable[[str], Twin], shelf: Shelf) -> Commenting:
    return Commenting(twin_of("youtube"), shelf)


def _control(inbox: Commenting, path: str, **body: Any) -> None:
    answer = inbox.platform.app.test_client().post(f"/_sim{path}", json=body)
    assert answer.status_code == 200, answer.text


def test_fifty_videos_are_counted_by_one_call(inbox: Commenting) -> None:
    posts = [WatchedPost(f"video{number:06}", clock.now()) for number in range(101)]
    watch = Watch(posts, {}, clock.now())
    with inbox.counted() as calls:
        assert inbox.job.survey(watch, inbox.reader, inbox.http()).sources == []
    assert calls == [COUNTS] * 3
    assert inbox.job.survey_cost(watch) == 3


def test_only_videos_whose_count_has_changed_are_listed(inbox: Commenting) -> None:
    quiet, busy = inbox.publish("Quiet"), inbox.publish("Busy")
    inbox.write(quiet)
    inbox.read()
    comment = inbox.write(busy)
    with inbox.counted() as calls:
        assert [seen.comment_id for seen in inbox.read()] == [comment]
    # The second list is of what waits for a review.
    assert calls == [COUNTS, THREADS, THREADS]


def test_replies_that_a_list_of_threads_leaves_out_are_one_more_list(inbox: Commenting) -> None:
    post = inbox.publish()
    short, long = inbox.write(post, "Short"), inbox.write(post, "Long")
    replies = [inbox.answer(short) for _ in range(5)]
    replies += [inbox.answer(long, f"Number {number}") for number in range(120)]
    with inbox.counted() as calls:
        inbox.read()
    assert set(inbox.inbox) == {short, long, *replies}
    assert calls == [COUNTS, THREADS, COMMENTS, COMMENTS, THREADS]
    assert {inbox.inbox[reply].parent_id for reply in replies[5:]} == {long}


def test_of_many_comments_only_the_newest_are_listed(inbox: Commenting) -> None:
    post = inbox.publish()
    inbox.write(post)
    _control(inbox, f"/posts/{post.platform_post_id}/metrics", comments=501)
    assert inbox.survey().sources == [Source("post", post.platform_post_id)]
    with inbox.counted() as calls:
        inbox.read()
    assert calls == [COUNTS, THREADS]
    assert inbox.survey(sweeps=True).sources == [
        Source("post", post.platform_post_id, is_whole=True)
    ]


def test_what_waits_for_a_review_is_hidden(inbox: Commenting) -> None:
    post = inbox.publish()
    comment, other = inbox.write(post, "Odd"), inbox.write(post, "Fine")
    reply = inbox.answer(other, "Odd, too")
    inbox.read()
    inbox.set_hidden(comment, True)
    inbox.set_hidden(reply, True)
    inbox.read(sweeps=True)
    assert {each for each, seen in inbox.inbox.items() if seen.is_hidden} == {comment, reply}
    inbox.set_hidden(comment, False)
    inbox.read(sweeps=True)
    assert {each for each, seen in inbox.inbox.items() if seen.is_hidden} == {reply}


def test_a_comment_that_may_not_be_deleted_is_rejected(inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.read()
    refusal = {"error": {"code": 403, "message": "No.", "errors": [{"reason": "forbidden"}]}}
    inbox.fails(match="DELETE /youtube/v3/comments", status=403, body=refusal)
    inbox.delete(comment)
    assert inbox.comment(comment).is_hidden
    inbox.read(sweeps=True)
    assert inbox.inbox == {}


def test_comments_that_are_turned_off_are_not_read(inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.read()
    video_id = post.platform_post_id
    _control(inbox, "/comments_allowed", videoId=video_id, on=False)
    assert inbox.survey(sweeps=True).sources == []
    page = inbox.job.page(Source("post", video_id), None, inbox.reader, inbox.http())
    assert (list(page.seen), page.next) == ([], None)
    with pytest.raises(Rejected, match="Comments are turned off for this video"):
        inbox.reply(comment, "Thanks")
    _control(inbox, "/comments_allowed", videoId=video_id, on=True)
    assert [source.post_id for source in inbox.survey(sweeps=True).sources] == [video_id]


def test_a_video_that_is_gone_has_no_comments(inbox: Commenting) -> None:
    source = Source("post", "nosuchvideo", is_whole=True)
    page = inbox.job.page(source, None, inbox.reader, inbox.http())
    assert list(page.seen) == []


def test_a_reply_to_a_reply_joins_the_thread(inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    answer = inbox.answer(comment)
    inbox.read()
    replied = inbox.reply(answer, "Thanks")
    assert replied.comment_id is not None
    assert inbox.comment(replied.comment_id).parent_id == comment
    assert replied.permalink == (
        f"https://www.youtube.com/watch?v={post.platform_post_id}&lc={replied.comment_id}"
    )
    assert [same.permalink for same in inbox.find(answer, "Thanks").same] == [replied.permalink]


def test_an_old_reply_with_the_same_text_is_another_one(inbox: Commenting) -> None:
    comment = inbox.write(inbox.publish())
    inbox.read()
    inbox.reply(comment, "Thanks")
    sighting = inbox.find(comment, "Thanks", clock.now() + timedelta(minutes=1))
    assert (sighting.same, sighting.list_was_read) == ((), True)


def test_of_a_long_thread_every_page_is_searched(inbox: Commenting) -> None:
    comment = inbox.write(inbox.publish())
    inbox.answer(comment, "Hello", count=150)
    inbox.read()
    replied = inbox.reply(comment, "Thanks")
    assert [same.platform_post_id for same in inbox.find(comment, "Thanks").same] == [
        replied.comment_id
    ]


def test_an_answer_that_is_no_list_says_nothing(inbox: Commenting) -> None:
    inbox.publish()
    inbox.fails(status=200, body={"error": "none"})
    with pytest.raises(PlatformUnavailable):
        inbox.survey()


def test_without_the_permission_nothing_is_read_or_answered(inbox: Commenting) -> None:
    post = inbox.publish()
    comment = inbox.write(post)
    inbox.read()
    inbox.without(SCOPE)
    source = Source("post", post.platform_post_id)
    with pytest.raises(ReadRefused) as refused:
        inbox.job.page(source, None, inbox.reader, inbox.http())
    assert refused.value.category is ErrorCategory.PERMISSION
    with pytest.raises(Rejected, match="permission to answer comments"):
        inbox.reply(comment, "Thanks")


def test_the_quota_of_the_day_is_named(inbox: Commenting) -> None:
    inbox.publish()
    inbox.fails("quota")
    with pytest.raises(RateLimited) as limited:
        inbox.read()
    assert limited.value.concerns_operator


def test_a_comment_that_cannot_be_read_is_not_deleted(inbox: Commenting) -> None:
    inbox.fails(status=200, body={"items": [{"id": "x"}]})
    with pytest.raises(PlatformUnavailable):
        inbox.job.read_one(Target("Ugx", "video"), inbox.reader, inbox.http())


@pytest.mark.parametrize(
    ("status", "reason", "message", "category"),
    [
        (400, "commentTextTooLong", "too long", ErrorCategory.VALIDATION),
        (400, "operationNotSupported", "let this channel answer", ErrorCategory.VALIDATION),
        (400, "processingFailure", "refused this: Why", ErrorCategory.VALIDATION),
        (403, "ineligibleAccount", "let this channel write", ErrorCategory.PERMISSION),
        (403, "forbidden", "does not allow this", ErrorCategory.PERMISSION),
        (404, "parentCommentNotFound", "not exist on YouTube any", ErrorCategory.VALIDATION),
    ],
)
def test_refusals_are_about_comments(
    status: int, reason: str, message: str, category: ErrorCategory
) -> None:
    body = {"error": {"code": status, "message": "Why", "errors": [{"reason": reason}]}}
    error: PlatformError = comment_error_of(an_answer(status, body))
    assert type(error) is Rejected
    assert message in error.message
    assert (error.category, error.platform_code) == (category, reason)


def test_emoji_count_as_two_characters() -> None:
    assert Comments().length("a\U0001f600") == 3
