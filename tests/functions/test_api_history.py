"""GET /v1/posts: each filter alone and with each other one, sorts, and cursors."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local import sample_history
from shared import clock
from shared.domain.submission import Submission, SubmissionStatus, display_status
from shared.gcp.runs import submission_path
from shared.gcp.submissions import submission_fields
from shared.web.envelope import time_text
from tests import extent
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post
from tests.functions.listing import get, listed, pages
from tests.functions.publishing import fault

COUNT = 120


@pytest.fixture
def filled(unlimited: ApiClient) -> tuple[ApiClient, list[Submission]]:
    """A user with posts of every status, and the posts."""
    db = unlimited.world.parts.db
    return unlimited, sample_history.fill(db, unlimited.user_id, COUNT)


_Test = Callable[[Submission], bool]


def _shown_as(*words: str) -> _Test:
    return lambda submission: display_status(submission) in words


def _in(*statuses: str) -> _Test:
    return lambda submission: submission.status.value in statuses


STATUSES: Mapping[str, _Test] = {
    "draft": _shown_as("draft"),
    "scheduled": _shown_as("scheduled"),
    "queued": _in("queued"),
    "processing": _in("orchestrating", "dispatched"),
    "publishing": _shown_as("publishing"),
    "orchestrating": _in("orchestrating"),
    "dispatched": _in("dispatched"),
    "succeeded": _in("succeeded"),
    "published": _shown_as("published"),
    "partially_failed": _in("partially_failed"),
    "failed": _in("failed", "partially_failed"),
    "unconfirmed": _in("unconfirmed"),
    "canceled": _in("canceled"),
}


def _targets(platform: str | None, account_id: str | None) -> _Test:
    return lambda submission: any(
        platform in (None, target.platform) and account_id in (None, target.account_id)
        for target in submission.targets
    )


@pytest.mark.full
def test_every_filter_with_every_other(
    filled: tuple[ApiClient, list[Submission]],
) -> None:
    api, posts = filled
    first, last = posts[20].created_at, posts[99].created_at
    choices: list[list[tuple[dict[str, str], _Test]]] = [
        [({}, lambda _: True)]
        + [({"status": word}, STATUSES[word]) for word in ("failed", "published", "queued")],
        [
            ({}, lambda _: True),
            ({"platform": "x"}, _targets("x", None)),
            ({"accountId": "x_2"}, _targets(None, "x_2")),
            ({"platform": "x", "accountId": "x_2"}, _targets("x", "x_2")),
        ],
        [
            ({}, lambda _: True),
            ({"q": "COFFEE"}, lambda s: "coffee" in (s.text or "")),
            (
                {"q": "creme, river"},
                lambda s: "crème" in (s.text or "") and "river" in (s.text or ""),
            ),
        ],
        [
            ({}, lambda _: True),
            ({"from_": time_text(first)}, lambda s: posts.index(s) >= 20),
            (
                {"from_": time_text(first), "to": time_text(last)},
                lambda s: 20 <= posts.index(s) <= 99,
            ),
        ],
        [
            ({}, lambda _: True),
            ({"scheduled": "true"}, STATUSES["scheduled"]),
        ],
    ]
    found_some = 0
    most = extent.of(2, len(choices))
    for chosen in itertools.product(*choices):
        if sum(bool(part) for part, _ in chosen) > most:
            continue
        query = {name: value for part, _ in chosen for name, value in part.items()}
        expected = [s.submission_id for s in posts if all(test(s) for _, test in chosen)]
        found_some += bool(expected)
        assert listed(api, sort="oldest", limit=100, **query) == expected, query
    assert found_some > 40


@pytest.mark.parametrize("word", extent.some(STATUSES, ("scheduled", "failed", "succeeded")))
def test_status_and_display_status_are_both_accepted(api: ApiClient, word: str) -> None:
    db = api.world.parts.db
    posts = sample_history.fill(db, api.user_id, len(SubmissionStatus) * 2)
    for number, submission in enumerate(posts):
        status = list(SubmissionStatus)[number // 2]
        scheduled_time = None if number % 2 else clock.now() + timedelta(days=1)
        changed = replace(submission, status=status, scheduled_time=scheduled_time)
        posts[number] = changed
        db.document(submission_path(changed.submission_id)).set(submission_fields(changed))
    expected = [s.submission_id for s in posts if STATUSES[word](s)]
    assert expected
    assert listed(api, status=word, sort="oldest") == expected


@pytest.mark.full
def test_the_three_sorts(filled: tuple[ApiClient, list[Submission]]) -> None:
    api, posts = filled
    ids = [submission.submission_id for submission in posts]
    assert listed(api, sort="oldest", limit=50) == ids
    assert listed(api, limit=50) == listed(api, sort="newest", limit=50) == ids[::-1]
    by_schedule = sorted(posts, key=lambda s: s.scheduled_time or s.created_at)
    expected = [submission.submission_id for submission in by_schedule]
    assert listed(api, sort="scheduled", limit=50) == expected


def test_scheduled_posts_are_sorted_by_their_time(api: ApiClient) -> None:
    now = clock.now()
    times = {days: time_text(now + timedelta(days=days)) for days in (400, 2, 30)}
    ids = {days: api.accept(post(f"In {days}", scheduledTime=at)) for days, at in times.items()}
    api.accept(post("Now"))
    api.accept(post("A draft", draft=True))
    answer = get(api, scheduled="true", sort="scheduled")
    found = [each["postSubmissionId"] for each in answer.json["data"]]
    assert found == [ids[2], ids[30], ids[400]]
    assert {each["displayStatus"] for each in answer.json["data"]} == {"scheduled"}
    # `from` and `to` mean the time of creation in this order, too.
    until_now = get(api, scheduled="true", sort="scheduled", to=time_text(clock.now()))
    assert len(until_now.json["data"]) == len(ids)


def test_a_listed_post_is_the_post_without_its_attempts(
    api: ApiClient,
) -> None:
    api.accept(post("Now", ["x", "threads"]))
    api.accept(post("A draft", draft=True))
    api.accept(post("Later", scheduledTime=time_text(clock.now() + timedelta(days=2))))
    api.world.deliver_due()
    api.accept(post("Not yet begun"))
    [data] = pages(api)
    assert len(data) == 4
    for each in data:
        alone = api.read(each["postSubmissionId"]).json
        for run in alone["runs"]:
            del run["attempts"]
        assert sorted(each["runs"], key=_run_id) == sorted(alone["runs"], key=_run_id)
        assert {**each, "runs": []} == {**alone, "runs": []}
    published = data[-1]
    assert published["displayStatus"] == "published"
    assert all(run["permalink"] and run["startedAt"] for run in published["runs"])


def _run_id(run: dict[str, Any]) -> str:
    return str(run["runId"])


def test_a_run_that_waits_after_a_failure_has_its_next_attempt_time(api: ApiClient) -> None:
    world = api.world
    fault(world, "x", "POST /2/tweets", "rate_limit", retryAfter=600)
    api.accept(post())
    world.deliver_due()
    [[found]] = pages(api, status="processing")
    [run] = found["runs"]
    assert run["status"] == "processing"
    assert run["error"]["category"] == "rate_limited"
    assert (
        run["nextAttemptAt"] == api.read(found["postSubmissionId"]).json["runs"][0]["nextAttemptAt"]
    )


@pytest.mark.full
def test_pages_neither_repeat_nor_skip_posts_during_changes(
    filled: tuple[ApiClient, list[Submission]],
) -> None:
    api, posts = filled
    seen: list[str] = []
    for number, page in enumerate(pages(api, limit=7)):
        seen += [each["postSubmissionId"] for each in page]
        api.accept(post(f"Made meanwhile {number}", draft=True))
        if number == 3:
            # The last post of the page, and one on a later page.
            for gone in (seen[-1], posts[10].submission_id):
                api.world.parts.db.document(submission_path(gone)).delete()
    expected = [s.submission_id for s in posts[::-1]]
    expected.remove(posts[10].submission_id)
    assert seen == expected


def test_paging_includes_all_posts_of_the_same_time(unlimited: ApiClient) -> None:
    db, at = unlimited.world.parts.db, clock.now()
    made = sample_history.fill(db, unlimited.user_id, 12)
    for submission in made:
        same = replace(submission, created_at=at, scheduled_time=at)
        db.document(submission_path(same.submission_id)).set(submission_fields(same))
    for sort in ("newest", "oldest", "scheduled"):
        found = listed(unlimited, sort=sort, limit=5)
        assert sorted(found) == sorted(s.submission_id for s in made)


def test_users_see_only_their_own_posts(api: ApiClient) -> None:
    own = api.accept(post("Mine"))
    other = api.another_user()
    theirs = other.accept(post("Mine, too"))
    assert (listed(api), listed(other)) == ([own], [theirs])
    assert listed(api, q="mine") == [own]
    cursor = get(api, limit=1).json["nextCursor"]
    assert cursor is None


def test_reading_needs_a_key_but_no_subscription(api: ApiClient) -> None:
    own = api.accept(post())
    api.world.add_user(api.user_id, status="canceled")
    assert listed(api) == [own]
    error_of(api.call("GET", POSTS, key=""), 401, "unauthorized")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=finished", "status"),
        ("status=", "status"),
        ("platform=myspace", "platform"),
        ("accountId=", "accountId"),
        ("accountId=" + "a" * 301, "accountId"),
        ("from=2030-01-01", "from"),
        ("to=2030-01-01T12:00:00", "to"),
        ("q=", "q"),
        ("q=!!!", "q"),
        ("q=" + "a" * 201, "q"),
        ("scheduled=yes", "scheduled"),
        ("sort=best", "sort"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=1.5", "limit"),
        ("cursor=", "cursor"),
        ("cursor=nonsense", "cursor"),
        ("cursor=W10", "cursor"),
        ("cursor=" + "W1tb" * 900, "cursor"),
        ("cursor=WyJuZXdlc3QiLDFlOTksIngiXQ", "cursor"),
        ("color=red", "color"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_an_invalid_parameter_is_refused(api: ApiClient, query: str, field: str) -> None:
    faults = faults_of(api.call("GET", f"{POSTS}?{query}"))
    assert [fault[0] for fault in faults] == [field]


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ({"to": "9999-12-31T23:59:59.999999Z"}, True),
        ({"from_": "0001-01-01T00:00:00Z"}, True),
        ({"to": "9999-12-31T23:59:59.999Z", "q": "hello", "sort": "oldest"}, True),
        ({"from_": "9999-12-31T23:59:59.999Z", "q": "hello"}, False),
        ({"to": "0001-01-01T00:00:00Z", "q": "hello"}, False),
        ({"accountId": "`\\\0 /__x__"}, False),
    ],
)
def test_extreme_times_and_unusual_names_are_accepted(
    api: ApiClient, query: dict[str, str], finds: bool
) -> None:
    own = api.accept(post("Hello", draft=True))
    assert listed(api, **query) == ([own] if finds else [])


def test_all_violations_of_the_parameters_are_reported_at_once(api: ApiClient) -> None:
    faults = faults_of(api.call("GET", f"{POSTS}?limit=0&status=none&sort=best"))
    assert sorted(fault[0] for fault in faults) == ["limit", "sort", "status"]


def test_a_cursor_belongs_to_its_sort(filled: tuple[ApiClient, list[Submission]]) -> None:
    api, _ = filled
    cursor = get(api, limit=1).json["nextCursor"]
    [fault] = faults_of(get(api, sort="oldest", cursor=cursor))
    assert fault[0] == "cursor"
