"""`make bench`: prints a table and writes `.local/bench.json`, a flat object of numbers.

Every figure is a count, or a ratio to a reference that was measured beside it in
the same run; nothing here depends on how fast the machine is.
"""

import json
import os
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.cloud import firestore, tasks_v2

from bench import calls, latency, processes
from local.child_process import ROOT
from local.stack import Stack
from shared import config
from shared.gcp.tasks import connect

COLD_STARTS = 7
BARE = ROOT / "bench" / "bare" / "main.py"
STATE = ROOT / ".local" / "bench"

Figures = dict[str, float]


def main() -> None:
    with Stack(STATE) as stack:
        environment = stack.environment
        key = stack.info["users"]["load"]["apiKey"]
        # What is accepted here shall wait: only the accepting is measured.
        _pause(environment)
        _store_what_the_reference_reads(stack)
        figures = {
            **_cold_start(environment, key),
            **_latency(environment, key),
            **_calls(environment, key),
        }
    print(_table(figures))
    (ROOT / ".local" / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")


def _pause(environment: Mapping[str, str]) -> None:
    settings = config.read(environment)
    queue = f"projects/{settings.project}/locations/{settings.region}/queues/orchestrate"
    connect(settings).pause_queue(tasks_v2.PauseQueueRequest(name=queue))


def _store_what_the_reference_reads(stack: Stack) -> None:
    os.environ["FIRESTORE_EMULATOR_HOST"] = stack.info["firestore"]
    db = firestore.Client(project=stack.info["project"])
    for name in "abcde":
        db.document(f"bench/{name}").set({"userId": "load", "status": "active", "name": name})


def _calls(environment: Mapping[str, str], key: str) -> Figures:
    methods = calls.count(environment, key)
    print(f"calls before the answer of an accepted post: {', '.join(methods)}")
    return {"post_calls": len(methods)}


def _latency(environment: Mapping[str, str], key: str) -> Figures:
    with (
        processes.function(ROOT / "main.py", "api", environment) as (api, _),
        processes.function(BARE, "bare", environment) as (bare, _),
    ):
        headers = {"soku-api-key": key}
        for url, path in ((api, "/v1/posts"), (bare, "")):
            processes.first_answer(url + path, _post("warm up"), headers)
        ours, reference = latency.medians(
            latency.poster(f"{api}/v1/posts", headers, 201), latency.poster(bare, {}, 200)
        )
    return {
        "post_p50_ms": ours * 1000,
        "bare_p50_ms": reference * 1000,
        "post_latency_ratio": ours / reference,
    }


def _cold_start(environment: Mapping[str, str], key: str) -> Figures:
    """From the start of the process to the first accepted post, in turn with the reference."""
    ours, reference = [], []
    for _ in range(COLD_STARTS):
        ours.append(_start(ROOT / "main.py", "api", "/v1/posts", environment, key))
        reference.append(_start(BARE, "bare", "", environment, key))
    return {
        "cold_start_ms": statistics.median(ours) * 1000,
        "bare_cold_start_ms": statistics.median(reference) * 1000,
        "cold_start_ratio": statistics.median(ours) / statistics.median(reference),
    }


def _start(source: Path, target: str, path: str, environment: Mapping[str, str], key: str) -> float:
    with processes.function(source, target, environment) as (url, started):
        answered = processes.first_answer(url + path, _post("cold start"), {"soku-api-key": key})
    return answered - started


def _post(text: str) -> dict[str, Any]:
    unique = f"{text} {time.perf_counter_ns()}"
    return {"post": {"content": {"text": unique, "platform": ["x", "threads"]}}}


def _table(figures: Figures) -> str:
    width = max(map(len, figures))
    return "\n".join(f"{name:<{width}}  {value:10.3f}" for name, value in figures.items())


if __name__ == "__main__":
    main()
