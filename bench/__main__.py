"""`make bench`: prints each figure when it is measured, and writes them to `.local/bench.json`.

Almost every figure is a count, or a ratio to a reference that was measured beside
it in the same run, so that it does not depend on how fast the machine is; those in
milliseconds stand beside their ratios, and `fanout_p50_s` and the lateness are times as
users feel them, as is `event_p50_s`.
"""

import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from google.cloud import firestore, tasks_v2

from bench import (
    calls,
    collecting,
    delivering,
    fanout,
    health,
    history,
    latency,
    lateness,
    media,
    pages,
    processes,
    saturation,
    telling,
    templates,
)
from local.child_process import ROOT
from local.stack import Stack
from shared import clock, config
from shared.domain.accounts import Account, Tokens
from shared.gcp.api_keys import ApiKeys, new_key
from shared.gcp.cipher import TokenCipher
from shared.gcp.grants import write_connected
from shared.gcp.messages import Batch
from shared.gcp.tasks import TaskQueues, connect
from shared.gcp.users import Users
from shared.wiring import Parts

USER = "bench"
BARE = ROOT / "bench" / "bare" / "main.py"
STATE = ROOT / ".local" / "bench"

Figures = dict[str, float]
_WIDTH = len("cold_start_with_bytecode_ratio")


