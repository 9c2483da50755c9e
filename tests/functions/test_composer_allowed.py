"""What TikTok allows a creator at present, in the composer."""

from dataclasses import replace
from typing import Any

import pytest

from functions.dashboard.composer.allowed import FRESH_FOR, MOST_CHECKS, QUESTIONS_PER_MINUTE
from functions.publisher.grants import ask_allowed
from local.platforms.tiktok.publication import CreatorSettings
from tests.functions.composing import account, form_of, made, post, send
from tests.functions.dashboard_client import Browser, Dashboard
from tests.functions.publishing import fault, requests_to
from tests.media import Shelf
from tests.world import USER, World

CREATOR = "POST /v2/post/publish/creator_info/query/"
PRIVACY = "opt-tiktok-privacyLevel"


def _check(ann: Browser, **more: Any) -> dict[str, Any]:
    sent = {"account": account("tiktok"), "part": "tiktok", **more}
    answer = post(ann, "/posts/validate", form_of(ann.get("/posts/new"), **sent))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def _set_creator(world: World, **settings: Any) -> None:
    world.platforms["tiktok"].state.creator = CreatorSettings(**settings)


def test_tiktok_is_asked_when_it_is_chosen_and_its_answer_limits_the_options(
    dashboard: Dashboard, ann: Browser
) -> None:
    world = dashboard.world
    _set_creator(world, is_private=True, duet_disabled=True, max_video_post_duration_sec=180)
    assert _check(ann, account=account("x"))["allowed"] == []
    assert world.tasks.pending() == [], "another platform asks nothing"
    [asking] = _check(ann)["allowed"]
    assert (asking["part"], asking["waits"], asking["disabled"]) == ("tiktok", True, {})
    assert asking["note"] == "Soku is asking TikTok what tiktok_ann can post."
    world.deliver_due()
    [known] = _check(ann)["allowed"]
    assert not known["waits"]
    assert known["note"] == (
        "TikTok allows tiktok_ann videos of at most 3 minutes. Its settings in the TikTok app "
        "keep duets off."
    )
    assert known["disabled"] == {
        PRIVACY: ["PUBLIC_TO_EVERYONE"],
        "opt-tiktok-disableDuet": ["no"],
    }
    form = form_of(ann.get("/posts/new"), account=account("tiktok"), part="tiktok", do="check")
    page = post(ann, "/posts/new", form).text
    assert known["note"] in page
    assert '<option value="PUBLIC_TO_EVERYONE" disabled>' in page
    assert requests_to(world, "tiktok", CREATOR) == 1, "a fresh answer is not asked for again"
    world.advance(FRESH_FOR)
    _set_creator(world)
    [again] = _check(ann)["allowed"]
    assert again["waits"]
    assert again["note"] == known["note"], "until TikTok has answered"
    world.deliver_due()
    assert _check(ann)["allowed"][0]["disabled"] == {PRIVACY: ["FOLLOWER_OF_CREATOR"]}


def test_what_tiktok_would_refuse_is_a_warning(
    dashboard: Dashboard, ann: Browser, shelf: Shelf
) -> None:
    world = dashboard.world
    video = world.own(replace(shelf.video(1), duration=200.0))
    _set_creator(world, is_private=True, comment_disabled=True, max_video_post_duration_sec=180)
    _check(ann)
    world.deliver_due()
    chosen = {"opt:tiktok:privacyLevel": "PUBLIC_TO_EVERYONE", "opt:tiktok:disableComment": "no"}
    said = _check(ann, media=video.url, **chosen)
    warnings = {each["at"]: each["message"] for each in said["warnings"]}
    assert warnings[PRIVACY] == "TikTok does not allow tiktok_ann “Everyone” at present."
    assert "“Turn comments off”" in warnings["opt-tiktok-disableComment"]
    assert "at most 3 minutes" in warnings["media-0"]
    assert PRIVACY not in {each["at"] for each in said["faults"]}


def test_a_question_without_an_answer_is_said_and_stops_no_post(
    dashboard: Dashboard, ann: Browser, shelf: Shelf
) -> None:
    world = dashboard.world
    [late] = _check(ann, checks=str(MOST_CHECKS))["allowed"]
    assert "TikTok has not said what tiktok_ann can post. You can send" in late["note"]
    assert not late["waits"]
    fault(world, "tiktok", CREATOR, "quota", variant="reached_active_user_cap")
    world.deliver_due()
    said = _check(ann)
    assert said["allowed"][0]["note"].startswith("TikTok did not say what tiktok_ann can post: ")
    assert f"account-tiktok-tiktok_{USER}" in [each["at"] for each in said["warnings"]]
    picture = world.own(shelf.image(1))
    page = ann.get("/posts/new")
    assert made(send(ann, page, account=account("tiktok"), media=picture.url))


@pytest.mark.full
def test_questions_are_limited(dashboard: Dashboard, ann: Browser) -> None:
    for _ in range(QUESTIONS_PER_MINUTE + 2):
        _check(ann)
    assert len(dashboard.world.tasks.pending()) == QUESTIONS_PER_MINUTE
    dashboard.world.deliver_due()
    assert requests_to(dashboard.world, "tiktok", CREATOR) == 1


def test_an_expired_token_is_renewed_for_the_question(world: World) -> None:
    fault(world, "tiktok", CREATOR, "expired_token")
    asked = ask_allowed(USER, "tiktok", f"tiktok_{USER}", world.parts)
    assert asked == "stored what is allowed"
    assert ask_allowed(USER, "tiktok", "tiktok_nobody", world.parts) == "no such account"
