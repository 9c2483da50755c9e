"""Each post on a platform belongs to one run, even if another run finds it or a user reports it."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.x.twin import X
from shared import clock
from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.gcp.claims import Basis
from tests.domain.examples import ERROR
from tests.functions.publishing import TEXT, VISIBLE, fault, stored_run
from tests.world import World


@pytest.fixture
def x(world: World) -> X:
    twin = world.platforms["x"]
    assert isinstance(twin, X)
    twin.state.refuses_duplicates = False
    return twin


@pytest.fixture
def heard(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(logging.getLogger("soku"), "propagate", True)
    return caplog


def _alerts(heard: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in heard.records
        if getattr(record, "fields", {}).get("duplicatePost")
    ]


def _again(world: World, key: str) -> str:
    return world.submit_body({"post": {"content": {"text": TEXT, "platform": "x"}}}, key)


def test_a_post_of_a_run_that_left_the_history_is_not_found_for_another(world: World, x: X) -> None:
    first = _again(world, "key-1")
    world.deliver_due()
    stored = world.parts.deliveries.submission(first)
    assert stored is not None
    world.parts.deliveries.delete(stored)
    second = _again(world, "key-2")
    fault(world, "x", VISIBLE["x"], "reset_before")
    world.live_until_quiet()
    old, new = (post.id for post in x.posts.all())
    run = world.run(second, "x")
    assert (run["status"], run["platformPostId"]) == ("succeeded", new)
    assert old != new


def _held_and_answered(world: World, basis: Basis) -> tuple[str, str]:
    """Two posts; the first one's answer comes after the second was given its post."""
    first, second = _again(world, "key-1"), _again(world, "key-2")
    world.tasks.deliver_due()
    stored = world.parts.deliveries.run(second, "x")
    assert stored is not None
    begun = runs.claim(
        stored.run,
        step="create_post",
        visible=True,
        mutates=True,
        lease=timedelta(seconds=90),
        owner="another",
        external_id=_external_id(world),
        now=clock.now(),
    )
    world.parts.deliveries.save(stored, unconfirmed.doubt(begun, error=ERROR, now=clock.now()))
    send = world.parts.send

    def found_first(method: str, url: str, **request: Any) -> Any:
        answer = send(method, url, **request)
        if method == "POST" and url.endswith("/2/tweets"):
            (live,) = world.platforms["x"].posts.all()
            other = world.parts.deliveries.run(second, "x")
            assert other is not None
            found = runs.succeed(
                other.run, platform_post_id=live.id, permalink=None, now=clock.now()
            )
            world.parts.deliveries.save(other, found, basis=basis)
        return answer

    world.with_parts(send=found_first)
    task = next(task for task in world.tasks.pending() if first in str(task.body))
    world.tasks.deliver(task.name)
    world.with_parts(send=send)
    return first, second


def _external_id(world: World) -> str:
    path = "users/ann/integrations/x/accounts/x_ann"
    external_id: str = world.parts.db.document(path).get().to_dict()["externalId"]
    return external_id


@pytest.mark.parametrize("basis", [Basis.LOOK_UP, Basis.USER])
def test_a_direct_answer_takes_the_post_from_a_run_that_only_found_it(
    world: World, x: X, heard: pytest.LogCaptureFixture, basis: Basis
) -> None:
    first, second = _held_and_answered(world, basis)
    (live,) = x.posts.all()
    run, other = stored_run(world, first, "x"), stored_run(world, second, "x")
    assert (run.status, run.platform_post_id) == ("succeeded", live.id)
    assert (other.status, other.platform_post_id) == ("unconfirmed", None)
    assert world.submission(second)["status"] == "unconfirmed"
    assert _alerts(heard) == ["a post was held by another run"]
    # Its own post was never sent: proven absent, it is sent now.
    world.live_until_quiet()
    assert len(x.posts.all()) == 2
    ids = {world.run(post, "x")["platformPostId"] for post in (first, second)}
    assert ids == {post.id for post in x.posts.all()}
    assert world.submission(second)["status"] == "succeeded"


def test_two_runs_with_the_same_direct_answer_both_keep_it_and_raise_an_alert(
    world: World, x: X, heard: pytest.LogCaptureFixture
) -> None:
    posts = _held_and_answered(world, Basis.ANSWER)
    (live,) = x.posts.all()
    for post in posts:
        run = world.run(post, "x")
        assert (run["status"], run["platformPostId"]) == ("succeeded", live.id)
    assert _alerts(heard) == ["a post was held by another run"]
