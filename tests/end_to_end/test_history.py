"""The history finds each post by its `status` and its `displayStatus`."""

from collections.abc import Callable

import pytest
import requests

from tests.end_to_end.actions import (
    HOUR,
    a_text,
    ask,
    done,
    end,
    failed,
    failed_in_part,
    held,
    pass_time,
    scheduled,
)
from tests.end_to_end.conftest import Client


def draft(user: Client, text: str) -> str:
    return user.post(text, draft=True)


def canceled(user: Client, text: str) -> str:
    post = scheduled(user, text)
    assert done(user, post, "cancel") == ("canceled", "canceled")
    return post


def published(user: Client, text: str) -> str:
    post = user.post(text, "x")
    assert end(user, post) == ("succeeded", "published")
    return post


FILTERS = {
    *("draft", "queued", "scheduled", "processing", "dispatched", "publishing", "succeeded"),
    *("published", "partially_failed", "failed", "canceled"),
}


@pytest.mark.parametrize(
    ("make", "listed_as"),
    [
        pytest.param(draft, {"draft"}, marks=pytest.mark.full),
        (scheduled, {"queued", "scheduled"}),
        pytest.param(held, {"processing", "dispatched", "publishing"}, marks=pytest.mark.full),
        pytest.param(published, {"succeeded", "published"}, marks=pytest.mark.full),
        pytest.param(failed, {"failed"}, marks=pytest.mark.full),
        (failed_in_part, {"partially_failed", "failed"}),
        pytest.param(canceled, {"canceled"}, marks=pytest.mark.full),
    ],
)
def test_the_history_finds_a_post_by_its_status(
    user: Client, make: Callable[[Client, str], str], listed_as: set[str]
) -> None:
    post = make(user, a_text())
    assert {status for status in FILTERS if post in listed(user, status)} == listed_as
    assert ask(user, post, "delete").status_code == (409 if make is held else 204)
    pass_time(user, HOUR)


def listed(user: Client, status: str) -> list[str]:
    """The newest posts of this status."""
    response = requests.get(
        f"{user.info['api']}/v1/posts",
        params={"status": status, "sort": "newest", "limit": 100},
        headers=user.headers,
        timeout=30,
    )
    assert response.status_code == 200, response.text
    return [post["postSubmissionId"] for post in response.json()["data"]]
