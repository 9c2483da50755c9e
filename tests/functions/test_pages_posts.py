"""The list of posts in a browser: rows, filters, what needs the user, and several at once."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from functions.dashboard import limits
from functions.dashboard.posts import listing
from functions.dashboard.routes import ROUTES
from shared import clock
from shared.domain.submission import Risk
from shared.media.names import new_media_id
from shared.posts import attention
from shared.posts.risks import note_risk
from tests.functions.api_client import ApiClient, post
from tests.functions.posts_in_pages import (
    HOSTILE,
    NEXT_WEEK,
    disturb,
    draft,
    failed_on_x,
    row_of,
    scheduled,
    send,
    shown,
    unconfirmed_on_x,
)
from tests.functions.signed_in_browser import SignedInBrowser, browser
from tests.world import World

__all__ = ["browser"]


def test_a_user_without_posts_is_led_to_the_first_one(browser: SignedInBrowser) -> None:
    start = browser.get("/")
    assert (start.status_code, start.headers["Location"]) == (303, "https://soku.test/posts")
    page = browser.page("/posts")
    assert "No posts yet" in page
    assert "Write a post" in page
    assert "Needs attention" not in page
    assert 'name="q"' not in page, "there is nothing to filter"
    nothing = browser.page("/posts?status=failed")
    assert "No posts match" in nothing
    assert "Clear filters" in nothing
    assert "No posts yet" not in nothing


def test_a_user_without_accounts_is_led_to_connecting_one(api: ApiClient) -> None:
    stranger = api.another_user_without_accounts()
    page = SignedInBrowser(stranger).page("/posts")
    assert "Connect an account first" in page
    assert 'href="https://soku.test/settings/integrations">Connect an account<' in page


def test_a_row_says_what_became_of_a_post(api: ApiClient, browser: SignedInBrowser) -> None:
    post_id = failed_on_x(api)
    row = row_of(browser.page("/posts"), post_id)
    assert "1 of 2 published" in row
    assert row.index('title="X: Failed"') < row.index('title="Threads: Published"'), "failed first"
    assert f"/posts/{post_id}" in row
    assert "View on Threads" in row
    assert 'rel="noopener nofollow"' in row
    assert "looks automated" in row, "the error, in the runs that open in place"
    assert f'formaction="https://soku.test/posts/{post_id}/retry"' in row


def test_texts_and_links_of_others_stay_text(api: ApiClient, browser: SignedInBrowser) -> None:
    post_id = draft(api, HOSTILE)
    failed = failed_on_x(api)
    document = api.world.parts.db.document(f"postSubmissions/{failed}")
    runs = document.get().to_dict()["runSummary"]
    runs["threads"]["permalink"] = "javascript:alert(1)"
    runs["x"]["error"] |= {"message": HOSTILE, "platformMessage": HOSTILE}
    document.update({"runSummary": runs})
    for run_id, run in runs.items():
        document.collection("runs").document(run_id).update(run)
    attempt = document.collection("runs/x/attempts").document("1")
    attempt.update({"exchanges": [{"answered": HOSTILE, "sent": HOSTILE}], "step": HOSTILE})
    for address in (
        "/posts",
        f"/posts/{post_id}",
        f"/posts/{failed}",
        f"/posts?q={quote(HOSTILE)}",
    ):
        page = browser.page(address)
        assert "<script>" not in page
        assert "{{ 7 * 7 }}" in page
        assert "<b>" not in page
        assert "javascript:" not in page
        assert "style=" not in page


def test_filters_are_in_the_address(api: ApiClient, browser: SignedInBrowser) -> None:
    one, two = draft(api, "Bread", platform="x"), scheduled(api, "Coffee", platform="threads")
    assert shown(browser) == [two, one]
    assert shown(browser, "/posts?sort=oldest") == [one, two]
    assert shown(browser, "/posts?status=draft") == [one]
    assert shown(browser, "/posts?platform=threads") == [two]
    assert shown(browser, "/posts?account=x_main") == [one]
    assert shown(browser, "/posts?q=coffee") == [two]
    today = clock.now().date()
    assert shown(browser, f"/posts?from={today}&to={today}") == [two, one]
    assert shown(browser, f"/posts?from={today + timedelta(days=1)}") == []
    page = browser.page("/posts?status=draft&platform=x&q=bread")
    assert 'href="https://soku.test/posts?q=bread&amp;platform=x"' in page, "× of the status"
    assert "Status: Draft" in page
    assert shown(browser, "/posts?status=odd&platform=myspace&from=yesterday&sort=x") == [two, one]
    assert shown(browser, "/posts?cursor=odd") == []


def test_days_are_those_of_the_users_zone(api: ApiClient, browser: SignedInBrowser) -> None:
    post_id = draft(api)
    user = api.world.parts.db.document(f"users/{api.user_id}")
    # Fourteen hours ahead of UTC: there it is tomorrow in the second half of each day here.
    for zone, hours in (("Pacific/Kiritimati", 14), ("Pacific/Pago_Pago", -11)):
        user.update({"timezone": zone})
        there = (clock.now() + timedelta(hours=hours)).date()
        assert shown(browser, f"/posts?from={there}&to={there}") == [post_id]
        assert shown(browser, f"/posts?to={there - timedelta(days=1)}") == []


def test_more_posts_follow_by_cursor(api: ApiClient, browser: SignedInBrowser) -> None:
    ids = [draft(api, f"Number {number}") for number in range(22)][::-1]
    page = browser.page("/posts?status=draft")
    assert len(re.findall('<li class="post"', page)) == 20
    [more] = re.findall('<a class="button quiet" href="([^"]+cursor=[^"]+)"', page)
    following = shown(browser, more.replace("&amp;", "&"))
    assert shown(browser, "/posts?status=draft") + following == ids


def test_what_needs_the_user_is_counted_and_leads_to_it(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    failed, at_risk = failed_on_x(api), scheduled(api, platform="x")
    unconfirmed = unconfirmed_on_x(api)
    risk = Risk("reconnect_required", "Reconnect it before Tuesday.", clock.now())
    note_risk(at_risk, "x", risk, api.world.parts)
    api.world.parts.db.document(f"users/{api.user_id}/integrations/x").update(
        {"accounts.x_main.status": "reconnect_required"}
    )
    page = browser.page("/posts")
    need = r'<a class="need is-(\w+)" href="([^"]+)".*?<strong>(\d+)</strong>'
    found = re.findall(need, browser.page("/posts/needs"), re.DOTALL)
    needs = {kind: (address.replace("&amp;", "&"), count) for kind, address, count in found}
    assert {kind: count for kind, (_, count) in needs.items()} == {
        "failed": "1",
        "unconfirmed": "1",
        "at_risk": "1",
        "reconnect": "1",
    }
    assert shown(browser, needs["failed"][0]) == [failed]
    assert shown(browser, needs["unconfirmed"][0]) == [unconfirmed]
    assert shown(browser, needs["at_risk"][0]) == [at_risk]
    assert "Reconnect it before Tuesday." in row_of(page, at_risk)


def test_an_old_failure_no_longer_needs_the_user(
    api: ApiClient, browser: SignedInBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed_on_x(api)
    assert "is-failed" in browser.page("/posts/needs")
    monkeypatch.setattr(attention, "FAILED_FOR", timedelta(0))
    assert "Nothing needs your attention." in browser.page("/posts/needs")


def test_rows_are_asked_for_again_while_they_are_published(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    post_id, resting = api.accept(post()), draft(api)
    row = row_of(browser.page("/posts"), post_id)
    assert 'data-look="0"' in row
    assert "data-look" not in row_of(browser.page("/posts"), resting)
    api.world.deliver_due()
    again = browser.page(f"/posts/rows?ids={post_id},{resting}")
    assert "Published" in row_of(again, post_id)
    assert "data-look" not in again
    version = re.compile('data-version="([0-9a-f]+)"')
    assert version.findall(row) != version.findall(row_of(again, post_id))


def test_a_row_that_waits_for_a_platform_is_not_asked_for_all_the_time(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    disturb(api, "rate_limit", retryAfter=600)
    post_id = api.accept(post(platform="x"))
    api.world.deliver_due()
    row = row_of(browser.page("/posts"), post_id)
    [look] = re.findall(r'data-look="(\d+)"', row)
    assert int(look) > (clock.now() + timedelta(minutes=5)).timestamp() * 1000
    assert "Next try" in row


def test_only_own_rows_are_shown(api: ApiClient, world: World, browser: SignedInBrowser) -> None:
    mine = draft(api)
    foreign = world.submit("Not yours", "x")
    odd = ["", "x", "../../users/ann", "a/b", new_media_id(), mine.upper()]
    page = browser.page(f"/posts/rows?ids={quote(','.join([*odd, foreign, mine]))}")
    assert re.findall('data-id="([^"]+)"', page) == [mine]
    assert "Not yours" not in page


def test_the_number_of_rows_is_limited(api: ApiClient, browser: SignedInBrowser) -> None:
    ids = [*(f"00000000-0000-4000-8000-{n:012}" for n in range(listing.MOST_ROWS)), draft(api)]
    most = browser.page(f"/posts/rows?ids={','.join(ids[1:])}")
    assert re.findall('data-id="([^"]+)"', most) == [ids[-1]]
    assert "data-id" not in browser.page(f"/posts/rows?ids={','.join(ids)}")


def test_several_posts_are_changed_and_each_outcome_is_told(
    api: ApiClient, world: World, browser: SignedInBrowser
) -> None:
    failed, done = failed_on_x(api), draft(api, "A draft stays")
    foreign = world.submit("Not yours", "x")
    page = send(browser, "/posts/selected", do="retry", id=[failed, done, foreign]).text
    assert "Retrying: 1 of 2" in page
    assert "its state is “Draft”, so it cannot be retried" in page
    assert "Not yours" not in page
    assert api.read(failed).json["status"] == "dispatched"
    waiting = scheduled(api)
    page = send(browser, "/posts/selected", do="unschedule", id=[waiting]).text
    assert "Moved to drafts: 1 of 1" in page
    assert api.read(waiting).json["status"] == "draft"


def test_several_posts_are_deleted_only_when_the_user_is_sure(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    ids = [draft(api, "One"), draft(api, "Two")]
    question = send(browser, "/posts/selected", do="delete", id=ids, back="/posts?status=draft")
    assert "Delete 2 posts from Soku?" in question.text
    assert len(shown(browser)) == 2
    answer = send(browser, "/posts/selected", do="delete", id=ids, sure="yes")
    assert "Deleted: 2 of 2" in answer.text
    assert shown(browser) == []


def test_nothing_is_changed_without_a_choice_or_by_an_unknown_name(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    post_id = draft(api)
    assert send(browser, "/posts/selected", do="retry").status_code == 303
    assert send(browser, "/posts/selected", do="publish", id=[post_id]).status_code == 400
    assert shown(browser) == [post_id]


def test_a_post_is_changed_only_by_a_form_of_ours(api: ApiClient, browser: SignedInBrowser) -> None:
    post_id = draft(api)
    paths = [path for method, path, name in ROUTES if method == "POST" and "posts" in path]
    assert len(paths) > 5
    document = api.world.parts.db.document(f"postSubmissions/{post_id}")
    before = document.get().to_dict()
    for path in paths:
        address = path.replace("<post_id>", post_id).replace("<run_id>", "x")
        assert browser.post(address, {"id": post_id, "sure": "yes"}).status_code == 403, path
    assert document.get().to_dict() == before


def test_a_post_whose_texts_are_its_targets_alone_has_all_its_pages(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    at = clock.now() + NEXT_WEEK
    body = {"post": {"content": {"platform": [{"platform": "x", "text": "Only for X"}]}}}
    post_id = api.accept(body | {"scheduledTime": at.isoformat()})
    draft_id = api.accept(body | {"draft": True})
    for address in (
        f"/calendar?date={at.date()}",
        f"/calendar?view=week&date={at.date()}",
        f"/calendar?view=day&date={at.date()}",
        "/posts/scheduled",
        "/drafts",
        f"/posts/{post_id}/move",
        f"/posts/{post_id}/cancel",
        f"/posts/{draft_id}/publish",
        f"/posts/{draft_id}/delete",
    ):
        assert "Only for X" in browser.page(address), address
    account_id = api.read(post_id).json["targets"][0]["accountId"]
    for address in (account_id, f"{account_id}/disconnect"):
        assert "Only for X" in browser.page(f"/settings/integrations/x/{address}")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_last_time_of_the_calendar_is_shown_in_every_zone(
    api: ApiClient, browser: SignedInBrowser, zone: str
) -> None:
    browser.db.document(f"users/{api.user_id}").update({"timezone": zone})
    times = {"scheduledTime": "9999-12-31T23:59:58Z", "notAfter": "9999-12-31T23:59:59Z"}
    post_id = api.accept(post(text="Far away") | times)
    for address in ("/posts", "/posts/scheduled", f"/posts/rows?ids={post_id}"):
        assert "31 Dec 9999" in browser.page(address), address
    for address in ("", "/live", "/move", "/edit"):
        assert "31 Dec 9999" in browser.page(f"/posts/{post_id}{address}"), address
    assert "Far away" in browser.page(f"/posts/new?from={post_id}")


def test_changes_of_posts_are_limited(
    api: ApiClient, browser: SignedInBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CHANGES_PER_MINUTE", 3)
    ids = [scheduled(api, f"Number {number}") for number in range(2)]
    assert send(browser, "/posts/selected", do="unschedule", id=ids).status_code == 200
    assert send(browser, f"/posts/{ids[0]}/cancel").status_code == 303
    for path, more in ((f"/posts/{ids[1]}/cancel", {}), ("/posts/selected", {"do": "retry"})):
        limited = send(browser, path, id=ids, **more)
        assert limited.status_code == 429
        assert "Nothing was changed. Wait" in limited.text
    assert api.read(ids[1]).json["status"] == "draft"
