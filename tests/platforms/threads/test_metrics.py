"""The numbers of posts on Threads."""

import pytest

from local.platforms.numbers import followers
from shared.domain.errors import PlatformUnavailable, ReadRefused
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.measuring import COUNTED, Measuring
from tests.platforms.threads.contract import error_body

# Of 50 shares, some are reposts and quotes.
POST = {"impressions": 1000, "likes": 70, "comments": 6, "shares": 50}


@pytest.fixture
def threads(threads_twin: Twin) -> Measuring:
    return Measuring(threads_twin)


def test_every_kind_of_post_is_one_call(threads: Measuring, shelf: Shelf) -> None:
    text = threads.publish()
    image = threads.publish(media=[shelf.image()])
    video = threads.publish(media=[shelf.video()])
    carousel = threads.publish(media=[shelf.image(), shelf.video()])
    assert threads.numbers(text) == POST
    assert threads.numbers(image) == POST
    assert threads.numbers(video) == {**POST, "videoViews": 1000}
    assert threads.numbers(carousel) == POST
    assert threads.calls() == 4


def test_a_missing_row_is_not_zero(threads: Measuring) -> None:
    post = threads.publish()
    threads.count(post, **dict.fromkeys(COUNTED))
    assert threads.numbers(post) == dict.fromkeys(POST)
    threads.count(post, **dict.fromkeys(COUNTED, 0))
    assert threads.numbers(post) == dict.fromkeys(POST, 0)


def test_shares_are_unknown_while_one_part_is(threads: Measuring) -> None:
    post = threads.publish()
    rows = [
        {"name": "reposts", "total_value": {"value": 3}},
        {"name": "quotes", "values": [{"value": 2}]},
    ]
    threads.fails(status=200, body={"data": rows})
    assert threads.numbers(post)["shares"] is None
    threads.fails(status=200, body={"data": [*rows, {"name": "shares", "values": [{"value": 1}]}]})
    assert threads.numbers(post)["shares"] == 6


def test_a_post_that_is_gone_is_left_out(threads: Measuring) -> None:
    kept, gone = threads.publish("Kept"), threads.publish("Gone")
    threads.remove(gone)
    assert list(threads.read(gone, kept)) == [kept.platform_post_id]


def test_a_missing_permission_is_refused(threads: Measuring) -> None:
    post = threads.publish()
    (scope,) = threads.job.scopes
    threads.without(scope)
    with pytest.raises(ReadRefused, match="permission"):
        threads.read(post)
    with pytest.raises(ReadRefused, match="permission"):
        threads.followers()
    # Seen with this status, too: it is tried again.
    threads.fails(status=500, body=error_body(10, "Application does not have permission"))
    with pytest.raises(PlatformUnavailable):
        threads.read(post)


def test_followers_of_the_profile(threads: Measuring) -> None:
    assert threads.job.counts_followers
    assert threads.followers() == followers("threads_contract")
