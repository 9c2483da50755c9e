"""GET /v1/posts of a user with few posts and of one with many: page times and documents read.

Both lie in one store. The emulator has no indexes: it looks at every document of a collection for
every query. So its time says little about Firestore's; the documents that a page reads are what
Firestore's time and price depend on, and they are counted.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from google.cloud import firestore

import shared.gcp.history
from bench import processes
from local import sample_history
from local.child_process import ROOT
from shared.posts.history import HistoryQuery, read
from shared.wiring import Parts

# The last two have more than the 5,000 posts from which on a filter counts as common.
FEW, MANY, MOST = 100, 6_000, 20_000
WARM_UP = 2
LIMIT = 10
# What Firestore filters by itself: one more document than the page holds tells that more follow.
PAGES: tuple[Mapping[str, str], ...] = (
    {},
    {"sort": "oldest"},
    {"sort": "scheduled"},
    {"status": "published"},
    {"platform": "x"},
    {"accountId": "x_2"},
    {"q": "coffee"},
)
# The rarest filter is asked for, and the posts that it finds are looked at.
COMBINED: tuple[Mapping[str, str], ...] = (
    {"q": "coffee river"},
    {"q": "coffee", "platform": "x", "status": "failed"},
)

Figures = dict[str, float]


def measure(
    environment: Mapping[str, str],
    db: firestore.Client,
    keys: Mapping[int, tuple[str, str]],
    parts: Parts,
    rounds: int,
) -> Figures:
    """`keys`: user id and API key of the owner of FEW, and of the owner of MANY or MOST posts."""
    for size, (user_id, _) in keys.items():
        sample_history.fill(db, user_id, size)
    with processes.function(ROOT / "main.py", "api", environment) as running:
        processes.wait_until_open(running.url)
        url = f"{running.url}/v1/posts"
        times = [_times(url, query, keys, rounds) for query in PAGES]
    reads = {
        size: [_reads(parts, user_id, query) for query in PAGES]
        for size, (user_id, _) in keys.items()
    }
    small, large = sorted(keys)
    most = max(_reads(parts, keys[large][0], query) for query in COMBINED)
    return {
        "history_ratio": max(each[large] / each[small] for each in times),
        "history_reads_ratio": max(
            many / few for few, many in zip(reads[small], reads[large], strict=True)
        ),
        "history_page_reads": max(reads[large]),
        "history_combined_reads": most,
    }


def _times(
    url: str, query: Mapping[str, str], keys: Mapping[int, tuple[str, str]], rounds: int
) -> dict[int, float]:
    """Median seconds of a page of each user, taken in turn."""
    taken: dict[int, list[float]] = {size: [] for size in keys}
    with requests.Session() as session:
        for number in range(rounds + WARM_UP):
            for size, (_, key) in keys.items():
                started = time.perf_counter()
                _page(session, url, query, key)
                if number >= WARM_UP:
                    taken[size].append(time.perf_counter() - started)
    return {size: statistics.median(seconds) for size, seconds in taken.items()}


def _page(session: requests.Session, url: str, query: Mapping[str, str], key: str) -> None:
    answer = session.get(
        url, params={**query, "limit": LIMIT}, headers={"soku-api-key": key}, timeout=60
    )
    if answer.status_code != 200 or len(answer.json()["data"]) < LIMIT:
        raise RuntimeError(f"{query} gave no full page: {answer.status_code} {answer.text[:300]}")


def _reads(parts: Parts, user_id: str, query: Mapping[str, str]) -> int:
    """How many documents a page reads."""
    found: list[int] = []
    plain: Callable[[Any], list[Any]] = shared.gcp.history.query_all

    def counted(asked: Any) -> list[Any]:
        snapshots = plain(asked)
        found.append(len(snapshots))
        return snapshots

    shared.gcp.history.query_all = counted
    try:
        read(parts, user_id, HistoryQuery.model_validate({**query, "limit": LIMIT}))
    finally:
        shared.gcp.history.query_all = plain
    return sum(found)