def main() -> None:
    """`--full` repeats what varies until its median is steady, which takes twice as long."""
    figures: Figures = {}
    # The stack must know where events may be sent to.
    with (
        telling.receiving() as receiver,
        Stack(STATE, fetch_allowed_origins=receiver.origin) as stack,
    ):
        for measured in _parts(stack, receiver, full="--full" in sys.argv[1:]):
            for name, value in measured.items():
                print(f"{name:<{_WIDTH}}  {value:10.3f}", flush=True)
            figures |= measured
    (ROOT / ".local" / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")


def _parts(stack: Stack, receiver: telling.Receiver, *, full: bool) -> Iterator[Figures]:
    """The figures, part by part, as each is measured."""
    environment = stack.environment
    os.environ["FIRESTORE_EMULATOR_HOST"] = stack.info["firestore"]
    db = firestore.Client(project=stack.info["project"])
    # In this order: the last one moves the clock.
    yield fanout.measure(stack.info, 15 if full else 5)
    yield delivering.measure(stack.info, environment, db, 100 if full else 25)
    yield telling.measure(stack.info, receiver, 30 if full else 15)
    yield lateness.measure(stack.info, 1_000 if full else 500)
    # What is accepted from here on must wait: only accepting posts is measured.
    _pause(environment)
    key = _add_user(db, environment["TOKEN_KEYSET"], USER)
    for name in "abcde":
        db.document(f"bench/{name}").set({"userId": USER, "status": "active", "name": name})
    yield _cold_start(environment, key, 9 if full else 5)
    yield from _accepting(environment, key, full=full)
    yield health.measure(environment, key)
    yield _calls(environment, key)
    yield templates.measure()
    yield from media.measure(environment, key, STATE / "films", 3 if full else 1)
    yield from _history(environment, db, full=full)
    yield collecting.measure(environment, db)


def _pause(environment: Mapping[str, str]) -> None:
    settings = config.read(environment)
    queue = f"projects/{settings.project}/locations/{settings.region}/queues/orchestrate"
    connect(settings).pause_queue(tasks_v2.PauseQueueRequest(name=queue))


def _add_user(db: firestore.Client, keyset: str, user_id: str) -> str:
    """The key of a user with one account on each platform and no limit in the way."""
    users = Users(db)
    users.put(user_id, email=f"{user_id}@example.com")
    users.put_subscription(
        user_id,
        status="active",
        plan_id="bench",
        current_period_end=clock.now() + timedelta(days=1),
        limits={"overall": 1_000_000, "posts": 1_000_000, "media": 1_000_000},
    )
    cipher = TokenCipher(keyset)
    for platform in ("x", "threads"):
        account = Account(user_id, platform, f"{platform}_bench", f"{platform}-1", "bench")
        batch = Batch(db)
        write_connected(batch, db, account, Tokens("none"), cipher)
        batch.commit()
    key = new_key()
    ApiKeys(db).put(key, user_id=user_id, name="bench")
    return key


def _history(
    environment: Mapping[str, str], db: firestore.Client, *, full: bool
) -> Iterator[Figures]:
    keyset = environment["TOKEN_KEYSET"]
    sizes = (history.FEW, history.MOST if full else history.MANY)
    users = {size: f"{USER}-{size}" for size in sizes}
    keys = {size: (user_id, _add_user(db, keyset, user_id)) for size, user_id in users.items()}
    settings = config.read(environment)
    parts = Parts(settings, db, TaskQueues(settings, connect))
    yield history.measure(environment, db, keys, parts, 15 if full else 5)
    yield pages.measure(environment, db, keys, 60 if full else 25)


def _calls(environment: Mapping[str, str], key: str) -> Figures:
    methods = calls.count(environment, key)
    print(f"calls before the answer of an accepted post: {', '.join(methods)}", flush=True)
    return {"post_calls": len(methods)}


def _accepting(environment: Mapping[str, str], key: str, *, full: bool) -> Iterator[Figures]:
    """An accepted post beside the bare function: its latency and processor time, posts a second."""
    with (
        processes.function(ROOT / "main.py", "api", environment) as running,
        processes.function(BARE, "bare", environment) as reference_running,
    ):
        api, bare = running.url, reference_running.url
        headers = {"soku-api-key": key}
        for url, path in ((api, "/v1/posts"), (bare, "")):
            processes.first_answer(url + path, _post("warm up"), headers)
        workers = (running.worker, reference_running.worker)
        before = [processes.processor_seconds(worker) for worker in workers]
        ours, reference = latency.medians(
            latency.poster(f"{api}/v1/posts", headers, 201), latency.poster(bare, {}, 200)
        )
        yield {
            "post_p50_ms": ours * 1000,
            "bare_p50_ms": reference * 1000,
            "post_latency_ratio": ours / reference,
        }
        taken = [
            (processes.processor_seconds(worker) - start) * 1000 / latency.POSTS
            for worker, start in zip(workers, before, strict=True)
        ]
        yield {
            "post_cpu_ms": taken[0],
            "bare_cpu_ms": taken[1],
            "post_cpu_ratio": taken[0] / taken[1],
        }
        yield saturation.measure(f"{api}/v1/posts", headers, bare, 7 if full else 3)


def _cold_start(environment: Mapping[str, str], key: str, starts: int) -> Figures:
    """From the start of the process to the first accepted post, alternating with the reference.

    Once as deployed, where only the libraries have bytecode, and once with all bytecode.
    """
    with TemporaryDirectory() as folder:
        for package in ("shared", "functions"):
            without = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / package, Path(folder) / package, ignore=without)
        source = Path(shutil.copy(ROOT / "main.py", folder))
        deployed = _cold_starts(
            source, {**environment, "PYTHONDONTWRITEBYTECODE": "1"}, key, starts
        )
    _start(ROOT / "main.py", "api", "/v1/posts", environment, key)
    ours, reference = _cold_starts(ROOT / "main.py", environment, key, starts)
    return {
        "cold_start_ms": deployed[0] * 1000,
        "bare_cold_start_ms": deployed[1] * 1000,
        "cold_start_ratio": deployed[0] / deployed[1],
        "cold_start_with_bytecode_ratio": ours / reference,
    }


def _cold_starts(
    source: Path, environment: Mapping[str, str], key: str, starts: int
) -> tuple[float, float]:
    """Medians of the seconds of the API and of the reference."""
    ours, reference = [], []
    for _ in range(starts):
        ours.append(_start(source, "api", "/v1/posts", environment, key))
        reference.append(_start(BARE, "bare", "", environment, key))
    return statistics.median(ours), statistics.median(reference)


def _start(source: Path, target: str, path: str, environment: Mapping[str, str], key: str) -> float:
    headers = {"soku-api-key": key}
    with processes.function(source, target, environment) as running:
        answered = processes.first_answer(running.url + path, _post("cold start"), headers)
    return answered - running.started


def _post(text: str) -> dict[str, Any]:
    unique = f"{text} {time.perf_counter_ns()}"
    return {"post": {"content": {"text": unique, "platform": ["x", "threads"]}}}


if __name__ == "__main__":
    main()
