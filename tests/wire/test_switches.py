"""Our client against what platforms do in one of two ways, which only a live account would tell."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared import clock
from shared.domain.errors import Rejected
from shared.domain.reconciliation import CLOCK_SLACK
from shared.platforms import registry
from shared.platforms.base import Pending, Post, Published
from shared.platforms.x import timeline
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to


@pytest.fixture
def field_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of a parameter that the process remembers, as at its start."""
    monkeypatch.setattr(timeline, "_field_names", ["tweet.fields", "post.fields"])


@pytest.mark.usefixtures("field_names")
@pytest.mark.parametrize(("refused", "reads"), [("", 1), ("post.fields", 1), ("tweet.fields", 2)])
def test_a_lost_post_is_found_by_either_name_of_the_fields(
    x_twin: Twin, refused: str, reads: int
) -> None:
    publishing = registry.publishing("x")
    post = a_post("x", "Hello & https://example.com/a")
    since = clock.now() - CLOCK_SLACK
    published = publishing.take(
        publishing.next_step(post.content, publishing.checkpoint()),
        a_turn(post, http_to(x_twin.url)),
    )
    assert isinstance(published, Published)
    x_twin.platform.state.refused_parameter = refused
    for expected in (reads, 1):
        before = len(x_twin.platform.requests.all())
        sighting = publishing.sight(a_turn(post, http_to(x_twin.url)), since)
        assert [same.platform_post_id for same in sighting.same] == [published.platform_post_id]
        assert len(x_twin.platform.requests.all()) - before == expected


def test_photos_from_a_prefix_that_is_not_verified_on_tiktok_wait_for_the_operator(
    twin_of: Callable[[str], Twin], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = twin_of("tiktok")
    post = a_post("tiktok", media=[shelf.image()], privacyLevel="PUBLIC_TO_EVERYONE")
    with monkeypatch.context() as unverified:
        unverified.setattr(twin.platform.state, "verified", [])
        with pytest.raises(Rejected, match="must verify it") as refusal:
            _published_after(twin, post)
    assert refusal.value.concerns_operator
    assert twin.visible() == []
    _published_after(twin, post)
    assert twin.visible() == ["Hello"]


@pytest.mark.full
@pytest.mark.parametrize("may_read", [False, True])
@pytest.mark.parametrize("is_video", [False, True])
def test_a_members_post_waits_for_media_that_linkedin_processes_for_minutes(
    twin_of: Callable[[str], Twin], shelf: Shelf, may_read: bool, is_video: bool
) -> None:
    twin = twin_of("linkedin")
    twin.platform.state.members_read_media = may_read
    twin.platform.processing_time = timedelta(minutes=4)
    post = a_post("linkedin", media=[shelf.video() if is_video else shelf.image()])
    waited = _published_after(twin, post)
    assert timedelta(minutes=4) <= waited <= timedelta(minutes=8)
    assert twin.visible() == ["Hello"]
    refusals = [r for r in twin.platform.requests.all() if r.status == 422]
    assert bool(refusals) != may_read


def _published_after(twin: Twin, post: Post) -> timedelta:
    """Take every step. LinkedIn's media get older by each wait. Returns all waits together."""
    publishing = registry.publishing(post.account.platform)
    checkpoint, waited = publishing.checkpoint(), timedelta(0)
    while True:
        step = publishing.next_step(post.content, checkpoint)
        result = publishing.take(step, a_turn(post, http_to(twin.url), checkpoint))
        if not isinstance(result, Pending):
            return waited
        checkpoint, waited = result.checkpoint, waited + result.poll_after
        for upload in getattr(twin.platform.state, "uploads", {}).values():
            if upload.available_at is not None:
                upload.available_at -= result.poll_after
