"""The emulator's report on firestore.rules: every condition has allowed and refused requests."""

import re
from collections.abc import Iterator
from typing import Any

import requests
from google.cloud import firestore

from tests.conftest import ROOT
from tests.gcp.rules_client import EVERYTHING, OTHER, OWNER, Client, write_everything

RULES = (ROOT / "firestore.rules").read_text(encoding="utf-8")
# Comments become spaces, so that positions stay the same.
CODE = re.sub("//.*", lambda comment: " " * len(comment[0]), RULES)


def _conditions() -> Iterator[tuple[int, str]]:
    """Begin and text of all that decides: conditions, what functions answer, each half of an &&.

    What closes a call is left out, as in the report.
    """
    for found in re.finditer(r"\b(?:if|return)\s+([^;]+);", CODE):
        begin, whole = found.start(1), found[1].rstrip("()")
        yield begin, whole
        halves = whole.split(" && ")
        for half in halves if len(halves) > 1 else ():
            yield begin, half
            begin += len(half) + len(" && ")


def _evaluated(report: list[dict[str, Any]]) -> Iterator[tuple[tuple[int, str], set[bool]]]:
    """Begin and text of every expression that a report has, and the truth values it had."""
    for entry in report:
        position = entry["sourcePosition"]
        begin, end = position["currentOffset"], position["endOffset"] + 1
        values = [value.get("value", {}) for value in entry.get("values", ())]
        yield (begin, CODE[begin:end]), {v["boolValue"] for v in values if "boolValue" in v}
        yield from _evaluated(entry.get("children", []))


def test_every_condition_was_both_true_and_false(
    db: firestore.Client, firestore_emulator: str
) -> None:
    write_everything(db)
    for uid in (OWNER, OTHER, None):
        client = Client(firestore_emulator, db.project, uid)
        for path in EVERYTHING:
            client.get(path)
    url = f"http://{firestore_emulator}/emulator/v1/projects/{db.project}:ruleCoverage"
    covered = requests.get(url, timeout=30).json()
    assert [file["content"] for file in covered["rules"]["files"]] == [RULES]
    found = dict(_evaluated(covered["report"]))
    conditions = list(_conditions())
    assert len(conditions) == RULES.count("if ") + RULES.count("return ") + 2 * RULES.count(" && ")
    assert {c: found.get(c) for c in conditions} == {c: {True, False} for c in conditions}


def test_nothing_is_allowed_without_a_condition() -> None:
    allowed = re.findall(r"\ballow\b[^;]*;", CODE)
    assert allowed
    assert [allow for allow in allowed if ": if " not in allow] == []
