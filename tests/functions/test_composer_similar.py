"""Warnings of the composer about other posts: the same text, or nearly the same time."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.dashboard.composer import similar
from shared import clock
from shared.accounts import listing
from shared.gcp.firestore import StoreUnavailable
from shared.posts import history
from tests.functions.composing import account, form_of, hidden, made, post, send
from tests.functions.dashboard_client import Browser, Dashboard
from tests.world import USER, World

TEXT = "Fresh bread at the market"
DAY = timedelta(days=1)


def _warnings(ann: Browser, at: datetime | None = None, **more: Any) -> list[tuple[str, str]]:
    """The place and the start of each warning, for a draft at a time; None: now."""
    when = {"when": "at", "at": f"{at:%Y-%m-%dT%H:%M}"} if at else {"when": "now"}
    form = form_of(ann.get("/posts/new"), **{"account": account("x"), **when, **more})
    said = post(ann, "/posts/validate", form).json
    assert said is not None
    return [(each["at"], each["message"]) for each in said["warnings"]]


def _scheduled(world: World, at: datetime, text: str = TEXT, platforms: Any = "x") -> str:
    return world.submit(text, platforms, scheduledTime=at.isoformat())


def _noon() -> datetime:
    later = clock.now() + 10 * DAY
    return later.replace(hour=12, minute=0, second=0, microsecond=0)


def test_the_same_text_on_an_account_is_a_warning_that_leads_to_the_post(
    dashboard: Dashboard, ann: Browser
) -> None:
    world, noon = dashboard.world, _noon()
    listing.change(USER, "x", f"x_{USER}", listing.Settings("The shop"), world.parts)
    post_id = _scheduled(world, noon, f" {TEXT}\n", ["x", "threads"])
    said = f"The same text goes to X (The shop) on {noon:%a} {noon.day} {noon:%b} at 12:00."
    if noon.year != clock.now().year:
        said = said.replace(" at", f" {noon.year} at")
    assert _warnings(ann, noon + 2 * DAY, text=TEXT) == [("text", said)]
    assert [at for at, _ in _warnings(ann, noon - 2 * DAY, text=TEXT)] == ["text"]
    assert _warnings(ann, noon + 4 * DAY, text=TEXT) == [], "that is long after"
    assert _warnings(ann, noon + DAY, text=f"{TEXT} again") == []
    assert _warnings(ann, noon + DAY, text=TEXT, account=account("facebook")) == []
    assert _warnings(ann, text=TEXT) == [], "now is long before"
    at = f"{noon + DAY:%Y-%m-%dT%H:%M}"
    form = form_of(ann.get("/posts/new"), account=account("x"), text=TEXT, when="at", at=at)
    form["do"] = "check"
    page = post(ann, "/posts/new", form)
    assert f'href="https://soku.test/posts/{post_id}" target="_blank"' in page.text


def test_nearly_the_same_time_on_an_account_is_a_warning(
    dashboard: Dashboard, ann: Browser
) -> None:
    noon = _noon()
    _scheduled(dashboard.world, noon, '"><script>alert(1)</script>')
    [(at, message)] = _warnings(ann, noon + timedelta(minutes=59))
    assert at == "time"
    assert message.endswith('12:00: “"><script>alert(1)</script>”.')
    assert _warnings(ann, noon - timedelta(minutes=59)) == [(at, message)]
    for other in (timedelta(hours=1), timedelta(hours=-1)):
        assert _warnings(ann, noon + other) == []
    assert _warnings(ann, noon, account=account("threads")) == []
    assert _warnings(ann, noon, when="draft") == [], "a draft has no time"


def test_a_warning_does_not_stop_a_post_and_a_post_does_not_warn_of_itself(
    dashboard: Dashboard, ann: Browser
) -> None:
    world, noon = dashboard.world, _noon()
    _scheduled(world, noon)
    sent = {"account": account("x"), "text": TEXT, "when": "at", "at": f"{noon:%Y-%m-%dT%H:%M}"}
    second = made(send(ann, ann.get("/posts/new"), **sent))
    page = ann.get(f"/posts/{second}/edit")
    assert hidden(page, "post") == second
    said = post(ann, "/posts/validate", form_of(page, **sent)).json
    assert said is not None
    assert [each["at"] for each in said["warnings"]] == ["text"], "of the first one only"


def test_what_is_not_live_and_will_not_be_is_no_reason_to_warn(
    dashboard: Dashboard, ann: Browser
) -> None:
    world, noon = dashboard.world, _noon()
    world.submit(TEXT, "x", draft=True, scheduledTime=noon.isoformat())
    assert _warnings(ann, noon, text=TEXT) == []
    world.submit(TEXT, "x")
    assert [at for at, _ in _warnings(ann, text=TEXT)] == ["text"]
    world.live_until_quiet()
    [stored] = [
        each
        for each in world.parts.db.collection("postSubmissions").stream()
        if each.get("status") == "succeeded"
    ]
    [(at, message)] = _warnings(ann, text=TEXT)
    assert (at, message.partition(" to ")[0]) == ("text", "The same text went")
    runs = stored.get("runSummary")
    stored.reference.update(
        {"runSummary": {key: {**run, "status": "failed"} for key, run in runs.items()}}
    )
    assert _warnings(ann, text=TEXT) == []


def test_the_number_of_posts_that_are_read_is_limited(
    dashboard: Dashboard, ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, noon = dashboard.world, _noon()
    monkeypatch.setattr(similar, "MOST_COMPARED", 2)
    for hours in (50, 40, 30, 20):
        _scheduled(world, noon - timedelta(hours=hours), f"{hours} hours before")
    _scheduled(world, noon, "At noon")
    assert [at for at, _ in _warnings(ann, noon, text="20 hours before")] == ["time"]
    assert [at for at, _ in _warnings(ann, noon, text="50 hours before")] == ["time", "text"]

    def fail(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("posts")

    monkeypatch.setattr(history, "planned_between", fail)
    assert _warnings(ann, noon) == [], "a warning is not worth an error"
