"""Comments are found at the next pass, stored once, and followed when they change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.collector import comments as collecting_comments
from shared import clock
from shared.accounts.disconnecting import disconnect
from shared.domain.errors import (
    ErrorCategory,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
)
from shared.gcp.accounts import account_path
from shared.platforms.comments import CommentPage, Source, Survey
from tests.functions.counting import collect, publish
from tests.functions.talking import Talk, collecting, come, items, post_id_of, talk
from tests.world import USER, World

__all__ = ["talk"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_comment_is_in_the_inbox_at_the_next_pass(world: World, talk: Talk) -> None:
    [post] = publish(world, "Hello")
    platform_post = post_id_of(world, post)
    talk.write(platform_post, "Nice!")
    collect(world)
    assert items(world) == {}
    come(world)
    item = items(world)["c1"]
    [run_id] = world.submission(post)["runSummary"]
    assert (item["text"], item["state"], item["kind"]) == ("Nice!", "unread", "comment")
    assert (item["submissionId"], item["runId"], item["postId"]) == (post, run_id, platform_post)
    assert item["author"] == {"id": "p1", "name": "Bea", "username": "bea"}


def test_a_quiet_account_costs_one_call(world: World, talk: Talk) -> None:
    [post] = publish(world, "Hello")
    talk.write(post_id_of(world, post), "Nice!")
    come(world)
    talk.calls.clear()
    for _ in range(3):
        come(world)
    assert talk.calls == ["survey"] * 3


def test_a_quiet_account_is_asked_once_an_hour(world: World, talk: Talk) -> None:
    publish(world, "Hello")
    come(world)
    world.advance(8 * DAY)
    collect(world)
    talk.calls.clear()
    for _ in range(12):
        come(world)
    assert talk.calls == ["survey"]


@pytest.mark.full
def test_a_new_post_ends_the_long_waits_of_a_quiet_account(world: World, talk: Talk) -> None:
    publish(world, "Hello")
    come(world)
    come(world, 8 * DAY)
    [post] = publish(world, "Another")
    talk.write(post_id_of(world, post), "Nice!")
    come(world)
    assert [item["text"] for item in items(world).values()] == ["Nice!"]


def test_many_comments_at_once_are_read_page_by_page_over_several_tasks(
    world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting_comments, "MOST_ITEMS", 25)
    [post] = publish(world, "Hello")
    for number in range(95):
        talk.write(post_id_of(world, post), f"Comment {number}")
    come(world)
    assert len(items(world)) == 95
    assert len([call for call in talk.calls if call.startswith("page")]) == 10
    talk.calls.clear()
    talk.write(post_id_of(world, post), "One more")
    come(world)
    assert len(items(world)) == 96
    # One page brings something new, and the one after it does not.
    assert len(talk.calls) == 3


def test_what_stops_a_pass_in_the_middle_loses_nothing(world: World, talk: Talk) -> None:
    [post] = publish(world, "Hello")
    for number in range(45):
        talk.write(post_id_of(world, post), f"Comment {number}")
    talk.failure = RateLimited("Slow down.", retry_after=HOUR)
    talk.fails_on = f"page {post_id_of(world, post)} 20"
    come(world)
    assert len(items(world)) == 20
    talk.failure = None
    come(world, 50 * timedelta(minutes=1))
    assert len(items(world)) == 20
    talk.calls.clear()
    come(world, 11 * timedelta(minutes=1))
    assert len(items(world)) == 45
    assert next(call for call in talk.calls if "page" in call).endswith(" 20")


def test_edited_and_deleted_comments_are_found_within_the_hour(world: World, talk: Talk) -> None:
    [post] = publish(world, "Hello")
    kept, edited, gone = (
        talk.write(post_id_of(world, post), text) for text in ("Kept", "Edited", "Gone")
    )
    come(world)
    talk.edit(edited.comment_id, text="Better", is_hidden=True)
    del talk.seen[gone.comment_id]
    come(world, HOUR)
    found = items(world)
    assert (found["c2"]["text"], found["c2"]["isHidden"]) == ("Better", True)
    assert found["c3"]["deletedAt"] <= clock.now()
    assert "deletedAt" not in found[kept.comment_id]
    # It comes back, as after a moderator's second thought.
    talk.seen[gone.comment_id] = gone
    come(world, HOUR)
    assert "deletedAt" not in items(world)["c3"]


def test_whether_a_comment_is_hidden_stays_known_if_the_platform_does_not_say_it(
    world: World, talk: Talk
) -> None:
    [post] = publish(world, "Hello")
    talk.write(post_id_of(world, post), "Nice!", is_hidden=None)
    come(world)
    assert items(world)["c1"]["isHidden"] is False
    talk.edit("c1", is_hidden=True)
    come(world, HOUR)
    talk.edit("c1", is_hidden=None, text="Nicer!")
    come(world, HOUR)
    item = items(world)["c1"]
    assert (item["text"], item["isHidden"]) == ("Nicer!", True)


def test_a_list_is_read_as_it_was_planned(
    world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    [post] = publish(world, "Hello")
    planned = Source("mentions", since="7", own_posts=(post_id_of(world, post),))
    monkeypatch.setattr(talk, "survey", lambda *_: Survey([planned], {}))
    read: list[Source] = []

    def page(source: Source, *_: object) -> CommentPage:
        read.append(replace(source, own_posts=tuple(source.own_posts)))
        return CommentPage([])

    monkeypatch.setattr(talk, "page", page)
    come(world)
    assert read == [planned]


def test_what_the_user_did_with_an_item_stays(world: World, talk: Talk) -> None:
    [post] = publish(world, "Hello")
    talk.write(post_id_of(world, post), "Nice!")
    come(world)
    for snapshot in world.parts.db.collection(f"users/{USER}/inbox").stream():
        snapshot.reference.update({"state": "done", "doneAt": clock.now()})
    talk.edit("c1", text="Nicer!")
    come(world, HOUR)
    item = items(world)["c1"]
    assert (item["text"], item["state"]) == ("Nicer!", "done")


def test_old_and_own_comments_are_nothing_to_do(world: World, talk: Talk) -> None:
    [post] = publish(world, "Hello")
    platform_post = post_id_of(world, post)
    talk.write(platform_post, "Old", created_at=clock.now() - 8 * DAY)
    talk.write(platform_post, "Mine", is_own=True)
    come(world)
    assert {name: item["state"] for name, item in items(world).items()} == {
        "c1": "read",
        "c2": "own",
    }


@pytest.mark.full
def test_a_missing_permission_is_shown_on_the_account_and_costs_no_further_call(
    world: World, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Talk, "scopes", ("read_replies",))
    publish(world, "Hello")
    talk.failure = ReadRefused("No permission.", category=ErrorCategory.PERMISSION)
    come(world)
    account = world.account("threads")
    assert account.missing_scopes == ("read_replies",)
    talk.failure = None
    for _ in range(4):
        come(world, 8 * HOUR)
    assert talk.calls == ["survey"]
    path = account_path(USER, "threads", account.account_id)
    world.parts.db.document(path).update({"missingScopes": []})
    come(world, DAY)
    assert len(talk.calls) > 1


def test_a_list_that_needs_another_permission_is_asked_for_once_a_day(
    world: World, talk: Talk
) -> None:
    publish(world, "Hello")
    talk.has_mentions = True
    talk.failure = ReadRefused("No permission.", category=ErrorCategory.PERMISSION)
    talk.fails_on = "page "
    for _ in range(3):
        come(world)
    assert [call for call in talk.calls if "page" in call] == ["page  0"]
    assert world.account("threads").missing_scopes == ()
    come(world, DAY)
    assert [call for call in talk.calls if "page" in call] == ["page  0"] * 2


def test_a_list_that_cannot_be_read_does_not_stop_the_others(world: World, talk: Talk) -> None:
    first, second = publish(world, "One", "Two")
    for post in (first, second):
        talk.write(post_id_of(world, post), "Nice!")
    talk.failure = ReadRefused("Comments are off.")
    talk.fails_on = f"page {post_id_of(world, first)}"
    come(world)
    assert [item["submissionId"] for item in items(world).values()] == [second]


def test_nothing_is_read_without_a_subscription(world: World, talk: Talk) -> None:
    publish(world, "Hello")
    world.expire_subscription()
    come(world, DAY)
    assert talk.calls == []


@pytest.mark.full
def test_a_budget_stops_the_reading_for_the_day(world: World, talk: Talk) -> None:
    world.parts = replace(
        world.parts, settings=replace(world.parts.settings, collect_budgets={"threads": 3})
    )
    publish(world, "Hello")
    for _ in range(5):
        come(world)
    assert talk.calls == ["survey"] * 3
    come(world, DAY)
    assert talk.calls == ["survey"] * 4


def test_the_budget_0_turns_comments_off(world: World, talk: Talk) -> None:
    world.parts = replace(
        world.parts, settings=replace(world.parts.settings, collect_budgets={"threads": 0})
    )
    publish(world, "Hello")
    come(world, DAY)
    assert talk.calls == []


def test_a_disconnected_account_leaves_nothing_in_the_inbox(world: World, talk: Talk) -> None:
    [post] = publish(world, "Hello")
    talk.write(post_id_of(world, post), "Nice!")
    come(world)
    account = world.account("threads")
    disconnect(USER, "threads", account.account_id, world.parts)
    world.advance(timedelta(minutes=1))
    collecting(world).update({"wakeAt": 0, "dueAt": 0})
    collect(world)
    assert items(world) == {}
    assert not collecting(world).get().exists


@pytest.mark.full
def test_an_outage_backs_off(world: World, talk: Talk) -> None:
    publish(world, "Hello")
    talk.failure = PlatformUnavailable("Away.")
    for _ in range(12):
        world.advance(timedelta(minutes=5))
        collect(world)
    # After 5, 10, 20 and 40 minutes.
    assert len(talk.calls) == 4
