"""What reading numbers must do on every platform that gives them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from shared import clock
from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.errors import PlatformUnavailable, ReadRefused
from shared.domain.media import MediaAsset
from shared.domain.metrics import Metric
from shared.platforms import registry
from shared.platforms.base import Post, Published
from shared.platforms.http import Http
from shared.platforms.metrics import MeasuredPost, Metrics, Reader
from tests.media import Shelf
from tests.platforms.all_contracts import CONTRACTS
from tests.platforms.conftest import Twin
from tests.platforms.contract import Example
from tests.platforms.driving import Answered, Wire, drive, http_of
from tests.platforms.records import moving_clock

JOBS = [
    pytest.param(job, id=name)
    for name in registry.names()
    if (job := registry.metrics(name)) is not None
]
every_job = pytest.mark.parametrize("job", JOBS)

POST_IDS = {"linkedin": "urn:li:share:7001"}
SAYING_NOTHING = ["<html>Bad gateway", "{}", "[]", "null", '{"data": "x"}', '[{"id": "7001"}]']


class Described(Shelf):
    """Files that nobody reads: to make them takes longer than the tests."""

    def __init__(self) -> None: ...

    def put(self, name: str, data: bytes) -> str:
        return f"https://media.test/{name}"

    def image(self, seed: int = 1, width: int = 1080, height: int = 1350) -> MediaAsset:
        return MediaAsset("image", self.put("image", b""), "image/jpeg", 1000, "0" * 64)

    def png(self, seed: int = 1, width: int = 1080, height: int = 1350) -> MediaAsset:
        return self.image()

    def video(
        self, seed: int = 1, seconds: float = 8, width: int = 720, height: int = 1280
    ) -> MediaAsset:
        return MediaAsset("video", self.put("video", b""), "video/mp4", 1000, "0" * 64)

    def large_video(self, size: int, seed: int = 1) -> MediaAsset:
        return self.video()


@pytest.mark.parametrize("name", registry.names())
def test_a_platform_gives_numbers_only_with_a_job_of_its_own(name: str) -> None:
    job = registry.metrics(name)
    assert job is None or job.about is registry.about(name)


@every_job
def test_what_a_job_declares_can_be_worked_with(job: Metrics) -> None:
    assert set() < job.offered_metrics <= set(Metric)
    assert job.posts_per_call >= 1
    asked_for = [name for login in registry.logins(job.about.name) for name in login.scope_names]
    assert set(job.scopes) <= set(asked_for)
    assert job.daily_budget is None or job.daily_budget >= 0
    assert job.kept_for is None or job.kept_for > timedelta(days=2)


@every_job
def test_what_a_post_has_depends_on_its_account_and_its_kind(job: Metrics) -> None:
    for account in _accounts(job):
        refusal = job.refusal(account)
        assert refusal is None or (job.about.display_name in refusal and refusal.endswith("."))
        for content in _contents(job):
            offered = job.offered(account, content)
            assert offered <= job.offered_metrics
            assert not (refusal and offered)
            assert (job.lives_for(content) or timedelta(1)) > timedelta(0)
            assert job.cost(_posts(job, content)) >= 1
    assert _cases(job), "a job gives numbers of some post"


@every_job
def test_an_answer_that_says_nothing_is_not_a_number(job: Metrics) -> None:
    for reader, content in _cases(job):
        for body in SAYING_NOTHING:
            http = _answering(200, body)
            try:
                read = job.read(_posts(job, content), reader, http)
                followers = job.followers(reader, http)
            except (PlatformUnavailable, ReadRefused):
                continue
            assert followers is None, body
            for numbers in read.values():
                assert set(numbers) <= job.offered(reader.account, content)
                assert set(numbers.values()) <= {None}, body


@every_job
def test_a_platform_that_is_away_is_read_again_later(job: Metrics) -> None:
    for reader, content in _cases(job):
        http = _answering(500, "{}")
        with pytest.raises(PlatformUnavailable):
            job.read(_posts(job, content), reader, http)
        if job.counts_followers:
            with pytest.raises(PlatformUnavailable):
                job.followers(reader, http)


@every_job
def test_a_published_post_has_what_is_offered_for_it(
    job: Metrics, twin_of: Callable[[str], Twin], shelf: Shelf
) -> None:
    twin = twin_of(job.about.name)
    reader, _ = _cases(job)[0]
    content = _content(_quickest(job), shelf)
    twin.platform.add_account(
        reader.account.account_id,
        reader.account.username,
        reader.access_token,
        external_id=reader.account.external_id,
    )
    with moving_clock() as wait:
        post_id = _published(job, Post(content, reader.account, reader.access_token), twin, wait)
        # Some numbers come days late, and some posts are gone after one.
        age = min(timedelta(days=3), (job.lives_for(content) or timedelta.max) / 2)
        wait(age)
        posts = [MeasuredPost(post_id, clock.now() - age, content)]
        http = http_of(registry.publishing(job.about.name), Wire(job.about.name, twin.url))
        numbers = job.read(posts, reader, http)[post_id]
        followers = job.followers(reader, http)
    assert set(numbers) == job.offered(reader.account, content)
    assert any(numbers.values())
    assert (followers is not None) is job.counts_followers


def _accounts(job: Metrics) -> list[Account]:
    """One for each login of the platform."""
    name = job.about.name
    logins = dict(CONTRACTS)[name].logins
    return [
        Account("ann", name, f"{name}_bea", login.external_ids[0], "bea", kind=login.kind)
        for login in logins
    ]


def _contents(job: Metrics) -> Iterator[Content]:
    for example in dict(CONTRACTS)[job.about.name].examples:
        yield _content(example, Described())


def _quickest(job: Metrics) -> Example:
    """An example without a video, if there is one."""
    examples = dict(CONTRACTS)[job.about.name].examples
    return min(examples, key=lambda example: len(_content(example, Described()).videos))


def _content(example: Example, shelf: Shelf) -> Content:
    return Content(example.text, example.options, tuple(example.media(shelf)))


def _cases(job: Metrics) -> list[tuple[Reader, Content]]:
    """Whose posts have numbers, and which."""
    return [
        (Reader(account, "measured-token"), content)
        for account in _accounts(job)
        for content in _contents(job)
        if job.offered(account, content)
    ]


def _posts(job: Metrics, content: Content) -> list[MeasuredPost]:
    post_id = POST_IDS.get(job.about.name, "7001")
    published_at = clock.now() - timedelta(hours=6)
    posts = [MeasuredPost(f"{post_id}{number}", published_at, content) for number in (1, 2)]
    return posts[: job.posts_per_call]


def _answering(status: int, body: str) -> Http:
    return Http("https://platform.test", lambda *_, **__: Answered(status, {}, body.encode()))


def _published(job: Metrics, post: Post, twin: Twin, wait: Callable[[timedelta], None]) -> str:
    name = job.about.name
    *_, last = drive(registry.publishing(name), post, Wire(name, twin.url), wait)
    assert isinstance(last.result, Published)
    return last.result.platform_post_id
