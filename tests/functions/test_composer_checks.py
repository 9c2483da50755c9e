"""What the composer says about a post: faults at their fields, counts and the preview."""

import re

from functions.dashboard.composer import preview
from functions.dashboard.composer.draft import Draft, Medium
from shared.domain.media import MediaAsset
from tests.functions.composing import (
    HOSTILE,
    account,
    faults,
    form_of,
    hidden,
    post,
    send,
)
from tests.functions.dashboard_client import Browser


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
