"""The composer: its form, what it makes of it, and what it says about it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from google.cloud.storage import Client
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

import shared.wiring
from functions.dashboard import composer, preview
from functions.dashboard.composer_times import when_of
from functions.dashboard.draft import AT, Draft, Medium, from_form
from functions.dashboard.option_controls import controls_of
from local.storage_emulator import StorageEmulator
from shared import clock
from shared.config import MediaSettings
from shared.domain.media import MediaAsset
from shared.gcp.users import subscription_path
from shared.platforms import registry
from shared.posts.request import MAX_MEDIA, MAX_TARGETS
from tests.functions.dashboard_client import ORIGIN, PEOPLE, Browser, Dashboard, serving
from tests.media import Shelf, jpeg
from tests.world import USER, World

HOSTILE = '"><script>alert(1)</script>{{ 7 * 7 }}'
JSON = {"Accept": "application/json"}


@pytest.fixture
def dashboard(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    composer.limiter.cache_clear()
    with serving(world) as dashboard:
        yield dashboard


@pytest.fixture
def ann(dashboard: Dashboard) -> Browser:
    browser = dashboard.browser()
    browser.sign_in_by_google(PEOPLE["ann"])
    return browser


def account(platform: str, name: str = "") -> str:
    return f"{platform}:{name or f'{platform}_{USER}'}"


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(f'type="hidden" name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return found[1]


def form_of(page: TestResponse, **more: Any) -> MultiDict[str, str]:
    """What a browser would send: the hidden fields, and `more`, where `__` stands for a colon."""
    names = ("csrf", "key", "zone", "updated", "post", "retry")
    form = MultiDict({name: hidden(page, name) for name in names})
    for name, value in {"do": "send", "when": "now", "text": "Hello", **more}.items():
        values = value if isinstance(value, list) else [value]
        form.setlist(name.replace("__", ":"), values)
    return form


def send(
    ann: Browser, page: TestResponse, path: str = "/posts/new", script: bool = False, **more: Any
) -> TestResponse:
    return post(ann, path, form_of(page, **more), script=script)


def post(ann: Browser, path: str, form: Any, *, script: bool = False) -> TestResponse:
    headers = {"Origin": ORIGIN, **(JSON if script else {})}
    return ann.client.post(path, base_url=ORIGIN, data=form, headers=headers)


def made(answer: TestResponse) -> str:
    """The id of the post that an answer leads to."""
    assert answer.status_code == 303, answer.text
    found = re.search(r"/posts/([0-9a-f-]{36})", answer.headers["Location"])
    assert found
    return found[1]


def faults(answer: TestResponse) -> list[str]:
    """The faults that a page shows at its fields."""
    return [
        text for text in re.findall(r'class="field-fault"[^>]*>([^<]+)</p>', answer.text) if text
    ]


def test_a_post_is_published_from_the_form_alone(dashboard: Dashboard, ann: Browser) -> None:
    page = ann.get("/posts/new")
    accounts = [account("x"), account("threads")]
    answer = send(
        ann,
        page,
        account=accounts,
        text="Line one\r\nline two",
        own="threads",
        text__threads="Only for Threads",
        part=["x", "threads"],
        opt__x__replySettings="following",
    )
    post_id = made(answer)
    assert answer.headers["Location"].endswith("notice=publishing")
    stored = dashboard.world.submission(post_id)
    assert stored["text"] == "Line one\nline two", "forms send line breaks as CR LF"
    assert "keyHash" not in stored
    assert stored["mode"] == "live"
    [x] = [target for target in stored["targets"] if target["platform"] == "x"]
    assert x["options"] == {"replySettings": "following"}
    dashboard.world.live_until_quiet()
    assert dashboard.world.visible("x") == ["Line one\nline two"]
    assert dashboard.world.visible("threads") == ["Only for Threads"]


def test_sending_twice_makes_one_post(dashboard: Dashboard, ann: Browser) -> None:
    page = ann.get("/posts/new")
    first, second = (made(send(ann, page, account=account("x"))) for _ in range(2))
    assert first == second
    changed = send(ann, page, account=account("x"), text="Something else")
    assert changed.status_code == 409
    assert f"/posts/{first}" in changed.text
    assert "Something else" in changed.text
    assert made(send(ann, changed, account=account("x"), text="Something else")) != first


def test_a_fault_stands_at_its_field_and_nothing_is_lost(ann: Browser) -> None:
    page = ann.get("/posts/new")
    text = f"{HOSTILE} {'x' * 280}"
    answer = send(ann, page, account=[account("x"), account("threads")], text=text)
    assert answer.status_code == 422
    [fault] = faults(answer)
    assert fault.startswith("X allows at most 280")
    assert "Leave X out" in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert hidden(answer, "key") == hidden(page, "key")
    form = form_of(answer, account=[account("x"), account("threads")], text=text)
    form.add("leave", account("x"))
    without = post(ann, "/posts/new", form)
    assert without.status_code == 200
    assert faults(without) == []
    boxes = re.findall(r'name="account" value="([^"]+)" checked', without.text)
    assert boxes == [account("threads")]


def test_a_post_needs_an_account(ann: Browser) -> None:
    answer = send(ann, ann.get("/posts/new"))
    assert (answer.status_code, faults(answer)) == (422, ["Choose at least one account."])
    for nonsense in ("x", "myspace:ann", "x:", ":", f"x:{'a' * 200}", "x:x_nobody"):
        refused = send(ann, ann.get("/posts/new"), account=nonsense)
        assert refused.status_code in (400, 422), nonsense


def test_an_option_that_makes_no_sense_is_a_fault_at_its_control(ann: Browser) -> None:
    page = ann.get("/posts/new")
    sent = {"part": "instagram", "opt__instagram__thumbOffset": "soon"}
    answer = send(ann, page, account=account("instagram"), **sent)
    assert answer.status_code == 422
    place = re.search(r'id="opt-instagram-thumbOffset-fault">([^<]+)<', answer.text)
    assert place, answer.text
    assert 'value="soon"' in answer.text


def test_files_carry_their_alt_texts_where_the_platform_takes_them(
    dashboard: Dashboard, ann: Browser, shelf: Shelf
) -> None:
    pictures = [dashboard.world.own(shelf.image(seed)) for seed in (1, 2)]
    answer = send(
        ann,
        ann.get("/posts/new"),
        account=[account("x"), account("tiktok")],
        media=[pictures[1].url, "", pictures[0].url],
        alt=["Two", "nothing", ""],
    )
    stored = dashboard.world.submission(made(answer))
    assert [file["url"] for file in stored["media"]] == [pictures[1].url, pictures[0].url]
    by_platform = {target["platform"]: target for target in stored["targets"]}
    assert by_platform["x"]["options"] == {"altTexts": ["Two", None]}
    assert "options" not in by_platform["tiktok"]


def test_a_time_is_read_on_the_clock_of_the_user(dashboard: Dashboard, ann: Browser) -> None:
    dashboard.world.parts.db.document("users/ann").update({"timezone": "Europe/Berlin"})
    year = clock.now().year + 1
    page = ann.get(f"/posts/new?at={year}-07-01T09:00")
    assert "Europe/Berlin, UTC+2" in page.text
    assert f'value="{year}-07-01T09:00"' in page.text
    answer = send(ann, page, account=account("x"), when="at", at=f"{year}-07-01T09:00")
    stored = dashboard.world.submission(made(answer))
    assert stored["scheduledTime"] == datetime(year, 7, 1, 7, tzinfo=UTC)


def test_a_skipped_hour_moves_and_a_doubled_one_is_asked() -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    skipped = when_of(Draft(when=AT, at="2027-03-28T02:30", zone="Europe/Berlin"), now)
    assert (skipped.moved, skipped.fault) == ("2027-03-28T03:30", None)
    assert "03:30" in skipped.note
    doubled = Draft(when=AT, at="2027-10-31T02:30", zone="Europe/Berlin")
    asked = when_of(doubled, now)
    assert asked.fault is not None
    assert [value for value, _ in asked.choices] == ["0", "1"]
    assert "CEST" in asked.choices[0][1]
    for nonsense in ("", "soon", "2027-02-30T10:00", "9999-12-31T23:59:99"):
        assert when_of(Draft(when=AT, at=nonsense), now).fault is not None, nonsense


def test_a_skipped_hour_is_said_before_the_post_is_accepted(
    dashboard: Dashboard, ann: Browser
) -> None:
    dashboard.world.parts.db.document("users/ann").update({"timezone": "Europe/Berlin"})
    year = clock.now().year + 1
    day = max(d for d in range(25, 32) if datetime(year, 3, d).weekday() == 6)
    sent = {"account": account("x"), "when": "at"}
    answer = send(ann, ann.get("/posts/new"), at=f"{year}-03-{day}T02:30", **sent)
    assert answer.status_code == 422
    assert f'value="{year}-03-{day}T03:30"' in answer.text
    made(send(ann, answer, at=f"{year}-03-{day}T03:30", **sent))


def test_a_scheduled_post_is_edited(dashboard: Dashboard, ann: Browser) -> None:
    world = dashboard.world
    due = clock.now() + timedelta(days=2, seconds=17)
    post_id = world.submit(
        "Before",
        [{"platform": "x", "options": {"replySettings": "verified"}}],
        scheduledTime=due.isoformat(),
    )
    path = f"/posts/{post_id}/edit"
    page = ann.get(path)
    assert '<option value="verified" selected>' in page.text
    at = f"{due:%Y-%m-%dT%H:%M}"
    sent = {"account": account("x"), "part": "x", "opt__x__replySettings": "verified"}
    answer = send(ann, page, path, text="After", when="at", at=at, **sent)
    assert made(answer) == post_id
    stored = world.submission(post_id)
    assert stored["text"] == "After"
    assert stored["scheduledTime"] == due, "a time that was not changed keeps its seconds"
    assert stored["targets"][0]["options"] == {"replySettings": "verified"}
    now = send(ann, ann.get(path), path, text="Now", **sent)
    assert made(now) == post_id
    world.live_until_quiet()
    assert world.visible("x") == ["Now"]
    gone = ann.get(path)
    assert gone.status_code == 409


def test_a_draft_keeps_the_time_for_which_it_is_planned(dashboard: Dashboard, ann: Browser) -> None:
    due = clock.now() + timedelta(days=2)
    post_id = dashboard.world.submit("Plan", "x", draft=True, scheduledTime=due.isoformat())
    path = f"/posts/{post_id}/edit"
    page = ann.get(path)
    assert 'name="when" value="draft" checked' in page.text
    made(send(ann, page, path, account=account("x"), when="draft", text="Planned"))
    stored = dashboard.world.submission(post_id)
    assert (stored["status"], stored["scheduledTime"]) == ("draft", due)
    made(send(ann, ann.get(path), path, account=account("x"), text="Now"))
    dashboard.world.live_until_quiet()
    assert dashboard.world.visible("x") == ["Now"]


def test_a_post_that_changed_elsewhere_is_not_overwritten(
    dashboard: Dashboard, ann: Browser
) -> None:
    post_id = dashboard.world.submit("First", "x", draft=True)
    path = f"/posts/{post_id}/edit"
    mine, theirs = ann.get(path), ann.get(path)
    sent = {"account": account("x"), "when": "draft"}
    made(send(ann, theirs, path, text="Theirs", **sent))
    answer = send(ann, mine, path, text="Mine", **sent)
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text
    assert dashboard.world.submission(post_id)["text"] == "Theirs"
    made(send(ann, answer, path, text="Mine", **sent))
    assert dashboard.world.submission(post_id)["text"] == "Mine"


def test_accounts_of_a_platform_with_different_texts_keep_them(
    dashboard: Dashboard, ann: Browser
) -> None:
    world = dashboard.world
    world.connect("x", "x_second")
    targets = [
        {"platform": "x", "accountId": f"x_{USER}", "text": "One"},
        {"platform": "x", "accountId": "x_second", "text": "Two"},
    ]
    post_id = world.submit("Shared", targets, draft=True)
    path = f"/posts/{post_id}/edit"
    page = ann.get(path)
    keys = [account("x"), account("x", "x_second")]
    texts = {f"text:{key}": text for key, text in zip(keys, ("One", "Two"), strict=True)}
    for key, text in texts.items():
        assert f'name="{key}"' in page.text
        assert f">\n{text}</textarea>" in page.text
    answer = send(
        ann, page, path, split="x", account=keys, own=keys, when="draft", text="New", **texts
    )
    stored = world.submission(made(answer))
    assert [target["text"] for target in stored["targets"]] == ["One", "Two"]


def test_only_what_failed_is_retried_with_the_new_text(dashboard: Dashboard, ann: Browser) -> None:
    world = dashboard.world
    world.parts.grants.require_reconnect(world.account("x"), None, "X has ended it.")
    post_id = world.submit(
        "Hello", ["x", "threads"], scheduledTime=(clock.now() + timedelta(hours=2)).isoformat()
    )
    world.live_until_quiet()
    assert world.submission(post_id)["status"] == "partially_failed"
    world.connect("x", f"x_{USER}")
    path = f"/posts/{post_id}/edit?retry=1"
    page = ann.get(path)
    assert "Threads is live and will not be posted again." in page.text
    assert re.findall(r'name="account" value="([^"]+)"', page.text) == [account("x")]
    assert made(send(ann, page, path, account=account("x"), text="Again")) == post_id
    world.live_until_quiet()
    assert world.visible("x") == ["Again"]
    assert world.visible("threads") == ["Hello"]


def test_a_copy_is_a_new_post(dashboard: Dashboard, ann: Browser, shelf: Shelf) -> None:
    picture = shelf.image()
    post_id = dashboard.world.submit("Copy me", "x", [picture])
    page = ann.get(f"/posts/new?from={post_id}")
    assert "Copy me" in page.text
    assert picture.url in page.text
    assert made(send(ann, page, account=account("x"), media=picture.url)) != post_id


def test_posts_of_others_do_not_exist(dashboard: Dashboard, ann: Browser) -> None:
    world = dashboard.world
    post_id = world.submit("Mine", "x", draft=True)
    world.parts.db.document(f"postSubmissions/{post_id}").update({"userId": "bob"})
    csrf = form_of(ann.get("/posts/new"), account=account("x"))
    for unknown in (post_id, "5f0c6a52-6d0e-4a55-9a55-0d6a3b7f8c11", "nothing"):
        assert ann.get(f"/posts/{unknown}/edit").status_code == 404
        assert ann.get(f"/posts/new?from={unknown}").status_code == 404
        assert post(ann, f"/posts/{unknown}/edit", csrf).status_code == 404
        checked = MultiDict(csrf)
        checked["post"] = unknown
        assert post(ann, "/posts/validate", checked).status_code == 404


def test_the_checks_say_counts_faults_and_the_preview(ann: Browser) -> None:
    page = ann.get("/posts/new")
    form = form_of(
        page,
        account=[account("x"), account("instagram")],
        text=f"https://example.com/a/long/path {HOSTILE}",
        when="at",
        quiet="1",
    )
    said = post(ann, "/posts/validate", form).json
    assert said is not None
    [x] = [each for each in said["counts"]["text"] if each["platform"] == "x"]
    assert x["words"] == f"{23 + 1 + len(HOSTILE)} / 280", "a link counts 23"
    assert said["faults"] == [], "what is missing is no fault before the first try"
    assert "<script" not in said["preview"]
    assert "cannot be clicked" in said["preview"]
    assert said["acts"]["now"] == "Publish to 2 accounts"
    form["quiet"] = ""
    at = {fault["at"] for fault in post(ann, "/posts/validate", form).json["faults"]}
    assert at == {"at", "files"}


def test_a_subscription_is_needed(dashboard: Dashboard, ann: Browser) -> None:
    dashboard.configure(billing=dashboard.world.parts.settings.billing.__class__("manual"))
    dashboard.world.expire_subscription()
    refused = send(ann, ann.get("/posts/new"), account=account("x"))
    assert refused.status_code == 403
    assert "Your subscription is not active." in refused.text


def test_what_several_platforms_need_is_one_fault(ann: Browser) -> None:
    chosen = [account(name) for name in ("facebook", "threads", "x", "tiktok")]
    answer = send(ann, ann.get("/posts/new"), account=chosen, text="")
    assert faults(answer) == [
        "Facebook, Threads and X need a text.",
        "TikTok does not support text-only posts. Add an image or a video.",
    ]


def test_the_preview_folds_strikes_and_crops() -> None:
    first = MediaAsset("a", "https://files.test/a.jpg", "image/jpeg", 1, "", 1000, 1000)
    wide = MediaAsset("b", "https://files.test/b.jpg", "image/jpeg", 1, "", 2000, 1000)
    video = MediaAsset("c", "https://files.test/c.mp4", "video/mp4", 1, "", 720, 1280, 30.0)
    shown = {"label": None, "displayName": "Ann", "username": "ann", "avatarUrl": "javascript:x"}
    assets = {each.url: each for each in (first, wide, video)}

    def card(platform: str, text: str, *files: MediaAsset) -> preview.Card:
        draft = Draft(text, tuple(Medium(file.url) for file in files), (f"{platform}:ann",))
        known = [{**shown, "platform": platform, "accountId": "ann"}]
        [found] = preview.cards_of(draft, known, assets)
        return found

    folded = card("instagram", "word " * 60, first, wide)
    assert len(folded.seen) <= 125
    assert folded.seen + folded.folded == "word " * 60
    assert [shot.crop and (shot.crop.x, shot.crop.width) for shot in folded.shots] == [
        None,
        (500, 1000),
    ]
    assert folded.avatar == "", "only pictures from the web"
    over = card("x", f"{'a' * 281} https://example.com")
    assert (len(over.seen), len(over.refused)) == (280, 21)
    assert over.count.tone == "danger"
    assert card("x", "a" * 255).count.tone == "warning"
    assert (card("youtube", "Title", video).product, card("youtube", "Title", video).shape) == (
        "Short",
        "tall",
    )


def test_options_are_controls_made_from_their_types() -> None:
    for platform in registry.names():
        for control in controls_of(platform):
            assert control.kind in ("choice", "switch", "number", "text", "list")
            assert control.read(control.shown(None)) is None, (platform, control.name)
    youtube = {control.name: control for control in controls_of("youtube")}
    assert youtube["notifySubscribers"].read(None) is False, "an unchecked box"
    assert youtube["tags"].read("one, two,") == ["one", "two"]
    assert youtube["embeddable"].read("no") is False


def test_a_file_goes_straight_to_storage(
    dashboard: Dashboard, ann: Browser, storage: StorageEmulator, shelf: Shelf, signing_key: None
) -> None:
    client = Client(project="demo-tests")
    bucket = client.create_bucket("media-of-the-composer").name
    base_url = f"{storage.url}/{bucket}/media"
    dashboard.configure(
        media=MediaSettings(bucket=bucket, base_url=base_url, fetch_allowed_origins=(shelf.url,))
    )
    dashboard.world.with_parts(storage=lambda: client)
    csrf = {"csrf": hidden(ann.get("/posts/new"), "csrf")}
    data = jpeg()
    asked = {"type": "image/jpeg", "size": str(len(data))}
    begun = post(ann, "/uploads", csrf | asked).json
    path = f"/uploads/{begun['id']}/complete"
    early = post(ann, path, csrf)
    assert (early.status_code, early.json["canRetry"]) == (409, True)
    requests.put(begun["url"], data=data, headers=begun["headers"], timeout=10).raise_for_status()
    file = post(ann, path, csrf).json
    assert file["url"].startswith(f"{base_url}/")
    assert (file["kind"], file["width"], file["height"]) == ("image", 1080, 1350)
    made(send(ann, ann.get("/posts/new"), account=account("x"), media=file["url"], alt="A loaf"))
    linked = post(ann, "/uploads/from-url", csrf | {"url": shelf.image(7).url}).json
    assert linked["url"].startswith(f"{base_url}/")
    private = post(ann, "/uploads/from-url", csrf | {"url": "http://10.0.0.1/a.jpg"})
    assert (private.status_code, private.json["canRetry"]) == (400, False)
    for wrong in ({"type": "text/html"}, {"size": "0"}, {"size": "soon"}, {"size": str(10**12)}):
        assert post(ann, "/uploads", csrf | asked | wrong).status_code in (413, 415), wrong
    for unknown in ("x", "a" * 22):
        assert post(ann, f"/uploads/{unknown}/complete", csrf).status_code == 404
    dashboard.configure(billing=dashboard.world.parts.settings.billing.__class__("manual"))
    dashboard.world.expire_subscription()
    assert post(ann, "/uploads", csrf | asked).status_code == 403


def test_a_script_gets_the_way_on_or_the_faults(ann: Browser) -> None:
    page = ann.get("/posts/new")
    refused = send(ann, page, account=account("x"), text="x" * 300, script=True)
    assert (refused.status_code, refused.json["faults"][0]["at"]) == (422, "text")
    accepted = send(ann, page, account=account("x"), script=True)
    assert accepted.json["location"].startswith(f"{ORIGIN}/posts/")


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


@pytest.mark.parametrize("platform", registry.names())
def test_an_option_that_does_not_exist_is_refused_at_its_field(ann: Browser, platform: str) -> None:
    names = [control.name for control in controls_of(platform) if control.kind == "choice"]
    page = ann.get("/posts/new")
    for name in names:
        chosen = {"account": account(platform), "part": [platform]}
        answer = send(ann, page, **chosen, **{f"opt__{platform}__{name}": HOSTILE})
        assert answer.status_code == 422, name
        assert "<script>alert" not in answer.text


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


@pytest.mark.parametrize("path", ["/posts/validate", "/posts/new"])
def test_a_check_stores_no_files_without_a_subscription(
    dashboard: Dashboard, ann: Browser, path: str
) -> None:
    dashboard.configure(billing=dashboard.world.parts.settings.billing.__class__("manual"))
    dashboard.world.expire_subscription()
    link = "https://example.com/a.jpg"
    form = form_of(ann.get("/posts/new"), account=account("x"), media=link, do="check")
    answer = post(ann, path, form)
    assert answer.status_code == 200
    assert "subscription" in answer.text
    assert [*dashboard.world.parts.db.collection(f"users/{USER}/media").stream()] == []


def test_checks_without_a_script_are_limited(ann: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composer, "CHECKS_PER_MINUTE", 1)
    page = ann.get("/posts/new")
    answers = [send(ann, page, do="check", text="Kept") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert ">\nKept</textarea>" in answers[1].text


@pytest.mark.parametrize(
    "missing", [{"do": []}, {"do": "preview"}, {"when": []}, {"when": "soon"}], ids=str
)
def test_nothing_is_sent_without_the_button_and_the_choice_of_a_time(
    dashboard: Dashboard, ann: Browser, missing: dict[str, Any]
) -> None:
    answer = send(ann, ann.get("/posts/new"), account=account("x"), text="Kept", **missing)
    assert answer.status_code in (200, 422)
    assert ">\nKept</textarea>" in answer.text
    assert [*dashboard.world.parts.db.collection("postSubmissions").stream()] == []


def test_a_script_sends_as_many_fields_as_a_form_without_it(ann: Browser) -> None:
    form = form_of(ann.get("/posts/new"), account=account("x"))
    form.setlist("part", [f"x:{number}" for number in range(1200)])
    headers = {"Origin": ORIGIN, "Content-Type": "multipart/form-data", **JSON}
    answer = ann.client.post("/posts/new", base_url=ORIGIN, data=form, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "location" in answer.json
