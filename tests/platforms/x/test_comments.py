"""Replies and mentions on X."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.errors import (
    DuplicateRejected,
    PlatformUnavailable,
    ReadRefused,
    Rejected,
)
from shared.domain.inbox import Kind, Seen
from tests.media import Shelf
from tests.platforms.commenting import Commenting
from tests.platforms.conftest import Twin

MENTIONS, SEARCH = "GET /2/users/7700/mentions", "GET /2/tweets/search/recent"


@pytest.fixture
def x(twin_of: Callable[[str], Twin], shelf: Shelf) -> Commenting:
    return Commenting(twin_of("x"), shelf)


def a_reply(x: Commenting, **fields: Any) -> dict[str, Any]:
    """A reply of a fan to the account's post 70, which starts the conversation."""
    return {
        "id": "71",
        "text": "@bea Nice",
        "created_at": clock.now().isoformat(),
        "author_id": "900",
        "conversation_id": "70",
        "in_reply_to_user_id": x.account.external_id,
        "referenced_tweets": [{"type": "replied_to", "id": "70"}],
        "entities": {"mentions": [{"username": "Bea"}]},
        **fields,
    }


def seen_in(x: Commenting, *listed: dict[str, Any], **includes: Any) -> list[Seen]:
    """What is seen when X lists these posts as mentions."""
    body = {"data": list(listed), "meta": {"result_count": len(listed)}, "includes": includes}
    x.fails(match="GET /2/users", status=200, body=body)
    mentions = x.survey().sources[0]
    return list(x.job.page(mentions, None, x.reader, x.http()).seen)


# What is read, and what it costs.


def test_a_pass_is_planned_without_a_request_and_searches_only_once_an_hour(x: Commenting) -> None:
    posts = [x.publish(), x.publish("Another post")]
    with x.counted() as calls:
        assert [source.name for source in x.survey().sources] == ["mentions"]
        mentions, *searches = x.survey(sweeps=True).sources
    assert calls == []
    assert x.job.survey_cost(x.watch()) == 0
    assert [each.post_id for each in searches] == [
        post.platform_post_id for post in reversed(posts)
    ]
    assert all(search.is_whole for search in searches)
    assert not mentions.is_whole


def test_mentions_are_read_since_the_last_pass(x: Commenting) -> None:
    post = x.publish()
    first = x.survey()
    assert int(first.sources[0].since) < int(post.platform_post_id)
    later = replace(x.watch(), position=first.position, now=clock.now() + timedelta(days=1))
    since = int(x.job.survey(later, x.reader, x.http()).sources[0].since)
    # Ten minutes are read twice.
    assert since < int(post.platform_post_id)
    much_later = replace(
        later, position={"readAt": int(later.now.timestamp())}, now=later.now + timedelta(days=1)
    )
    since = int(x.job.survey(much_later, x.reader, x.http()).sources[0].since)
    assert since > int(post.platform_post_id)


def test_a_page_costs_what_it_shows(x: Commenting) -> None:
    post = x.publish()
    mentions, search = x.survey(sweeps=True).sources

    def cost(source: Any) -> int | None:
        return x.job.page(source, None, x.reader, x.http()).cost

    assert cost(mentions) == 0
    for author in ("tom", "tom", "jerry"):
        x.write(post, author=author)
    # An author costs as much as two posts; the search also finds the post itself.
    assert cost(mentions) == 3 + 2 * 2
    assert cost(search) == 4 + 2 * 3
    for number in range(20):
        x.write(post, author=f"fan{number}")
    assert cost(mentions) == x.job.page_cost
    assert x.job.daily_budget == 0


# What is seen.


def test_a_comment_on_a_post_that_soku_did_not_publish(x: Commenting) -> None:
    (comment,) = seen_in(x, a_reply(x))
    assert (comment.kind, comment.post_id, comment.parent_id) == (Kind.COMMENT, "70", None)
    assert (comment.text, comment.can_reply, comment.can_hide) == ("Nice", True, True)


def test_what_answers_the_account_elsewhere_is_a_mention(x: Commenting) -> None:
    answered = [{"type": "replied_to", "id": "69"}]
    (answer,) = seen_in(x, a_reply(x, conversation_id="50", referenced_tweets=answered))
    assert (answer.kind, answer.post_id, answer.parent_id) == (Kind.MENTION, None, "69")
    foreign = a_reply(x, in_reply_to_user_id="901", conversation_id="70")
    (mention,) = seen_in(x, foreign)
    assert (mention.kind, mention.post_id, mention.parent_id) == (Kind.MENTION, None, None)
    assert not mention.can_hide


