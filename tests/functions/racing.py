"""Two actions on one post at the same time, many times."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests import extent
from tests.functions.api_client import ApiClient
from tests.functions.conftest import UNLIMITED

ROUNDS = extent.of(20, 200)


def race(*actions: Callable[[], Any]) -> list[Any]:
    """The result of each of `actions`, all started together."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        start.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def without_limits(api: ApiClient) -> ApiClient:
    api.world.add_user(api.user_id, limits=UNLIMITED)
    return api


def stored(api: ApiClient, post_id: str) -> tuple[str, dict[str, str]] | None:
    """The status of the post and of each of its runs, after checking that they are consistent.

    None once it is deleted with its runs.
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
        # Without runs, it counts the targets.
        open_runs = [run for run in runs.values() if run["status"] in ("queued", "processing")]
        assert submission["remaining"] == len(open_runs)
    return submission["status"], statuses
