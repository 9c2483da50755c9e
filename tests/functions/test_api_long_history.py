"""A long history is listed, filtered and searched; a page reads no more than one of 100 posts."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

import shared.gcp.history
import shared.posts.history
from local import sample_history
from shared.domain.submission import Submission
from shared.posts.history import MOST_READ
from shared.web.envelope import time_text
from tests import extent
from tests.functions.api_client import POSTS, ApiClient

COUNT = extent.of(1_200, 20_000)
# The number from which on a filter counts as common.
COMMON = extent.of(1_000, 5_000)
LIMIT = 20

_Test = Callable[[Submission], bool]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of documents that each query reads."""
    counts: list[int] = []
    plain = shared.gcp.history.query_all

    def counted(query: Any) -> list[Any]:
        found = plain(query)
        counts.append(len(found))
        return found

    monkeypatch.setattr(shared.gcp.history, "query_all", counted)
    return counts


def _page(api: ApiClient, **query: Any) -> Any:
    answer = api.call("GET", f"{POSTS}?{urlencode({'limit': LIMIT, **query})}")
    assert answer.status_code == 200, answer.text
    return answer.json


def _says(*words: str) -> _Test:
    return lambda submission: all(word in (submission.text or "").split() for word in words)


@pytest.mark.full
def test_a_long_history_is_listed_filtered_and_searched(
    api: ApiClient, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared.posts.history, "_COMMON", COMMON)
    posts = sample_history.fill(api.world.parts.db, api.user_id, COUNT)
    newest = posts[::-1]
    earliest, latest = posts[COUNT // 3].created_at, posts[COUNT // 3 + 400].created_at
    single: list[tuple[dict[str, str], _Test]] = [
        ({}, lambda _: True),
        ({"status": "published"}, lambda s: s.status == "succeeded"),
        ({"platform": "linkedin"}, lambda s: any(t.platform == "linkedin" for t in s.targets)),
        ({"accountId": "x_3"}, lambda s: any(t.account_id == "x_3" for t in s.targets)),
        ({"q": "Harvest"}, _says("harvest")),
        (
            {"from": time_text(earliest), "to": time_text(latest)},
            lambda s: earliest <= s.created_at <= latest,
        ),
    ]
    combined: list[tuple[dict[str, str], _Test]] = [
        ({"q": "harvest lantern"}, _says("harvest", "lantern")),
        ({"q": f"number{COUNT // 2} post"}, lambda s: s is posts[COUNT // 2]),
        (
            {"q": "creme", "platform": "x", "status": "failed"},
            lambda s: (
                _says("crème")(s)
                and any(t.platform == "x" for t in s.targets)
                and s.status in ("failed", "partially_failed")
            ),
        ),
    ]
    for query, test in single + combined:
        expected = [s.submission_id for s in newest if test(s)]
        reads.clear()
        first = _page(api, **query)
        found = [each["postSubmissionId"] for each in first["data"]]
        assert found == expected[: len(found)], query
        assert len(found) == min(LIMIT, len(expected)), query
        assert sum(reads) <= (LIMIT + 1 if (query, test) in single else MOST_READ), query
        if first["nextCursor"]:
            second = _page(api, **query, cursor=first["nextCursor"])
            found = [each["postSubmissionId"] for each in second["data"]]
            assert found == expected[LIMIT : LIMIT + len(found)], query
            assert found