def test_a_reply_that_does_not_name_the_account_cannot_be_answered(x: Commenting) -> None:
    post = x.publish()
    unnamed = a_reply(
        x,
        text="Nice",
        conversation_id=post.platform_post_id,
        referenced_tweets=[{"type": "replied_to", "id": "71"}],
        in_reply_to_user_id="900",
        entities={},
        id="72",
    )
    x.fails(match=SEARCH, status=200, body={"data": [unnamed], "meta": {"result_count": 1}})
    x.read(sweeps=True)
    seen = x.inbox["72"]
    assert (seen.kind, seen.post_id, seen.parent_id) == (Kind.REPLY, post.platform_post_id, "71")
    assert (seen.can_reply, seen.can_hide) == (False, True)


def test_the_newer_names_of_fields_and_long_texts_are_read(x: Commenting) -> None:
    newer = a_reply(x, text="@bea A long &amp; …", note_post={"text": "@bea @tom A long & winding"})
    newer["referenced_posts"] = newer.pop("referenced_tweets")
    fan = {"id": "900", "name": "Fan", "username": "fan", "profile_image_url": "javascript:1"}
    (comment,) = seen_in(x, newer, users=[fan])
    assert (comment.kind, comment.text) == (Kind.COMMENT, "A long & winding")
    assert (comment.author.username, comment.author.avatar_url) == ("fan", None)


def test_links_are_as_they_were_written_and_reposts_are_left_out(x: Commenting) -> None:
    link = {"url": "https://t.co/abc", "expanded_url": "https://example.com/?a=1&copy=2"}
    linking = a_reply(x, text="@bea See https://t.co/abc", entities={"urls": [link]})
    repost = a_reply(x, id="72", referenced_tweets=[{"type": "retweeted", "id": "70"}])
    (comment,) = seen_in(x, linking, repost)
    assert comment.text == "See https://example.com/?a=1&copy=2"


def test_without_its_permission_nothing_can_be_hidden(x: Commenting) -> None:
    comment = x.write(x.publish())
    missing = replace(x.account, missing_scopes=("tweet.moderate.write",))
    x.reader = replace(x.reader, account=missing)
    x.read()
    assert not x.inbox[comment].can_hide
    x.without("tweet.moderate.write")
    with pytest.raises(Rejected):
        x.set_hidden(comment, True)


def test_a_post_that_x_does_not_show_is_not_deleted(x: Commenting) -> None:
    comment = x.write(x.publish())
    x.read()
    error = {
        "title": "Authorization Error",
        "detail": "Sorry, you are not authorized to see the Post.",
        "type": "https://api.x.com/2/problems/not-authorized-for-resource",
    }
    x.fails(status=200, body={"errors": [error]})
    with pytest.raises(ReadRefused, match="not authorized"):
        x.read_one(comment)


# Answering.


def test_the_same_reply_again_is_refused_as_a_duplicate(x: Commenting) -> None:
    post = x.publish()
    first, second = x.write(post, author="tom"), x.write(post, author="jerry")
    x.read()
    replied = x.reply(first, "Thanks")
    assert replied.permalink == f"https://x.com/i/web/status/{replied.comment_id}"
    with pytest.raises(DuplicateRejected):
        x.reply(first, "Thanks")
    x.reply(second, "Thanks")
    assert x.own() == ["Thanks", "Thanks"]
    assert len(x.find(first, "Thanks").same) == 1


def test_a_reply_is_found_although_x_puts_names_before_it(x: Commenting) -> None:
    mention = x.mention("Hello @bea")
    x.read()
    text = "@fan see example.com & <more>"
    own = x.reply(mention, text).comment_id
    (found,) = x.find(mention, text).same
    assert found.platform_post_id == own
    (found,) = x.find(mention, "see example.com & <more>").same
    assert found.platform_post_id == own


def test_an_unconfirmed_change_is_not_done(x: Commenting) -> None:
    comment = x.write(x.publish())
    x.read()
    x.fails(match="PUT /", status=200, body={"data": {"hidden": False}})
    with pytest.raises(PlatformUnavailable, match="confirm"):
        x.set_hidden(comment, True)
