"""GET /v1/posts?q=…: captions are searched by their words."""

from dataclasses import replace
from datetime import timedelta

import pytest

import shared.domain.history
import shared.posts.history
from local import sample_history
from shared import clock
from shared.gcp.runs import submission_path
from shared.gcp.submissions import submission_fields
from shared.web.envelope import time_text
from tests.functions.api_client import POSTS, ApiClient, post
from tests.functions.listing import listed, pages


@pytest.mark.full
@pytest.mark.parametrize(
    ("caption", "found_by", "not_by"),
    [
        (
            "Crème BRÛLÉE at the café, don't miss it!",
            ["creme", "CRÈME brûlée", "cafe miss", "it at the", "don't", "brulee, cafe"],
            ["crem", "brulees", "creme tea", "caf"],
        ),
        ("Straße ＡＢＣ ﬁn", ["strasse", "STRASSE", "abc", "fin"], ["stras"]),
        ("#coffee_time with @ann", ["coffee", "#coffee", "coffee_time", "ann"], ["offee"]),
        ("東京都の天気", ["東京", "京都", "東京都", "天気 東京"], ["都東", "京", "大阪"]),
        ("ガラスの仮面", ["ガラス", "仮面"], ["カラス"]),
        ("สวัสดีครับ", ["สวัสดี", "ครับ"], ["ขอบคุณ"]),
        ("हिन्दी में", ["हिन्दी"], ["हिन"]),
        ("Привет, МИР", ["привет", "мир"], ["приве"]),
        ("한국어 좋아요", ["좋아요"], ["좋아"]),
    ],
)
def test_captions_are_searched_by_whole_words_in_any_order(
    unlimited: ApiClient, caption: str, found_by: list[str], not_by: list[str]
) -> None:
    own = unlimited.accept(post(caption, draft=True))
    unlimited.accept(post("Something else", draft=True))
    for search in found_by:
        assert listed(unlimited, q=search) == [own], search
    for search in not_by:
        assert listed(unlimited, q=search) == [], search


def test_the_caption_of_a_target_is_searched_too(api: ApiClient) -> None:
    targets = ["threads", {"platform": "x", "text": "Short and own"}]
    own = api.accept(post("The long caption of all", targets, draft=True))
    assert listed(api, q="own") == listed(api, q="caption") == [own]
    assert listed(api, q="caption own") == [own]


def test_an_edit_changes_which_searches_find_a_post(api: ApiClient) -> None:
    own = api.accept(post("Before", draft=True))
    later = time_text(clock.now() + timedelta(days=2))
    body = post("Afterwards", "threads", draft=False, scheduledTime=later)
    answer = api.call("PATCH", f"{POSTS}/{own}", json=body)
    assert answer.status_code == 200, answer.text
    assert listed(api, q="before") == listed(api, platform="x") == listed(api, status="draft") == []
    for query in ({"q": "afterwards"}, {"platform": "threads"}, {"scheduled": "true"}):
        assert listed(api, **query) == [own]


def test_a_caption_of_thousands_of_words_is_stored_and_found_by_its_beginning(
    api: ApiClient,
) -> None:
    caption = " ".join(f"w{number}" for number in range(8000))
    own = api.accept(post(caption, "facebook", draft=True))
    assert listed(api, q="w7 w1234") == [own]
    assert listed(api, q="w7999") == []


@pytest.mark.full
def test_a_search_for_common_words_that_rarely_occur_together_is_fast(
    unlimited: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared.posts.history, "MOST_READ", 100)
    db = unlimited.world.parts.db
    made = sample_history.fill(db, unlimited.user_id, 230)
    batch = db.batch()
    for number, submission in enumerate(made):
        text = "red blue" if number == 5 else ("red", "blue")[number % 2]
        changed = replace(submission, text=text)
        batch.set(db.document(submission_path(changed.submission_id)), submission_fields(changed))
        if number % 400 == 399 or number == len(made) - 1:
            batch.commit()
            batch = db.batch()
    first, second = pages(unlimited, q="red blue")
    assert first == []
    assert [each["postSubmissionId"] for each in second] == [made[5].submission_id]


@pytest.mark.full
def test_a_list_compares_what_is_stored_and_reads_no_caption_again(
    unlimited: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    platforms = ["x", "threads"]
    post_id = unlimited.accept(post("Fresh bread", platforms))
    unlimited.accept(post("Stale bread", platforms))

    def refused(*_: object) -> None:
        raise AssertionError("the words of a stored post were looked for again")

    monkeypatch.setattr(shared.domain.history, "words_of", refused)
    assert listed(unlimited, q="fresh bread", platform="x") == [post_id]
    assert listed(unlimited, sort="scheduled", q="bread FRESH", accountId="threads_main") == [
        post_id
    ]
    assert listed(unlimited, q="bread rye", platform="x") == []
