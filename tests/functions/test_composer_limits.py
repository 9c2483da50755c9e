"""How much the composer accepts, and from whom."""

import pytest
from werkzeug.datastructures import MultiDict

from functions.dashboard.composer import views
from functions.dashboard.composer.draft import from_form
from shared.gcp.users import subscription_path
from shared.posts.request import MAX_MEDIA, MAX_TARGETS
from tests.functions.composing import account, made, send
from tests.functions.dashboard_client import Browser, Dashboard
from tests.world import USER


def test_a_subscription_is_needed(dashboard: Dashboard, ann: Browser) -> None:
    dashboard.configure(billing=dashboard.world.parts.settings.billing.__class__("manual"))
    dashboard.world.expire_subscription()
    refused = send(ann, ann.get("/posts/new"), account=account("x"))
    assert refused.status_code == 403
    assert "Your subscription is not active." in refused.text
    assert 'href="https://soku.test/settings/billing">Go to billing</a>' in refused.text


@pytest.mark.parametrize("is_own", [False, True])
def test_posts_of_a_user_are_limited(dashboard: Dashboard, ann: Browser, is_own: bool) -> None:
    if is_own:
        subscription = dashboard.world.parts.db.document(subscription_path(USER))
        subscription.update({"limits": {"posts": 1}})
    else:
        limits = dashboard.world.parts.settings.rate_limits
        dashboard.configure(rate_limits=limits.__class__(posts=1))
    page = ann.get("/posts/new")
    made(send(ann, page, account=account("x")))
    limited = send(ann, page, account=account("x"))
    assert limited.status_code == 429
    assert "Send this one again in" in limited.text


def test_a_form_with_thousands_of_fields_costs_no_more_than_a_large_post(ann: Browser) -> None:
    form = MultiDict([("account", f"x:{number}") for number in range(3000)])
    form.setlist("media", [f"https://x.test/{number}" for number in range(3000)])
    form.setlist("part", [f"x:{number}" for number in range(3000)])
    form.setlist("own", form.getlist("part"))
    form.setlist("split", ["x"])
    draft = from_form(form)
    assert len(draft.accounts) == MAX_TARGETS + 1
    assert len(draft.media) == MAX_MEDIA + 1
    assert len(draft.parts) == MAX_TARGETS + 1
    page = ann.get("/posts/new")
    answer = send(ann, page, **{name: form.getlist(name) for name in ("account", "media")})
    assert answer.status_code == 422
    assert "Choose fewer accounts." in answer.text


def test_checks_without_a_script_are_limited(ann: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "CHECKS_PER_MINUTE", 1)
    page = ann.get("/posts/new")
    answers = [send(ann, page, do="check", text="Kept") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert ">\nKept</textarea>" in answers[1].text
