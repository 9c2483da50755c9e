"""Any text that fits into a body is judged and indexed in about the time of an ordinary text."""

import json
import re
import time
import unicodedata
from dataclasses import replace
from typing import Literal

import pytest

from functions.api import body as request_body
from shared.domain.content import _MAY_BE_MARKS, MOST_MARKS, Content, comparable, normalized
from shared.domain.submission import Submission, Target
from shared.gcp import history
from shared.gcp.submissions import changed_fields, submission_fields
from shared.platforms import registry
from shared.posts.checks import ContentChecks
from shared.posts.request import parse
from tests.domain.examples import a_submission

CHARACTERS = 240_000
ORDINARY = "Süße Äpfel und frisches Brot. "
# A quadratic step takes hundreds of times as long as an ordinary text, a slow but linear one a few.
FACTOR = 15

HOSTILE = {
    "two kinds of marks": "a" + "\u0345" * 31_000 + "\u0334" * 31_000,
    "marks in turn": "a" + "\u0345\u0334" * 31_000,
    "short rows of marks": ("a" + "\u0345\u0334" * 15) * 4_000,
    "marks between joiners": ("\u0345\u0334" * 15 + "\u034f") * 4_000,
    "Hebrew points": "\u05d0" + "\u05b0\u05c1" * 60_000,
    "marks of four bytes": "a" + "\U0001d165\U0001d16e" * 30_000,
    "long decompositions": "\ufdfa" * 80_000,
    "decompositions into marks": "\u0344" * 120_000,
    "letters that become marks": "\uff9f\u0334" * 48_000,
    "marks that become several": "a" + "\u0f73" * 80_000,
    "joined emoji": "\U0001f469\u200d" * 34_285,
    "flags": "\U0001f1e9" * 60_000,
    "beginnings of links": "a.com/[" * 34_285,
    "schemes": "https://" * 30_000,
    "open links": "https://a.co/( " * 16_000,
    "stops": "a." * 120_000,
    "slashes": "/" * 240_000,
    "cashtags": "$A" * 120_000,
    "hashtags": "#a" * 120_000,
    "mentions": "@" * 240_000,
    "spaces": " " * 239_999 + "a",
    "line breaks": "\n" * 239_999 + "a",
    "brackets": "(" * 240_000,
    "one letter": "a" * 240_000,
    "short words": "a b " * 60_000,
    "different words": " ".join(f"{number:x}" for number in range(40_000)),
    "Han": "\u6f22" * 80_000,
    "Hangul": "\ud55c" * 80_000,
}


def _cpu_seconds(text: str) -> float:
    """Of accepting a post of `text` for every platform, except for reading and storing."""
    targets = [{"platform": name, "accountId": "a"} for name in registry.names()]
    encoded = json.dumps(
        {"post": {"content": {"text": text, "platform": targets}}}, ensure_ascii=False
    ).encode()
    started = time.process_time()
    value = json.loads(encoded)
    assert not list(request_body._unstorable(value, "", 0))
    wanted = parse(value)
    checks = ContentChecks(wanted, ())
    for target in wanted.targets:
        checks.faults(target)
    submission_fields(_submission(text))
    comparable(text)
    return time.process_time() - started


def _submission(text: str) -> Submission:
    targets = tuple(Target(name, "a", name, Content(text)) for name in registry.names())
    return replace(a_submission(), text=text, targets=targets)


@pytest.mark.full
def test_a_long_text_of_any_kind_takes_about_as_long_as_an_ordinary_one() -> None:
    ordinary = ORDINARY * (CHARACTERS // len(ORDINARY))
    usual = min(_cpu_seconds(ordinary) for _ in range(3))
    slow = [text for text in HOSTILE.values() if _cpu_seconds(text) > FACTOR * usual]
    # A second look, because another process can disturb one measurement.
    still_slow = [text for text in slow if _cpu_seconds(text) > FACTOR * usual]
    names = {text: name for name, text in HOSTILE.items()}
    assert [names[text] for text in still_slow] == []


@pytest.mark.parametrize("form", ["NFC", "NFKD"])
@pytest.mark.parametrize("length", [1, 30, 31, 300])
@pytest.mark.parametrize(
    "row", ["\u0345\u0334", "\u0301\u0f73\u0344", "\uff9f\u0334", "\u226e!\u05b0"]
)
def test_the_normal_form_is_that_of_unicode(
    form: Literal["NFC", "NFKD"], length: int, row: str
) -> None:
    for text in (row * length, f"e\u0301{row * length}\u00e9{row * length}a"):
        assert normalized(form, text) == unicodedata.normalize(form, text)


def test_every_combining_mark_can_be_part_of_a_row() -> None:
    marks = [chr(point) for point in range(0x110000) if unicodedata.combining(chr(point))]
    rows = {mark: f"a{mark * (MOST_MARKS + 1)}" for mark in marks}
    assert not [mark for mark, row in rows.items() if not _MAY_BE_MARKS.search(row)]
    characters = map(chr, range(0x110000))
    become = [each for each in characters if _becomes_a_mark(each) and re.match(r"[\w\s]", each)]
    assert become == ["\uff9e", "\uff9f"]


def _becomes_a_mark(character: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) > 0


@pytest.fixture
def indexed(monkeypatch: pytest.MonkeyPatch) -> list[Submission]:
    """The submissions whose words were looked for."""
    submissions: list[Submission] = []
    plain = history.terms_of

    def counted(submission: Submission) -> list[str]:
        submissions.append(submission)
        return plain(submission)

    monkeypatch.setattr(history, "terms_of", counted)
    return submissions


def test_a_change_of_the_status_does_not_look_for_the_words_again(
    indexed: list[Submission],
) -> None:
    before = _submission("Fresh bread")
    changes = changed_fields(before, replace(before, sweeps=1, write_id="w"))
    assert changes == {"sweeps": 1, "writeId": "w"}
    assert not indexed


def test_a_change_of_what_is_searched_changes_the_words(indexed: list[Submission]) -> None:
    before = _submission("Fresh bread")
    target = replace(before.targets[0], content=Content("Stale"))
    for after in (
        replace(before, text="Stale"),
        replace(before, targets=before.targets[1:]),
        replace(before, targets=(target, *before.targets[1:])),
        replace(before, targets=(replace(target, account_id="b"), *before.targets[1:])),
    ):
        expected = submission_fields(after)["found"]
        assert changed_fields(before, after)["found"] == expected
    gone = changed_fields(before, replace(before, deleted_at=before.created_at))
    assert {"found", "listedAt", "plannedAt", "phase"} < gone.keys()


def test_a_text_that_targets_share_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    limits, counted = registry.limits("x"), []

    def length(text: str) -> int:
        counted.append(text)
        return len(text)

    monkeypatch.setattr(registry, "limits", lambda name: replace(limits, text_length=length))
    options = [{}, {"replySettings": "following"}]
    targets = [
        {"platform": "x", "accountId": f"a{number}", "options": options[number % 2]}
        for number in range(200)
    ]
    wanted = parse({"post": {"content": {"text": "a" * 300, "platform": targets}}})
    checks = ContentChecks(wanted, ())
    faults = [checks.faults(target) for target in wanted.targets]
    assert [[fault.code for fault in each] for each in faults] == [["text_too_long"]] * 200
    assert counted == ["a" * 300]
