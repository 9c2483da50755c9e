"""Two things that happen to one post at the same moment, again and again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests import extent
from tests.functions.api_client import ApiClient
from tests.functions.conftest import UNLIMITED

ROUNDS = extent.of(40, 200)


def race(*doings: Callable[[], Any]) -> list[Any]:
    """What each of `doings` answers, all started together."""
    start = threading.Barrier(len(doings))

    def begin(do: Callable[[], Any]) -> Any:
        start.wait()
        return do()

    with ThreadPoolExecutor(len(doings)) as pool:
        return list(pool.map(begin, doings))


def without_limits(api: ApiClient) -> ApiClient:
    api.world.add_user(api.user_id, limits=UNLIMITED)
    return api


def stored(api: ApiClient, post_id: str) -> tuple[str, dict[str, str]] | None:
    """The post's status and that of each of its runs, after checking that they agree.

    None once it is deleted, with all that belonged to it.
    """
    reference = api.world.parts.db.document(f"postSubmissions/{post_id}")
    submission = reference.get().to_dict()
    runs = {snapshot.id: snapshot.to_dict() for snapshot in reference.collection("runs").stream()}
    if submission is None:
        assert runs == {}
        return None
    statuses = {run_id: run["status"] for run_id, run in runs.items()}
    summary = submission.get("runSummary") or {}
    assert {run_id: line["status"] for run_id, line in summary.items()} == statuses
    if runs:
        # Before, it counts the targets that have no run yet.
        open_runs = [run for run in runs.values() if run["status"] in ("queued", "processing")]
        assert submission["remaining"] == len(open_runs)
    return submission["status"], statuses
